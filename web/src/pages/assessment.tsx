/** The three legal elements, and whether the measures match the grade. */
import { CheckCircleFilled, CloseCircleOutlined, MinusCircleOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Checkbox } from "antd";
import { useState } from "react";
import { q } from "../api/queries";
import type { Text } from "../api/types";
import { Ring } from "../components/bars";
import { Panel } from "../components/page";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { GradeTag } from "../components/tags";
import { useLang } from "../i18n";

function Check({ met, label, clause, hint, note }: { met: boolean; label: Text; clause?: string | null; hint?: Text | null; note?: string }) {
  const { t, tr } = useLang();
  return (
    <li className={met ? "check met" : "check open"}>
      {met ? <CheckCircleFilled className="good" aria-label={t("assess.met")} /> : <CloseCircleOutlined className="bad" aria-label={t("assess.notMet")} />}
      <div>
        <span>{tr(label)}</span>
        {clause && <span className="clause">{clause}</span>}
        {note && <span className="muted"> {note}</span>}
        {!met && hint && <div className="form-help">{tr(hint)}</div>}
      </div>
    </li>
  );
}

export function AssessmentPanel({ id, grade }: { id: string; grade?: string }) {
  const { t, tr } = useLang();
  const [all, setAll] = useState(false);
  const assessment = useQuery(q.assessment(id));
  if (assessment.isPending) return <Loading />;
  if (assessment.isError) return <ProblemView error={assessment.error} retry={() => void assessment.refetch()} />;
  const data = assessment.data;
  const needed = data.measures.filter((m) => m.needed);
  const missing = needed.filter((m) => !m.met);
  const shown = all ? data.measures : needed;
  return (
    <>
      <Panel className="score">
        <Ring percent={data.percent} label={t("assess.score")} />
        <div>
          <h2>{t("assess.score")}</h2>
          <p>
            {grade && <GradeTag grade={grade} />}{" "}
            {missing.length === 0
              ? t("assess.complete", { count: needed.length })
              : t("assess.missing", { met: needed.length - missing.length, count: needed.length, missing: missing.length })}
          </p>
        </div>
      </Panel>
      <div className="three">
        {data.elements.map((element) => (
          <Panel
            key={element.element}
            title={
              <>
                {element.met ? <CheckCircleFilled className="good" /> : <MinusCircleOutlined className="wait" />} {tr(element.label)}
              </>
            }
            extra={<span className="muted">{t(element.met ? "assess.met" : "assess.notMet")}</span>}
          >
            <ul className="checks">
              {element.items.map((item) => (
                <Check key={item.code} {...item} />
              ))}
            </ul>
          </Panel>
        ))}
      </div>
      <Panel
        title={t("assess.measures")}
        extra={
          <Checkbox checked={all} onChange={(e) => setAll(e.target.checked)}>
            {t("assess.showAll")}
          </Checkbox>
        }
      >
        <ul className="checks columns">
          {shown.map((m) => (
            <Check
              key={m.code}
              met={m.met}
              label={m.label}
              clause={m.clause}
              hint={m.hint}
              note={[t(`assess.${m.how}`), m.needed ? "" : t("assess.optional")].filter(Boolean).join(" · ")}
            />
          ))}
        </ul>
      </Panel>
    </>
  );
}

export function KnowersPanel({ id }: { id: string }) {
  const { t } = useLang();
  const knowers = useQuery(q.knowers(id));
  if (knowers.isPending) return <Loading />;
  if (knowers.isError) return <ProblemView error={knowers.error} retry={() => void knowers.refetch()} />;
  const persons = knowers.data.persons;
  if (persons.length === 0) return <EmptyState title={t("knowers.none")} />;
  return (
    <Panel title={t("knowers.count", { count: persons.length })}>
      <p className="form-help">{t("knowers.hint")}</p>
      <table className="plain-table">
        <thead>
          <tr>
            <th>{t("knowers.name")}</th>
            <th>{t("knowers.department")}</th>
            <th>{t("knowers.because")}</th>
          </tr>
        </thead>
        <tbody>
          {persons.map((p) => (
            <tr key={`${p.id}-${p.because}`}>
              <td>
                <Link to="/r/$kind/$id" params={{ kind: "person", id: p.id }}>{p.name}</Link>
              </td>
              <td>{p.department ?? ""}</td>
              <td>{t(`knowers.by.${p.because}`)} {p.post}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
