/** How people hear of work unless they chose something else; whether messages may go to this machine itself. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Select, Switch } from "antd";
import { api } from "../api/endpoints";
import { queryClient } from "../api/queries";
import type { NoticeSettings, Settings } from "../api/types";
import { message } from "../components/feedback";
import { Panel } from "../components/page";
import { ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { hasRole, useCatalog } from "../kinds/catalog";
import { changedNotices } from "../kinds/notices";

export function NoticeDefaults({ settings }: { settings: Settings }) {
  const { t } = useLang();
  const { me } = useCatalog();
  const system = hasRole(me, "system_admin");
  const security = hasRole(me, "security_admin");
  const channels = useQuery({ queryKey: ["list", "notice_channel", "all"], queryFn: () => api.records("notice_channel", { limit: 100 }) });
  const put = useMutation({
    mutationFn: (values: NoticeSettings) => api.saveSettings({ notices: changedNotices(settings.notices, values) }),
    onSuccess: () => {
      message.success(t("form.saved"));
      void queryClient.invalidateQueries({ queryKey: ["settings"] });
    },
  });
  const time = { pattern: /^([01]\d|2[0-3]):[0-5]\d$/, message: t("notices.time") };
  const now = settings.notices;
  return (
    <Panel title={t("notices.defaults")}>
      {put.isError && <ProblemView error={put.error} />}
      <Form<NoticeSettings>
        layout="vertical"
        disabled={!system}
        requiredMark={false}
        onFinish={(values) => put.mutate(values)}
        initialValues={{ ...now, address: now.address ?? "", notice_channel: now.notice_channel ?? "" }}
      >
        <Form.Item name="address" label={t("notices.here")} extra={t("notices.hereHint")}>
          <Input maxLength={200} />
        </Form.Item>
        <div className="form-grid">
          <Form.Item name="notice_channel" label={t("notices.channel")}>
            <Select
              options={[
                { value: "", label: t("notices.none") },
                ...(channels.data?.items ?? []).map((c) => ({ value: c.id, label: c.title ?? c.id })),
              ]}
            />
          </Form.Item>
          <Form.Item name="notice_rhythm" label={t("notices.rhythm")}>
            <Select options={["single", "digest", "off"].map((value) => ({ value, label: t(`notices.${value}`) }))} />
          </Form.Item>
          <Form.Item name="notice_digest" label={t("notices.digestAt")} rules={[time]}>
            <Input maxLength={5} />
          </Form.Item>
          <Form.Item name="notice_quiet_from" label={t("notices.quietFrom")} rules={[time]}>
            <Input maxLength={5} />
          </Form.Item>
          <Form.Item name="notice_quiet_to" label={t("notices.quietTo")} rules={[time]}>
            <Input maxLength={5} />
          </Form.Item>
        </div>
        <Form.Item name="notice_local" label={t("notices.local")} extra={t("notices.localHint")} valuePropName="checked">
          <Switch disabled={!security} />
        </Form.Item>
        {(system || security) && (
          <Button type="primary" htmlType="submit" disabled={false} loading={put.isPending}>
            {t("action.save")}
          </Button>
        )}
      </Form>
    </Panel>
  );
}
