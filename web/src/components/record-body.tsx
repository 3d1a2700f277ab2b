/** The fields of a record, section by section as its form orders them. */
import type { Detail, Kind } from "../api/types";
import { useLang } from "../i18n";
import { isEmpty } from "../kinds/values";
import { FieldValue } from "./field-value";
import { Panel } from "./page";
import { sectionsOf } from "./schema-form";

export function RecordBody({ kind, detail, only }: { kind: Kind; detail: Pick<Detail, "record" | "names">; only?: string[] }) {
  const { t, tr } = useLang();
  const data = detail.record.data;
  const sections = sectionsOf(
    kind,
    (f) => !f.internal && f.type.is !== "files" && (!only || only.includes(f.name)) && !(f.fixed && isEmpty(data[f.name])),
    { zh: t("form.more"), en: t("form.more") },
  );
  return (
    <>
      {sections.map(({ section, fields }) => (
        <Panel key={fields.map((f) => f.name).join()} title={tr(section.label)}>
          <dl className="data">
            {fields.map((field) => (
              <div key={field.name} className={["note", "rows", "refs", "choices"].includes(field.type.is) ? "data-wide" : undefined}>
                <dt>{tr(field.label)}</dt>
                <dd>
                  <FieldValue field={field} value={data[field.name]} names={detail.names} />
                </dd>
              </div>
            ))}
          </dl>
        </Panel>
      ))}
    </>
  );
}
