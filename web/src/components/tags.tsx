/** Grade and state as tags: always with words, never by colour alone. */
import type { Kind, Protection, Tone } from "../api/types";
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

/** How something stands: a dot in the tone's colour, and words. */
export function ToneTag({ tone, children }: { tone: Tone; children: React.ReactNode }) {
  return (
    <span className={`state state-${tone}`} style={{ color: toneColor[tone] }}>
      {children}
    </span>
  );
}

export function StateTag({ kind, state }: { kind: Kind | undefined; state: string }) {
  const { tr } = useLang();
  const found = kind ? stateOf(kind, state) : undefined;
  return <ToneTag tone={found?.tone ?? "neutral"}>{found ? tr(found.label) : state}</ToneTag>;
}
