/** How I hear of work when I am not here: channel, one by one or once a day, quiet hours. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Radio, Select, Switch } from "antd";
import { api } from "../api/endpoints";
import { queryClient } from "../api/queries";
import type { NoticeChoice, NoticePreference } from "../api/types";
import { message } from "../components/feedback";
import { Panel } from "../components/page";
import { Loading, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { DEFAULT, type NoticeForm, preferenceOf } from "../kinds/notices";

export function Notices() {
  const choice = useQuery({ queryKey: ["notices"], queryFn: api.notices });
  if (choice.isPending) return <Loading />;
  if (choice.isError) return <ProblemView error={choice.error} retry={() => void choice.refetch()} />;
  return <Choice choice={choice.data} />;
}

function Choice({ choice }: { choice: NoticeChoice }) {
  const { t } = useLang();
  const [form] = Form.useForm<NoticeForm>();
  const put = useMutation({
    mutationFn: (values: NoticeForm) => api.saveNotices(preferenceOf(values)),
    onSuccess: (next) => {
      message.success(t("form.saved"));
      queryClient.setQueryData(["notices"], next);
    },
  });
  const wanted: NoticePreference = choice.preference;
  const rhythm = Form.useWatch("rhythm", form) ?? wanted.rhythm;
  const channel = Form.useWatch("channel", form) ?? wanted.channel ?? DEFAULT;
  const used = choice.channels.find((c) => c.id === (channel === DEFAULT ? choice.default_channel : channel));
  const usual = choice.channels.find((c) => c.id === choice.default_channel);
  const time = { pattern: /^([01]\d|2[0-3]):[0-5]\d$/, message: t("notices.time") };
  return (
    <Panel>
      <p>{t("notices.what")}</p>
      {choice.channels.length === 0 && <Alert type="info" showIcon title={t("notices.noChannel")} />}
      {put.isError && <ProblemView error={put.error} />}
      <Form<NoticeForm>
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(values) => put.mutate(values)}
        initialValues={{ ...wanted, channel: wanted.channel ?? DEFAULT, address: wanted.address ?? "" }}
      >
        <Form.Item name="rhythm" label={t("notices.rhythm")}>
          <Radio.Group options={["single", "digest", "off"].map((value) => ({ value, label: t(`notices.${value}`) }))} />
        </Form.Item>
        <div className="form-grid">
          <Form.Item name="channel" label={t("notices.channel")}>
            <Select
              disabled={rhythm === "off"}
              options={[
                { value: DEFAULT, label: usual ? t("notices.defaultIs", { name: usual.name }) : t("notices.default") },
                ...choice.channels.map((c) => ({ value: c.id, label: c.name })),
              ]}
            />
          </Form.Item>
          <Form.Item
            name="address"
            label={t("notices.address")}
            extra={used?.way === "mail" ? (choice.email ? t("notices.mailHint", { email: choice.email }) : t("notices.mailMissing")) : t("notices.robotHint")}
          >
            <Input disabled={rhythm === "off"} maxLength={120} />
          </Form.Item>
          <Form.Item name="digest" label={t("notices.digestAt")} rules={[time]}>
            <Input disabled={rhythm !== "digest"} maxLength={5} />
          </Form.Item>
          <Form.Item name="lang" label={t("notices.lang")}>
            <Select disabled={rhythm === "off"} options={["zh", "en"].map((value) => ({ value, label: t(`notices.${value}`) }))} />
          </Form.Item>
          <Form.Item name="quiet_from" label={t("notices.quietFrom")} extra={t("notices.quietHint")} rules={[time]}>
            <Input disabled={rhythm === "off"} maxLength={5} />
          </Form.Item>
          <Form.Item name="quiet_to" label={t("notices.quietTo")} rules={[time]}>
            <Input disabled={rhythm === "off"} maxLength={5} />
          </Form.Item>
        </div>
        <Form.Item name="rest_days" label={t("notices.restDays")} valuePropName="checked">
          <Switch disabled={rhythm === "off"} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={put.isPending}>
          {t("action.save")}
        </Button>
      </Form>
    </Panel>
  );
}
