/** A form drawn from a kind: sections, help, clauses, and the server's reasons beside the field. */
import { Form, type FormInstance } from "antd";
import { useEffect, useMemo } from "react";
import type { Data, Field, Kind, ProblemBody, Section } from "../api/types";
import { useLang } from "../i18n";
import { fieldOf } from "../kinds/catalog";
import { isEmpty, isTyped } from "../kinds/values";
import { FieldInput } from "./inputs";

/** The sections of a kind with the fields that pass a test; fields that no section names come last. */
export function sectionsOf(kind: Kind, keep: (field: Field) => boolean, rest: Section["label"]): { section: Section; fields: Field[] }[] {
  const named = new Set(kind.form.flatMap((s) => s.fields));
  const others = kind.fields.filter((f) => !named.has(f.name));
  const all: { section: Section; fields: Field[] }[] = kind.form.map((section) => ({
    section,
    fields: section.fields.map((name) => fieldOf(kind, name)).filter((f): f is Field => f !== undefined && keep(f)),
  }));
  const left = others.filter(keep);
  if (left.length) all.push({ section: { label: rest, fields: left.map((f) => f.name) }, fields: left });
  return all.filter((s) => s.fields.length > 0);
}

interface Props {
  form: FormInstance;
  kind: Kind;
  initial: Data;
  names?: Record<string, string>;
  problem?: ProblemBody;
  /** Only these fields, without sections (input of an act). */
  only?: string[];
  extra?: (field: Field) => React.ReactNode;
  onFinish: (values: Record<string, unknown>) => void;
  onChange?: () => void;
}

export function SchemaForm({ form, kind, initial, names, problem, only, extra, onFinish, onChange }: Props) {
  const { t, tr } = useLang();
  const sections = useMemo(() => {
    if (only) {
      const fields = only.map((n) => fieldOf(kind, n)).filter((f): f is Field => f !== undefined && f.type.is !== "files");
      return [{ section: undefined, fields }];
    }
    return sectionsOf(kind, isTyped, { zh: t("form.more"), en: t("form.more") });
  }, [kind, only, t]);

  // Acts that need the field, as their buttons say it; several acts may bear one name.
  const actsOf = (field: Field) => [
    ...new Set((field.required_for ?? []).map((name) => tr(kind.transitions.find((x) => x.name === name && !x.system)?.label)).filter(Boolean)),
  ];
  const below = (field: Field) => {
    const more = extra?.(field);
    const later = !field.required && only === undefined && actsOf(field).length > 0;
    if (!field.help && !field.clause && !more && !later) return undefined;
    return (
      <span className="below">
        {later && <span className="later">{t("form.later", { acts: actsOf(field).join(t("list.join")) })}</span>}
        {field.help && <span>{tr(field.help)}</span>}
        {field.clause && <span className="clause">{field.clause}</span>}
        {more}
      </span>
    );
  };

  // The server names fields like `points[2].name`; the message stands at the field that is shown.
  useEffect(() => {
    if (!problem) return;
    const parts = [...(problem.errors ?? []), ...(problem.field ? [problem] : [])];
    const byField = new Map<string, string[]>();
    for (const part of parts) {
      const match = /^([a-z0-9_]+)(?:\[(\d+)\])?(?:\.([a-z0-9_]+))?/.exec(part.field ?? "");
      if (!match?.[1]) continue;
      const where = match[2] ? t("form.inRow", { n: Number(match[2]) + 1, detail: part.detail }) : part.detail;
      byField.set(match[1], [...new Set([...(byField.get(match[1]) ?? []), where])]);
    }
    form.setFields([...byField].map(([name, errors]) => ({ name, errors })));
    const first = [...byField.keys()][0];
    if (first) form.scrollToField(first, { behavior: "smooth", block: "center" });
  }, [problem, form, t]);

  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={initial}
      onFinish={onFinish}
      onValuesChange={onChange}
      scrollToFirstError={{ behavior: "smooth", block: "center", focus: true }}
      requiredMark
      className="schema-form"
    >
      {sections.map(({ section, fields }, index) => (
        <fieldset key={section?.fields.join() ?? index} className={section ? "form-section" : "form-plain"}>
          {section && <legend>{tr(section.label)}</legend>}
          {section?.help && <p className="form-help">{tr(section.help)}</p>}
          <div className="form-grid">
            {fields.map((field) => (
              <Form.Item
                key={field.name}
                name={field.name}
                label={tr(field.label)}
                className={wide(field) ? "form-wide" : undefined}
                required={field.required || only !== undefined && field.required_for?.length ? true : undefined}
                extra={below(field)}
                rules={
                  field.required
                    ? [{ validator: (_, value: unknown) => (isEmpty(value) || (typeof value === "string" && !value.trim()) ? Promise.reject(new Error(t("form.required", { what: tr(field.label) }))) : Promise.resolve()) }]
                    : undefined
                }
              >
                <FieldInput field={field} names={names} />
              </Form.Item>
            ))}
          </div>
        </fieldset>
      ))}
    </Form>
  );
}

const wide = (field: Field): boolean => ["note", "rows", "files", "tags", "choices", "refs"].includes(field.type.is);
