/** What outsiders said: time stamps over checkpoints with their renewals, cosignatures of witnesses, seals over the whole package. */
import { AtToken, isImprintOf, readToken, verifySequence, type Token, type Verdict } from "../time/token";
import { readPem, type Certificate } from "../time/x509";
import { tagManifest } from "./bag";
import { text } from "./bytes";
import type { Exam, Tree } from "./exam";
import { causeOf, fault, weakest, type CosignedFinding, type FaultKind, type SealFinding, type Standing, type StampFinding } from "./findings";
import { readHead, type StampHead } from "./index";
import { continues, type TreeHash } from "./merkle";
import { cosignedAt, openCheckpoint, readHashes, treeHashOf, type Checkpoint, type Verifier } from "./note";
import { attempt, Refusal } from "./refusal";

/** Roots that the package brings, as certificates, and their fingerprints by authority. */
export interface PackedRoots {
  certificates: Certificate[];
  of: Map<string, Set<string>>;
}

export function readRoots(exam: Exam): PackedRoots {
  const roots: PackedRoots = { certificates: [], of: new Map() };
  for (const authority of exam.index.authorities) {
    const prints = new Set<string>();
    for (const name of authority.roots) {
      if (name.includes("/") || !/.\.pem$/.test(name)) {
        exam.faultInIndex("root", "authorities", { part: "path" });
        continue;
      }
      const path = `data/trust/${name}`;
      const bytes = exam.take("root", path);
      if (!bytes) continue;
      const found = attempt(() => readPem(bytes));
      if (found instanceof Refusal) exam.fault(fault("root", path, { cause: causeOf(found) }));
      else {
        for (const one of found) {
          prints.add(one.fingerprint);
          roots.certificates.push(one);
        }
      }
    }
    if (roots.of.has(authority.name)) exam.faultInIndex("root", "authorities", { part: "twice" });
    roots.of.set(authority.name, prints);
  }
  return roots;
}

/** The numbers of the files in a folder; they count from 1 without gaps. */
function numbers(exam: Exam, folder: string, kind: FaultKind): number[] {
  const found = new Set<number>();
  for (const path of exam.bag.paths) {
    const number = path.startsWith(folder) ? /^([1-9]\d{0,14})\./.exec(path.slice(folder.length)) : null;
    if (number) found.add(Number(number[1]));
  }
  const sorted = [...found].sort((a, b) => a - b);
  if (sorted.some((number, at) => number !== at + 1)) exam.fault(fault(kind, folder, { part: "number" }));
  return sorted;
}

/** A signed checkpoint that the package's checkpoint continues. */
function older(exam: Exam, number: number, folder: string, kind: FaultKind, size: number | undefined, ledger: Tree): { note: string; checkpoint: Checkpoint } | null {
  const [path, proofPath] = [`${folder}${number}.note`, `${folder}${number}.consistency`];
  const bytes = exam.take(kind, path);
  const proof = exam.take("consistency", proofPath);
  if (!bytes) return null;
  const note = text(bytes);
  if (note === null) {
    exam.fault(fault(kind, path, { part: "text" }));
    return null;
  }
  const checkpoint = attempt(() => openCheckpoint(note, ledger.key));
  if (checkpoint instanceof Refusal) {
    exam.fault(fault(kind, path, { cause: causeOf(checkpoint) }));
    return null;
  }
  if (size !== undefined && size !== checkpoint.size) {
    exam.fault(fault(kind, `${folder}${number}.json`, { part: "size" }));
    return null;
  }
  if (!proof) return null;
  const hashes = readHashes(proof);
  const name: TreeHash = treeHashOf(ledger.key);
  if (hashes && continues(name, checkpoint, ledger.checkpoint, hashes)) return { note, checkpoint };
  exam.fault(fault("consistency", proofPath, { part: hashes ? "hashes" : "form" }));
  return null;
}

