/** First visit: company, four people who keep each other in check, root key, recovery sheet. */
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Radio, Steps } from "antd";
import { useState } from "react";
import { Problem } from "../api/client";
import { api } from "../api/endpoints";
import { suites, type SetupRequest, type SetupResult, type Status, type Suite } from "../api/types";
import { PASSWORD_MIN } from "../components/password-form";
import { Loading, ProblemView } from "../components/states";
import { ProtectionTag } from "../components/tags";
import { useNarrow } from "../components/use-narrow";
import { useLang } from "../i18n";
import { Outside } from "../shell/outside";
import { RecoverySheet } from "./setup-recovery";

const people = ["system", "security", "auditor", "office"] as const;
type Who = (typeof people)[number];
interface Values {
  setup_code: string;
  company: string;
  scheme: string;
  root: "passphrase" | "key_file" | "token";
  suite: Suite;
  passphrase?: string;
  pin?: string;
  sample: "empty" | string;
  people: Record<Who, { name: string; login: string; password: string }>;
}

const fieldsOfStep: (string | string[])[][] = [
  ["setup_code"],
  ["company", "scheme"],
  people.flatMap((p) => ["name", "login", "password"].map((f) => ["people", p, f])),
  ["root", "passphrase", "passphraseAgain", "pin", "suite"],
  ["sample"],
];

/** The step on which a field that the server names is filled in. */
export function stepOf(field: string | null | undefined, code: string): number {
  if (/setup_code|setup\.code/.test(`${field} ${code}`)) return 0;
  if (/^(company|scheme)/.test(field ?? "")) return 1;
  if (/^(system|security|auditor|office)/.test(field ?? "")) return 2;
  if (/^root/.test(field ?? "")) return 3;
  return 4;
}

/** The grades of the sample company; with another scheme it cannot be filled in. */
const SAMPLE_SCHEME = "three";

