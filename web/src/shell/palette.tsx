/** Search over all registers and pages. */
import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Input, Modal, Spin } from "antd";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { api } from "../api/endpoints";
import { GradeTag, StateTag } from "../components/tags";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import type { Group } from "./menu";

export function Palette({ onClose, groups }: { onClose: () => void; groups: Group[] }) {
  const { t, tr } = useLang();
  const { kind } = useCatalog();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(text.trim());
  const [settled, setSettled] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), 180);
    return () => clearTimeout(timer);
  }, [wanted]);
  const found = useQuery({
    queryKey: ["search", settled],
    queryFn: ({ signal }) => api.search(settled, signal),
    enabled: settled.length > 0,
  });
  const rows = useMemo(() => {
    const pages = groups
      .flatMap((g) => g.entries)
      .filter((e) => !wanted || e.label.toLowerCase().includes(wanted.toLowerCase()))
      .map((e) => ({ key: e.key, to: e.key, node: <span>{e.icon} {e.label}</span> }));
    const records = settled
      ? (found.data?.items ?? []).map((brief) => ({
          key: brief.id,
          to: `/r/${brief.kind}/${brief.id}`,
          node: (
            <span className="hit">
              <span className="hit-kind">{tr(kind(brief.kind)?.label) || brief.kind}</span>
              <span className="hit-title">{brief.title ?? t("value.hidden")}</span>
              {brief.number && <span className="number">{brief.number}</span>}
              {brief.grade && <GradeTag grade={brief.grade} />}
              <StateTag kind={kind(brief.kind)} state={brief.state} />
            </span>
          ),
        }))
      : [];
    return [...records, ...pages].slice(0, 40);
  }, [groups, wanted, settled, found.data, kind, tr, t]);
  useEffect(() => setAt(0), [rows.length]);

  const open = (to: string) => {
    onClose();
    void navigate({ to });
  };
  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={640} className="palette" title={null} aria-label={t("search.open")}>
      <Input
        autoFocus
        size="large"
        prefix={<SearchOutlined />}
        suffix={found.isFetching ? <Spin size="small" /> : null}
        placeholder={t("search.placeholder")}
        value={text}
        onChange={(e) => setText(e.target.value)}
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={rows[at] ? `palette-${at}` : undefined}
        aria-label={t("search.open")}
        onKeyDown={(e) => {
          if (e.key === "ArrowDown") setAt(Math.min(at + 1, rows.length - 1));
          else if (e.key === "ArrowUp") setAt(Math.max(at - 1, 0));
          else if (e.key === "Enter") {
            const row = rows[at];
            if (row) open(row.to);
          } else return;
          e.preventDefault();
        }}
      />
      <ul id="palette-list" role="listbox" aria-label={t("search.results")} className="palette-list">
        {rows.map((row, i) => (
          <li
            key={row.key}
            id={`palette-${i}`}
            role="option"
            aria-selected={i === at}
            className={i === at ? "active" : undefined}
            onMouseEnter={() => setAt(i)}
            onClick={() => open(row.to)}
          >
            {row.node}
          </li>
        ))}
      </ul>
      {rows.length === 0 && <p className="muted palette-none">{found.isFetching ? t("state.loading") : t("search.none")}</p>}
    </Modal>
  );
}
