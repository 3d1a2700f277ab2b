/** The evidence ledger: how long it is, what was signed last, whether it is whole, and proofs to take away. */
import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, InputNumber } from "antd";
import { useState } from "react";
import { api } from "../api/endpoints";
import { q, queryClient } from "../api/queries";
import type { Damage, VerifyReport } from "../api/types";
import { ProofModal } from "../components/history-panel";
import { PageFrame, Panel } from "../components/page";
import { PrintHead } from "../components/print-head";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { useActName } from "../kinds/labels";
import { instantText } from "../kinds/format";
import { message } from "../components/feedback";

export function EvidencePage() {
  const { t } = useLang();
  const ledger = useQuery({ ...q.ledger(), refetchInterval: 30_000 });
  const verify = useMutation({
    mutationFn: api.verify,
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ["ledger"] }),
  });
  const [proof, setProof] = useState<number>();
  const [wanted, setWanted] = useState<number | null>(null);
  const copy = (text: string) =>
    void navigator.clipboard?.writeText(text).then(
      () => message.success(t("action.copied")),
      () => message.error(t("action.copyFailed")),
    );
  return (
    <PageFrame title={t("nav.evidence")} lead={t("evidence.lead")}>
      <PrintHead title={t("nav.evidence")} />
      {ledger.isPending && <Loading />}
      {ledger.isError && <ProblemView error={ledger.error} retry={() => void ledger.refetch()} />}
      {ledger.data && (
        <>
          {ledger.data.halted && <Alert type="error" showIcon title={ledger.data.halted} />}
          <div className="tiles">
            <Panel title={t("evidence.size")}>
              <p className="big" data-testid="tree-size">{ledger.data.size}</p>
              <p className="muted">
                {ledger.data.at ? t("evidence.signedAt", { at: instantText(ledger.data.at) }) : t("evidence.unsigned")}
                {ledger.data.lag ? ` · ${t("evidence.lag", { count: ledger.data.lag })}` : ""}
              </p>
            </Panel>
            <Panel title={t("evidence.whole")} className="tile-wide">
              <Integrity checked={ledger.data.integrity.checked_at} ok={ledger.data.integrity.ok} />
              {!verify.data && <Damages damage={ledger.data.integrity.damage} />}
              <Button type="primary" loading={verify.isPending} onClick={() => verify.mutate()}>
                {t("evidence.verify")}
              </Button>
              <div role="status">
                {verify.isPending && <p>{t("evidence.verifying", { count: ledger.data.size })}</p>}
                {verify.data && <Report report={verify.data} />}
              </div>
              {verify.isError && <ProblemView error={verify.error} />}
            </Panel>
          </div>
          <Panel title={t("evidence.checkpoint")} extra={<Button size="small" onClick={() => copy(ledger.data.checkpoint)}>{t("action.copy")}</Button>}>
            <pre className="code" tabIndex={0}>{ledger.data.checkpoint}</pre>
            <p className="form-help">{t("evidence.checkpointWhat")}</p>
          </Panel>
          <Panel title={t("evidence.vkey")} extra={<Button size="small" onClick={() => copy(ledger.data.vkey)}>{t("action.copy")}</Button>}>
            <pre className="code" tabIndex={0}>{ledger.data.vkey}</pre>
            <p className="form-help">{t("evidence.vkeyWhat")}</p>
          </Panel>
          <Panel title={t("evidence.proofs")}>
            <p className="form-help">{t("evidence.proofsWhat")}</p>
            <div className="inline-form">
              <InputNumber min={0} max={Math.max(ledger.data.size - 1, 0)} precision={0} value={wanted} aria-label={t("evidence.index")} placeholder={t("evidence.index")} onChange={setWanted} />
              <Button disabled={wanted === null} onClick={() => setProof(wanted ?? undefined)}>
                {t("evidence.getProof")}
              </Button>
            </div>
          </Panel>
          <Entries onProof={setProof} />
        </>
      )}
      {proof !== undefined && <ProofModal key={proof} leaf={proof} onClose={() => setProof(undefined)} />}
    </PageFrame>
  );
}

function Integrity({ checked, ok }: { checked?: string | null; ok?: boolean | null }) {
  const { t } = useLang();
  if (!checked) return <p>{t("evidence.neverChecked")}</p>;
  return (
    <p>
      {ok ? <CheckCircleFilled className="good" /> : <CloseCircleFilled className="bad" />}{" "}
      {t(ok ? "evidence.ok" : "evidence.damaged")} <span className="time">{instantText(checked)}</span>
    </p>
  );
}

function Report({ report }: { report: VerifyReport }) {
  const { t } = useLang();
  const rows: [string, string | number | null | undefined][] = [
    [t("report.entries"), report.entries],
    [t("report.files"), report.files],
    [t("report.period"), report.first_at ? `${instantText(report.first_at)} – ${instantText(report.last_at)}` : ""],
    [t("report.root"), report.root],
    [t("report.checkedAt"), instantText(report.checked_at)],
  ];
  return (
    <Alert
      type={report.ok ? "success" : "error"}
      showIcon
      title={t(report.ok ? "evidence.ok" : "evidence.damaged")}
      description={
        <>
          <dl className="report">
            {rows
              .filter(([, value]) => value !== "" && value != null)
              .map(([label, value]) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
          </dl>
          <Damages damage={report.damage} />
        </>
      }
    />
  );
}

function Damages({ damage }: { damage: Damage[] }) {
  const { t, tr } = useLang();
  if (damage.length === 0) return null;
  return (
    <ul className="problem-parts">
      {damage.map((d, i) => (
        <li key={i}>
          {tr(d.text)} <code>{d.file}</code>
          {d.entry != null && <span> {t("report.entry", { n: d.entry })}</span>}
          {d.offset != null && <span> {t("report.offset", { n: d.offset })}</span>}
        </li>
      ))}
    </ul>
  );
}

function Entries({ onProof }: { onProof: (index: number) => void }) {
  const { t, tr } = useLang();
  const { kind } = useCatalog();
  const nameOf = useActName();
  const pages = useInfiniteQuery({
    queryKey: ["ledger", "entries"],
    queryFn: ({ pageParam }) => api.entries(pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  if (pages.isPending) return <Loading />;
  if (pages.isError) return <ProblemView error={pages.error} />;
  const items = pages.data.pages.flatMap((p) => p.items);
  return (
    <Panel title={t("evidence.entries")}>
      {items.length === 0 ? (
        <EmptyState title={t("evidence.empty")} />
      ) : (
        <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("evidence.entries")}>
          <table className="plain-table">
            <thead>
              <tr>
                <th className="num">{t("evidence.index")}</th>
                <th>{t("evidence.when")}</th>
                <th>{t("evidence.act")}</th>
                <th>{t("evidence.kind")}</th>
                <th className="no-print">{t("evidence.proof")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((e) => (
                <tr key={e.index}>
                  <td className="num number">{e.index}</td>
                  <td className="time">{instantText(e.at)}</td>
                  <td>{nameOf(kind(e.kind), e.act, e.label)}</td>
                  <td>{tr(kind(e.kind)?.label) || e.kind}</td>
                  <td className="no-print">
                    {e.logged ? (
                      <Button size="small" type="link" onClick={() => onProof(e.index)}>
                        {t("evidence.getProof")}
                      </Button>
                    ) : (
                      <span className="muted">{t("history.notYet")}</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages.hasNextPage && (
        <Button onClick={() => void pages.fetchNextPage()} loading={pages.isFetchingNextPage}>
          {t("history.earlier")}
        </Button>
      )}
    </Panel>
  );
}
