/** What of a record would not hold by law, which article says so, and what to write instead. */
import { Alert } from "antd";
import type { Kind, LawFinding } from "../api/types";
import { useLang } from "../i18n";

const look = { void: "error", weak: "warning", note: "info" } as const;

export function LawPanel({ kind, findings }: { kind: Kind; findings: LawFinding[] }) {
  const { t, tr } = useLang();
  if (findings.length === 0) return null;
  return (
    <section className="law-findings" aria-label={t("law.title")}>
      {findings.map((f) => (
        <Alert
          key={f.code}
          type={look[f.weight as keyof typeof look] ?? "info"}
          showIcon
          title={`${t(`law.${f.weight}`)} · ${tr(kind.fields.find((field) => field.name === f.at)?.label)}`}
          description={
            <>
              <p>{tr(f.says)}</p>
              <p>{t("law.instead")}{tr(f.instead)}</p>
              <p className="muted">{tr(f.law)} · {t(`law.sure.${f.sure}`)}</p>
            </>
          }
        />
      ))}
      <p className="muted">{t("law.noAdvice")}</p>
    </section>
  );
}
