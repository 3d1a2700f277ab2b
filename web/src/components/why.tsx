/** "Why can't I?": the policies that refuse, their clauses, and who could do it. */
import type { Why } from "../api/types";
import { useLang } from "../i18n";
import { useRoleName } from "../kinds/roles";

export function WhyText({ why }: { why: Why }) {
  const { t, tr } = useLang();
  const roleName = useRoleName();
  return (
    <div className="why">
      {why.policies.length > 0 && (
        <ul>
          {why.policies.map((policy) => (
            <li key={policy.id}>
              {tr(policy.text)}
              {policy.clause && <span className="clause">{policy.clause}</span>}
            </li>
          ))}
        </ul>
      )}
      {why.could.length > 0 && (
        <p>
          {t("why.could")}
          {why.could.map((role) => (typeof role === "string" ? roleName(role) : tr(role.label))).join(t("list.join"))}
        </p>
      )}
      {why.error && <p>{t("why.error", { error: why.error })}</p>}
    </div>
  );
}
