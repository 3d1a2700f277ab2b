/** The way of a record as a checklist: each step with its state, what proves it, what is missing and where to make it (B 5.1, H 8.2). */
import { CheckCircleFilled, ClockCircleOutlined, MinusCircleOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ChecklistStep, qp, type StepNeed } from "../api/people";
import type { Detail } from "../api/types";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { instantText } from "../kinds/format";
import { useRoleName } from "../kinds/roles";
import type { Search } from "../router";
import { Panel } from "./page";
import { Loading, ProblemView } from "./states";
import { StateTag } from "./tags";
import "./checklist.css";

export function ChecklistPanel({ detail }: { detail: Detail }) {
  const { t } = useLang();
  const { kind, id, version } = detail.record;
  const list = useQuery(qp.checklist(kind, id, version));
  if (list.isPending) return <Loading rows={4} />;
  if (list.isError) return <ProblemView error={list.error} retry={() => void list.refetch()} />;
  const { steps, broken_off } = list.data;
  const done = steps.filter((s) => s.state === "done").length;
  return (
    <Panel title={<>{t("checklist.title")} <span className="count">{done} / {steps.length}</span></>}>
      {broken_off && <p className="notice" role="note">{t("checklist.brokenOff")}</p>}
      <ol className="checklist">
        {steps.map((step) => <Step key={step.code} step={step} />)}
      </ol>
    </Panel>
  );
}

const icons = { done: <CheckCircleFilled />, current: <ClockCircleOutlined />, later: <MinusCircleOutlined /> };

function Step({ step }: { step: ChecklistStep }) {
  const { t, tr } = useLang();
  const roleName = useRoleName();
  const who = [...step.who, ...(step.role ? [roleName(step.role)] : [])].join(t("list.join"));
  return (
    <li className={`checklist-${step.state}`} aria-current={step.state === "current" ? "step" : undefined}>
      <span className="checklist-icon" aria-hidden="true">{icons[step.state]}</span>
      <div>
        <strong>{tr(step.label)}</strong> <span className="sr-only">{t(`checklist.${step.state}`)}</span>{" "}
        {step.state === "done" && step.at ? (
          <span className="muted">{step.by} <span className="time">{instantText(step.at)}</span></span>
        ) : (
          who && <span className="muted">{t("checklist.who", { who })}</span>
        )}
        {step.state !== "later" &&
          step.ways.map((way) => (
            <div key={way.act} className="checklist-way">
              {step.ways.length > 1 && <p className="muted">{tr(way.label)}</p>}
              <ul>{way.needs.map((need, n) => <Need key={`${need.field ?? ""}-${n}`} need={need} done={step.state === "done"} />)}</ul>
            </div>
          ))}
      </div>
    </li>
  );
}

function Need({ need, done }: { need: StepNeed; done: boolean }) {
  const { t, tr } = useLang();
  const { kind } = useCatalog();
  const make = need.make;
  const given: Search = Object.fromEntries(Object.entries(need.given).map(([field, value]) => [`f.${field}`, String(value)]));
  return (
    <li className={need.met ? "need-met" : "need-open"}>
      <span className={need.met ? "good" : "wait"} aria-hidden="true">{need.met ? "✓" : "○"}</span>{" "}
      <span className="sr-only">{t(need.met ? "checklist.there" : "checklist.missing")}</span>
      {tr(need.label)}
      {!need.met && need.why !== "field.required" && <span className="wait"> {tr(need.words)}</span>}
      {need.proofs.map((proof) => (
        <span key={proof.id} className="checklist-proof">
          <Link to="/r/$kind/$id" params={{ kind: proof.kind, id: proof.id }}>{[proof.number, proof.name].filter(Boolean).join(" ") || t("value.unnamed")}</Link>{" "}
          <StateTag kind={kind(proof.kind)} state={proof.state} />
        </span>
      ))}
      {need.in_the_way.map((block) => (
        <span key={`${block.kind}.${block.field}`} className="checklist-proof">
          <Link to="/r/$kind" params={{ kind: block.kind }} search={{ [`f.${block.field}`]: block.of, "f.state": block.states.join(",") }}>
            {tr(block.label)} <span className="count">{block.count}</span>
          </Link>
        </span>
      ))}
      {make && !done && (
        <Link className="checklist-make no-print" to="/r/$kind/new" params={{ kind: make }} search={given}>
          {t("checklist.make", { what: tr(kind(make)?.label) })}
        </Link>
      )}
    </li>
  );
}
