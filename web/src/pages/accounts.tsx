/** Accounts of people, tokens of programs. */
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Modal, Select, Tabs } from "antd";
import { useState } from "react";
import { api } from "../api/endpoints";
import { q, queryClient, touched } from "../api/queries";
import { columnsOf } from "../components/columns";
import { DataTable } from "../components/data-table";
import { PageFrame, Panel } from "../components/page";
import { RefSelect } from "../components/ref-select";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { StateTag } from "../components/tags";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { instantText } from "../kinds/format";
import { useShowPassword } from "./account-panel";
import { ask, message } from "../components/feedback";

export function AccountsPage() {
  const { t } = useLang();
  return (
    <PageFrame title={t("nav.accounts")} lead={t("accounts.lead")}>
      <Tabs
        items={[
          { key: "accounts", label: t("accounts.accounts"), children: <Accounts /> },
          { key: "tokens", label: t("accounts.tokens"), children: <Tokens /> },
        ]}
      />
    </PageFrame>
  );
}

function Accounts() {
  const { t, tr } = useLang();
  const { kind: kindOf, catalog } = useCatalog();
  const kind = kindOf("account");
  const [text, setText] = useState("");
  const list = useQuery(q.list("account", { q: text || undefined, limit: 200 }));
  const [adding, setAdding] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [form] = Form.useForm();
  const show = useShowPassword();
  const add = async (values: { person: string; login: string; roles: string[] }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await api.addAccount({ ...values, login: values.login.trim() });
      touched("account");
      setAdding(false);
      show(made.initial_password);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div className="list-bar">
        <Input.Search allowClear className="list-search" placeholder={t("accounts.search")} aria-label={t("accounts.search")} onSearch={setText} />
        <Button type="primary" icon={<PlusOutlined />} onClick={() => { form.resetFields(); setProblem(undefined); setAdding(true); }}>
          {t("accounts.add")}
        </Button>
      </div>
      {list.isError && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {kind && !list.isError && (
        <DataTable kind={kind} items={list.data?.items} names={list.data?.names ?? {}} columns={columnsOf(kind).filter((c) => c !== "created")} loading={list.isFetching} />
      )}
      {adding && (
        <Modal open title={t("accounts.add")} okText={t("accounts.add")} okButtonProps={{ loading: busy }} onCancel={() => setAdding(false)} onOk={() => form.submit()}>
          {problem !== undefined && <ProblemView error={problem} />}
          <Form form={form} layout="vertical" requiredMark={false} onFinish={(v: { person: string; login: string; roles: string[] }) => void add(v)}>
            <Form.Item name="person" label={t("accounts.person")} rules={[{ required: true, message: t("accounts.personMissing") }]}>
              <RefSelect kind="person" />
            </Form.Item>
            <Form.Item name="login" label={t("signin.login")} rules={[{ required: true, pattern: /^[A-Za-z0-9._-]{2,40}$/, message: t("setup.loginRule") }]}>
              <Input autoComplete="off" autoCapitalize="off" spellCheck={false} />
            </Form.Item>
            <Form.Item name="roles" label={t("accounts.roles")} initialValue={["staff"]} extra={t("accounts.rolesHint")}>
              <Select mode="multiple" options={catalog.roles.map((r) => ({ value: r.code, label: tr(r.label) }))} />
            </Form.Item>
          </Form>
        </Modal>
      )}
    </>
  );
}

const verbs = ["read", "write", "export", "import", "audit", "backup"];

function Tokens() {
  const { t, tr } = useLang();
  const { catalog } = useCatalog();
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: api.tokens });
  const [adding, setAdding] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [form] = Form.useForm();
  const again = () => queryClient.invalidateQueries({ queryKey: ["tokens"] });
  const add = async (values: { name: string; scopes: string[]; expires_days: number }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await api.addToken(values);
      setAdding(false);
      await again();
      ask({
      info: true,
        title: t("tokens.made"),
        width: 560,
        content: (
          <>
            <p>
              <code className="secret-once">{made.token}</code>
            </p>
            <p>{t("tokens.once")}</p>
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
                <span>{token.scopes.map(scopeText).join(t("list.join"))}</span>
                {token.expires && <span className="time">{t("tokens.until", { at: instantText(token.expires) })}</span>}
                {token.state && <StateTag kind={catalog.kinds.find((k) => k.kind === "api_token")} state={token.state} />}
                {token.last_used && <span className="time">{t("tokens.used", { at: instantText(token.last_used) })}</span>}
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
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {adding && (
        <Modal open title={t("tokens.add")} okText={t("tokens.add")} okButtonProps={{ loading: busy }} onCancel={() => setAdding(false)} onOk={() => form.submit()}>
          {problem !== undefined && <ProblemView error={problem} />}
          <Form form={form} layout="vertical" requiredMark={false} initialValues={{ expires_days: 90 }} onFinish={(v: { name: string; scopes: string[]; expires_days: number }) => void add(v)}>
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
            <Form.Item name="expires_days" label={t("tokens.days")} rules={[{ required: true, message: t("tokens.days") }]}>
              <InputNumber min={1} max={3650} precision={0} suffix={t("tokens.dayUnit")} className="number-input" />
            </Form.Item>
          </Form>
        </Modal>
      )}
    </>
  );
}
