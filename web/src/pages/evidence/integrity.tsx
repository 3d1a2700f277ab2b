/** Whether the whole ledger was found whole, and checking it again. */
import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { api } from "../../api/endpoints";
import { queryClient } from "../../api/queries";
import type { Damage, Ledger, VerifyReport } from "../../api/types";
import { Panel } from "../../components/page";
import { ProblemView } from "../../components/states";
import { useLang } from "../../i18n";
import { instantText } from "../../kinds/format";

export function IntegrityPanel({ ledger }: { ledger: Ledger }) {
  const { t } = useLang();
  const verify = useMutation({
    mutationFn: api.verify,
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ["ledger"] }),
  });
  const { checked_at: checked, ok, damage } = ledger.integrity;
  return (
    <Panel title={t("evidence.whole")}>
      {checked ? (
        <p>
          {ok ? <CheckCircleFilled className="good" /> : <CloseCircleFilled className="bad" />}{" "}
          {t(ok ? "evidence.ok" : "evidence.damaged")} <span className="time">{instantText(checked)}</span>
        </p>
      ) : (
        <p>{t("evidence.neverChecked")}</p>
      )}
      {!verify.data && <Damages damage={damage} />}
      <Button type="primary" className="no-print" loading={verify.isPending} onClick={() => verify.mutate()}>
        {t("evidence.verify")}
      </Button>
      <div role="status">
        {verify.isPending && <p>{t("evidence.verifying", { count: ledger.size })}</p>}
        {verify.data && <Report report={verify.data} />}
      </div>
      {verify.isError && <ProblemView error={verify.error} />}
    </Panel>
  );
}

function Report({ report }: { report: VerifyReport }) {
  const { t } = useLang();
  const rows: [string, string | number | null | undefined][] = [
    [t("report.entries"), report.entries],
    [t("report.files"), report.files],
    [t("report.period"), report.first_at ? `${instantText(report.first_at)} – ${instantText(report.last_at)}` : ""],
    [t("report.root"), report.root],
    [t("report.checkedAt"), instantText(report.checked_at)],
  ];
  return (
    <Alert
      type={report.ok ? "success" : "error"}
      showIcon
      title={t(report.ok ? "evidence.ok" : "evidence.damaged")}
      description={
        <>
          <dl className="report">
            {rows
              .filter(([, value]) => value !== "" && value != null)
              .map(([label, value]) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
          </dl>
          <Damages damage={report.damage} />
        </>
      }
    />
  );
}

function Damages({ damage }: { damage: Damage[] }) {
  const { t, tr } = useLang();
  if (damage.length === 0) return null;
  return (
    <ul className="problem-parts">
      {damage.map((d, i) => (
        <li key={i}>
          {tr(d.text)} <code>{d.file}</code>
          {d.entry != null && <span> {t("report.entry", { n: d.entry })}</span>}
          {d.offset != null && <span> {t("report.offset", { n: d.offset })}</span>}
        </li>
      ))}
    </ul>
  );
}
