/** What an administrator does with an account: reset, roles, disable. */
import { Button, Checkbox, Modal } from "antd";
import { useState } from "react";
import { api } from "../api/endpoints";
import { touched } from "../api/queries";
import type { Detail } from "../api/types";
import { Panel } from "../components/page";
import { useLang } from "../i18n";
import { hasRole, useCatalog } from "../kinds/catalog";
import { AccountSessions } from "./sessions";
import { ask, message, textOf } from "../components/feedback";

/** A password that is shown once. */
export function useShowPassword() {
  const { t } = useLang();
  return (password: string) =>
    ask({
      info: true,
      title: t("accounts.initial"),
      content: (
        <>
          <p>
            <code className="secret-once">{password}</code>
          </p>
          <p>{t("accounts.initialHint")}</p>
        </>
      ),
    });
}

export function AccountPanel({ detail }: { detail: Detail }) {
  const { t, tr } = useLang();
  const { catalog, me } = useCatalog();
  const show = useShowPassword();
  const [roles, setRoles] = useState<string[]>();
  const record = detail.record;
  if (!hasRole(me, "system_admin", "security_admin")) return null;
  const run = async (work: () => Promise<unknown>, done: string) => {
    try {
      const result = (await work()) as { initial_password?: string } | undefined;
      touched("account", record.id);
      if (result?.initial_password) show(result.initial_password);
      else message.success(done);
      setRoles(undefined);
    } catch (error) {
      message.error(textOf(error));
    }
  };
  const current = Array.isArray(record.data.roles) ? (record.data.roles as string[]) : [];
  // Accounts are the system administrator's, sessions of others the security administrator's.
  if (!hasRole(me, "system_admin")) return <AccountSessions account={record.id} />;
  return (
    <Panel title={t("accounts.manage")}>
      <div className="inline-form">
        <Button onClick={() => void run(() => api.resetAccount(record.id), t("accounts.done"))}>{t("accounts.reset")}</Button>
        <Button onClick={() => setRoles(current)}>{t("accounts.setRoles")}</Button>
        {record.state === "disabled" ? (
          <Button onClick={() => void run(() => api.enableAccount(record.id), t("accounts.done"))}>{t("accounts.enable")}</Button>
        ) : (
          <Button danger onClick={() => void run(() => api.disableAccount(record.id), t("accounts.done"))}>{t("accounts.disable")}</Button>
        )}
      </div>
      {roles && (
        <Modal open title={t("accounts.setRoles")} onCancel={() => setRoles(undefined)} onOk={() => void run(() => api.accountRoles(record.id, roles), t("accounts.done"))}>
          <Checkbox.Group className="vertical" value={roles} onChange={(next) => setRoles(next as string[])} options={catalog.roles.map((r) => ({ value: r.code, label: tr(r.label) }))} />
        </Modal>
      )}
    </Panel>
  );
}