interface Stamp {
  number: number;
  head: StampHead;
  token: Token;
  /** The note, when this is the first of its sequence and all about it holds. */
  note: string | null;
}

const FOLDER = "data/stamps/";

function readStamp(exam: Exam, number: number, ledger: Tree, roots: PackedRoots): Stamp | null {
  const [headPath, tokenPath] = [`${FOLDER}${number}.json`, `${FOLDER}${number}.tst`];
  const written = exam.take("stamp", headPath);
  const raw = exam.take("stamp", tokenPath);
  const head = written ? readHead(written) : null;
  if (written && !head) exam.fault(fault("stamp", headPath, { part: "form" }));
  if (head && !roots.of.has(head.authority)) exam.fault(fault("stamp", headPath, { part: "authority" }));
  const first = head?.renews === undefined ? older(exam, number, FOLDER, "stamp", head?.size, ledger) : null;
  if (!raw) return null;
  const token = attempt(() => readToken(raw));
  if (token instanceof Refusal) {
    exam.fault(fault("stamp", tokenPath, { cause: causeOf(token) }));
    return null;
  }
  return head && { number, head, token, note: first?.note ?? null };
}

/** Time stamps that hold. */
export async function readStamps(exam: Exam, ledger: Tree, roots: PackedRoots): Promise<StampFinding[]> {
  const stamps: Stamp[] = [];
  for (const number of numbers(exam, FOLDER, "stamp")) {
    const stamp = readStamp(exam, number, ledger, roots);
    if (stamp) stamps.push(stamp);
    await exam.rest();
  }
  const sizes = new Map(stamps.map((stamp) => [stamp.number, stamp.head.size]));
  const renewal = new Map<number, Stamp>();
  for (const stamp of stamps) {
    const before = stamp.head.renews;
    if (before === undefined) continue;
    const fits = before < stamp.number && sizes.get(before) === stamp.head.size;
    if (!fits || renewal.has(before)) exam.fault(fault("stamp", `${FOLDER}${stamp.number}.json`, { part: "renews" }));
    // Of two that renew the same one, which is a fault, the later is judged.
    if (fits) renewal.set(before, stamp);
  }
  const found: StampFinding[] = [];
  for (const first of stamps) {
    if (first.note === null) continue;
    const sequence = [first];
    // Numbers grow from stamp to renewal, so this ends.
    for (let next = renewal.get(first.number); next; next = renewal.get(next.number)) sequence.push(next);
    const stamp = judgeStamp(exam, first.note, sequence, roots);
    if (stamp) found.push(stamp);
    await exam.rest();
  }
  return found;
}

/** A stamp with those of its renewals that hold: one that fails takes nothing from what came before it. */
function judgeStamp(exam: Exam, note: string, sequence: Stamp[], roots: PackedRoots): StampFinding | null {
  const prints = sequence.map((stamp) => roots.of.get(stamp.head.authority));
  const judged = judge(exam, new TextEncoder().encode(note), sequence.map((stamp) => stamp.token), prints, roots);
  if (judged instanceof AtToken) {
    const failed = sequence[judged.place]!;
    exam.fault(fault("stamp", `${FOLDER}${failed.number}.tst`, { cause: causeOf(judged.refusal) }));
    return judged.place > 0 ? judgeStamp(exam, note, sequence.slice(0, judged.place), roots) : null;
  }
  const [first, ...renewals] = sequence as [Stamp, ...Stamp[]];
  return {
    number: first.number,
    size: first.head.size,
    authority: first.head.authority,
    standing: judged.standing,
    time: judged.verdicts[0]!.time,
    ends: judged.verdicts.at(-1)!.ends,
    renewed_by: renewals.map((stamp) => stamp.number),
    verdicts: judged.verdicts,
  };
}

