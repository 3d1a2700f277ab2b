/** Where a secret is: its carriers and who has them; and through whose hands a carrier went (B 5.2.2, H 9.1.2). */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { qp } from "../api/people";
import { Panel } from "../components/page";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { StateTag } from "../components/tags";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";

export function WhereaboutsPanel({ id }: { id: string }) {
  const { t } = useLang();
  const { kind } = useCatalog();
  const found = useQuery(qp.whereabouts(id));
  if (found.isPending) return <Loading rows={3} />;
  if (found.isError) return <ProblemView error={found.error} retry={() => void found.refetch()} />;
  const { carriers, hidden } = found.data;
  return (
    <Panel title={<>{t("whereabouts.carriers")} <span className="count">{carriers.length + hidden}</span></>}>
      {carriers.length === 0 && hidden === 0 && <EmptyState title={t("whereabouts.none")} />}
      {carriers.length > 0 && (
        <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("whereabouts.carriers")}>
          <table className="plain-table">
            <thead>
              <tr><th>{t("whereabouts.number")}</th><th>{t("whereabouts.name")}</th><th>{t("whereabouts.state")}</th><th>{t("whereabouts.keeper")}</th><th>{t("whereabouts.holder")}</th><th>{t("whereabouts.place")}</th><th>{t("whereabouts.due")}</th></tr>
            </thead>
            <tbody>
              {carriers.map((c) => (
                <tr key={c.id}>
                  <th scope="row"><Link to="/r/$kind/$id" params={{ kind: "carrier", id: c.id }}>{c.number ?? t("value.unnamed")}</Link></th>
                  <td>{c.name}</td>
                  <td><StateTag kind={kind("carrier")} state={c.state} /></td>
                  <td>{c.keeper ?? ""}</td>
                  <td>{c.holder ?? ""}</td>
                  <td>{[c.zone, c.storage].filter(Boolean).join(" · ")}</td>
                  <td>{c.return_due ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hidden > 0 && <p className="muted">{t("holdings.hidden", { count: hidden })}</p>}
    </Panel>
  );
}

export function CirculationPanel({ id }: { id: string }) {
  const { t } = useLang();
  const { kind } = useCatalog();
  const found = useQuery(qp.circulation(id));
  if (found.isPending) return <Loading rows={3} />;
  if (found.isError) return <ProblemView error={found.error} retry={() => void found.refetch()} />;
  const { stays, hidden } = found.data;
  return (
    <Panel title={<>{t("whereabouts.circulation")} <span className="count">{stays.length + hidden}</span></>}>
      {stays.length === 0 && hidden === 0 && <EmptyState title={t("whereabouts.never")} />}
      {stays.length > 0 && (
        <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("whereabouts.circulation")}>
          <table className="plain-table">
            <thead>
              <tr><th>{t("whereabouts.receiver")}</th><th>{t("whereabouts.from")}</th><th>{t("whereabouts.to")}</th><th>{t("whereabouts.due")}</th><th>{t("whereabouts.purpose")}</th><th>{t("whereabouts.handers")}</th><th>{t("whereabouts.issue")}</th></tr>
            </thead>
            <tbody>
              {stays.map((s) => (
                <tr key={s.id}>
                  <th scope="row">{s.receiver ?? ""}</th>
                  <td>{s.from ?? ""}</td>
                  <td>{s.to ?? <StateTag kind={kind("carrier_issue")} state={s.state} />}</td>
                  <td>{s.due ?? ""}</td>
                  <td>{s.purpose}</td>
                  <td>{s.handers.join(t("list.join"))}</td>
                  <td><Link to="/r/$kind/$id" params={{ kind: "carrier_issue", id: s.id }}>{s.number ?? t("value.unnamed")}</Link></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hidden > 0 && <p className="muted">{t("holdings.hidden", { count: hidden })}</p>}
    </Panel>
  );
}
