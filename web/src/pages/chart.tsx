/** The three layers (B 3.1): committee, office, departments with their officers and posts. */
import { PrinterOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { q } from "../api/queries";
import type { ChartDepartment, Named } from "../api/types";
import { PageFrame } from "../components/page";
import { PrintHead } from "../components/print-head";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { useLang } from "../i18n";

export function ChartPage() {
  const { t } = useLang();
  const chart = useQuery(q.chart());
  return (
    <PageFrame
      title={t("nav.chart")}
      lead={t("chart.lead")}
      actions={<Button icon={<PrinterOutlined />} aria-label={t("action.print")} onClick={() => window.print()} />}
    >
      <PrintHead title={t("nav.chart")} />
      {chart.isPending && <Loading />}
      {chart.isError && <ProblemView error={chart.error} retry={() => void chart.refetch()} />}
      {chart.data && (
        <div className="chart">
          <Layer title={t("chart.committee")} what={t("chart.committeeWhat")} people={chart.data.committee} />
          <span className="chart-line" aria-hidden="true" />
          <Layer title={t("chart.office")} what={t("chart.officeWhat")} people={chart.data.office} />
          <span className="chart-line" aria-hidden="true" />
          <section className="chart-layer chart-departments" aria-label={t("chart.departments")}>
            <h2>{t("chart.departments")}</h2>
            <p className="muted">{t("chart.departmentsWhat")}</p>
            {chart.data.departments.length === 0 && <EmptyState title={t("chart.none")} />}
            <ul className="chart-grid">
              {roots(chart.data.departments).map((d) => (
                <Department key={d.id} department={d} all={chart.data.departments} />
              ))}
            </ul>
          </section>
        </div>
      )}
    </PageFrame>
  );
}

const roots = (all: ChartDepartment[]) => all.filter((d) => !d.parent || !all.some((x) => x.id === d.parent));

function Person({ person }: { person: Named }) {
  return (
    <Link to="/r/$kind/$id" params={{ kind: "person", id: person.id }} className="chart-person">
      {person.name}
    </Link>
  );
}

function Layer({ title, what, people }: { title: string; what: string; people: Named[] }) {
  const { t } = useLang();
  return (
    <section className="chart-layer chart-top" aria-label={title}>
      <h2>{title}</h2>
      <p className="muted">{what}</p>
      <div className="chart-people">
        {people.length === 0 ? <span className="muted">{t("chart.vacant")}</span> : people.map((p) => <Person key={p.id} person={p} />)}
      </div>
    </section>
  );
}

function Department({ department, all, depth = 0 }: { department: ChartDepartment; all: ChartDepartment[]; depth?: number }) {
  const { t } = useLang();
  const below = depth < 6 ? all.filter((d) => d.parent === department.id) : [];
  const who = (people: Named[]) =>
    people.length === 0 ? <span className="vacant">{t("chart.vacant")}</span> : people.map((p) => <Person key={p.id} person={p} />);
  return (
    <li className="chart-card">
      <h3>
        <Link to="/r/$kind/$id" params={{ kind: "department", id: department.id }}>{department.name}</Link>
        <span className="count">{t("chart.people", { count: department.people })}</span>
      </h3>
      <dl>
        <div>
          <dt>{t("chart.head")}</dt>
          <dd>{who(department.heads)}</dd>
        </div>
        <div>
          <dt>{t("chart.officer")}</dt>
          <dd>{who(department.officers)}</dd>
        </div>
      </dl>
      {department.posts.length > 0 && (
        <details>
          <summary>{t("chart.posts", { count: department.posts.length })}</summary>
          <ul className="chart-posts">
            {department.posts.map((post) => (
              <li key={post.id}>
                <Link to="/r/$kind/$id" params={{ kind: "post", id: post.id }}>{post.name}</Link>
                {post.graded && <span className="chart-graded">{t("chart.graded")}</span>}
                <div>{who(post.holders)}</div>
                {post.duty && <p className="form-help">{post.duty}</p>}
              </li>
            ))}
          </ul>
        </details>
      )}
      {below.length > 0 && (
        <ul className="chart-below">
          {below.map((d) => (
            <Department key={d.id} department={d} all={all} depth={depth + 1} />
          ))}
        </ul>
      )}
    </li>
  );
}
