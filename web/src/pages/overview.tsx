/** The state of the whole in numbers, each a way into its register. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert } from "antd";
import { q } from "../api/queries";
import { Ring, StackBar } from "../components/bars";
import { Panel } from "../components/page";
import { Loading, ProblemView } from "../components/states";
import { GradeTag, StateTag } from "../components/tags";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { instantText } from "../kinds/format";
import { statesOf, totalOf } from "../kinds/overview";
import { gradeColor } from "../theme";

export function OverviewPanel() {
  const { t, tr } = useLang();
  const { kind, protection } = useCatalog();
  const overview = useQuery(q.overview());
  if (overview.isPending) return <Loading />;
  if (overview.isError) return <ProblemView error={overview.error} retry={() => void overview.refetch()} />;
  const data = overview.data;
  const secret = kind("secret");
  const grades = data.secrets;
  const departments = [...data.departments].sort((a, b) => b.total - a.total);
  const most = Math.max(1, ...departments.map((d) => d.total));
  return (
    <>
      <h2 className="block-title">{t("overview.title")}</h2>
      {data.findings.map((finding) => (
        <Alert key={finding.code} type="warning" showIcon title={tr(finding.text)} />
      ))}
      <div className="tiles">
        <Panel
          className="tile-wide"
          title={t("overview.byGrade")}
          extra={<Link to="/r/$kind" params={{ kind: "secret" }}>{t("overview.total", { count: totalOf(data) })}</Link>}
        >
          <StackBar
            label={t("overview.byGrade")}
            parts={grades.map((g) => ({ key: g.grade ?? "", label: "", value: g.total, color: gradeColor[protection(g.grade)] }))}
          />
          <ul className="legend">
            {grades.map((g) => (
              <li key={g.grade ?? ""}>
                {g.grade ? (
                  <Link to="/r/$kind" params={{ kind: "secret" }} search={{ [`f.${secret?.graded ?? "grade"}`]: g.grade }}>
                    <GradeTag grade={g.grade} /> <strong>{g.total}</strong>
                  </Link>
                ) : (
                  <>
                    <GradeTag /> <strong>{g.total}</strong>
                  </>
                )}
              </li>
            ))}
          </ul>
          <ul className="legend">
            {statesOf(data, secret).map(({ code, count }) => (
              <li key={code}>
                <Link to="/r/$kind" params={{ kind: "secret" }} search={{ state: code }}>
                  <StateTag kind={secret} state={code} /> <strong>{count}</strong>
                </Link>
              </li>
            ))}
          </ul>
        </Panel>
        {data.measures.average != null && (
          <Panel title={t("overview.measures")} className="tile-center">
            <Ring percent={data.measures.average} label={t("overview.measures")} />
            <p className="muted">{t("overview.matching", { matching: data.measures.matching, count: data.measures.secrets })}</p>
          </Panel>
        )}
        <Panel title={t("overview.attention")}>
          <ul className="facts">
            <Fact label={t("overview.expiring")} value={data.expiring} />
            <Fact label={t("overview.expired")} value={data.expired} bad />
            <Fact label={t("overview.corrective")} value={data.corrective_open} />
            <Fact label={t("overview.overdue")} value={data.corrective_overdue} bad />
            <li>
              <span>{t("overview.checkpoint")}</span>
              <Link to="/evidence">{t("overview.entries", { count: data.checkpoint.size })}</Link>
            </li>
            {data.checkpoint.at && (
              <li>
                <span>{t("overview.signed")}</span>
                <span className="time">{instantText(data.checkpoint.at)}</span>
              </li>
            )}
          </ul>
        </Panel>
        {departments.length > 0 && (
          <Panel title={t("overview.byDepartment")} className="tile-full">
            <ul className="bars bars-columns">
              {departments.map((d) => (
                <li key={d.id}>
                  <span className="bars-name">
                    {secret?.department ? (
                      <Link to="/r/$kind" params={{ kind: "secret" }} search={{ [`f.${secret.department}`]: d.id }}>{d.name}</Link>
                    ) : (
                      d.name
                    )}
                  </span>
                  <progress max={most} value={d.total} aria-label={d.name} />
                  <span className="bars-count">{d.total}</span>
                </li>
              ))}
            </ul>
          </Panel>
        )}
        {data.campaigns.length > 0 && (
          <Panel title={t("overview.campaigns")}>
            <ul className="links">
              {data.campaigns.map((c) => (
                <li key={c.id}>
                  <Link to="/r/$kind/$id" params={{ kind: "campaign", id: c.id }}>{c.title}</Link> <StateTag kind={kind("campaign")} state={c.state} />
                </li>
              ))}
            </ul>
          </Panel>
        )}
      </div>
    </>
  );
}

function Fact({ label, value, bad }: { label: string; value: number; bad?: boolean }) {
  return (
    <li>
      <span>{label}</span>
      <strong className={bad && value > 0 ? "bad" : undefined}>{value}</strong>
    </li>
  );
}
