/** Sign-in with password and, where it is set, a one-time code. */
import { Alert, Button, Form, Input, type InputRef } from "antd";
import { useRef, useState } from "react";
import { Problem } from "../api/client";
import { api } from "../api/endpoints";
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
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const code = useRef<InputRef>(null);
  const submit = async (values: { login: string; password: string; code?: string }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const me = await api.signIn({ login: values.login.trim(), password: values.password, code: values.code?.replace(/\s/g, "") || undefined });
      // What an earlier person saw goes; `me` stays, because the gate watches it.
      queryClient.removeQueries({ predicate: (query) => !["status", "me"].includes(String(query.queryKey[0])) });
      queryClient.setQueryData(q.me().queryKey, me);
    } catch (error) {
      if (error instanceof Problem && error.code === "session.code_required") {
        setNeedsCode(true);
        setTimeout(() => code.current?.focus(), 50);
      } else setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Outside title={t("signin.title")} company={status.company} notice={tr(status.notice)} version={status.version}>
      {problem && <ProblemView error={problem} />}
      <Form layout="vertical" onFinish={(v: { login: string; password: string; code?: string }) => void submit(v)} requiredMark={false} size="large">
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
