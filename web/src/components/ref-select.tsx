/** Chooses records of a kind, searching on the server while typing. */
import { useQuery } from "@tanstack/react-query";
import { Select, Spin } from "antd";
import { useEffect, useMemo, useState } from "react";
import { q } from "../api/queries";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";

interface Props {
  kind: string;
  multiple?: boolean;
  value?: string | string[] | null;
  onChange?: (value: string | string[] | undefined) => void;
  names?: Record<string, string>;
  id?: string;
  placeholder?: string;
  "aria-label"?: string;
  disabled?: boolean;
  className?: string;
}

export function RefSelect({ kind, multiple, value, onChange, names = {}, id, placeholder, disabled, className, ...rest }: Props) {
  const { t, tr } = useLang();
  const { kind: kindOf } = useCatalog();
  const [text, setText] = useState("");
  const [settled, setSettled] = useState("");
  const [open, setOpen] = useState(false);
  // Names seen so far, so that a chosen record keeps its name when the search moves on.
  const [seen, setSeen] = useState<Record<string, string>>({});
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), 200);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useQuery({ ...q.list(kind, { q: settled || undefined, limit: 30 }), enabled: open });
  useEffect(() => {
    const items = found.data?.items;
    if (items?.length) {
      setSeen((old) => ({ ...old, ...Object.fromEntries(items.filter((i) => i.title).map((i) => [i.id, i.title ?? ""])) }));
    }
  }, [found.data]);

  const chosen = useMemo(() => (Array.isArray(value) ? value : value ? [value] : []), [value]);
  const unknown = chosen.filter((c) => !names[c] && !seen[c]);
  const single = useQuery({ ...q.record(kind, unknown[0] ?? ""), enabled: unknown.length > 0, retry: false });
  const nameOf = (record: string): string => {
    const detail = single.data?.record;
    const title = detail?.id === record ? detail.data[kindOf(kind)?.title ?? ""] : undefined;
    return names[record] ?? seen[record] ?? (typeof title === "string" ? title : t("value.unnamed"));
  };

  const definition = kindOf(kind);
  const options = (found.data?.items ?? [])
    .filter((i) => i.visible === "full")
    .map((i) => ({ value: i.id, label: i.title ?? i.number ?? "", number: i.number }));
  for (const c of chosen) {
    if (!options.some((o) => o.value === c)) options.push({ value: c, label: nameOf(c), number: null });
  }
  return (
    <Select
      id={id}
      className={className}
      mode={multiple ? "multiple" : undefined}
      allowClear
      disabled={disabled}
      showSearch={{ filterOption: false, onSearch: setText, searchValue: text }}
      value={multiple ? chosen : (chosen[0] ?? undefined)}
      onChange={(next: string | string[] | undefined) => {
        onChange?.(next);
        setText("");
      }}
      onOpenChange={setOpen}
      options={options}
      placeholder={placeholder ?? t("form.choose", { what: tr(definition?.label) })}
      notFoundContent={found.isFetching ? <Spin size="small" /> : t("search.none")}
      optionRender={(option) => (
        <span className="ref-option">
          {option.data.label}
          {option.data.number && <span className="number">{option.data.number}</span>}
        </span>
      )}
      {...rest}
    />
  );
}
