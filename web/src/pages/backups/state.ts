/** How it stands with a place of backups, and what one types to rehearse a restore from it. */
import type { BackupPlace, BackupWarning } from "../../api/backups";

export type Standing = "off" | "running" | "bad" | "warning" | "good";

/** Nothing can be restored, or something was not whole: that comes before what is only due. */
const BAD: BackupWarning[] = ["failing", "too_old", "never_backed_up", "unsound", "drill_failed"];

export function standing(place: Pick<BackupPlace, "active" | "running" | "warnings">): Standing {
  if (!place.active) return "off";
  if (place.running) return "running";
  if (place.warnings.some((w) => BAD.includes(w))) return "bad";
  return place.warnings.length > 0 ? "warning" : "good";
}

/** Has what was asked for been done? Its last backup is another one by then, or the attempt failed once more. */
export function arrived(before: BackupPlace, now: BackupPlace | undefined): boolean {
  return !now || now.last?.index !== before.last?.index || (now.attempts ?? 0) > (before.attempts ?? 0);
}

/** For a shell: a place may have spaces and quotes in its name. */
export const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export const drillCommand = (place: string): string => `jingui restore --from ${quoted(place)} --data DIR --key-file KEY --drill`;