export function SetupPage({ status, onDone }: { status: Status; onDone: () => void }) {
  const { t, tr } = useLang();
  const narrow = useNarrow();
  const [form] = Form.useForm<Values>();
  const [step, setStep] = useState(0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [result, setResult] = useState<SetupResult>();
  const options = useQuery({ queryKey: ["setup"], queryFn: api.setupOptions });
  const root = Form.useWatch("root", form);
  const scheme = Form.useWatch("scheme", form) ?? SAMPLE_SCHEME;

  const finish = async () => {
    const values = form.getFieldsValue(true) as Values;
    setBusy(true);
    setProblem(undefined);
    const person = (who: Who) => ({
      name: values.people[who].name.trim(),
      login: values.people[who].login.trim(),
      password: values.people[who].password,
    });
    const body: SetupRequest = {
      setup_code: values.setup_code.trim(),
      company: { name: values.company.trim(), zone_minutes: -new Date().getTimezoneOffset() },
      scheme: values.scheme,
      system: person("system"),
      security: person("security"),
      auditor: person("auditor"),
      office: person("office"),
      root: { passphrase: values.root === "passphrase" ? values.passphrase : undefined, key_file: values.root === "key_file", pin: values.root === "token" ? values.pin : undefined, suite: values.suite },
      sample: values.sample === "empty" || values.scheme !== SAMPLE_SCHEME ? null : values.sample,
    };
    try {
      setResult(await api.setup(body));
    } catch (error) {
      setProblem(error);
      if (error instanceof Problem) {
        const parts = error.body.errors?.length ? error.body.errors : [error.body];
        setStep(Math.min(...parts.map((part) => stepOf(part.field, part.code))));
        form.setFields(
          parts.flatMap((part) => {
            const [, who, field] = /^(system|security|auditor|office)\.(name|login|password)$/.exec(part.field ?? "") ?? [];
            return who && field ? [{ name: ["people", who as Who, field as "name"], errors: [part.detail] }] : [];
          }),
        );
      }
    } finally {
      setBusy(false);
    }
  };
  const next = async () => {
    try {
      await form.validateFields(fieldsOfStep[step]);
    } catch {
      return;
    }
    if (step < 4) setStep(step + 1);
    else await finish();
  };

  if (result) {
    return (
      <Outside title={t("setup.doneTitle")} wide version={status.version}>
        <RecoverySheet
          company={(form.getFieldValue("company") as string) ?? ""}
          result={result}
          onDone={onDone}
        />
      </Outside>
    );
  }
  if (options.isPending) return <Outside title={t("setup.title")}><Loading /></Outside>;
  if (options.isError) return <Outside title={t("setup.title")}><ProblemView error={options.error} retry={() => void options.refetch()} /></Outside>;
  const schemes = options.data.schemes;
  const titles = ["code", "company", "people", "root", "start"].map((x) => t(`setup.step.${x}`));
  return (
    <Outside title={t("setup.title")} wide version={status.version}>
      {narrow ? (
        <p className="muted" role="status">{t("setup.progress", { n: step + 1, total: 5, title: titles[step] })}</p>
      ) : (
        <Steps size="small" current={step} items={titles.map((title) => ({ title }))} />
      )}
      {problem !== undefined && <ProblemView error={problem} />}
      <Form
        form={form}
        layout="vertical"
        className="setup-form"
        initialValues={{ scheme: schemes.find((s) => s.code === SAMPLE_SCHEME)?.code ?? schemes[0]?.code, root: "passphrase", suite: "aes256gcm", sample: options.data.samples[0] ?? "empty" }}
        onSubmitCapture={(event) => {
          // Each step checks its own fields only.
          event.preventDefault();
          event.stopPropagation();
          void next();
        }}
        requiredMark={false}
      >
        <div hidden={step !== 0}>
          <p>{t("setup.codeWhy")}</p>
          <Form.Item name="setup_code" label={t("setup.code")} rules={[{ required: true, message: t("setup.codeMissing") }]}>
            <Input className="mono" autoComplete="off" spellCheck={false} autoFocus placeholder="XXXX-XXXX" />
          </Form.Item>
        </div>
        <div hidden={step !== 1}>
          <Form.Item name="company" label={t("setup.company")} rules={[{ required: true, whitespace: true, message: t("setup.companyMissing") }]}>
            <Input maxLength={120} autoComplete="organization" />
          </Form.Item>
          <Form.Item name="scheme" label={t("setup.scheme")} extra={t("setup.schemeHint")}>
            <Radio.Group
              vertical
              className="choice-list"
              options={schemes.map((scheme) => ({
                value: scheme.code,
                label: (
                  <span className="choice">
                    <strong>{tr(scheme.name)}</strong>
                    <span className="choice-tags">
                      {scheme.levels.map((level) => (
                        <ProtectionTag key={level.code} protection={level.protection}>
                          {tr(level.name)}
                        </ProtectionTag>
                      ))}
                    </span>
                  </span>
                ),
              }))}
            />
          </Form.Item>
        </div>
        <div hidden={step !== 2}>
          <p>{t("setup.peopleWhy")}</p>
          <div className="people-grid">
            {people.map((who) => (
              <fieldset key={who} className="form-section">
                <legend>{t(`setup.${who}.title`)}</legend>
                <p className="form-help">{t(`setup.${who}.what`)}</p>
                <Form.Item name={["people", who, "name"]} label={t("setup.name")} rules={[{ required: true, whitespace: true, message: t("setup.nameMissing") }, different("name", who, form, t("setup.sameName"))]}>
                  <Input maxLength={60} autoComplete="off" />
                </Form.Item>
                <Form.Item name={["people", who, "login"]} label={t("setup.login")} rules={[{ required: true, pattern: /^[A-Za-z0-9._-]{2,40}$/, message: t("setup.loginRule") }, different("login", who, form, t("setup.sameLogin"))]}>
                  <Input maxLength={40} autoComplete="off" autoCapitalize="off" spellCheck={false} />
                </Form.Item>
                <Form.Item name={["people", who, "password"]} label={t("setup.password")} rules={[{ required: true, min: PASSWORD_MIN, message: t("password.rule", { min: PASSWORD_MIN }) }, different("password", who, form, t("setup.samePassword")), noLogin(who, form, t("setup.passwordLogin"))]}>
                  <Input.Password autoComplete="new-password" />
                </Form.Item>
              </fieldset>
            ))}
          </div>
        </div>
        <div hidden={step !== 3}>
          <p>{t("setup.rootWhy")}</p>
          <Form.Item name="root" label={t("setup.step.root")}>
            <Radio.Group
              vertical
              className="choice-list"
              options={(["passphrase", "key_file", "token"] as const).filter((value) => value !== "token" || options.data.device).map((value) => ({
                value,
                label: (
                  <span className="choice">
                    <strong>{t(`setup.root.${value}`)}</strong>
                    <span>{t(`setup.root.${value}Gain`)}</span>
                    <span className="choice-cost">{t(`setup.root.${value}Cost`)}</span>
                  </span>
                ),
              }))}
            />
          </Form.Item>
          {root === "passphrase" && (
            <>
              <Form.Item name="passphrase" label={t("setup.passphrase")} extra={t("setup.passphraseHint")} rules={[{ required: step >= 3, min: 12, message: t("setup.passphraseHint") }]}>
                <Input.Password autoComplete="new-password" />
              </Form.Item>
              <Form.Item
                name="passphraseAgain"
                label={t("setup.passphraseAgain")}
                dependencies={["passphrase"]}
                rules={[{ validator: (_, v: string) => (v === form.getFieldValue("passphrase") ? Promise.resolve() : Promise.reject(new Error(t("password.differs")))) }]}
              >
                <Input.Password autoComplete="new-password" />
              </Form.Item>
            </>
          )}
          {root === "token" && (
            <Form.Item name="pin" label={t("unseal.pin")} extra={t("unseal.pinHint")} rules={[{ required: step >= 3, message: t("keys.secretMissing") }]}>
              <Input.Password autoComplete="off" />
            </Form.Item>
          )}
          <Form.Item name="suite" label={t("setup.suite")} extra={t("setup.suiteHint")}>
            <Radio.Group
              vertical
              className="choice-list"
              options={suites.map((value) => ({
                value,
                label: (
                  <span className="choice">
                    <strong>{t(`suite.${value}`)}</strong>
                    <span>{t(`setup.suiteWhat.${value}`)}</span>
                  </span>
                ),
              }))}
            />
          </Form.Item>
        </div>
        <div hidden={step !== 4}>
          <Form.Item name="sample" label={t("setup.startWith")}>
            <Radio.Group
              vertical
              className="choice-list"
              options={[
                ...options.data.samples.map((value) => ({
                  value,
                  disabled: scheme !== SAMPLE_SCHEME,
                  label: (
                    <span className="choice">
                      <strong>{t("setup.sample.bearing")}</strong>
                      <span>{t("setup.sample.bearingWhat")}</span>
                      {scheme !== SAMPLE_SCHEME && <span className="choice-cost">{t("setup.sample.needs")}</span>}
                    </span>
                  ),
                })),
                {
                  value: "empty",
                  label: (
                    <span className="choice">
                      <strong>{t("setup.sample.empty")}</strong>
                      <span>{t("setup.sample.emptyWhat")}</span>
                    </span>
                  ),
                },
              ]}
            />
          </Form.Item>
          <Alert type="info" showIcon title={t("setup.next")} />
        </div>
        <div className="form-foot">
          <Button type="primary" htmlType="submit" loading={busy}>
            {step < 4 ? t("action.next") : t("setup.go")}
          </Button>
          {step > 0 && <Button disabled={busy} onClick={() => setStep(step - 1)}>{t("action.back")}</Button>}
        </div>
      </Form>
    </Outside>
  );
}

/** As the server has it: no sign-in name of three letters or more inside a password. */
function noLogin(who: Who, form: ReturnType<typeof Form.useForm<Values>>[0], text: string) {
  return {
    validator: (_: unknown, value?: string) => {
      const login = ((form.getFieldValue(["people", who, "login"]) as string | undefined) ?? "").trim().toLowerCase();
      return value && login.length >= 3 && value.toLowerCase().includes(login) ? Promise.reject(new Error(text)) : Promise.resolve();
    },
  };
}

function different(field: "name" | "login" | "password", who: Who, form: ReturnType<typeof Form.useForm<Values>>[0], text: string) {
  return {
    validator: (_: unknown, value: string) => {
      const others = people.filter((p) => p !== who).map((p) => form.getFieldValue(["people", p, field]) as string | undefined);
      const norm = (x: string | undefined) => (field === "password" ? x : x?.trim().toLowerCase());
      return value && others.some((o) => o && norm(o) === norm(value)) ? Promise.reject(new Error(text)) : Promise.resolve();
    },
  };
}
