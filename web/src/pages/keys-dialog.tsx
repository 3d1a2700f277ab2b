/** One act on the keys: what it does, the own password once more, why; and what is handed over once. */
import { Alert, Button, Checkbox, Form, Input, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { save } from "../api/client";
import { api } from "../api/endpoints";
import { q, queryClient } from "../api/queries";
import { type Because, type EpochVerb, type HandedOver, type KeyLabel, type Keys, type KeyWay, type Method, type Protection, type Suite, suites } from "../api/types";
import { useQuery } from "@tanstack/react-query";
import { message } from "../components/feedback";
import { ProblemView } from "../components/states";
import { useLang } from "../i18n";

import { RecoveryCode } from "./setup-recovery";

export type KeyTask =
  | { what: "rotate"; protection: Protection }
  | { what: Exclude<EpochVerb, "rotate">; protection: Protection; epoch: number }
  | { what: "suite" | "add_way" | "new_recovery" | "renew_root" | "rehearse" | "seal" }
  | { what: "remove_way"; way: KeyWay }
  | { what: "label"; subject: string; label: KeyLabel };

interface Values extends Because {
  destroy?: boolean;
  suite: Suite;
  method: Method;
  value?: string;
  passphrase?: string;
  pin?: string;
  need?: number;
  of?: number;
  name?: string;
  remark?: string;
}

const methods: Method[] = ["passphrase", "key_file", "recovery", "shares", "token"];
const dangerous = ["disable", "destroy", "remove_way", "renew_root", "seal"];

/** Ways under which a new root key begins, beside the recovery sheet. */
const first: Method[] = ["passphrase", "key_file", "token"];
/** What somebody brings along for a way; the other ways are made. */
const brought = (v: Values) => (v.method === "passphrase" ? v.passphrase : v.method === "token" ? v.pin : undefined);

async function run(task: KeyTask, v: Values): Promise<HandedOver[]> {
  const because = { password: v.password, reason: v.reason };
  switch (task.what) {
    case "rotate":
      await api.actOnEpoch({ act: "rotate", protection: task.protection, destroy: v.destroy ?? false, because });
      return [];
    case "disable":
    case "enable":
    case "destroy":
      await api.actOnEpoch({ act: task.what, protection: task.protection, epoch: task.epoch, because });
      return [];
    case "suite":
      await api.chooseSuite(v.suite, because);
      return [];
    case "add_way":
      return [await api.addWay({ way: { method: v.method, value: brought(v), ...(v.method === "shares" ? { need: v.need, of: v.of } : {}) }, label: { name: v.name ?? "", remark: v.remark ?? "" }, because })];
    case "new_recovery":
      return [{ id: "", method: "recovery", secret: (await api.newRecovery(because)).recovery_code }];
    case "remove_way":
      await api.removeWay(task.way.id, because);
      return [];
    case "renew_root":
      return api.renewRoot([{ method: v.method, value: brought(v) }, { method: "recovery" }], because);
    case "rehearse":
      await api.rehearse(v.method, v.method === "passphrase" || v.method === "token" ? (v.value ?? "") : (v.value ?? "").trim());
      return [];
    case "label":
      await api.labelKey(task.subject, { name: v.name ?? "", remark: v.remark ?? "" });
      return [];
    case "seal":
      await api.seal();
      await queryClient.invalidateQueries({ queryKey: ["status"] });
      return [];
  }
}

export function KeyDialog({ task, keys, onClose }: { task: KeyTask; keys: Keys; onClose: () => void }) {
  const { t } = useLang();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [handed, setHanded] = useState<HandedOver[]>();
  const [at, setAt] = useState(0);
  const settings = useQuery(q.settings());
  const method = Form.useWatch("method", form) ?? "passphrase";
  const title = task.what === "seal" ? t("keys.sealSure") : task.what === "new_recovery" ? t("keys.newRecovery") : t(`keys.act.${task.what}`);
  const where = "protection" in task ? `${t(`protection.${task.protection}`)}${"epoch" in task ? ` ${t("keys.epochN", { n: task.epoch })}` : ""}` : "";
  const stepUp = !["rehearse", "label", "seal"].includes(task.what);
  const makes = task.what === "add_way" || task.what === "renew_root";
  const picks = makes || task.what === "rehearse";
  const finish = () => {
    void queryClient.invalidateQueries({ queryKey: ["keys"] });
    onClose();
  };
  const submit = async (values: Values) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const made = (await run(task, values)).filter((h) => h.secret);
      message.success(t(task.what === "rehearse" ? "keys.past.opened" : "keys.doneNow"));
      if (made.length) setHanded(made);
      else finish();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (handed?.[0]) {
    const [first, ...rest] = handed;
    const next = () => (rest.length ? setHanded(rest) : finish());
    // One sheet after the other, each for another custodian.
    const sheets = first.method === "shares" ? (first.secret ?? "").split("\n") : [];
    const sheet = sheets[at];
    if (sheet) {
      const share = { n: at + 1, of: sheets.length };
      return (
        <Modal open title={t("recovery.sheet", share)} width={720} footer={null} closable={false} mask={{ closable: false }} keyboard={false}>
          <RecoveryCode key={sheet} code={sheet} company={settings.data?.company ?? ""} share={share} onConfirmed={() => (share.n < share.of ? setAt(share.n) : next())} />
        </Modal>
      );
    }
    return (
      <Modal open title={t(first.method === "recovery" ? "recovery.title" : "setup.keyFile")} width={720} footer={null} closable={false} mask={{ closable: false }} keyboard={false}>
        {first.method === "recovery" ? (
          <RecoveryCode key={first.id} code={first.secret ?? ""} company={settings.data?.company ?? ""} onConfirmed={next} />
        ) : (
          <div className="stack">
            <p>{t("setup.keyFileWhat")}</p>
            <Button
              type="primary"
              onClick={() => {
                save(new Blob([first.secret ?? ""], { type: "text/plain" }), "jingui.key");
                next();
              }}
            >
              {t("setup.keyFileSave")}
            </Button>
          </div>
        )}
      </Modal>
    );
  }
  return (
    <Modal open title={[title, where].filter(Boolean).join(" · ")} onCancel={onClose} footer={null} destroyOnHidden>
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(v) => void submit(v)}
        initialValues={{ method: "passphrase", suite: keys.suite, destroy: true, ...(task.what === "label" ? task.label : {}) }}
      >
        <Alert type={dangerous.includes(task.what) ? "warning" : "info"} showIcon title={t(`keys.what.${task.what}`)} />
        {problem !== undefined && <ProblemView error={problem} />}
        {task.what === "rotate" && (
          <Form.Item name="destroy" valuePropName="checked">
            <Checkbox>{t("keys.destroyAfter")}</Checkbox>
          </Form.Item>
        )}
        {task.what === "suite" && (
          <Form.Item name="suite" label={t("setup.suite")}>
            <Select options={suites.map((value) => ({ value, label: t(`suite.${value}`) }))} />
          </Form.Item>
        )}
        {picks && (
          <Form.Item name="method" label={t("keys.way")}>
            <Select options={(task.what === "renew_root" ? first : methods).filter((value) => value !== "token" || keys.device).map((value) => ({ value, label: t(`unseal.method.${value}`) }))} />
          </Form.Item>
        )}
        {task.what === "rehearse" && method !== "key_file" && (
          <Form.Item name="value" label={t(method === "token" ? "unseal.pin" : `unseal.method.${method}`)} extra={method === "token" ? t("unseal.pinHint") : undefined} rules={[{ required: true, message: t("keys.secretMissing") }]}>
            {method === "passphrase" || method === "token" ? <Input.Password autoComplete="off" /> : <Input.TextArea rows={3} className="mono" autoComplete="off" />}
          </Form.Item>
        )}
        {task.what === "rehearse" && method === "key_file" && (
          <label className="file-label">
            {t("unseal.keyFileHint")}
            <input type="file" onChange={(event) => void event.target.files?.[0]?.text().then((value) => form.setFieldValue("value", value))} />
          </label>
        )}
        {makes && method === "passphrase" && (
          <Form.Item name="passphrase" label={t("setup.passphrase")} extra={t("setup.passphraseHint")} rules={[{ required: true, min: 12, message: t("setup.passphraseHint") }]}>
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        )}
        {makes && method === "token" && (
          <Form.Item name="pin" label={t("unseal.pin")} extra={t("unseal.pinHint")} rules={[{ required: true, message: t("keys.secretMissing") }]}>
            <Input.Password autoComplete="off" />
          </Form.Item>
        )}
        {task.what === "add_way" && method === "shares" && (
          <div className="inline-form">
            <Form.Item name="need" label={t("keys.sharesNeed")} initialValue={2} rules={[{ required: true, type: "number", min: 2, max: 16 }]}>
              <InputNumber min={2} max={16} />
            </Form.Item>
            <Form.Item name="of" label={t("keys.sharesOf")} initialValue={3} dependencies={["need"]} rules={[({ getFieldValue }) => ({ validator: (_, v: number) => (v >= (getFieldValue("need") as number) ? Promise.resolve() : Promise.reject(new Error(t("keys.sharesShape")))) })]}>
              <InputNumber min={2} max={16} />
            </Form.Item>
          </div>
        )}
        {(task.what === "label" || task.what === "add_way") && (
          <>
            <Form.Item name="name" label={t("keys.name")}>
              <Input maxLength={60} />
            </Form.Item>
            <Form.Item name="remark" label={t("keys.remark")}>
              <Input maxLength={500} />
            </Form.Item>
          </>
        )}
        {stepUp && (
          <>
            <Form.Item name="reason" label={t("keys.reason")} rules={[{ required: true, whitespace: true, message: t("keys.reasonMissing") }]}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name="password" label={t("keys.password")} rules={[{ required: true, message: t("keys.passwordMissing") }]}>
              <Input.Password autoComplete="current-password" />
            </Form.Item>
          </>
        )}
        <div className="form-foot">
          <Button type="primary" danger={dangerous.includes(task.what)} htmlType="submit" loading={busy}>
            {task.what === "seal" ? t("keys.seal") : title}
          </Button>
          <Button onClick={onClose} disabled={busy}>
            {t("action.cancel")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}
