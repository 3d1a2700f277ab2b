/** How far an identification campaign has come, department by department (B 4.1.1). */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Steps } from "antd";
import { q } from "../api/queries";
import { StackBar } from "../components/bars";
import { Panel } from "../components/page";
import { Loading, ProblemView } from "../components/states";
import { StateTag } from "../components/tags";
import { useCompact } from "../components/use-narrow";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";

export function CampaignPanel({ id }: { id: string }) {
  const { t, tr } = useLang();
  const { catalog } = useCatalog();
  const compact = useCompact();
  const progress = useQuery(q.progress(id));
  if (progress.isPending) return <Loading rows={4} />;
  if (progress.isError) return <ProblemView error={progress.error} retry={() => void progress.refetch()} />;
  const data = progress.data;
  const at = data.steps.findIndex((s) => s.code === data.step);
  // Before the first step and after the last the state names no step.
  const begun = data.departments.length > 0 || data.hidden > 0;
  const list = catalog.kinds.find((k) => k.group === "identification" && k.kind !== "campaign");
  return (
    <Panel title={t("campaign.progress")}>
      <Steps
        size="small"
        current={at >= 0 ? at : begun ? data.steps.length : -1}
        orientation={compact ? "vertical" : "horizontal"}
        items={data.steps.map((step) => ({ title: tr(step.label), content: begun ? t("campaign.done", { done: step.done, total: step.total }) : undefined }))}
      />
      {!begun && <p className="muted">{t("campaign.notBegun")}</p>}
      {data.hidden > 0 && <p className="muted">{t("campaign.hidden", { count: data.hidden })}</p>}
      <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("campaign.departments")} hidden={data.departments.length === 0}>
        <table className="plain-table matrix">
          <thead>
            <tr>
              <th>{t("campaign.department")}</th>
              <th>{t("campaign.state")}</th>
              <th className="num">{t("campaign.items")}</th>
              <th className="num">{t("campaign.excluded")}</th>
              <th className="num">{t("campaign.confirmed")}</th>
              <th className="num">{t("campaign.approved")}</th>
              <th className="bar-cell">{t("campaign.share")}</th>
            </tr>
          </thead>
          <tbody>
            {data.departments.map((d) => {
              const open = Math.max(d.items - d.excluded - Math.max(d.confirmed, d.approved), 0);
              return (
                <tr key={d.id}>
                  <th scope="row">
                    {d.list_id && list ? (
                      <Link to="/r/$kind/$id" params={{ kind: list.kind, id: d.list_id }}>{d.name}</Link>
                    ) : (
                      d.name
                    )}
                  </th>
                  <td>{d.state ? <StateTag kind={list} state={d.state} /> : <span className="muted">{t("campaign.notStarted")}</span>}</td>
                  <td className="num">{d.items}</td>
                  <td className="num">{d.excluded}</td>
                  <td className="num">{d.confirmed}</td>
                  <td className="num">{d.approved}</td>
                  <td className="bar-cell">
                    <StackBar
                      label={t("campaign.barLabel", { approved: d.approved, confirmed: d.confirmed, excluded: d.excluded, open })}
                      parts={[
                        { key: "approved", label: "", value: d.approved, color: "#236b3a" },
                        { key: "confirmed", label: "", value: Math.max(d.confirmed - d.approved, 0), color: "#6f9fc8" },
                        { key: "excluded", label: "", value: d.excluded, color: "#b6b2a6" },
                        { key: "open", label: "", value: open, color: "#e7e5df" },
                      ]}
                    />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
