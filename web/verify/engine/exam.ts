/**
 * The check of a package, in the order of docs/evidence-package.md, "Checking". Written from that document and the standards that it
 * names. Everything is examined, whatever fails; the faults are put in order at the end.
 */
import type { Certificate } from "../time/x509";
import { Bag, isOwn, isSeal } from "./bag";
import { base64, byPoint, type Bytes } from "./bytes";
import { opens, readEntry, readOpened, type Entry, type OpenField } from "./entry";
import { causeOf, concluded, empty, fault, STANDINGS, type Claim, type Fault, type FaultKind, type Findings, type Proven, type Standing, type TreeFinding } from "./findings";
import { isSound, readIndex, type Attached, type Index, type PackedFile, type RecordOf, type TreeState } from "./index";
import { isObject, type Json } from "./json";
import { isIncluded, leafHash } from "./merkle";
import { openCheckpoint, readKey, readProof, treeHashOf, type Checkpoint, type LogProof, type Verifier } from "./note";
import { readCosigned, readRoots, readSeals, readStamps } from "./outsiders";
import { attempt, Refusal } from "./refusal";

/** What the reader has from elsewhere. */
export interface Trusted {
  keys: Verifier[];
  roots: Certificate[];
}

export interface Tree {
  key: Verifier;
  checkpoint: Checkpoint;
  note: string;
}

/** What the page shows beside the findings. */
export interface Content {
  name: string;
  index: Index;
  opened: Map<number, OpenField[]>;
  file: (path: string) => Bytes | undefined;
  digests: (path: string) => { sha256: string; sm3: string };
}

export interface Answer {
  findings: Findings;
  content: Content | null;
}

/** Called often; `share` is how much is done, from 0 to 1. Whoever waits in it lets the page breathe. */
export type Pace = (share: number) => Promise<void>;

interface Examined {
  entry: Entry;
  included: boolean;
  twin: boolean;
  opened: Map<string, Json>;
}

const INDEX = "data/index.json";
const PAPERS = ["data/report.html", "data/report.pdf", "data/HOW-TO-CHECK.zh.md", "data/verify.html"];
/** Most different checkpoints that are tried: a good package has one. */
const MAX_TRIED = 16;
/** How much of the time goes into unpacking and digests, by experience. */
const UNPACKING = 0.4;

/** Says what a package proves to a reader who trusts these keys and roots. It throws on no input. */
export async function verify(bytes: Bytes, trusted: Trusted, pace: Pace = async () => {}): Promise<Answer> {
  let bag: Bag;
  try {
    bag = await Bag.open(bytes, (share) => pace(share * UNPACKING));
  } catch (thrown) {
    if (thrown instanceof Refusal) return { findings: unopened(bytes, thrown), content: null };
    throw thrown;
  }
  const faults = await bag.faults(() => pace(UNPACKING));
  const written = bag.file(INDEX);
  if (!written) {
    const findings = concluded(empty(), [...faults, missing("index", INDEX)]);
    return { findings: { ...findings, outcome: bag.file("bagit.txt") ? "damaged" : "unreadable" }, content: null };
  }
  const index = readIndex(written);
  if (!index) return { findings: concluded(empty(), [...faults, fault("index", INDEX)]), content: null };
  const exam = new Exam(bag, trusted, index, faults, pace);
  const findings = await exam.run();
  const content: Content = {
    name: bag.name,
    index,
    opened: exam.disclosed,
    file: (path) => bag.file(path),
    digests: (path) => ({ sha256: bag.digest(path, "sha256"), sm3: bag.digest(path, "sm3") }),
  };
  return { findings, content };
}

const missing = (kind: FaultKind, path: string): Fault => fault(kind, path, { code: "package.damage.missing" });

/** For bytes that could not be unpacked: damaged when they begin as an archive does, else unreadable. */
function unopened(bytes: Bytes, refusal: Refusal): Findings {
  const named = refusal.args.path ?? "";
  const path = named.includes("/") ? named.slice(named.indexOf("/") + 1) : named;
  const refused = ["package.too_large", "package.no_bag"].includes(refusal.code);
  const begins = [0x50, 0x4b, 3, 4].every((byte, at) => bytes[at] === byte);
  const found = fault("archive", path, { code: refusal.code, cause: causeOf(refusal) });
  return concluded({ ...empty(), outcome: begins && !refused ? "damaged" : "unreadable" }, [found]);
}

