/** Sign-in with password and, where one is set, a second factor; or with a passkey alone. */
import { Alert, Button, Form, Input, type InputRef } from "antd";
import { useRef, useState } from "react";
import { Problem } from "../api/client";
import { api } from "../api/endpoints";
import { askPasskey, passkeysWork, wasCancelled } from "../api/passkeys";
import { q, queryClient } from "../api/queries";
import type { Me, Status } from "../api/types";
import { PasswordForm } from "../components/password-form";
import { ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { signOut } from "../shell/sign-out";
import { Outside } from "../shell/outside";

export function SignInPage({ status }: { status: Status }) {
  const { t, tr } = useLang();
  const [needsCode, setNeedsCode] = useState(false);
  const [needsPasskey, setNeedsPasskey] = useState(false);
  const [hint, setHint] = useState<string>();
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const code = useRef<InputRef>(null);
  const [form] = Form.useForm<{ login: string; password: string; code?: string }>();
  /** Runs one way of signing in; what the server still wants is asked for. */
  const attempt = async (way: () => Promise<Me>) => {
    setBusy(true);
    setProblem(undefined);
    setHint(undefined);
    try {
      const me = await way();
      // What an earlier person saw goes; `me` stays, because the gate watches it.
      queryClient.removeQueries({ predicate: (query) => !["status", "me"].includes(String(query.queryKey[0])) });
      queryClient.setQueryData(q.me().queryKey, me);
    } catch (error) {
      const wants = error instanceof Problem ? error.code : "";
      if (wants === "session.code_required" || wants === "session.second_required") {
        setNeedsCode(true);
        setTimeout(() => code.current?.focus(), 50);
      }
      if (wants === "session.passkey_required" || wants === "session.second_required") setNeedsPasskey(true);
      if (wants === "session.passkey_required" && !passkeysWork()) setProblem(error as Error);
      else if (wasCancelled(error)) setHint(t("passkey.cancelled"));
      else if (!["session.code_required", "session.passkey_required", "session.second_required"].includes(wants)) setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  const submit = (values: { login: string; password: string; code?: string }) =>
    attempt(async () => {
      const base = { login: values.login.trim(), password: values.password };
      const typed = values.code?.replace(/\s/g, "") || undefined;
      // Where nothing but a passkey will do, it is asked for right away.
      if (needsPasskey && !needsCode) return api.signIn({ ...base, passkey: await askPasskey() });
      return api.signIn({ ...base, code: typed });
    });
  /** Beside the password when that was right already, else alone. */
  const byPasskey = () =>
    attempt(async () => {
      const answer = await askPasskey();
      const { login, password } = form.getFieldsValue();
      return needsPasskey && login && password ? api.signIn({ login: login.trim(), password, passkey: answer }) : api.signInByPasskey(answer);
    });
  return (
    <Outside title={t("signin.title")} company={status.company} notice={tr(status.notice)} version={status.version}>
      {problem && <ProblemView error={problem} />}
      {hint && <Alert type="warning" showIcon title={hint} />}
      {needsPasskey && !problem && !hint && <Alert type="info" showIcon title={t(needsCode ? "signin.eitherSecond" : "signin.passkeySecond")} />}
      <Form form={form} layout="vertical" onFinish={(v: { login: string; password: string; code?: string }) => void submit(v)} requiredMark={false} size="large">
        <Form.Item name="login" label={t("signin.login")} rules={[{ required: true, message: t("signin.loginMissing") }]}>
          <Input autoFocus autoComplete="username" autoCapitalize="off" spellCheck={false} />
        </Form.Item>
        <Form.Item name="password" label={t("signin.password")} rules={[{ required: true, message: t("signin.passwordMissing") }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        {needsCode && (
          <Form.Item name="code" label={t("signin.code")} extra={t("signin.codeHint")} rules={[{ required: true, message: t("signin.codeHint") }]}>
            <Input ref={code} inputMode="numeric" autoComplete="one-time-code" maxLength={8} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t("signin.go")}
        </Button>
        {passkeysWork() && (
          <Button block disabled={busy} className="signin-passkey" onClick={() => void byPasskey()}>
            {t("signin.passkey")}
          </Button>
        )}
      </Form>
      <p className="muted outside-help">{t("signin.help")}</p>
    </Outside>
  );
}

export function ForcedPassword({ status, me }: { status: Status; me: Me }) {
  const { t, tr } = useLang();
  return (
    <Outside title={t("signin.newPassword")} company={status.company} notice={tr(status.notice)} version={status.version}>
      <Alert type="info" showIcon title={t("signin.newPasswordWhy", { name: me.person?.name ?? me.login })} />
      <PasswordForm login={me.login} />
      <Button type="link" onClick={() => void signOut()}>
        {t("me.signOut")}
      </Button>
    </Outside>
  );
}
