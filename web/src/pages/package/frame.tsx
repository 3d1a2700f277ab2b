/** A step that is a form: some fields of the kind, and the way back and on. */
import { Button, Form, type FormInstance } from "antd";
import type { ReactNode } from "react";
import type { Data, Field } from "../../api/types";
import { SchemaForm } from "../../components/schema-form";
import { useLang } from "../../i18n";
import { part } from "../../kinds/package";
import { toJson } from "../../kinds/values";
import type { StepProps } from "../package";

/** The values of some fields as they travel; null where nothing is given, so that what stood there before goes. */
export function valuesOf(fields: Field[], values: Record<string, unknown>): Data {
  return Object.fromEntries(fields.map((f) => [f.name, toJson(f, values[f.name]) ?? null]));
}

interface Props extends StepProps {
  fields: readonly string[];
  form?: FormInstance;
  /** What the step knows besides its form. */
  more?: () => Data;
  ready?: boolean;
  /** What the way back is called, when it leads out. */
  back?: string;
  extra?: (field: Field) => ReactNode;
  before?: ReactNode;
  children?: ReactNode;
}

export function FormStep({ kind, data, names, problem, onDirty, onBack, onNext, fields, form: own, more, ready = true, back, extra, before, children }: Props) {
  const [made] = Form.useForm();
  const form = own ?? made;
  const of = part(kind, fields);
  const initial = Object.fromEntries(of.fields.map((f) => [f.name, data[f.name] ?? undefined])) as Data;
  return (
    <div className="package-step">
      {before}
      <SchemaForm
        form={form}
        kind={of}
        names={names}
        initial={initial}
        problem={problem?.body}
        extra={extra}
        onChange={onDirty}
        onFinish={(values) => onNext({ ...valuesOf(of.fields, values), ...more?.() })}
      />
      {children}
      <Foot onBack={() => onBack({ ...valuesOf(of.fields, form.getFieldsValue(true) as Record<string, unknown>), ...more?.() })} onNext={() => form.submit()} ready={ready} back={back} />
    </div>
  );
}

interface FootProps {
  onBack: () => void;
  onNext?: () => void;
  ready?: boolean;
  back?: string;
  children?: ReactNode;
}

export function Foot({ onBack, onNext, ready = true, back, children }: FootProps) {
  const { t } = useLang();
  return (
    <div className="form-foot package-foot no-print">
      <Button onClick={onBack}>{back ?? t("action.back")}</Button>
      {onNext && (
        <Button type="primary" disabled={!ready} onClick={onNext}>
          {t("action.next")}
        </Button>
      )}
      {children}
    </div>
  );
}
