/** `data/index.json`: what is in a package (docs/evidence-package.md, "index.json"). */
import { type Bytes } from "./bytes";
import { isBoolean, isDay, isId, isInstant, isText, isWhole, listOf, matches, object, readCanonical } from "./json";

export interface TreeState {
  origin: string;
  vkey: string;
  size: number;
  root: string;
}
export interface PackedFile {
  path: string;
  name: string;
  size: number;
  sha256: string;
}
export interface Attached extends PackedFile {
  entry: number;
  field: string;
}
export interface RecordOf {
  id: string;
  kind: string;
  number?: string;
  label?: string;
  grade?: string;
  entries: number[];
  points: { label: string; entry: number; field: string }[];
  files: Attached[];
}
export interface Text {
  zh: string;
  en: string;
}
export interface MatrixItem {
  gives: string;
  label: Text;
  about: string;
  record?: string;
  entry?: number;
  day?: string;
  counts: boolean;
  why_not?: "not_before_act" | "no_day" | "state";
}
export interface MatrixRow {
  element: string;
  label: Text;
  clause: string;
  before_act: boolean;
  items: MatrixItem[];
  missing: { code: string; text: Text }[];
}
export interface Matrix {
  alleged_on?: string;
  as_of?: string;
  points: { record: string; point?: string; rows: MatrixRow[] }[];
}
export interface Outside {
  kind: string;
  label: string;
  issuer?: string;
  day?: string;
  record?: string;
  files: PackedFile[];
}
export interface Index {
  version: 1;
  matter: { name: string; case_no?: string; alleged_on?: string };
  company: string;
  made_at: string;
  made_by: string;
  as_of: string;
  software: string;
  ledger: TreeState;
  twin?: TreeState;
  witnesses: { name: string; vkey: string }[];
  authorities: { name: string; roots: string[] }[];
  records: RecordOf[];
  context: number[];
  matrix?: Matrix;
  outside: Outside[];
}

/** Most witnesses, authorities, and roots of one authority: they are tried against each other. */
const MAX_PARTIES = 100;

const isTree = object({ origin: isText, vkey: isText, size: isWhole, root: isText });
const isBilingual = object({ zh: isText, en: isText });
const file = { path: isText, name: isText, size: isWhole, sha256: isText };
const isRecord = object(
  {
    id: isId,
    kind: isText,
    entries: listOf(isWhole),
    points: listOf(object({ label: isText, entry: isWhole, field: isText })),
    files: listOf(object({ ...file, entry: isWhole, field: isText })),
  },
  { number: isText, label: isText, grade: isText },
);
const isItem = object(
  { gives: isText, label: isBilingual, about: isText, counts: isBoolean },
  { record: isId, entry: isWhole, day: isDay, why_not: matches(/^(not_before_act|no_day|state)$/) },
);
const isRow = object({
  element: isText,
  label: isBilingual,
  clause: isText,
  before_act: isBoolean,
  items: listOf(isItem),
  missing: listOf(object({ code: isText, text: isBilingual })),
});
const isMatrix = object({ points: listOf(object({ record: isId, rows: listOf(isRow) }, { point: isText })) }, { alleged_on: isDay, as_of: isDay });
const isIndex = object(
  {
    version: (value) => value === 1,
    matter: object({ name: isText }, { case_no: isText, alleged_on: isDay }),
    company: isText,
    made_at: isInstant,
    made_by: isText,
    as_of: isInstant,
    software: isText,
    ledger: isTree,
    witnesses: listOf(object({ name: isText, vkey: isText })),
    authorities: listOf(object({ name: isText, roots: listOf(isText) })),
    records: listOf(isRecord),
    context: listOf(isWhole),
    outside: listOf(object({ kind: isText, label: isText, files: listOf(object(file)) }, { issuer: isText, day: isDay, record: isId })),
  },
  { twin: isTree, matrix: isMatrix },
);

/** The index, if it is canonical and in form. */
export function readIndex(bytes: Bytes): Index | null {
  const value = readCanonical(bytes);
  if (value === undefined || !isIndex(value)) return null;
  const index = value as unknown as Index;
  const few = (list: unknown[]) => list.length <= MAX_PARTIES;
  return few(index.witnesses) && few(index.authorities) && index.authorities.every((one) => few(one.roots)) ? index : null;
}

export interface StampHead {
  authority: string;
  size: number;
  renews?: number;
}

const isHead = object({ authority: isText, size: isWhole }, { renews: isWhole });

/** What a stamp says about itself. */
export function readHead(bytes: Bytes): StampHead | null {
  const value = readCanonical(bytes);
  return value !== undefined && isHead(value) ? (value as unknown as StampHead) : null;
}

/** Items of the matrix that count although their own row says that they cannot (法释〔2020〕7号 art. 5). */
export function isSound(matrix: Matrix): boolean {
  const act = matrix.alleged_on;
  const rows = matrix.points.flatMap((point) => point.rows);
  return rows.every((row) =>
    row.items.every((item) => {
      const late = row.before_act && act !== undefined && (item.day === undefined || item.day >= act);
      return item.counts === (item.why_not === undefined) && !(late && item.counts);
    }),
  );
}
