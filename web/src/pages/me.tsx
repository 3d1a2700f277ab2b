/** My own sign-in: password, passkeys, one-time code, sessions, tokens of my programs. */
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Alert, Button, Input, Modal, Tabs } from "antd";
import { lazy, Suspense, useState } from "react";
import { api } from "../api/endpoints";
import { queryClient } from "../api/queries";
import { PageFrame, Panel } from "../components/page";
import { PasswordForm } from "../components/password-form";
import { QrCode } from "../components/qr-code";
import { Loading, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import type { Search } from "../router";
import { signOut } from "../shell/sign-out";
import { message } from "../components/feedback";
import { Tokens } from "./tokens";

const Passkeys = lazy(() => import("./passkeys").then((m) => ({ default: m.Passkeys })));
const Sessions = lazy(() => import("./sessions").then((m) => ({ default: m.Sessions })));
const Notices = lazy(() => import("./notices").then((m) => ({ default: m.Notices })));

export function MePage() {
  const { t } = useLang();
  const { me } = useCatalog();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  return (
    <PageFrame title={t("me.title")} lead={me.person?.name ?? me.login} narrow actions={<Button onClick={() => void signOut()}>{t("me.signOut")}</Button>}>
      <Tabs
        activeKey={search.tab ?? "password"}
        onChange={(tab) => void navigate({ to: "/me", search: { tab }, replace: true })}
        items={[
          {
            key: "password",
            label: t("me.password"),
            children: (
              <Panel>
                <PasswordForm login={me.login} />
              </Panel>
            ),
          },
          { key: "notices", label: t("me.notices"), children: <Suspense fallback={<Loading />}><Notices /></Suspense> },
          { key: "passkeys", label: t("me.passkeys"), children: <Suspense fallback={<Loading />}><Passkeys /></Suspense> },
          { key: "totp", label: t("me.totp"), children: <Totp /> },
          { key: "sessions", label: t("me.sessions"), children: <Suspense fallback={<Loading />}><Sessions /></Suspense> },
          { key: "tokens", label: t("me.tokens"), children: <Tokens /> },
        ]}
      />
    </PageFrame>
  );
}

function Totp() {
  const { t } = useLang();
  const { me } = useCatalog();
  const [code, setCode] = useState("");
  const [removing, setRemoving] = useState(false);
  const [password, setPassword] = useState("");
  const again = () => queryClient.invalidateQueries({ queryKey: ["me"] });
  const begin = useMutation({ mutationFn: api.totpBegin });
  const confirm = useMutation({
    mutationFn: () => api.totpConfirm(code.replace(/\s/g, "")),
    onSuccess: async () => {
      message.success(t("totp.on"));
      begin.reset();
      setCode("");
      await again();
    },
  });
  const remove = useMutation({
    mutationFn: () => api.totpRemove(password),
    onSuccess: async () => {
      setRemoving(false);
      setPassword("");
      message.success(t("totp.off"));
      await again();
    },
  });
  if (me.totp) {
    return (
      <Panel>
        <Alert type="success" showIcon title={t("totp.active")} />
        <Button danger onClick={() => setRemoving(true)}>{t("totp.remove")}</Button>
        {removing && (
          <Modal open title={t("totp.remove")} okText={t("totp.remove")} okButtonProps={{ danger: true, loading: remove.isPending, disabled: !password }} onCancel={() => setRemoving(false)} onOk={() => remove.mutate()}>
            {remove.isError && <ProblemView error={remove.error} />}
            <p>{t("totp.removeHint")}</p>
            <Input.Password value={password} autoComplete="current-password" aria-label={t("signin.password")} onChange={(e) => setPassword(e.target.value)} />
          </Modal>
        )}
      </Panel>
    );
  }
  return (
    <Panel>
      <p>{t("totp.what")}</p>
      {!begin.data && (
        <Button type="primary" loading={begin.isPending} onClick={() => begin.mutate()}>
          {t("totp.begin")}
        </Button>
      )}
      {begin.isError && <ProblemView error={begin.error} />}
      {begin.data && (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            confirm.mutate();
          }}
        >
          <p>{t("totp.scan")}</p>
          <QrCode text={begin.data.uri} label={t("totp.qr")} />
          <p>
            {t("totp.byHand")} <code className="secret-once">{begin.data.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
          </p>
          {confirm.isError && <ProblemView error={confirm.error} />}
          <label htmlFor="totp-code">{t("totp.type")}</label>
          <div className="inline-form">
            <Input id="totp-code" inputMode="numeric" autoComplete="one-time-code" maxLength={8} value={code} onChange={(e) => setCode(e.target.value)} />
            <Button type="primary" htmlType="submit" disabled={!code} loading={confirm.isPending}>
              {t("totp.confirm")}
            </Button>
          </div>
        </form>
      )}
    </Panel>
  );
}
