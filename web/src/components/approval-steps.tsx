/** How far an approval has come, and who said what. */
import { CheckCircleFilled, ClockCircleOutlined, CloseCircleFilled } from "@ant-design/icons";
import type { Approval } from "../api/types";
import { useLang } from "../i18n";
import { instantText } from "../kinds/format";

export function ApprovalSteps({ approval, names }: { approval: Approval; names: Record<string, string> }) {
  const { t, tr } = useLang();
  const name = (id: string) => names[id] ?? t("value.unnamed");
  return (
    <section className="approval" aria-label={t("approval.title", { act: tr(approval.label) })}>
      <p className="approval-head">
        <strong>{t("approval.title", { act: tr(approval.label) })}</strong>{" "}
        {t("approval.asked", { name: name(approval.applicant), at: instantText(approval.since) })}
      </p>
      <ol>
        {approval.steps.map((step, i) => (
          <li key={i} className={step.done ? "done" : step.current ? "current" : "later"} aria-current={step.current ? "step" : undefined}>
            <span className="approval-icon">{step.done ? <CheckCircleFilled /> : <ClockCircleOutlined />}</span>
            <div>
              <div className="approval-label">
                {tr(step.label)}{" "}
                <span className="muted">
                  {t("approval.quorum", { have: step.votes.filter((v) => v.agreed).length, need: step.quorum })}
                </span>
              </div>
              {step.votes.map((vote) => (
                <div key={`${vote.by}-${vote.at}`} className="vote">
                  {vote.agreed ? <CheckCircleFilled className="good" /> : <CloseCircleFilled className="bad" />}{" "}
                  {t(vote.agreed ? "approval.agreed" : "approval.refused", { name: name(vote.by) })}{" "}
                  <span className="time">{instantText(vote.at)}</span>
                  {vote.note && <div className="vote-note">{vote.note}</div>}
                </div>
              ))}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
