/** Which columns a person wants to see of a register; kept on this device. */
import { TableOutlined } from "@ant-design/icons";
import { Button, Checkbox, Popover } from "antd";
import { useState } from "react";
import type { Kind } from "../api/types";
import { useLang } from "../i18n";
import { fieldOf } from "../kinds/catalog";

const own = ["number", "state", "updated", "created"];

export function columnsOf(kind: Kind): string[] {
  const listed = kind.list.columns.length ? kind.list.columns : ["number", kind.title, "state", "updated"];
  const all = listed.includes(kind.title) ? listed : [kind.title, ...listed];
  return [...new Set([...all, ...own.filter((c) => c !== "number" || kind.number)])].filter(
    (c) => own.includes(c) || fieldOf(kind, c),
  );
}

export function useColumns(kind: Kind) {
  const key = `jingui.columns.${kind.kind}`;
  const all = columnsOf(kind);
  const standard = kind.list.columns.length ? all.filter((c) => kind.list.columns.includes(c) || c === kind.title) : all;
  const [stored, setStored] = useState<string[] | null>(() => {
    try {
      const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
      return Array.isArray(value) ? value.filter((x): x is string => typeof x === "string") : null;
    } catch {
      return null;
    }
  });
  const shown = stored ? all.filter((c) => stored.includes(c) || c === kind.title) : standard;
  const set = (next: string[] | null) => {
    setStored(next);
    try {
      if (next) localStorage.setItem(key, JSON.stringify(next));
      else localStorage.removeItem(key);
    } catch {
      // lasts for this page only
    }
  };
  return { all, shown, set };
}

export function useColumnLabel(kind: Kind): (name: string) => string {
  const { t, tr } = useLang();
  return (name) => (own.includes(name) ? t(`column.${name}`) : tr(fieldOf(kind, name)?.label) || name);
}

export function ColumnChooser({ kind, all, shown, set }: { kind: Kind } & ReturnType<typeof useColumns>) {
  const { t } = useLang();
  const label = useColumnLabel(kind);
  return (
    <Popover
      trigger={["click"]}
      placement="bottomRight"
      title={t("list.columns")}
      content={
        <div className="column-list">
          {all.map((column) => (
            <Checkbox
              key={column}
              checked={shown.includes(column)}
              disabled={column === kind.title}
              onChange={(e) => set(e.target.checked ? [...shown, column] : shown.filter((c) => c !== column))}
            >
              {label(column)}
            </Checkbox>
          ))}
          <Button size="small" type="link" onClick={() => set(null)}>
            {t("list.columnsReset")}
          </Button>
        </div>
      }
    >
      <Button icon={<TableOutlined />} className="hide-narrow">
        {t("list.columns")}
      </Button>
    </Popover>
  );
}
