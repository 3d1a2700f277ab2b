/** A new password, typed twice. */
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { api } from "../api/endpoints";
import { q, queryClient } from "../api/queries";
import { useLang } from "../i18n";
import { message } from "./feedback";
import { ProblemView } from "./states";

export const PASSWORD_MIN = 10;

/** Changing a password ends every session, this one too; the person is signed in again on the spot. */
export function PasswordForm({ login }: { login: string }) {
  const { t } = useLang();
  const [form] = Form.useForm();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (values: { old: string; next: string }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.password({ old: values.old, new: values.next });
      form.resetFields();
      message.success(t("password.changed"));
      try {
        queryClient.setQueryData(q.me().queryKey, await api.signIn({ login, password: values.next }));
      } catch {
        // A one-time code is asked for: the sign-in page asks.
        queryClient.setQueryData(["me"], null);
      }
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v: { old: string; next: string }) => void submit(v)} className="narrow-form">
      {problem !== undefined && <ProblemView error={problem} />}
      <Form.Item name="old" label={t("password.old")} rules={[{ required: true, message: t("signin.passwordMissing") }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item name="next" label={t("password.new")} extra={t("password.rule", { min: PASSWORD_MIN })} rules={[{ required: true, min: PASSWORD_MIN, message: t("password.rule", { min: PASSWORD_MIN }) }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t("password.again")}
        dependencies={["next"]}
        rules={[
          ({ getFieldValue }) => ({
            validator: (_, value: string) =>
              value === getFieldValue("next") ? Promise.resolve() : Promise.reject(new Error(t("password.differs"))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t("password.change")}
      </Button>
    </Form>
  );
}