/** One examination. */
export class Exam {
  /** Files that something explains. */
  private readonly used = new Set([INDEX]);
  private readonly own = new Map<RecordOf, Set<number>>();
  readonly disclosed = new Map<number, OpenField[]>();
  private share = UNPACKING;

  constructor(
    readonly bag: Bag,
    readonly trusted: Trusted,
    readonly index: Index,
    private readonly faults: Fault[],
    private readonly pace: Pace,
  ) {}

  async run(): Promise<Findings> {
    const { index } = this;
    const findings = empty();
    const ledger = this.tree(index.ledger, "ledger", "checkpoint", proofPath);
    const twin = index.twin ? this.tree(index.twin, "twin", "twin_checkpoint", twinPath) : null;
    const entries = await this.entries(ledger, twin);
    this.points(entries);
    const files = this.files(entries);
    const roots = readRoots(this);
    if (ledger) {
      findings.stamps = await readStamps(this, ledger, roots);
      findings.cosigned = await readCosigned(this, ledger);
    }
    this.outside();
    this.matrix();
    findings.sealed = await readSeals(this, roots);
    PAPERS.forEach((path) => this.maybe(path));
    this.leftOver(ledger !== null);
    findings.ledger = ledger && this.treeFinding(ledger);
    findings.twin = twin && this.treeFinding(twin);
    conclude(findings, entries, files);
    this.claims(findings);
    return concluded(findings, this.faults);
  }

  rest(): Promise<void> {
    return this.pace(this.share);
  }

  fault(found: Fault): void {
    this.faults.push(found);
  }

  faultInIndex(kind: FaultKind, field: string, more: Partial<Fault> = {}): void {
    this.fault(fault(kind, INDEX, { field, ...more }));
  }

  /** A file that may be there. */
  maybe(path: string): Bytes | undefined {
    this.used.add(path);
    return this.bag.file(path);
  }

  /** A file that must be there. */
  take(kind: FaultKind, path: string): Bytes | undefined {
    const found = this.maybe(path);
    if (!found) this.fault(missing(kind, path));
    return found;
  }

  standing(key: Verifier): Standing {
    return this.trusted.keys.some((known) => known.vkey === key.vkey) ? "trusted" : "claimed";
  }

  /** A verifier key of the index. One that the reader knows under the same name must be that one. */
  key(vkey: string, field: string): Verifier | null {
    const key = attempt(() => readKey(vkey));
    if (key instanceof Refusal) {
      this.faultInIndex("key", field, { cause: causeOf(key) });
      return null;
    }
    const other = this.standing(key) !== "trusted" && this.trusted.keys.some((known) => known.name === key.name && known.scheme === key.scheme);
    if (key.vkey === vkey && !other) return key;
    this.faultInIndex("key", field, { part: other ? "other" : "spelling" });
    return null;
  }

  private named(): number[] {
    const all = [...this.index.records.flatMap((record) => record.entries), ...this.index.context];
    return [...new Set(all)].sort((a, b) => a - b);
  }

  /** A tree with the signed checkpoint to which all proofs lead. */
  private tree(state: TreeState, field: "ledger" | "twin", kind: FaultKind, pathOf: (entry: number) => string): Tree | null {
    const key = this.key(state.vkey, `${field}.vkey`);
    if (!key) return null;
    if ((key.scheme === "sm2") !== (field === "twin") || key.name !== state.origin) {
      this.faultInIndex("key", `${field}.vkey`, { part: "suite" });
      return null;
    }
    const tried = new Set<string>();
    let first: Fault | undefined;
    for (const entry of this.named()) {
      const path = pathOf(entry);
      const bytes = this.bag.file(path);
      const proof = bytes && attempt(() => readProof(bytes));
      if (!proof || proof === "text" || proof instanceof Refusal || tried.has(proof.checkpoint) || tried.size >= MAX_TRIED) continue;
      tried.add(proof.checkpoint);
      const checkpoint = attempt(() => openCheckpoint(proof.checkpoint, key));
      if (checkpoint instanceof Refusal) first ??= fault(kind, path, { entry, cause: causeOf(checkpoint) });
      else if (checkpoint.origin === state.origin && checkpoint.size === state.size && base64(checkpoint.root) === state.root) return { key, checkpoint, note: proof.checkpoint };
      else first ??= fault(kind, INDEX, { field });
    }
    // Without any proof that can be read there is nothing to hold against the index.
    this.fault(first ?? fault(kind, INDEX, { field }));
    return null;
  }

