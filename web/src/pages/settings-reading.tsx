/** What has to hold, besides the policies, when a graded file is read; the security administrator's (B 4.2, 5.1.2, 5.3.2; H 8.3.1). */
import { useMutation } from "@tanstack/react-query";
import { Button, Form, Select } from "antd";
import { api } from "../api/endpoints";
import { queryClient } from "../api/queries";
import type { ReadingSettings, Settings } from "../api/types";
import { message } from "../components/feedback";
import { Panel } from "../components/page";
import { ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { hasRole, useCatalog } from "../kinds/catalog";

const CONDITIONS = ["reading_agreement", "reading_training", "reading_place", "reading_purpose"] as const;
const FROM = ["never", "general", "important", "core"];

export function ReadingConditions({ settings }: { settings: Settings }) {
  const { t } = useLang();
  const { me } = useCatalog();
  const security = hasRole(me, "security_admin");
  const put = useMutation({
    mutationFn: (values: ReadingSettings) => api.saveSettings({ reading: values }),
    onSuccess: () => {
      message.success(t("form.saved"));
      void queryClient.invalidateQueries({ queryKey: ["settings"] });
    },
  });
  return (
    <Panel title={t("conditions.title")}>
      <p className="muted">{t("conditions.what")}</p>
      {put.isError && <ProblemView error={put.error} />}
      <Form<ReadingSettings> layout="vertical" disabled={!security} requiredMark={false} onFinish={(values) => put.mutate(values)} initialValues={settings.reading}>
        <div className="form-grid">
          {CONDITIONS.map((name) => (
            <Form.Item key={name} name={name} label={t(`conditions.${name}`)} extra={t(`conditions.${name}_hint`)}>
              <Select options={FROM.map((value) => ({ value, label: t(`conditions.from_${value}`) }))} />
            </Form.Item>
          ))}
        </div>
        {security && (
          <Button type="primary" htmlType="submit" loading={put.isPending}>
            {t("action.save")}
          </Button>
        )}
      </Form>
    </Panel>
  );
}
