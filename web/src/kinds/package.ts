/**
 * What an evidence package is made of, and its matrix, as the screens show them. Pure functions, tested one by one.
 */
import type { Data, FileVersion, GradeLevel, Kind, Matrix, MatrixItem, MatrixRow, ProblemBody, Protection, Text } from "../api/types";

export const PACKAGE = "evidence_package";

/** Points and files are chosen as "number/name": the record's number tells secrets apart, the name what it is. */
export const choiceName = (number: string | null | undefined, name: string): string => `${number ?? ""}/${name}`;

const height: Record<Protection, number> = { none: 0, general: 1, important: 2, core: 3 };

/** The highest of some grades; of two that protect alike the one that the scheme names first. */
export function highestGrade(levels: GradeLevel[], grades: (string | null | undefined)[]): string | undefined {
  const found = levels.filter((level) => grades.includes(level.code));
  // What is not classified yet is guarded like the lowest grade, and so is a package of it.
  const least = grades.some((g) => !g) ? levels.filter((l) => l.protection === "general") : [];
  return [...found, ...least].reduce<GradeLevel | undefined>(
    (best, level) => (!best || height[level.protection] > height[best.protection] ? level : best),
    undefined,
  )?.code;
}

/** Something of a record that can be shown: a point, or a file with all its versions. */
export interface Offer {
  choice: string;
  name: string;
  /** What a point says; nothing for a file. */
  text?: string;
  file?: FileVersion;
  versions: number;
}

const listOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? (value as Record<string, unknown>[]) : []);

/** The points and files of a record, each name once, in the order of its fields. */
export function offersOf(kind: Kind, number: string | null | undefined, data: Data): { points: Offer[]; files: Offer[] } {
  const points = new Map<string, Offer>();
  const files = new Map<string, Offer>();
  for (const field of kind.fields) {
    const into = field.type.is === "rows" ? points : field.type.is === "files" ? files : undefined;
    if (!into || field.internal) continue;
    for (const item of listOf(data[field.name])) {
      const name = item.name;
      if (typeof name !== "string" || !name) continue;
      const before = into.get(name);
      const file = into === files ? (item as unknown as FileVersion) : undefined;
      const newer = file && before?.file && before.file.version > file.version ? before.file : file;
      const text = typeof item.content === "string" ? item.content : undefined;
      into.set(name, { choice: choiceName(number, name), name, text, file: newer, versions: (before?.versions ?? 0) + 1 });
    }
  }
  return { points: [...points.values()], files: [...files.values()] };
}

/** Parts a choice into what is still offered and what is not. */
export function stillThere(chosen: string[], offered: Offer[]): { kept: string[]; gone: string[] } {
  const known = new Set(offered.map((o) => o.choice));
  return { kept: chosen.filter((c) => known.has(c)), gone: chosen.filter((c) => !known.has(c)) };
}

/** The steps of the wizard and the fields that each asks for. */
export const steps = {
  matter: ["name", "purpose", "case_no", "addressee", "alleged_on", "as_of", "remark"],
  secrets: ["secrets", "grade"],
  shown: ["points", "files", "fields", "persons", "readings_from", "readings_to"],
  check: [],
  save: [],
} as const;
export type Step = keyof typeof steps;
export const stepNames = Object.keys(steps) as Step[];

/** Refusals that name no field, and the step where they are mended. */
const byCode: Record<string, Step> = {
  "case.empty": "matter",
  "case.undivided": "shown",
  "case.too_large": "shown",
  "record.missing": "secrets",
};

/** The first step that a refusal is about. */
export function stepOf(problem: ProblemBody): Step | undefined {
  const fields = [problem, ...(problem.errors ?? [])].flatMap((p) => (p.field ? [p.field.split(/[[.]/)[0] ?? ""] : []));
  const found = stepNames.find((step) => (steps[step] as readonly string[]).some((name) => fields.includes(name)));
  // A secret or a file that may not be taken out.
  return found ?? byCode[problem.code] ?? (problem.status === 403 ? "secrets" : undefined);
}

/** A kind of evidence within an element: what there is of it, and what to do when nothing counts. */
export interface Cell {
  code: string;
  label?: Text;
  items: MatrixItem[];
  counting: number;
  advice?: Text;
}

/** Labels of kinds of evidence that stand anywhere in a matrix: a cell with nothing in it has none of its own. */
export function kindLabels(matrix: Matrix): Map<string, Text> {
  return new Map(matrix.points.flatMap((p) => p.rows).flatMap((r) => r.items).map((i) => [i.gives, i.label]));
}

/** The cells of a row: kinds with something that counts first, then what does not count, then what is missing. */
export function cellsOf(row: MatrixRow, labels: Map<string, Text> = new Map()): Cell[] {
  const cells = new Map<string, Cell>();
  const cell = (code: string): Cell => {
    const found = cells.get(code) ?? { code, label: labels.get(code), items: [], counting: 0 };
    cells.set(code, found);
    return found;
  };
  for (const item of row.items) {
    const into = cell(item.gives);
    into.label = item.label;
    into.items.push(item);
    if (item.counts) into.counting += 1;
  }
  for (const missing of row.missing) cell(missing.code).advice = missing.text;
  const rank = (c: Cell) => (c.counting ? 0 : c.items.length ? 1 : 2);
  return [...cells.values()].sort((a, b) => rank(a) - rank(b));
}

/** How an element stands: nothing that counts, something missing, or all there. */
export type Standing = "none" | "part" | "full";
export function standingOf(row: MatrixRow): Standing {
  if (!row.items.some((i) => i.counts)) return "none";
  return row.missing.length ? "part" : "full";
}

/** A kind cut down to some of its fields, for a step of the wizard; sections follow the kind's own where they exist. */
export function part(kind: Kind, names: readonly string[]): Kind {
  const fields = names.flatMap((name) => kind.fields.filter((f) => f.name === name));
  const form = kind.form
    .map((section) => ({ ...section, fields: names.filter((name) => section.fields.includes(name)) }))
    .filter((section) => section.fields.length > 0);
  return { ...kind, fields, form };
}

/** Fields that an act needs and that are still empty. */
export function lacking(kind: Kind, data: Data, act: string): string[] {
  const empty = (name: string) => data[name] === undefined || data[name] === null || data[name] === "";
  return kind.fields.filter((f) => f.required_for?.includes(act) && empty(f.name)).map((f) => f.name);
}