  private treeFinding({ key, checkpoint }: Tree): TreeFinding {
    return { origin: checkpoint.origin, vkey: key.vkey, standing: this.standing(key), size: checkpoint.size, root: base64(checkpoint.root) };
  }

  /** Whether these bytes are that entry of the tree, by the proof in the package. */
  private included(kind: FaultKind, path: string, index: number, entry: Bytes | undefined, tree: Tree | null): boolean {
    const bytes = this.take(kind, path);
    if (!bytes) return false;
    const proof = attempt(() => readProof(bytes));
    if (proof === "text" || proof instanceof Refusal) {
      this.fault(fault(kind, path, { entry: index, ...(proof === "text" ? { part: "text" } : { cause: causeOf(proof) }) }));
      return false;
    }
    if (!entry || !tree) return false;
    const part = this.wrongProof(proof, index, entry, tree);
    if (part !== null) this.fault(fault(kind, path, { entry: index, part }));
    return part === null;
  }

  private wrongProof(proof: LogProof, index: number, entry: Bytes, { key, checkpoint, note }: Tree): string | null {
    if (proof.extra) return "extra";
    if (proof.index !== index) return "index";
    if (proof.checkpoint !== note) return "checkpoint";
    const name = treeHashOf(key);
    return isIncluded(name, leafHash(name, entry), index, checkpoint.size, proof.hashes, checkpoint.root) ? null : "hashes";
  }

  private async entries(ledger: Tree | null, twin: Tree | null): Promise<Map<number, Examined>> {
    const of = new Map<number, RecordOf | null>();
    const lists: [RecordOf | null, number[]][] = [...this.index.records.map((record): [RecordOf, number[]] => [record, record.entries]), [null, this.index.context]];
    for (const [record, list] of lists) {
      const ascends = list.every((entry, at) => at === 0 || list[at - 1]! < entry);
      const once = list.every((entry) => !of.has(entry));
      list.forEach((entry) => of.set(entry, record));
      if (!ascends || !once) this.faultInIndex("index", record ? `records.${record.id}.entries` : "context", { part: "entries" });
    }
    if (of.size === 0) this.faultInIndex("index", "records", { part: "entries" });
    const found = new Map<number, Examined>();
    const order = [...of].sort(([a], [b]) => a - b);
    for (const [at, [index, record]] of order.entries()) {
      this.share = UNPACKING + (0.9 - UNPACKING) * (at / order.length);
      await this.rest();
      const examined = this.entry(index, record, ledger, twin);
      if (examined) found.set(index, examined);
    }
    this.share = 0.9;
    return found;
  }

  private entry(index: number, record: RecordOf | null, ledger: Tree | null, twin: Tree | null): Examined | null {
    const path = entryPath(index);
    const bytes = this.take("entry", path);
    const included = this.included("proof", proofPath(index), index, bytes, ledger);
    const inTwin = index < (this.index.twin?.size ?? 0) && this.included("twin_proof", twinPath(index), index, bytes, twin);
    const entry = bytes ? attempt(() => readEntry(bytes)) : null;
    const good = entry instanceof Refusal ? null : entry;
    if (entry instanceof Refusal) this.fault(fault("entry", path, { entry: index, cause: causeOf(entry) }));
    if (good && record && (good.subject !== record.id || good.kind !== record.kind)) this.fault(fault("record", path, { entry: index, field: record.id }));
    const opened = this.opened(index, good);
    return good && { entry: good, included, twin: inTwin, opened };
  }

