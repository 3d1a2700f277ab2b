/** Keeping it for later, or asking for agreement now. */
import { Alert, Button } from "antd";
import type { Data } from "../../api/types";
import { FieldValue } from "../../components/field-value";
import { Panel } from "../../components/page";
import { useLang } from "../../i18n";
import { fieldOf } from "../../kinds/catalog";
import { lacking, type Step, stepOf } from "../../kinds/package";
import { isEmpty } from "../../kinds/values";
import type { StepProps } from "../package";
import { Foot } from "./frame";

interface Props extends StepProps {
  busy: boolean;
  onSave: (submit: boolean) => void;
  onMend: (step: Step, values?: Data) => void;
}

export function SaveStep({ kind, data, onBack, busy, onSave, onMend }: Props) {
  const { t, tr } = useLang();
  const submit = kind.transitions.find((x) => x.name === "submit");
  const missing = lacking(kind, data, "submit");
  const labels = missing.map((name) => tr(fieldOf(kind, name)?.label));
  const to = missing[0] ? stepOf({ status: 422, code: "", detail: "", field: missing[0] }) : undefined;
  const count = (name: string) => (Array.isArray(data[name]) ? data[name].length : 0);
  const facts = ["name", "purpose", "case_no", "addressee", "alleged_on", "as_of", "grade"].flatMap((name) => {
    const field = fieldOf(kind, name);
    return field && !isEmpty(data[name]) ? [field] : [];
  });
  return (
    <div className="package-step">
      <Panel>
        <dl className="data">
          {facts.map((field) => (
            <div key={field.name}>
              <dt>{tr(field.label)}</dt>
              <dd>
                <FieldValue field={field} value={data[field.name]} />
              </dd>
            </div>
          ))}
          {(["secrets", "points", "files", "fields"] as const).map((name) => (
            <div key={name}>
              <dt>{tr(fieldOf(kind, name)?.label)}</dt>
              <dd>{t("value.rows", { count: count(name) })}</dd>
            </div>
          ))}
        </dl>
      </Panel>
      {missing.length > 0 && (
        <Alert
          type="info"
          showIcon
          title={t("package.lacking", { what: labels.join(t("list.join")) })}
          action={
            to && (
              <Button size="small" onClick={() => onMend(to)}>
                {t("package.backTo", { step: t(`package.step.${to}`) })}
              </Button>
            )
          }
        />
      )}
      <p className="form-help">
        {t("package.approval", { steps: (submit?.approval?.steps ?? []).map((s) => tr(s.label)).join(t("list.join")) })} {tr(submit?.confirm)}
      </p>
      <Foot onBack={() => onBack({})}>
        <Button loading={busy} onClick={() => onSave(false)}>
          {t("package.draft")}
        </Button>
        <Button type="primary" loading={busy} disabled={missing.length > 0} onClick={() => onSave(true)}>
          {tr(submit?.label)}
        </Button>
      </Foot>
    </div>
  );
}
