/** The filters that a kind offers. */
import { Button, DatePicker, InputNumber, Select, TreeSelect } from "antd";
import dayjs from "dayjs";
import type { Field, Kind } from "../api/types";
import { useLang } from "../i18n";
import { fieldOf, useCatalog } from "../kinds/catalog";
import { filterCount, type ListQuery } from "../kinds/listquery";
import { tree } from "./inputs";
import { RefSelect } from "./ref-select";

interface Props {
  kind: Kind;
  query: ListQuery;
  names?: Record<string, string>;
  onChange: (query: ListQuery) => void;
}

export function FilterBar({ kind, query, names, onChange }: Props) {
  const { t, tr } = useLang();
  const offered = kind.list.filters.includes("state") ? kind.list.filters : ["state", ...kind.list.filters];
  const set = (name: string, value: ListQuery["filters"][string]) =>
    onChange({ ...query, filters: { ...query.filters, [name]: value } });
  return (
    <div className="filter-bar no-print" role="group" aria-label={t("list.filters")}>
      {offered.map((name) => {
        if (name === "state") {
          return (
            <div key={name} className="filter">
              <span className="filter-label">{t("column.state")}</span>
              <Select
                mode="multiple"
                allowClear
                maxTagCount="responsive"
                aria-label={t("column.state")}
                value={query.state}
                placeholder={t("list.any")}
                options={kind.states.map((s) => ({ value: s.name, label: tr(s.label) }))}
                onChange={(next: string[]) => onChange({ ...query, state: next })}
              />
            </div>
          );
        }
        const field = fieldOf(kind, name);
        if (!field) return null;
        return (
          <div key={name} className="filter">
            <span className="filter-label">{tr(field.label)}</span>
            <FilterInput field={field} value={query.filters[name]} names={names} onChange={(next) => set(name, next)} />
          </div>
        );
      })}
      {filterCount(query) > 0 && (
        <Button type="link" onClick={() => onChange({ ...query, state: [], filters: {} })}>
          {t("list.clear")}
        </Button>
      )}
    </div>
  );
}

function FilterInput({ field, value, names, onChange }: {
  field: Field;
  value: ListQuery["filters"][string] | undefined;
  names?: Record<string, string>;
  onChange: (value: ListQuery["filters"][string]) => void;
}) {
  const { t, tr } = useLang();
  const { catalog } = useCatalog();
  const label = tr(field.label);
  const codes = Array.isArray(value) ? value : [];
  const range = value && !Array.isArray(value) ? value : {};
  const many = (options: { value: string; label: string }[]) => (
    <Select
      mode="multiple"
      allowClear
      maxTagCount="responsive"
      aria-label={label}
      value={codes}
      placeholder={t("list.any")}
      options={options}
      showSearch={{ optionFilterProp: "label" }}
      onChange={(next: string[]) => onChange(next)}
    />
  );
  const type = field.type;
  switch (type.is) {
    case "choice":
    case "choices":
      return many(type.options.map((o) => ({ value: o.code, label: tr(o.label) })));
    case "grade":
      return many(catalog.scheme.levels.map((l) => ({ value: l.code, label: tr(l.name) })));
    case "flag":
      return many([
        { value: "true", label: t("value.yes") },
        { value: "false", label: t("value.no") },
      ]);
    case "taxonomy":
      return (
        <TreeSelect
          multiple
          allowClear
          maxTagCount="responsive"
          aria-label={label}
          value={codes}
          placeholder={t("list.any")}
          showSearch={{ treeNodeFilterProp: "title" }}
          popupMatchSelectWidth={400}
          treeData={tree(catalog.taxonomies.find((x) => x.name === type.of)?.nodes ?? [], tr)}
          onChange={(next: string[]) => onChange(next)}
        />
      );
    case "ref":
    case "refs":
      return (
        <RefSelect
          kind={type.kind}
          multiple
          value={codes}
          names={names}
          placeholder={t("list.any")}
          aria-label={label}
          onChange={(next) => onChange(Array.isArray(next) ? next : next ? [next] : [])}
        />
      );
    case "day":
      return (
        <DatePicker.RangePicker
          allowEmpty={[true, true]}
          value={[range.from ? dayjs(range.from) : null, range.to ? dayjs(range.to) : null]}
          onChange={(days) =>
            onChange({ from: days?.[0]?.format("YYYY-MM-DD"), to: days?.[1]?.format("YYYY-MM-DD") })
          }
          aria-label={label}
        />
      );
    case "integer":
    case "decimal":
    case "money": {
      // Amounts are compared in cents.
      const factor = type.is === "money" ? 100 : 1;
      const show = (text?: string) => (text ? Number(text) / factor : null);
      const keep = (number: number | null) => (number === null ? undefined : String(Math.round(number * factor * 100) / 100));
      return (
        <span className="filter-range">
          <InputNumber aria-label={t("list.from", { what: label })} placeholder={t("list.min")} value={show(range.from)} onChange={(next) => onChange({ ...range, from: keep(next) })} />
          <InputNumber aria-label={t("list.to", { what: label })} placeholder={t("list.max")} value={show(range.to)} onChange={(next) => onChange({ ...range, to: keep(next) })} />
        </span>
      );
    }
    default:
      return (
        <Select
          mode="tags"
          allowClear
          aria-label={label}
          value={codes}
          placeholder={t("list.any")}
          onChange={(next: string[]) => onChange(next)}
        />
      );
  }
}