  /** Values of disclosed fields that open the entry's commitments. */
  private opened(index: number, entry: Entry | null): Map<string, Json> {
    const path = openedPath(index);
    const good = new Map<string, Json>();
    const bytes = this.maybe(path);
    if (!bytes) return good;
    const fields = readOpened(bytes);
    if (!fields) {
      this.fault(fault("opened", path, { entry: index, part: "form" }));
      return good;
    }
    const ascends = fields.every((field, at) => at === 0 || byPoint(fields[at - 1]!.name, field.name) < 0);
    if (fields.length === 0 || !ascends) this.fault(fault("opened", path, { entry: index, part: "order" }));
    if (!entry) return good;
    for (const field of fields) {
      if (opens(entry, field)) good.set(field.name, field.value);
      else this.fault(fault("opened", path, { entry: index, field: field.name, part: "commitment" }));
    }
    this.disclosed.set(
      index,
      fields.filter((field) => good.has(field.name)),
    );
    return good;
  }

  /** The value of a disclosed field, if the entry is one of the record. */
  private valueOf(entries: Map<number, Examined>, record: RecordOf, entry: number, field: string): Json | undefined {
    const own = this.own.get(record) ?? new Set(record.entries);
    this.own.set(record, own);
    const examined = own.has(entry) ? entries.get(entry) : undefined;
    return examined?.entry.subject === record.id ? examined.opened.get(field) : undefined;
  }

  private points(entries: Map<number, Examined>): void {
    for (const record of this.index.records) {
      for (const point of record.points) {
        if (this.valueOf(entries, record, point.entry, point.field) === undefined) this.fault(fault("point", openedPath(point.entry), { entry: point.entry, field: point.field }));
      }
    }
  }

  /** Files whose bytes are what a disclosed field says: paths by entry. */
  private files(entries: Map<number, Examined>): Map<number, string[]> {
    const good = new Map<number, string[]>();
    for (const record of this.index.records) {
      for (const file of record.files) {
        const more = { entry: file.entry, field: file.field };
        if (!this.packed("file", file, `data/files/${file.sha256}/`, more)) continue;
        const value = this.valueOf(entries, record, file.entry, file.field);
        if (value !== undefined && vouches(value, file)) {
          const paths = good.get(file.entry) ?? [];
          paths.push(file.path);
          good.set(file.entry, paths);
        } else this.fault(fault("file", file.path, { ...more, part: "digest" }));
      }
    }
    return good;
  }

  /** Whether a file stands directly in this folder and has the size and digest of the index. */
  private packed(kind: FaultKind, file: PackedFile, folder: string, more: Partial<Fault> = {}): boolean {
    const name = file.path.startsWith(folder) ? file.path.slice(folder.length) : "";
    if (name === "" || name.includes("/")) {
      this.fault(fault(kind, file.path, { ...more, part: "path" }));
      return false;
    }
    const bytes = this.take(kind, file.path);
    if (!bytes) return false;
    if (bytes.length === file.size && this.bag.digest(file.path, "sha256") === file.sha256) return true;
    this.fault(fault(kind, file.path, { ...more, part: "content" }));
    return false;
  }

  private outside(): void {
    const ids = new Set(this.index.records.map((record) => record.id));
    for (const [at, outside] of this.index.outside.entries()) {
      const place = at + 1;
      if (outside.record !== undefined && !ids.has(outside.record)) this.faultInIndex("outside", `outside[${place}].record`, { part: "reference" });
      outside.files.forEach((file) => this.packed("outside", file, `data/outside/${place}/`));
    }
  }

  /** The matrix names what is in the package, and counts as it says that it does. */
  private matrix(): void {
    const { matrix, matter, records } = this.index;
    if (!matrix) return;
    const ids = new Set(records.map((record) => record.id));
    const entries = new Set(this.named());
    const items = matrix.points.flatMap((point) => point.rows).flatMap((row) => row.items);
    const lost =
      matrix.points.some((point) => !ids.has(point.record)) ||
      items.some((item) => (item.record !== undefined && !ids.has(item.record)) || (item.entry !== undefined && !entries.has(item.entry)));
    if (lost) this.faultInIndex("matrix", "matrix", { part: "reference" });
    if (matrix.alleged_on !== matter.alleged_on || !isSound(matrix)) this.faultInIndex("matrix", "matrix", { part: "counts" });
  }

