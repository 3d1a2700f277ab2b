/** My courses and exams; for those who answer for others, how many are trained (B 5.1, H 12.1). */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Select, Tabs } from "antd";
import { download } from "../api/client";
import { type Coverage, type CoverageRow, qt, type Trained, training } from "../api/training";
import { StackBar } from "../components/bars";
import { message, textOf } from "../components/feedback";
import { PageFrame, Panel } from "../components/page";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { hasRole, useCatalog } from "../kinds/catalog";

import type { Search } from "../router";
import "./exam/exam.css";
import { toneOf } from "./exam/standing";

export function TrainingPage() {
  const { t } = useLang();
  const { me } = useCatalog();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const answers = hasRole(me, "office", "committee", "committee_chair", "department_head", "department_officer");
  const tabs = [{ key: "mine", label: t("training.mine"), children: <Mine /> }];
  if (answers) tabs.push({ key: "coverage", label: t("training.coverage"), children: <CoveragePanel search={search} /> });
  return (
    <PageFrame title={t("training.title")} lead={<span className="clause">B 5.1</span>}>
      <Tabs
        activeKey={tabs.some((x) => x.key === search.tab) ? search.tab : "mine"}
        onChange={(tab) => void navigate({ to: "/training", search: tab === "mine" ? {} : { tab }, replace: true })}
        items={tabs}
      />
    </PageFrame>
  );
}

function Mine() {
  const { t } = useLang();
  const exams = useQuery(qt.exams());
  if (exams.isPending) return <Loading rows={4} />;
  if (exams.isError) return <ProblemView error={exams.error} retry={() => void exams.refetch()} />;
  if (exams.data.courses.length === 0) return <EmptyState title={t("training.nothing")} />;
  return (
    <ul>
      {exams.data.courses.map((course) => {
        const result = course.result;
        return (
          <li key={course.id} className="exam-card">
            <h2><Link to="/training/$id" params={{ id: course.id }}>{course.name}</Link></h2>
            <p className={toneOf(course)}>{t(`training.standing.${course.standing}`, { day: course.day ?? "", attempts: course.attempts })}</p>
            {result && (
              <Button type="link" onClick={() => void download(training.certificateUrl(result), `${course.name}.pdf`).catch((error: unknown) => message.error(textOf(error)))}>
                {t("exam.certificate")}
              </Button>
            )}
            {course.sitting && <Link to="/exam/$id" params={{ id: course.sitting }}>{t("training.last")}</Link>}
          </li>
        );
      })}
    </ul>
  );
}

const columns: { key: Trained; color: string }[] = [
  { key: "valid", color: "#236b3a" },
  { key: "soon", color: "#b8862d" },
  { key: "lapsed", color: "#8c8f94" },
  { key: "failed", color: "#a8261a" },
  { key: "never", color: "#e7e5df" },
];

function CoveragePanel({ search }: { search: Search }) {
  const { t } = useLang();
  const navigate = useNavigate();
  const trained = columns.find((c) => c.key === search.trained)?.key;
  const chosen = { course: search.course, department: search.department, trained, persons: search.persons === "1" || undefined };
  const coverage = useQuery(qt.coverage(chosen));
  const go = (change: Search) => void navigate({ to: "/training", search: { tab: "coverage", course: search.course, ...change }, replace: true });
  if (coverage.isPending) return <Loading rows={6} />;
  if (coverage.isError) return <ProblemView error={coverage.error} retry={() => void coverage.refetch()} />;
  const data = coverage.data;
  return (
    <>
      <Panel>
        <div className="inline-form">
          <Select
            className="list-select"
            aria-label={t("training.course")}
            allowClear
            placeholder={t("training.allCourses")}
            value={search.course}
            onChange={(course?: string) => go({ course })}
            options={data.courses.map((c) => ({ value: c.id, label: c.name }))}
          />
        </div>
        {data.rows.length === 0 ? (
          <EmptyState title={t("training.nobody")} />
        ) : (
          <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("training.coverage")}>
            <table className="plain-table">
              <thead>
                <tr>
                  <th>{t("training.department")}</th>
                  <th className="num">{t("training.haveTo")}</th>
                  {columns.map((c) => <th key={c.key} className="num">{t(`training.trained.${c.key}`)}</th>)}
                  <th className="num">{t("training.rate")}</th>
                  <th className="bar-cell">{t("training.share")}</th>
                </tr>
              </thead>
              <tbody>
                {data.rows.map((row) => <Row key={row.department ?? ""} row={row} name={row.name || t("training.noDepartment")} course={search.course} />)}
                <Row row={data.total} name={t("training.total")} course={search.course} all />
              </tbody>
            </table>
          </div>
        )}
      </Panel>
      {(trained || chosen.persons) && <Persons data={data} trained={trained} />}
    </>
  );
}

function Row({ row, name, course, all }: { row: CoverageRow; name: string; course?: string; all?: boolean }) {
  const { t } = useLang();
  const department = all ? undefined : (row.department ?? undefined);
  const to = (search: Search): Search => ({ tab: "coverage", course, department, ...search });
  const rate = row.have_to ? Math.floor(((row.valid + row.soon) * 100) / row.have_to) : 0;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="num"><Link to="/training" search={to({ persons: "1" })} replace>{row.have_to}</Link></td>
      {columns.map((c) => (
        <td key={c.key} className="num">
          {row[c.key] > 0 ? <Link to="/training" search={to({ trained: c.key })} replace>{row[c.key]}</Link> : 0}
        </td>
      ))}
      <td className="num">{rate}%</td>
      <td className="bar-cell">
        <StackBar
          label={t("training.barLabel", { name, rate })}
          parts={columns.map((c) => ({ key: c.key, label: "", value: row[c.key], color: c.color }))}
        />
      </td>
    </tr>
  );
}

function Persons({ data, trained }: { data: Coverage; trained?: Trained }) {
  const { t } = useLang();
  return (
    <Panel title={<>{trained ? t(`training.trained.${trained}`) : t("training.haveTo")} <span className="count">{data.persons.length}</span></>}>
      <table className="plain-table">
        <thead>
          <tr><th>{t("training.person")}</th><th>{t("training.department")}</th><th>{t("training.how")}</th><th>{t("training.until")}</th></tr>
        </thead>
        <tbody>
          {data.persons.map((person) => (
            <tr key={person.id}>
              <th scope="row"><Link to="/r/$kind/$id" params={{ kind: "person", id: person.id }}>{person.name}</Link></th>
              <td>{data.rows.find((r) => r.department === person.department)?.name ?? ""}</td>
              <td>{t(`training.trained.${person.trained}`)}</td>
              <td>{person.until ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
