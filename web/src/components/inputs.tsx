/** One input per field type. Each takes and gives the JSON value of the field. */
import { Checkbox, DatePicker, Input, InputNumber, Radio, Select, Switch, TreeSelect } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import type { Field, Json, TaxonomyNode, Text } from "../api/types";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { centsOf, isMoney, isTerm, type Money, type Term, yuanOf } from "../kinds/values";
import { RefSelect } from "./ref-select";
import { RowsInput } from "./rows-input";
import { GradeTag } from "./tags";

export interface InputProps {
  field: Field;
  value?: Json;
  onChange?: (value: Json | undefined) => void;
  names?: Record<string, string>;
  id?: string;
  /** Inside a table of rows: no room to spare. */
  compact?: boolean;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-required"?: boolean | "true" | "false";
  "aria-invalid"?: boolean | "true" | "false";
}

export function FieldInput(props: InputProps) {
  const { field, value, onChange, names, id, compact } = props;
  const aria = { "aria-label": props["aria-label"], "aria-describedby": props["aria-describedby"] };
  const { tr, t } = useLang();
  const { catalog } = useCatalog();
  const type = field.type;
  const text = typeof value === "string" ? value : undefined;
  switch (type.is) {
    case "text":
      // A key of another system: typed in, never shown.
      if (field.typed) return <Input.Password id={id} value={text ?? ""} autoComplete="new-password" placeholder={t("form.unchanged")} maxLength={type.max ?? 4000} onChange={(e) => onChange?.(e.target.value)} {...aria} />;
      return <Input id={id} value={text ?? ""} maxLength={type.max ?? 4000} onChange={(e) => onChange?.(e.target.value)} {...aria} />;
    case "note":
      return (
        <Input.TextArea
          id={id}
          value={text ?? ""}
          maxLength={type.max ?? 20_000}
          rows={compact ? 2 : 3}
          className="grows"
          onChange={(e) => onChange?.(e.target.value)}
          {...aria}
        />
      );
    case "tags":
      return (
        <Select
          id={id}
          mode="tags"
          value={(value as string[] | undefined) ?? []}
          onChange={(next: string[]) => onChange?.(next)}
          tokenSeparators={["、", "，", ",", "；", ";"]}
          options={(type.suggest ?? []).map((s) => ({ value: tr(s), label: tr(s) }))}
          placeholder={t("form.tags")}
          {...aria}
        />
      );
    case "integer":
      return (
        <InputNumber
          id={id}
          value={typeof value === "number" ? value : null}
          min={type.min ?? undefined}
          max={type.max ?? undefined}
          precision={0}
          suffix={unit(type.unit, tr)}
          className="number-input"
          onChange={(next) => onChange?.(next ?? undefined)}
          {...aria}
        />
      );
    case "decimal":
      return (
        <InputNumber<string>
          id={id}
          stringMode
          value={text ?? null}
          step={type.scale ? `0.${"0".repeat(type.scale - 1)}1` : "1"}
          suffix={unit(type.unit, tr)}
          className="number-input"
          onChange={(next) => onChange?.(next ?? undefined)}
          {...aria}
        />
      );
    case "money":
      return <MoneyInput id={id} value={value} onChange={onChange} aria={aria} />;
    case "day":
      return (
        <DatePicker
          id={id}
          value={text ? dayjs(text) : null}
          onChange={(day) => onChange?.(day ? day.format("YYYY-MM-DD") : undefined)}
          className="day-input"
          {...aria}
        />
      );
    case "flag":
      return <Switch id={id} checked={value === true} onChange={(next) => onChange?.(next)} {...aria} />;
    case "choice":
      return type.options.length <= 4 && !compact ? (
        <Radio.Group
          id={id}
          value={text}
          onChange={(e) => onChange?.(e.target.value as string)}
          options={type.options.map((o) => ({ value: o.code, label: tr(o.label) }))}
          {...aria}
        />
      ) : (
        <Select
          id={id}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          value={text}
          onChange={(next: string | undefined) => onChange?.(next)}
          options={type.options.map((o) => ({ value: o.code, label: tr(o.label) }))}
          placeholder={t("form.pick")}
          {...aria}
        />
      );
    case "choices":
      return type.options.length <= 24 && !compact ? (
        <Checkbox.Group
          value={(value as string[] | undefined) ?? []}
          onChange={(next) => onChange?.(next as string[])}
          options={type.options.map((o) => ({ value: o.code, label: tr(o.label) }))}
        />
      ) : (
        <Select
          id={id}
          mode="multiple"
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          value={(value as string[] | undefined) ?? []}
          onChange={(next: string[]) => onChange?.(next)}
          options={type.options.map((o) => ({ value: o.code, label: tr(o.label) }))}
          placeholder={t("form.pickSome")}
          {...aria}
        />
      );
    case "taxonomy":
      return (
        <TreeSelect
          id={id}
          allowClear
          showSearch={{ treeNodeFilterProp: "title" }}
          value={text}
          treeLine={false}
          treeData={tree(catalog.taxonomies.find((x) => x.name === type.of)?.nodes ?? [], tr)}
          onChange={(next: string | undefined) => onChange?.(next)}
          placeholder={t("form.pick")}
          popupMatchSelectWidth={420}
          {...aria}
        />
      );
    case "grade":
      return <GradeInput id={id} value={text} onChange={onChange} compact={compact} aria={aria} />;
    case "term":
      return <TermInput id={id} value={value} onChange={onChange} aria={aria} />;
    case "ref":
      return <RefSelect id={id} kind={type.kind} value={text} names={names} onChange={(next) => onChange?.(next as string | undefined)} {...aria} />;
    case "refs":
      return (
        <RefSelect
          id={id}
          kind={type.kind}
          multiple
          value={(value as string[] | undefined) ?? []}
          names={names}
          onChange={(next) => onChange?.(next as string[] | undefined)}
          {...aria}
        />
      );
    case "rows":
      return <RowsInput field={field} value={value} onChange={onChange} names={names} />;
    case "files":
      return <span className="muted">{t("form.filesLater")}</span>;
  }
}