  /** Files that nothing explains. Without a signed checkpoint stamps were not looked at; they are explained all the same. */
  private leftOver(lookedAtStamps: boolean): void {
    const unseen = (path: string) => !lookedAtStamps && (path.startsWith("data/stamps/") || path.startsWith("data/cosigned/"));
    for (const path of this.bag.paths) if (!this.used.has(path) && !isOwn(path) && !isSeal(path) && !unseen(path)) this.fault(fault("unexpected", path));
  }

  /** What nothing but the package says. */
  private claims({ claimed }: Findings): void {
    const { index } = this;
    const claim = (code: string, path: string, value: string): Claim => ({ code: `package.claim.${code}`, path, value });
    const labels = index.records.flatMap((record) => record.label ?? []);
    const points = index.records.flatMap((record) => record.points.map((point) => point.label));
    const all = [
      claim("company", INDEX, index.company),
      claim("made", INDEX, `${index.made_at} ${index.made_by}`),
      ...[...labels, ...points].map((label) => claim("label", INDEX, label)),
      ...(index.matrix ? [claim("matrix", INDEX, "")] : []),
      ...PAPERS.filter((path) => this.bag.file(path)).map((path) => claim("paper", path, "")),
      ...index.outside.flatMap((outside) => outside.files).map((file) => claim("outside", file.path, file.name)),
    ];
    for (const one of all) claimed.push(one);
  }
}

const entryPath = (entry: number) => `data/entries/${entry}.json`;
const openedPath = (entry: number) => `data/entries/${entry}.opened.json`;
const proofPath = (entry: number) => `data/entries/${entry}.tlog-proof`;
const twinPath = (entry: number) => `data/entries/${entry}.sm3.tlog-proof`;

/** Whether a field's value is, or lists, this file. */
function vouches(value: Json, file: Attached): boolean {
  const is = (one: Json) => isObject(one) && (["name", "size", "sha256"] as const).every((key) => Object.hasOwn(one, key) && one[key] === file[key]);
  return is(value) || (Array.isArray(value) && value.some(is));
}

/** Puts together what is proven about each entry. */
function conclude(findings: Findings, entries: Map<number, Examined>, files: Map<number, string[]>): void {
  const claim = (code: string, path: string, value: string) => findings.claimed.push({ code: `package.claim.${code}`, path, value });
  // A root that the reader trusts goes before one that the package brings, whatever time it states.
  const rank = (standing: Standing) => STANDINGS.indexOf(standing);
  const stamps = [...findings.stamps].sort((a, b) => rank(a.standing) - rank(b.standing) || byPoint(a.time, b.time));
  const named = new Set<number>();
  for (const [index, { entry, included, twin, opened }] of entries) {
    if (!included) continue;
    const best = stamps.find((stamp) => index < stamp.size);
    if (!best) claim("time", entryPath(index), entry.at);
    else if (best.standing !== "trusted" && !named.has(best.number)) {
      named.add(best.number);
      claim("authority", `data/stamps/${best.number}.tst`, best.authority);
    }
    const witnesses = new Set<string>();
    const covering = findings.cosigned.filter((seen) => index < seen.size && !witnesses.has(seen.vkey) && witnesses.add(seen.vkey));
    const proven: Proven = {
      index,
      act: entry.act,
      kind: entry.kind,
      subject: entry.subject ?? null,
      revision: entry.revision ?? null,
      at: entry.at,
      twin,
      time: best ? { no_later_than: best.time, stamp: best.number, authority: best.authority, standing: best.standing } : null,
      clock_ahead: best !== undefined && entry.at > best.time,
      cosigned: covering.map((seen) => seen.number),
      opened: [...opened.keys()].sort(byPoint),
      files: files.get(index) ?? [],
    };
    findings.proven.push(proven);
  }
  for (const tree of [findings.ledger, findings.twin]) if (tree && tree.standing !== "trusted") claim("key", INDEX, tree.vkey);
  const unknown = new Set(findings.cosigned.filter((seen) => seen.standing !== "trusted").map((seen) => seen.vkey));
  [...unknown].sort(byPoint).forEach((vkey) => claim("witness", INDEX, vkey));
}
