/** Accounts of people. */
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { api } from "../api/endpoints";
import { q, touched } from "../api/queries";
import { columnsOf } from "../components/columns";
import { DataTable } from "../components/data-table";
import { PageFrame } from "../components/page";
import { RefSelect } from "../components/ref-select";
import { ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { useShowPassword } from "./account-panel";

export function AccountsPage() {
  const { t } = useLang();
  return (
    <PageFrame title={t("nav.accounts")} lead={t("accounts.lead")}>
      <Accounts />
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