/** Judges tokens for a reader who has roots of his own, and for one who takes those of the package. The weakest token counts. */
function judge(exam: Exam, data: Uint8Array, tokens: Token[], prints: (Set<string> | undefined)[], roots: PackedRoots): AtToken | { standing: Standing; verdicts: Verdict[] } {
  const verify = (known: Certificate[]) => {
    const judged = verifySequence(data, tokens, known, roots.certificates);
    // A root that only has the name of the issuer is none: authorities change keys and keep names.
    return judged instanceof AtToken && judged.refusal.code === "stamp.chain_signature" ? verifySequence(data, tokens, [], roots.certificates) : judged;
  };
  const isTrusted = (verdict: Verdict) => verdict.standing === "trusted";
  const reader = verify(exam.trusted.roots);
  if (reader instanceof AtToken) return reader;
  if (reader.every(isTrusted)) return { standing: "trusted", verdicts: reader };
  const verdicts = verify([...roots.certificates, ...exam.trusted.roots]);
  if (verdicts instanceof AtToken) return verdicts;
  const standings = verdicts.map((verdict, at): Standing => {
    if (isTrusted(reader[at]!)) return "trusted";
    const root = isTrusted(verdict) ? verdict.chain.at(-1)?.fingerprint : undefined;
    return root !== undefined && prints[at]?.has(root) ? "claimed" : "unknown";
  });
  return { standing: weakest(standings), verdicts };
}

/** Cosigned checkpoints that hold. */
export async function readCosigned(exam: Exam, ledger: Tree): Promise<CosignedFinding[]> {
  const keys: Verifier[] = [];
  for (const [at, witness] of exam.index.witnesses.entries()) {
    const field = `witnesses[${at}].vkey`;
    const key = exam.key(witness.vkey, field);
    if (key?.scheme === "witness") keys.push(key);
    else if (key) exam.faultInIndex("key", field, { cause: { code: "ledger.key_malformed", args: { part: "type" } } });
  }
  const found: CosignedFinding[] = [];
  for (const number of numbers(exam, "data/cosigned/", "cosignature")) {
    await exam.rest();
    const seen = older(exam, number, "data/cosigned/", "cosignature", undefined, ledger);
    if (!seen) continue;
    const path = `data/cosigned/${number}.note`;
    const before = found.length;
    for (const key of keys) {
      const at = attempt(() => cosignedAt(seen.note, key));
      if (at instanceof Refusal) exam.fault(fault("cosignature", path, { cause: causeOf(at) }));
      else if (at !== null) found.push({ number, size: seen.checkpoint.size, witness: key.name, vkey: key.vkey, standing: exam.standing(key), at });
    }
    if (found.length === before) exam.fault(fault("cosignature", path, { part: "witness" }));
  }
  return found;
}

/** Time stamps over a tag manifest that hold: the whole package existed then. */
export async function readSeals(exam: Exam, roots: PackedRoots): Promise<SealFinding[]> {
  const any = new Set([...roots.of.values()].flatMap((prints) => [...prints]));
  const found: SealFinding[] = [];
  for (const path of exam.bag.paths.filter((one) => one.startsWith("stamps/"))) {
    await exam.rest();
    if (!/^stamps\/[1-9]\d{0,18}\.tst$/.test(path)) {
      exam.fault(fault("unexpected", path));
      continue;
    }
    const token = attempt(() => readToken(exam.bag.file(path)!));
    if (token instanceof Refusal) {
      exam.fault(fault("seal", path, { cause: causeOf(token) }));
      continue;
    }
    const lists = [tagManifest("sm3"), tagManifest("sha256")].map((list) => exam.bag.file(list));
    const sealed = lists.find((list) => list && isImprintOf(token, list)) ?? lists[token.info.imprint.hash === "sm3" ? 0 : 1] ?? new Uint8Array();
    const judged = judge(exam, sealed, [token], [any], roots);
    if (judged instanceof AtToken) exam.fault(fault("seal", path, { cause: causeOf(judged.refusal) }));
    else found.push({ path, standing: judged.standing, verdict: judged.verdicts[0]! });
  }
  return found;
}

