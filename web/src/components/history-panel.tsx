/** Every act on a record, each with its place in the evidence ledger. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { raw, save } from "../api/client";
import { api } from "../api/endpoints";
import type { Detail, HistoryItem, Json, Kind } from "../api/types";
import { useLang } from "../i18n";
import { fieldOf } from "../kinds/catalog";
import { useActName } from "../kinds/labels";
import { instantText } from "../kinds/format";
import { useCopy } from "./copy";
import { FieldValue } from "./field-value";
import { EmptyState, Loading, ProblemView } from "./states";
import { StateTag } from "./tags";

export function HistoryPanel({ kind, detail }: { kind: Kind; detail: Detail }) {
  const { t } = useLang();
  const nameOf = useActName();
  const record = detail.record;
  const [proof, setProof] = useState<number>();
  const pages = useInfiniteQuery({
    queryKey: ["history", record.id],
    queryFn: ({ pageParam }) => api.history(record.kind, record.id, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  if (pages.isPending) return <Loading />;
  if (pages.isError) return <ProblemView error={pages.error} />;
  const names = Object.assign({}, detail.names, ...pages.data.pages.map((p) => p.names ?? {})) as Record<string, string>;
  const items = pages.data.pages.flatMap((p) => p.items);
  if (items.length === 0) return <EmptyState title={t("history.none")} />;
  return (
    <>
      <ol className="timeline">
        {items.map((item) => (
          <li key={item.index}>
            <div className="timeline-head">
              <strong>{nameOf(kind, item.act, item.label)}</strong>
              {item.from && item.to && item.from !== item.to && (
                <span>
                  <StateTag kind={kind} state={item.from} /> → <StateTag kind={kind} state={item.to} />
                </span>
              )}
              <span>{item.actor_name ?? t("history.system")}</span>
              <span className="time">{instantText(item.at)}</span>
              {item.logged && item.leaf != null ? (
                <Button size="small" type="link" className="no-print" onClick={() => setProof(item.leaf ?? undefined)}>
                  {t("history.leaf", { n: item.leaf })}
                </Button>
              ) : (
                <span className="muted">{t("history.notYet")}</span>
              )}
            </div>
            {item.note && <p className="vote-note">{item.note}</p>}
            {item.changes.length > 0 && <Changes kind={kind} item={item} names={names} />}
          </li>
        ))}
      </ol>
      {pages.hasNextPage && (
        <Button onClick={() => void pages.fetchNextPage()} loading={pages.isFetchingNextPage}>
          {t("history.earlier")}
        </Button>
      )}
      {proof !== undefined && <ProofModal leaf={proof} onClose={() => setProof(undefined)} />}
    </>
  );
}

function Changes({ kind, item, names }: { kind: Kind; item: HistoryItem; names: Record<string, string> }) {
  const { t, tr } = useLang();
  const show = (name: string, value: Json | undefined) => {
    const field = fieldOf(kind, name);
    if (value === undefined || value === null) return <span className="muted">{"–"}</span>;
    return field ? <FieldValue field={field} value={value} names={names} brief /> : typeof value === "object" ? JSON.stringify(value) : String(value);
  };
  return (
    <details className="changes">
      <summary>{t("history.changes", { count: item.changes.length })}</summary>
      <table className="plain-table">
        <thead>
          <tr>
            <th>{t("history.field")}</th>
            <th>{t("history.before")}</th>
            <th>{t("history.after")}</th>
          </tr>
        </thead>
        <tbody>
          {item.changes.map((change) => (
            <tr key={change.field}>
              <th scope="row">{tr(change.label) || change.field}</th>
              <td>{show(change.field, change.from)}</td>
              <td>{show(change.field, change.to)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** The inclusion proof as text that any tlog tool checks. */
export function ProofModal({ leaf, onClose }: { leaf: number; onClose: () => void }) {
  const { t } = useLang();
  const [text, setText] = useState<string>();
  const [problem, setProblem] = useState<unknown>();
  const copy = useCopy();
  const [started, setStarted] = useState(false);
  if (!started) {
    setStarted(true);
    raw("GET", api.proofUrl(leaf))
      .then((r) => r.text())
      .then(setText, setProblem);
  }
  return (
    <Modal open title={t("proof.title", { n: leaf })} width={680} onCancel={onClose} footer={null}>
      {problem !== undefined && <ProblemView error={problem} />}
      {text === undefined && problem === undefined && <Loading rows={4} />}
      {text !== undefined && (
        <>
          <p>{t("proof.hint")}</p>
          <pre className="code" tabIndex={0}>{text}</pre>
          <div className="inline-form">
            <Button onClick={() => save(new Blob([text], { type: "text/plain" }), `jingui-${leaf}.tlog-proof`)}>{t("proof.save")}</Button>
            <Button onClick={() => copy(text)}>{t("action.copy")}</Button>
          </div>
        </>
      )}
    </Modal>
  );
}
