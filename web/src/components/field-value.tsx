/** A value as people read it, by its field type. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Field, FileVersion, Json } from "../api/types";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { dayText, moneyText, termText } from "../kinds/format";
import { isEmpty, isTerm, sizeText } from "../kinds/values";
import { GradeTag } from "./tags";

interface Props {
  field: Field;
  value: Json | undefined;
  names?: Record<string, string>;
  /** In tables: short, no links, no nested tables. */
  brief?: boolean;
}

export function FieldValue({ field, value, names = {}, brief }: Props): ReactNode {
  const { t, tr, lang } = useLang();
  const { node } = useCatalog();
  if (isEmpty(value) || value === undefined || value === null) return <span className="muted">{"–"}</span>;
  const type = field.type;
  const ref = (kind: string, id: string) =>
    brief ? (
      <span key={id}>{names[id] ?? t("value.unnamed")}</span>
    ) : (
      <Link key={id} to="/r/$kind/$id" params={{ kind, id }}>
        {names[id] ?? t("value.unnamed")}
      </Link>
    );
  const joined = (items: ReactNode[]) =>
    items.map((item, i) => (
      <span key={i}>
        {i > 0 && t("list.join")}
        {item}
      </span>
    ));
  switch (type.is) {
    case "integer":
    case "decimal":
      return `${String(value)}${type.unit ? ` ${tr(type.unit)}` : ""}`;
    case "money":
      return moneyText(value, lang);
    case "day":
      return dayText(String(value));
    case "flag":
      return value ? t("value.yes") : t("value.no");
    case "choice":
      return tr(type.options.find((o) => o.code === value)?.label) || String(value);
    case "choices":
      return (value as string[])
        .map((code) => tr(type.options.find((o) => o.code === code)?.label) || code)
        .join(t("list.join"));
    case "tags":
      return (value as string[]).join(t("list.join"));
    case "taxonomy": {
      const way = node(type.of, String(value));
      if (!way) return String(value);
      return brief ? tr(way.at(-1)?.label) : way.map((n) => tr(n.label)).join(" / ");
    }
    case "grade":
      return <GradeTag grade={String(value)} />;
    case "term":
      return isTerm(value) ? (brief && "open" in value ? t("term.openBrief") : termText(value, t)) : JSON.stringify(value);
    case "ref":
      return ref(type.kind, String(value));
    case "refs":
      return joined((value as string[]).map((id) => ref(type.kind, id)));
    case "rows":
      return brief ? t("value.rows", { count: (value as Json[]).length }) : <Rows field={field} value={value} names={names} />;
    case "files":
      return brief
        ? t("value.files", { count: new Set((value as unknown as FileVersion[]).map((f) => f.series)).size })
        : (value as unknown as FileVersion[]).map((f) => `${f.name} (${sizeText(f.size)})`).join(t("list.join"));
    case "note":
      return brief ? (
        <span className="clip">{String(value)}</span>
      ) : (
        <span className="note-text">{String(value)}</span>
      );
    default:
      return String(value);
  }
}

function Rows({ field, value, names }: { field: Field; value: Json; names: Record<string, string> }) {
  const { tr } = useLang();
  if (field.type.is !== "rows" || !Array.isArray(value)) return null;
  const columns = field.type.fields.filter((f) => !f.internal);
  return (
    <div className="rows-scroll" tabIndex={0} role="group" aria-label={tr(field.label)}>
      <table className="plain-table">
        <thead>
          <tr>
            <th className="row-number">{"#"}</th>
            {columns.map((c) => (
              <th key={c.name}>{tr(c.label)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {value.map((row, i) => (
            <tr key={i}>
              <td className="row-number">{i + 1}</td>
              {columns.map((c) => (
                <td key={c.name}>
                  <FieldValue field={c} value={(row as Record<string, Json>)[c.name]} names={names} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
