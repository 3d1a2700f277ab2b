/** A table that is typed into: one line per row, on narrow screens one card per row. */
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { Field, Json } from "../api/types";
import { useLang } from "../i18n";
import { isTyped } from "../kinds/values";
import { FieldInput } from "./inputs";
import { useNarrow } from "./use-narrow";

type Row = Record<string, Json>;

export function RowsInput({ field, value, onChange, names }: {
  field: Field;
  value?: Json;
  onChange?: (value: Json | undefined) => void;
  names?: Record<string, string>;
}) {
  const { t, tr } = useLang();
  const narrow = useNarrow();
  if (field.type.is !== "rows") return null;
  const columns = field.type.fields.filter(isTyped);
  const rows = Array.isArray(value) ? (value as Row[]) : [];
  const put = (next: Row[]) => onChange?.(next);
  const set = (index: number, name: string, cell: Json | undefined) =>
    put(rows.map((row, i) => (i === index ? { ...row, [name]: cell ?? null } : row)));
  const move = (from: number, to: number) => {
    const next = [...rows];
    const [row] = next.splice(from, 1);
    if (row) next.splice(to, 0, row);
    put(next);
  };
  const blank: Row = Object.fromEntries(columns.filter((c) => c.default != null).map((c) => [c.name, c.default as Json]));
  const cell = (row: Row, index: number, column: Field) => (
    <FieldInput
      field={column}
      value={row[column.name] ?? undefined}
      names={names}
      compact
      aria-label={`${tr(column.label)} ${index + 1}`}
      onChange={(next) => set(index, column.name, next)}
    />
  );
  const tools = (index: number) => (
    <span className="row-tools">
      <Button type="text" size="small" icon={<ArrowUpOutlined />} disabled={index === 0} aria-label={t("rows.up", { n: index + 1 })} onClick={() => move(index, index - 1)} />
      <Button type="text" size="small" icon={<ArrowDownOutlined />} disabled={index === rows.length - 1} aria-label={t("rows.down", { n: index + 1 })} onClick={() => move(index, index + 1)} />
      <Button type="text" size="small" danger icon={<DeleteOutlined />} aria-label={t("rows.remove", { n: index + 1 })} onClick={() => put(rows.filter((_, i) => i !== index))} />
    </span>
  );
  // Wide tables of notes are easier to type as cards.
  const cards = narrow || columns.length > 6 || (columns.length > 3 && columns.some((c) => c.type.is === "note"));
  return (
    <div className="rows-input">
      {cards
        ? rows.map((row, index) => (
            <div className="row-card" key={index}>
              <div className="row-card-head">
                <span>{t("rows.number", { n: index + 1 })}</span>
                {tools(index)}
              </div>
              {columns.map((column) => (
                <div key={column.name} className={column.type.is === "note" ? "row-card-cell row-card-wide" : "row-card-cell"}>
                  <span className="row-card-label">
                    {tr(column.label)}
                    {column.required && <span className="must">{" *"}</span>}
                  </span>
                  {cell(row, index, column)}
                </div>
              ))}
            </div>
          ))
        : rows.length > 0 && (
            <table className="plain-table rows-table">
              <thead>
                <tr>
                  <th className="row-number">{"#"}</th>
                  {columns.map((column) => (
                    <th key={column.name}>
                      {tr(column.label)}
                      {column.required && <span className="must">{" *"}</span>}
                    </th>
                  ))}
                  <th>
                    <span className="sr-only">{t("table.actions")}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row, index) => (
                  <tr key={index}>
                    <td className="row-number">{index + 1}</td>
                    {columns.map((column) => (
                      <td key={column.name}>{cell(row, index, column)}</td>
                    ))}
                    <td>{tools(index)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
      <Button type="dashed" icon={<PlusOutlined />} onClick={() => put([...rows, blank])}>
        {t("rows.add", { what: tr(field.label) })}
      </Button>
    </div>
  );
}
