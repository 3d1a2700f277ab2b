/** The state of the whole in numbers, each a way into its register. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { q } from "../api/queries";
import { Ring, StackBar } from "../components/bars";
import { Panel } from "../components/page";
import { Loading, ProblemView } from "../components/states";
import { GradeTag, StateTag } from "../components/tags";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { instantText } from "../kinds/format";
import { gradeColor } from "../theme";
import { readOverview } from "../kinds/overview";

export function OverviewPanel() {
  const { t, tr } = useLang();
  const { catalog, kind } = useCatalog();
  const overview = useQuery(q.overview());
  if (overview.isPending) return <Loading />;
  if (overview.isError) return <ProblemView error={overview.error} retry={() => void overview.refetch()} />;
  const data = readOverview(overview.data);
  const secret = kind("secret");
  const most = Math.max(1, ...data.departments.map((d) => d.count));
  return (
    <>
      <h2 className="block-title">{t("overview.title")}</h2>
      <div className="tiles">
        <Panel className="tile-wide" title={t("overview.byGrade")} extra={<Link to="/r/$kind" params={{ kind: "secret" }}>{t("overview.total", { count: data.total })}</Link>}>
          <StackBar
            label={t("overview.byGrade")}
            parts={catalog.scheme.levels.map((l) => ({ key: l.code, label: tr(l.name), value: data.grades[l.code] ?? 0, color: gradeColor[l.protection] }))}
          />
          <ul className="legend">
            {catalog.scheme.levels.map((l) => (
              <li key={l.code}>
                <Link to="/r/$kind" params={{ kind: "secret" }} search={{ [`f.${secret?.graded ?? "grade"}`]: l.code }}>
                  <GradeTag grade={l.code} /> <strong>{data.grades[l.code] ?? 0}</strong>
                </Link>
              </li>
            ))}
          </ul>
          <ul className="legend">
            {Object.entries(data.states).map(([state, count]) => (
              <li key={state}>
                <Link to="/r/$kind" params={{ kind: "secret" }} search={{ state }}>
                  <StateTag kind={secret} state={state} /> <strong>{count}</strong>
                </Link>
              </li>
            ))}
          </ul>
        </Panel>
        {data.measures !== undefined && (
          <Panel title={t("overview.measures")} className="tile-center">
            <Ring percent={data.measures} label={t("overview.measures")} />
          </Panel>
        )}
        <Panel title={t("overview.attention")}>
          <ul className="facts">
            {data.expiring !== undefined && (
              <li>
                <span>{t("overview.expiring")}</span>
                <strong>{data.expiring}</strong>
              </li>
            )}
            {data.corrective !== undefined && (
              <li>
                <span>{t("overview.corrective")}</span>
                <strong>{data.corrective}</strong>
              </li>
            )}
            {data.checkpoint && (
              <li>
                <span>{t("overview.checkpoint")}</span>
                <Link to="/evidence">{t("overview.entries", { count: data.checkpoint.size })}</Link>
              </li>
            )}
            {data.checkpoint?.at && (
              <li>
                <span>{t("overview.signed")}</span>
                <span className="time">{instantText(data.checkpoint.at)}</span>
              </li>
            )}
          </ul>
        </Panel>
        {data.departments.length > 0 && (
          <Panel title={t("overview.byDepartment")} className="tile-wide">
            <ul className="bars">
              {data.departments.map((d) => (
                <li key={d.id}>
                  <span className="bars-name">
                    {secret?.department ? (
                      <Link to="/r/$kind" params={{ kind: "secret" }} search={{ [`f.${secret.department}`]: d.id }}>{d.name}</Link>
                    ) : (
                      d.name
                    )}
                  </span>
                  <progress max={most} value={d.count} aria-label={d.name} />
                  <span className="bars-count">{d.count}</span>
                </li>
              ))}
            </ul>
          </Panel>
        )}
      </div>
    </>
  );
}
