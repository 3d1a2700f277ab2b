/** My passkeys: added, named, listed, removed. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Input, Modal, Tag } from "antd";
import { useState } from "react";
import { addPasskey, listPasskeys, type Passkey, passkeysWork, removePasskey, wasCancelled } from "../api/passkeys";
import { queryClient } from "../api/queries";
import { message } from "../components/feedback";
import { Panel } from "../components/page";
import { Loading, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { deviceText, instantText } from "../kinds/format";

const again = () => Promise.all([queryClient.invalidateQueries({ queryKey: ["passkeys"] }), queryClient.invalidateQueries({ queryKey: ["me"] })]);

export function Passkeys() {
  const { t } = useLang();
  const list = useQuery({ queryKey: ["passkeys"], queryFn: listPasskeys });
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey>();
  if (list.isPending) return <Loading />;
  if (list.isError) return <ProblemView error={list.error} />;
  return (
    <Panel>
      <p>{t("passkey.what")}</p>
      {list.data.length > 0 && (
        <ul className="batches" aria-label={t("me.passkeys")}>
          {list.data.map((p) => (
            <li key={p.id}>
              <span>
                {p.name} <Tag>{t(p.synced ? "passkey.synced" : "passkey.oneDevice")}</Tag>
              </span>
              <span className="time">{t("passkey.since", { at: instantText(p.created) })}</span>
              <span className="time">{p.last_used ? t("passkey.used", { at: instantText(p.last_used) }) : t("passkey.unused")}</span>
              <Button size="small" onClick={() => setRemoving(p)}>
                {t("passkey.remove")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {passkeysWork() ? (
        <Button type="primary" onClick={() => setAdding(true)}>
          {t("passkey.add")}
        </Button>
      ) : (
        <Alert type="info" showIcon title={t("passkey.notHere")} />
      )}
      {adding && <Add close={() => setAdding(false)} />}
      {removing && <Remove passkey={removing} close={() => setRemoving(undefined)} />}
    </Panel>
  );
}

function Add({ close }: { close: () => void }) {
  const { t } = useLang();
  const [name, setName] = useState(deviceText(navigator.userAgent).slice(0, 60));
  const [password, setPassword] = useState("");
  const add = useMutation({
    mutationFn: () => addPasskey(name.trim(), password),
    onSuccess: async () => {
      message.success(t("passkey.added"));
      close();
      await again();
    },
  });
  return (
    <Modal open title={t("passkey.add")} okText={t("passkey.go")} okButtonProps={{ loading: add.isPending, disabled: !password || !name.trim() }} onCancel={close} onOk={() => add.mutate()}>
      {add.isError && (wasCancelled(add.error) ? <Alert type="warning" showIcon title={t("passkey.cancelled")} /> : <ProblemView error={add.error} />)}
      <p>{t("passkey.addHint")}</p>
      <div className="stack">
        <label htmlFor="passkey-name">{t("passkey.name")}</label>
        <Input id="passkey-name" value={name} maxLength={60} onChange={(e) => setName(e.target.value)} />
        <label htmlFor="passkey-password">{t("signin.password")}</label>
        <Input.Password id="passkey-password" value={password} autoComplete="current-password" onChange={(e) => setPassword(e.target.value)} />
      </div>
    </Modal>
  );
}

function Remove({ passkey, close }: { passkey: Passkey; close: () => void }) {
  const { t } = useLang();
  const [password, setPassword] = useState("");
  const remove = useMutation({
    mutationFn: () => removePasskey(passkey.id, password),
    onSuccess: async () => {
      message.success(t("passkey.removed"));
      close();
      await again();
    },
  });
  return (
    <Modal open title={t("passkey.remove")} okText={t("passkey.remove")} okButtonProps={{ danger: true, loading: remove.isPending, disabled: !password }} onCancel={close} onOk={() => remove.mutate()}>
      {remove.isError && <ProblemView error={remove.error} />}
      <p>{t("passkey.removeHint", { name: passkey.name })}</p>
      <Input.Password value={password} autoComplete="current-password" aria-label={t("signin.password")} onChange={(e) => setPassword(e.target.value)} />
    </Modal>
  );
}
