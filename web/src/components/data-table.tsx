/** Records as a table, or as cards where the screen is narrow. */
import { Link, useNavigate } from "@tanstack/react-router";
import { Checkbox, Table } from "antd";
import type { ColumnType } from "antd/es/table";
import type { Brief, Kind } from "../api/types";
import { useLang } from "../i18n";
import { fieldOf } from "../kinds/catalog";
import { instantText } from "../kinds/format";
import { sortOf } from "../kinds/listquery";
import { isEmpty } from "../kinds/values";
import { useColumnLabel } from "./columns";
import { FieldValue } from "./field-value";
import { Loading } from "./states";
import { GradeTag, StateTag } from "./tags";
import { useNarrow } from "./use-narrow";

interface Props {
  kind: Kind;
  items: Brief[] | undefined;
  names: Record<string, string>;
  columns: string[];
  sort?: string;
  loading?: boolean;
  selected?: string[];
  onSelect?: (ids: string[]) => void;
  onSort?: (sort: string | undefined) => void;
}

export function DataTable(props: Props) {
  const narrow = useNarrow();
  if (!props.items) return <Loading rows={8} />;
  return narrow ? <Cards {...props} items={props.items} /> : <Wide {...props} items={props.items} />;
}

type Ready = Props & { items: Brief[] };

export function RecordLink({ brief }: { brief: Brief }) {
  const { t } = useLang();
  if (brief.visible === "existence") return <span className="muted">{t("value.hidden")}</span>;
  return (
    <Link to="/r/$kind/$id" params={{ kind: brief.kind, id: brief.id }} className="record-link">
      {brief.title || brief.number || t("value.unnamed")}
    </Link>
  );
}

function useCell(kind: Kind, names: Record<string, string>) {
  return (brief: Brief, column: string) => {
    if (column === kind.title) return <RecordLink brief={brief} />;
    switch (column) {
      case "number":
        return <span className="number">{brief.number}</span>;
      case "state":
        return <StateTag kind={kind} state={brief.state} />;
      case "updated":
        return <span className="time">{instantText(brief.updated)}</span>;
      case "created":
        return <span className="time">{instantText(brief.created)}</span>;
    }
    if (column === kind.graded) return brief.grade ? <GradeTag grade={brief.grade} /> : null;
    const field = fieldOf(kind, column);
    if (!field || brief.visible === "existence") return null;
    return <FieldValue field={field} value={brief.data[column]} names={names} brief />;
  };
}

const own = new Set(["updated", "created"]);
const unsortable = new Set(["refs", "rows", "files", "tags", "choices", "note"]);

function Wide({ kind, items, names, columns, sort, loading, selected, onSelect, onSort }: Ready) {
  const { t } = useLang();
  const label = useColumnLabel(kind);
  const cell = useCell(kind, names);
  const navigate = useNavigate();
  const sorted = sortOf(sort);
  return (
    // The table scrolls in a box of ours: the component's own way hides focusable copies of the header.
    <div className="data-table" tabIndex={-1}>
    <Table<Brief>
      rowKey="id"
      size="small"
      dataSource={items}
      pagination={false}
      loading={loading ? { delay: 300 } : false}
      rowSelection={
        onSelect
          ? {
              selectedRowKeys: selected ?? [],
              onChange: (keys) => onSelect(keys.map(String)),
              getCheckboxProps: (brief) => ({
                disabled: brief.visible === "existence",
                "aria-label": t("table.select", { what: brief.title ?? brief.number ?? "" }) }),
              getTitleCheckboxProps: () => ({ "aria-label": t("table.selectAll") }),
            }
          : undefined
      }
      onRow={(brief) => ({
        onClick: (event) => {
          const target = event.target as HTMLElement;
          if (target.closest("a,button,input,label,.ant-table-selection-column") || window.getSelection()?.toString()) return;
          if (brief.visible === "full") void navigate({ to: "/r/$kind/$id", params: { kind: brief.kind, id: brief.id } });
        },
        className: brief.visible === "full" ? "clickable" : "existence",
      })}
      onChange={(_pages, _filters, sorter) => {
        const one = Array.isArray(sorter) ? sorter[0] : sorter;
        onSort?.(one?.order ? `${one.order === "descend" ? "-" : ""}${String(one.columnKey)}` : undefined);
      }}
      columns={columns.map((column): ColumnType<Brief> => {
        const type = fieldOf(kind, column)?.type.is;
        return {
          key: column,
          title: label(column),
          sorter: onSort && !(type && unsortable.has(type)),
          sortOrder: sorted?.field === column ? sorted.order : null,
          showSorterTooltip: false,
          align: type === "integer" || type === "decimal" || type === "money" ? "right" : undefined,
          className: column === kind.title ? "col-title" : `col-${type ?? column}`,
          render: (_: unknown, brief) => cell(brief, column),
        };
      })}
    />
    </div>
  );
}

function Cards({ kind, items, names, columns, selected, onSelect }: Ready) {
  const { t } = useLang();
  const label = useColumnLabel(kind);
  const cell = useCell(kind, names);
  const rest = columns.filter((c) => c !== kind.title && c !== "number" && c !== "state" && c !== kind.graded);
  return (
    <ul className="cards">
      {items.map((brief) => (
        <li key={brief.id} className="card">
          <div className="card-head">
            {onSelect && brief.visible !== "existence" && (
              <Checkbox
                aria-label={t("table.select", { what: brief.title ?? brief.number ?? "" })}
                checked={selected?.includes(brief.id)}
                onChange={(e) =>
                  onSelect(e.target.checked ? [...(selected ?? []), brief.id] : (selected ?? []).filter((id) => id !== brief.id))
                }
              />
            )}
            <span className="card-title">
              <RecordLink brief={brief} />
            </span>
          </div>
          <div className="card-tags">
            {brief.number && <span className="number">{brief.number}</span>}
            {brief.grade && <GradeTag grade={brief.grade} />}
            <StateTag kind={kind} state={brief.state} />
          </div>
          {brief.visible === "full" && (
            <dl className="card-data">
              {rest.filter((c) => own.has(c) || !isEmpty(brief.data[c])).slice(0, 5).map((column) => (
                <div key={column}>
                  <dt>{label(column)}</dt>
                  <dd>{cell(brief, column)}</dd>
                </div>
              ))}
            </dl>
          )}
        </li>
      ))}
    </ul>
  );
}
