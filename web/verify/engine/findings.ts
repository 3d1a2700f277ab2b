/** The answer: what is wrong, what is proven, what is only claimed, and on whose word. The same shape as `jingui verify` prints. */
import type { Refusal } from "./refusal";
import { byPoint } from "./bytes";
import type { Verdict } from "../time/token";

/** Kinds of faults; what others rest on comes first. */
export const KINDS = [
  "archive",
  "list",
  "listed",
  "index",
  "key",
  "checkpoint",
  "entry",
  "proof",
  "twin_checkpoint",
  "twin_proof",
  "opened",
  "record",
  "point",
  "file",
  "root",
  "stamp",
  "consistency",
  "cosignature",
  "outside",
  "matrix",
  "unexpected",
  "seal",
] as const;
export type FaultKind = (typeof KINDS)[number];

export interface Fault {
  kind: FaultKind;
  entry?: number;
  path: string;
  field?: string;
  code: string;
  part?: string;
  cause?: { code: string; args: Record<string, string> };
}

/** `trusted`: the reader has it from elsewhere; `claimed`: it came with the package; `unknown`: it leads to nobody. */
export const STANDINGS = ["trusted", "claimed", "unknown"] as const;
export type Standing = (typeof STANDINGS)[number];

export const weakest = (all: Standing[]): Standing => STANDINGS[Math.max(...all.map((one) => STANDINGS.indexOf(one)))] ?? "unknown";

export interface TreeFinding {
  origin: string;
  vkey: string;
  standing: Standing;
  size: number;
  root: string;
}
export interface StampFinding {
  number: number;
  size: number;
  authority: string;
  standing: Standing;
  time: string;
  ends: string;
  renewed_by: number[];
  verdicts: Verdict[];
}
export interface CosignedFinding {
  number: number;
  size: number;
  witness: string;
  vkey: string;
  standing: Standing;
  at: string;
}
export interface SealFinding {
  path: string;
  standing: Standing;
  verdict: Verdict;
}
export interface Proven {
  index: number;
  act: string;
  kind: string;
  subject: string | null;
  revision: number | null;
  at: string;
  twin: boolean;
  time: { no_later_than: string; stamp: number; authority: string; standing: Standing } | null;
  clock_ahead: boolean;
  cosigned: number[];
  opened: string[];
  files: string[];
}
export interface Claim {
  code: string;
  path: string;
  value: string;
}
export interface Findings {
  outcome: "whole" | "damaged" | "unreadable";
  first: Fault | null;
  faults: Fault[];
  ledger: TreeFinding | null;
  twin: TreeFinding | null;
  stamps: StampFinding[];
  cosigned: CosignedFinding[];
  sealed: SealFinding[];
  proven: Proven[];
  claimed: Claim[];
}

const MAX_FAULTS = 200;

const codeOf = (kind: FaultKind): string => (kind === "list" || kind === "listed" ? "package.damage.content" : `package.fault.${kind}`);

/** A fault of a kind at a path, with its keys in the order in which both implementations print them. */
export function fault(kind: FaultKind, path: string, { entry, field, code = codeOf(kind), part, cause }: Partial<Fault> = {}): Fault {
  return {
    kind,
    ...(entry === undefined ? {} : { entry }),
    path,
    ...(field === undefined ? {} : { field }),
    code,
    ...(part === undefined ? {} : { part }),
    ...(cause === undefined ? {} : { cause }),
  };
}

export const causeOf = (refusal: Refusal): Fault["cause"] => ({ code: refusal.code, args: refusal.args });

/** Absent goes before present; then texts by code points. */
function inOrder(a: string | number | undefined, b: string | number | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return typeof a === "number" && typeof b === "number" ? a - b : byPoint(String(a), String(b));
}

function compare(a: Fault, b: Fault): number {
  const keys: ((one: Fault) => string | number | undefined)[] = [
    (one) => KINDS.indexOf(one.kind),
    (one) => one.entry,
    (one) => one.path,
    (one) => one.field,
    (one) => one.code,
    (one) => one.part,
    (one) => one.cause && JSON.stringify([one.cause.code, one.cause.args]),
  ];
  for (const key of keys) {
    const order = inOrder(key(a), key(b));
    if (order !== 0) return order;
  }
  return 0;
}

export const empty = (): Findings => ({
  outcome: "whole",
  first: null,
  faults: [],
  ledger: null,
  twin: null,
  stamps: [],
  cosigned: [],
  sealed: [],
  proven: [],
  claimed: [],
});

/** The findings with these faults: in order, each once, the first 200. */
export function concluded(findings: Findings, faults: Fault[]): Findings {
  const sorted = [...faults].sort(compare);
  const once = sorted.filter((one, at) => at === 0 || compare(sorted[at - 1]!, one) !== 0).slice(0, MAX_FAULTS);
  const outcome = once.length > 0 && findings.outcome === "whole" ? "damaged" : findings.outcome;
  return { ...findings, outcome, first: once[0] ?? null, faults: once };
}
