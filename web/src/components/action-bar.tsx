/** What may be done with a record; what may not be done says why. */
import { DownOutlined } from "@ant-design/icons";
import { useNavigate } from "@tanstack/react-router";
import { Button, Form, Input, Modal, Popover } from "antd";
import { useRef, useState } from "react";
import { freshKey, Problem } from "../api/client";
import { api } from "../api/endpoints";
import { queryClient, touched } from "../api/queries";
import type { Action, Data, Detail, Kind } from "../api/types";
import { useLang } from "../i18n";
import { useActName } from "../kinds/labels";
import { dataOf } from "../kinds/values";
import { SchemaForm } from "./schema-form";
import { ProblemView } from "./states";
import { WhyText } from "./why";
import { message } from "./feedback";

/** Built-in acts that have their own place on the page. */
const elsewhere = new Set(["create", "edit", "attach", "detach"]);

export function ActionBar({ kind, detail, onDone }: { kind: Kind; detail: Detail; onDone?: () => void }) {
  const { t } = useLang();
  const nameOf = useActName();
  const [open, setOpen] = useState<Action>();
  const shown = detail.actions.filter((a) => !elsewhere.has(a.name) || (a.name === "edit" && !a.allowed));
  const allowed = shown.filter((a) => a.allowed);
  const denied = shown.filter((a) => !a.allowed && a.denied);
  const primary = allowed.find((a) => a.name === "approve" || a.name === "acknowledge") ?? allowed.find((a) => !a.danger && a.name !== "withdraw");
  return (
    <>
      {allowed.map((action) => (
        <Button
          key={action.name}
          type={action === primary ? "primary" : "default"}
          danger={action.danger || action.name === "reject"}
          onClick={() => setOpen(action)}
        >
          {nameOf(kind, action.name, action.label)}
        </Button>
      ))}
      {denied.length > 0 && (
        <Popover
          trigger={["click"]}
          placement="bottomRight"
          title={t("why.title")}
          content={
            <div className="why-box">
              {denied.map((action) => (
                <details key={action.name} className="denied">
                  <summary>{nameOf(kind, action.name, action.label)}</summary>
                  <p>{action.denied?.detail}</p>
                  {action.denied?.why && <WhyText why={action.denied.why} />}
                </details>
              ))}
            </div>
          }
        >
          <Button type="text">
            {t("why.ask")} <DownOutlined />
          </Button>
        </Popover>
      )}
      {open && <ActModal key={open.name} kind={kind} detail={detail} action={open} onClose={() => setOpen(undefined)} onDone={onDone} />}
    </>
  );
}

export function ActModal({ kind, detail, action, onClose, onDone }: {
  kind: Kind;
  detail: Detail;
  action: Action;
  onClose: () => void;
  onDone?: () => void;
}) {
  const { t, tr } = useLang();
  const nameOf = useActName();
  const navigate = useNavigate();
  const [form] = Form.useForm();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [note, setNote] = useState("");
  const key = useRef(freshKey());
  const record = detail.record;
  const vote = action.name === "approve" || action.name === "reject";
  const fields = kind.fields.filter((f) => action.input.includes(f.name));
  const run = async (input: Data) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const after = await api.act(record.kind, record.id, action.name, input, record.version, key.current);
      const done = nameOf(kind, action.name, action.label);
      if (after) {
        queryClient.setQueryData(["record", record.id], after);
        touched(record.kind, record.id);
        message.success(t("act.done", { act: done }));
      } else {
        // Done, and with it the person's reason to see the record: back to the list instead of a refusal.
        message.success(t("act.doneAndGone", { act: done }));
        if (!onDone) await navigate({ to: "/r/$kind", params: { kind: record.kind }, replace: true });
        queryClient.removeQueries({ queryKey: ["record", record.id] });
        touched(record.kind);
      }
      onClose();
      onDone?.();
    } catch (error) {
      setProblem(error);
      key.current = freshKey();
      if (error instanceof Problem && error.status === 409) void queryClient.invalidateQueries({ queryKey: ["record", record.id] });
    } finally {
      setBusy(false);
    }
  };
  const filled = !vote && fields.length > 0;
  return (
    <Modal
      open
      title={nameOf(kind, action.name, action.label)}
      width={filled ? 680 : 480}
      okText={nameOf(kind, action.name, action.label)}
      okButtonProps={{
        danger: action.danger || action.name === "reject",
        loading: busy,
        disabled: action.name === "reject" && !note.trim(),
      }}
      onCancel={onClose}
      onOk={() => (filled ? form.submit() : void run(vote || note ? { note: note.trim() } : {}))}
    >
      {problem !== undefined && <ProblemView error={problem} />}
      {action.confirm && <p>{tr(action.confirm)}</p>}
      {vote && (
        <>
          <p>{t(action.name === "approve" ? "act.approveHint" : "act.rejectHint")}</p>
          <Input.TextArea rows={3} value={note} maxLength={2000} autoFocus aria-label={t("act.note")} placeholder={t("act.note")} onChange={(e) => setNote(e.target.value)} />
        </>
      )}
      {filled && (
        <SchemaForm
          form={form}
          kind={kind}
          names={detail.names}
          only={action.input}
          initial={Object.fromEntries(fields.map((f) => [f.name, record.data[f.name] ?? f.default ?? undefined])) as Data}
          problem={problem instanceof Problem ? problem.body : undefined}
          onFinish={(values) => void run(dataOf(fields, values))}
        />
      )}
      {!vote && !filled && !action.confirm && <p>{t("act.sure", { act: nameOf(kind, action.name, action.label) })}</p>}
    </Modal>
  );
}
