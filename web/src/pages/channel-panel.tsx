/** The test of a notice channel: a message to whoever asks, and what kept it from arriving. */
import { useMutation } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { api } from "../api/endpoints";
import { touched } from "../api/queries";
import type { Detail } from "../api/types";
import { Panel } from "../components/page";
import { ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { hasRole, useCatalog } from "../kinds/catalog";

export function ChannelPanel({ detail }: { detail: Detail }) {
  const { t } = useLang();
  const { me } = useCatalog();
  const id = detail.record.id;
  const test = useMutation({ mutationFn: () => api.testChannel(id), onSettled: () => touched("notice_channel", id) });
  if (!hasRole(me, "system_admin")) return null;
  return (
    <Panel title={t("channel.test")} className="no-print">
      <p>{t("channel.testHint")}</p>
      {test.isError && <ProblemView error={test.error} />}
      {test.isSuccess && <Alert type="success" showIcon title={t("channel.passed")} />}
      <Button loading={test.isPending} onClick={() => test.mutate()}>
        {t("channel.send")}
      </Button>
    </Panel>
  );
}
