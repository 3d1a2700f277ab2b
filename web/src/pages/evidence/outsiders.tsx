/** Time-stamp authorities and witnesses: when each answered last, and what is wrong when one does not. */
import { Link } from "@tanstack/react-router";
import { Alert } from "antd";
import type { Outsider } from "../../api/types";
import { FactTable } from "../../components/fact-table";
import { Panel } from "../../components/page";
import { useLang } from "../../i18n";
import { useCatalog } from "../../kinds/catalog";
import { instantText } from "../../kinds/format";
import { useMay } from "../../kinds/may";
import { useRoleName } from "../../kinds/roles";

const AUTHORITY = "time_authority";
const WITNESS = "ledger_witness";

export function OutsidersPanel({ outsiders, size }: { outsiders: Outsider[]; size: number }) {
  const { t, tr } = useLang();
  const { kind } = useCatalog();
  const mayRead = useMay("read", AUTHORITY) === true;
  return (
    <Panel title={t("outsiders.title")}>
      <p className="form-help">{t("outsiders.what")}</p>
      <Hint kind={AUTHORITY} missing={!outsiders.some((o) => o.kind === AUTHORITY && o.active)} />
      <Hint kind={WITNESS} missing={!outsiders.some((o) => o.kind === WITNESS && o.active)} />
      {outsiders.length > 0 && (
        <FactTable
          label={t("outsiders.title")}
          rows={outsiders}
          keyOf={(o) => o.id}
          columns={[
            {
              key: "name",
              label: t("outsiders.name"),
              show: (o) => (mayRead ? <Link to="/r/$kind/$id" params={{ kind: o.kind, id: o.id }}>{o.name}</Link> : o.name),
            },
            { key: "kind", label: t("outsiders.kind"), show: (o) => tr(kind(o.kind)?.label) },
            {
              key: "last",
              label: t("outsiders.last"),
              show: (o) =>
                o.at ? (
                  <>
                    {instantText(o.at)} <span className="muted">{t("outsiders.covers", { size: o.size ?? 0, total: size })}</span>
                  </>
                ) : (
                  t("outsiders.never")
                ),
            },
            { key: "state", label: t("outsiders.state"), show: (o) => <HowItStands outsider={o} /> },
          ]}
        />
      )}
    </Panel>
  );
}

function HowItStands({ outsider }: { outsider: Outsider }) {
  const { t, tr } = useLang();
  if (!outsider.active) return <span className="muted">{t("outsiders.stopped")}</span>;
  if (!outsider.failures) return <span className={outsider.at ? "good" : "muted"}>{t(outsider.at ? "outsiders.well" : "outsiders.waiting")}</span>;
  return (
    <>
      <strong className="bad">{t("outsiders.failing", { count: outsider.failures, since: instantText(outsider.since) })}</strong>
      {outsider.reason && <div>{tr(outsider.reason)}</div>}
      {outsider.next && <div className="muted">{t("outsiders.next", { at: instantText(outsider.next) })}</div>}
    </>
  );
}

/** What it means that none is registered, and who can help. */
function Hint({ kind, missing }: { kind: string; missing: boolean }) {
  const { t } = useLang();
  const roleName = useRoleName();
  const mayAdd = useMay("create", kind, undefined, missing);
  if (!missing) return null;
  return (
    <Alert
      type="info"
      showIcon
      title={
        <>
          <strong>{t(`outsiders.no.${kind}`)}</strong> {t(`outsiders.why.${kind}`)}{" "}
          {mayAdd ? (
            <Link to="/r/$kind/new" params={{ kind }} className="no-print">
              {t(`outsiders.add.${kind}`)}
            </Link>
          ) : (
            <span className="muted">{t("outsiders.ask", { role: roleName("security_admin") })}</span>
          )}
        </>
      }
    />
  );
}
