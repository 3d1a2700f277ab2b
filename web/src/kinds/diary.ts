/** Months and entries of the duty calendar. Days are texts (`2026-11-21`): no zone of a browser moves them. */
import type { Diary, Text } from "../api/types";

export interface Entry {
  key: string;
  /** The duty's record; none for what will arise. */
  id?: string;
  number?: string | null;
  label: Text;
  /** What it is about: a number, or a department's name. */
  about: string;
  title: string;
  due: string;
  /** A state of the register, or `coming`. */
  state: string;
}

const two = (n: number) => String(n).padStart(2, "0");
const text = (date: Date) => `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;

/** Whole weeks around a month (0 to 11), Monday first. */
export function weeksOf(year: number, month: number): string[][] {
  const first = new Date(Date.UTC(year, month, 1));
  const start = new Date(first);
  start.setUTCDate(1 - ((first.getUTCDay() + 6) % 7));
  const weeks: string[][] = [];
  for (let at = start; weeks.length === 0 || at.getUTCMonth() === month; ) {
    const week: string[] = [];
    for (let i = 0; i < 7; i++) {
      week.push(text(at));
      at = new Date(at.getTime() + 86_400_000);
    }
    weeks.push(week);
  }
  return weeks;
}

export function monthOf(year: number, month: number): { from: string; to: string } {
  const weeks = weeksOf(year, month);
  return { from: weeks[0]?.[0] ?? "", to: weeks[weeks.length - 1]?.[6] ?? "" };
}

const after = (title: string) => title.split(" · ").slice(1).join(" · ");

/** What was raised and what will arise, by day; the own alone if wanted. */
export function entriesOf(diary: Diary, mine: boolean): Entry[] {
  const raised = diary.duties
    .filter((d) => !mine || d.mine)
    .map((d) => ({ key: d.id, id: d.id, number: d.number, label: d.label, about: after(d.title), title: d.title, due: d.due, state: d.state }));
  const coming = diary.coming
    .filter((c) => !mine || c.mine)
    .map((c, i) => ({ key: `coming-${i}`, label: c.label, about: after(c.title), title: c.title, due: c.due, state: "coming" }));
  // Of a day, what is still to be done comes first.
  const rank = (e: Entry) => ["late", "open", "coming"].indexOf(e.state) >>> 0;
  return [...raised, ...coming].sort((a, b) => a.due.localeCompare(b.due) || rank(a) - rank(b));
}
