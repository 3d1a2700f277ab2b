/** Tokens of my programs: what they may do, shown once, taken back at any time. */
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { api } from "../api/endpoints";
import { queryClient } from "../api/queries";
import { ask, message } from "../components/feedback";
import { Panel } from "../components/page";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { StateTag } from "../components/tags";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { dayText, instantText } from "../kinds/format";

type NewToken = Parameters<typeof api.addToken>[0];

const verbs = ["read", "write", "export", "import", "audit", "backup"];

export function Tokens() {
  const { t, tr } = useLang();
  const { catalog } = useCatalog();
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: api.tokens });
  const [adding, setAdding] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [form] = Form.useForm();
  const again = () => queryClient.invalidateQueries({ queryKey: ["tokens"] });
  const add = async ({ signing, ...values }: NewToken) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await api.addToken(signing ? { ...values, signing } : values);
      setAdding(false);
      await again();
      ask({
        info: true,
        title: t("tokens.made"),
        width: 560,
        content: (
          <>
            {signing && (
              <p>
                {t("tokens.id")} <code>{made.id}</code>
              </p>
            )}
            <p>
              {signing && t("tokens.key")} <code className="secret-once">{made.token}</code>
            </p>
            <p>{t("tokens.once")}</p>
            {signing && <p>{t("tokens.signingOnce")}</p>}
          </>
        ),
      });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const scopeText = (scope: string) => {
    const [verb = "", kind = ""] = scope.split(":");
    if (scope === "*") return t("tokens.all");
    const what = kind === "*" || !kind ? t("tokens.anyKind") : tr(catalog.kinds.find((k) => k.kind === kind)?.label) || kind;
    return `${t(`tokens.verb.${verb}`, { defaultValue: verb })} ${what}`;
  };
  return (
    <>
      <div className="list-bar">
        <p className="grow muted">{t("tokens.lead")}</p>
        <Button type="primary" icon={<PlusOutlined />} onClick={() => { form.resetFields(); setProblem(undefined); setAdding(true); }}>
          {t("tokens.add")}
        </Button>
      </div>
      {tokens.isPending && <Loading />}
      {tokens.isError && <ProblemView error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data?.length === 0 && <EmptyState title={t("tokens.none")} />}
      {tokens.data && tokens.data.length > 0 && (
        <Panel>
          <ul className="batches">
            {tokens.data.map((token) => (
              <li key={token.id}>
                <strong>{token.name}</strong>
                {token.signing && <span className="muted">{t(`tokens.signing.${token.signing}`)} <code>{token.id}</code></span>}
                <span>{token.scopes.map(scopeText).join(t("list.join"))}</span>
                {token.expires && <span className="time">{t("tokens.until", { at: dayText(token.expires) })}</span>}
                {token.state && <StateTag kind={catalog.kinds.find((k) => k.kind === "api_token")} state={token.state} />}
                {token.last_used && <span className="time">{t("tokens.used", { at: instantText(token.last_used) })}</span>}
                {(token.state ?? "active") === "active" && (
                  <Button
                    size="small"
                    danger
                    onClick={() =>
                      ask({
                        title: t("tokens.dropSure", { name: token.name }),
                        okText: t("tokens.drop"),
                        danger: true,
                        onOk: () => api.dropToken(token.id).then(again, (e: Error) => message.error(e.message)),
                      })
                    }
                  >
                    {t("tokens.drop")}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {adding && (
        <Modal open title={t("tokens.add")} okText={t("tokens.add")} okButtonProps={{ loading: busy }} onCancel={() => setAdding(false)} onOk={() => form.submit()}>
          {problem !== undefined && <ProblemView error={problem} />}
          <Form form={form} layout="vertical" requiredMark={false} initialValues={{ expires_days: 90, signing: "" }} onFinish={(v: NewToken) => void add(v)}>
            <Form.Item name="name" label={t("tokens.name")} rules={[{ required: true, whitespace: true, message: t("setup.nameMissing") }]}>
              <Input maxLength={80} />
            </Form.Item>
            <Form.Item name="scopes" label={t("tokens.scopes")} extra={t("tokens.scopesHint")} rules={[{ required: true, message: t("form.pickSome") }]}>
              <Select
                mode="multiple"
                showSearch={{ optionFilterProp: "label" }}
                options={[{ value: "*", label: scopeText("*") }, ...verbs.flatMap((v) => [`${v}:*`, ...catalog.kinds.map((k) => `${v}:${k.kind}`)]).map((s) => ({ value: s, label: scopeText(s) }))]}
              />
            </Form.Item>
            <Form.Item name="signing" label={t("tokens.how")} extra={t("tokens.howHint")}>
              <Select options={["", "hmac_sha256", "hmac_sm3"].map((value) => ({ value, label: t(`tokens.signing.${value || "none"}`) }))} />
            </Form.Item>
            <Form.Item name="expires_days" label={t("tokens.days")} rules={[{ required: true, message: t("tokens.days") }]}>
              <InputNumber min={1} max={366} precision={0} suffix={t("tokens.dayUnit")} className="number-input" />
            </Form.Item>
          </Form>
        </Modal>
      )}
    </>
  );
}
