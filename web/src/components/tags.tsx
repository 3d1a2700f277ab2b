/** Grade and state as tags: always with words, never by colour alone. */
import type { Kind, Protection } from "../api/types";
import { useLang } from "../i18n";
import { stateOf, useCatalog } from "../kinds/catalog";
import { toneColor } from "../theme";

export function GradeTag({ grade }: { grade?: string | null }) {
  const { level } = useCatalog();
  const { tr, t } = useLang();
  if (!grade) return <span className="muted">{t("grade.none")}</span>;
  const found = level(grade);
  return (
    <ProtectionTag protection={found?.protection ?? "core"}>{found ? tr(found.name) : grade}</ProtectionTag>
  );
}

export function ProtectionTag({ protection, children }: { protection: Protection; children: React.ReactNode }) {
  return (
    <span className={`grade grade-${protection}`} data-protection={protection}>
      {children}
    </span>
  );
}

export function StateTag({ kind, state }: { kind: Kind | undefined; state: string }) {
  const { tr } = useLang();
  const found = kind ? stateOf(kind, state) : undefined;
  const tone = found?.tone ?? "neutral";
  return (
    <span className={`state state-${tone}`} style={{ color: toneColor[tone] }}>
      {found ? tr(found.label) : state}
    </span>
  );
}