const unit = (text: Text | null | undefined, tr: (x: Text) => string) => (text ? tr(text) : undefined);

interface TreeNode {
  value: string;
  title: string;
  children?: TreeNode[];
}
export function tree(nodes: TaxonomyNode[], tr: (x: Text) => string): TreeNode[] {
  return nodes.map((n) => ({
    value: n.code,
    title: tr(n.label),
    children: n.children?.length ? tree(n.children, tr) : undefined,
  }));
}

interface Part {
  id?: string;
  value?: Json;
  onChange?: (value: Json | undefined) => void;
  aria: Record<string, string | undefined>;
}

function MoneyInput({ id, value, onChange, aria }: Part) {
  const { t } = useLang();
  const money = isMoney(value) ? (value as Money) : undefined;
  const shown = money ? yuanOf(money.cents) : "";
  const [draft, setDraft] = useState<string | undefined>();
  const bad = draft !== undefined && draft !== "" && centsOf(draft) === undefined;
  return (
    <Input
      id={id}
      value={draft ?? shown}
      inputMode="decimal"
      prefix={t("money.symbol")}
      suffix={money?.currency && money.currency !== "CNY" ? money.currency : undefined}
      status={bad ? "error" : undefined}
      className="number-input"
      onChange={(e) => {
        setDraft(e.target.value);
        const cents = centsOf(e.target.value);
        if (e.target.value === "") onChange?.(undefined);
        else if (cents !== undefined) onChange?.({ cents, currency: money?.currency ?? "CNY" });
      }}
      onBlur={() => setDraft(undefined)}
      {...aria}
    />
  );
}

function GradeInput({ id, value, onChange, compact, aria }: Part & { compact?: boolean }) {
  const { catalog } = useCatalog();
  const { tr, t } = useLang();
  const options = catalog.scheme.levels.map((l) => ({ value: l.code, label: compact ? tr(l.name) : <GradeTag grade={l.code} /> }));
  if (compact) {
    return (
      <Select id={id} allowClear value={(value as string) || undefined} onChange={(next: string | undefined) => onChange?.(next)} options={options} placeholder={t("form.pick")} {...aria} />
    );
  }
  return <Radio.Group id={id} value={value} onChange={(e) => onChange?.(e.target.value as string)} options={options} {...aria} />;
}

function TermInput({ id, value, onChange, aria }: Part) {
  const { t } = useLang();
  const term: Term | undefined = isTerm(value) ? (value as Term) : undefined;
  const open = term !== undefined && "open" in term;
  const months = term && "months" in term ? term.months : undefined;
  const [years, setYears] = useState(months === undefined || months % 12 === 0);
  const shown = months === undefined ? null : years ? months / 12 : months;
  return (
    <div className="term-input">
      <InputNumber
        id={id}
        min={1}
        max={years ? 99 : 1188}
        precision={0}
        disabled={open}
        value={shown}
        onChange={(next) => onChange?.(next ? { months: years ? next * 12 : next } : undefined)}
        {...aria}
      />
      <Select
        value={years ? "years" : "months"}
        disabled={open}
        aria-label={t("term.unit")}
        onChange={(next) => {
          setYears(next === "years");
          if (shown) onChange?.({ months: next === "years" ? shown * 12 : shown });
        }}
        options={[
          { value: "years", label: t("term.unitYears") },
          { value: "months", label: t("term.unitMonths") },
        ]}
      />
      <Checkbox checked={open} onChange={(e) => onChange?.(e.target.checked ? { open: true } : undefined)}>
        {t("term.open")}
      </Checkbox>
    </div>
  );
}
