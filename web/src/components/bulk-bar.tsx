/** One act on many records; what failed is listed with its reason. */
import { Button, Form, Input, Modal } from "antd";
import { lazy, Suspense, useState } from "react";
import { api } from "../api/endpoints";
import { touched } from "../api/queries";
import type { Brief, BulkResult, Data, Kind, Transition } from "../api/types";
import { useLang } from "../i18n";
import { dataOf } from "../kinds/values";
import { labelled } from "../kinds/things";
import { SchemaForm } from "./schema-form";
import { ProblemView } from "./states";
import { message } from "./feedback";

const LabelsDialog = lazy(() => import("./labels-dialog").then((m) => ({ default: m.LabelsDialog })));

interface Choice {
  name: string;
  label: string;
  input: string[];
  danger?: boolean;
  vote?: boolean;
}

/** Acts that every chosen record can take from its present state. */
export function commonActs(kind: Kind, items: Brief[]): { transitions: Transition[]; votes: boolean } {
  const waiting = new Set(kind.transitions.map((x) => x.approval?.during).filter(Boolean));
  return {
    transitions: kind.transitions.filter((x) => !x.system && items.every((i) => x.from.includes(i.state))),
    votes: items.length > 0 && items.every((i) => waiting.has(i.state)),
  };
}

export function BulkBar({ kind, items, onDone, onLeft }: { kind: Kind; items: Brief[]; onDone: () => void; onLeft: (ids: string[]) => void }) {
  const { t, tr } = useLang();
  const [choice, setChoice] = useState<Choice>();
  const [result, setResult] = useState<BulkResult>();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [note, setNote] = useState("");
  const [labels, setLabels] = useState(false);
  const [form] = Form.useForm();
  const common = commonActs(kind, items);
  const choices: Choice[] = [
    ...(common.votes
      ? [
          { name: "approve", label: t("act.approve"), input: [], vote: true },
          { name: "reject", label: t("act.reject"), input: [], vote: true, danger: true },
        ]
      : []),
    ...common.transitions.map((x) => ({ name: x.name, label: tr(x.label), input: x.input ?? [], danger: x.danger })),
  ];
  const run = async (input: Data) => {
    if (!choice) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const done = await api.bulk(kind.kind, choice.name, items.map((i) => i.id), input);
      touched(kind.kind);
      setChoice(undefined);
      if (done.failed.length) {
        setResult(done);
        onLeft(done.failed.map((f) => f.id));
      } else {
        message.success(t("bulk.done", { count: done.done }));
        onDone();
      }
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="bulk-bar no-print" role="region" aria-label={t("bulk.title")}>
      <strong>{t("bulk.selected", { count: items.length })}</strong>
      {choices.map((c) => (
        <Button key={c.name} size="small" danger={c.danger} onClick={() => { setChoice(c); setProblem(undefined); setNote(""); }}>
          {c.label}
        </Button>
      ))}
      {labelled.has(kind.kind) && (
        <Button size="small" onClick={() => setLabels(true)}>
          {t("labels.button")}
        </Button>
      )}
      {labels && (
        <Suspense>
          <LabelsDialog kind={kind.kind} ids={items.map((i) => i.id)} onClose={() => setLabels(false)} />
        </Suspense>
      )}
      {choices.length === 0 && !labelled.has(kind.kind) && <span className="muted">{t("bulk.nothing")}</span>}
      <Button size="small" type="link" onClick={onDone}>
        {t("bulk.clear")}
      </Button>
      {choice && (
        <Modal
          open
          title={t("bulk.confirm", { act: choice.label, count: items.length })}
          okText={choice.label}
          okButtonProps={{ danger: choice.danger, loading: busy, disabled: choice.name === "reject" && !note.trim() }}
          onCancel={() => setChoice(undefined)}
          onOk={() => (choice.vote ? void run({ note }) : choice.input.length ? form.submit() : void run({}))}
        >
          {problem !== undefined && <ProblemView error={problem} />}
          {choice.vote && (
            <Input.TextArea value={note} rows={3} aria-label={t("act.note")} placeholder={t("act.note")} onChange={(e) => setNote(e.target.value)} />
          )}
          {!choice.vote && choice.input.length > 0 && (
            <SchemaForm
              form={form}
              kind={kind}
              initial={{}}
              only={choice.input}
              onFinish={(values) => void run(dataOf(kind.fields.filter((f) => choice.input.includes(f.name)), values))}
            />
          )}
        </Modal>
      )}
      {result && (
        <Modal open title={t("bulk.partly", { done: result.done, failed: result.failed.length })} onCancel={() => setResult(undefined)} footer={null}>
          <ul className="problem-parts">
            {result.failed.map((f) => (
              <li key={f.id}>
                <strong>{items.find((i) => i.id === f.id)?.title ?? f.id}</strong> {f.problem.detail}
              </li>
            ))}
          </ul>
        </Modal>
      )}
    </div>
  );
}
