/** The bag in the archive (BagIt 1.0, RFC 8493): one folder, lists in SHA-256 and SM3, and every place where it is not whole. */
import { byPoint, equal, hex, text, unhex, type Bytes } from "./bytes";
import { fault, type Fault } from "./findings";
import { digests } from "./hash";
import { isSafe } from "./names";
import { Refusal } from "./refusal";
import { readZip } from "./zip";

const ALGORITHMS = ["sha256", "sm3"] as const;
type Algorithm = (typeof ALGORITHMS)[number];

export const tagManifest = (algorithm: Algorithm) => `tagmanifest-${algorithm}.txt`;
const manifest = (algorithm: Algorithm) => `manifest-${algorithm}.txt`;
const DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const OWN = new Set(["bagit.txt", "bag-info.txt", ...ALGORITHMS.flatMap((a) => [manifest(a), tagManifest(a)])]);

/** Whether the bag itself has a file of this name outside of the payload. */
export const isOwn = (path: string): boolean => OWN.has(path);
const isPayload = (path: string): boolean => path.startsWith("data/");
export const isSeal = (path: string): boolean => path.startsWith("stamps/");

type Damage = "missing" | "malformed" | "content" | "unlisted" | "uneven" | "oxum";

export class Bag {
  private readonly digests = new Map<string, Record<Algorithm, Bytes>>();

  private constructor(
    readonly name: string,
    private readonly files: Map<string, Bytes>,
  ) {}

  /** Unpacks an archive whose files are all in one folder, and makes all digests. Refuses with `package.…`. */
  static async open(bytes: Bytes, rest: (share: number) => Promise<void>): Promise<Bag> {
    const files = new Map<string, Bytes>();
    let name: string | undefined;
    for (const file of await readZip(bytes, () => rest(0))) {
      const slash = file.name.indexOf("/");
      const folder = file.name.slice(0, Math.max(slash, 0));
      if (slash < 0 || folder !== (name ??= folder)) throw new Refusal("package.no_bag", { path: file.name });
      files.set(file.name.slice(slash + 1), file.bytes);
    }
    if (name === undefined) throw new Refusal("package.no_bag", { path: "" });
    const bag = new Bag(name, new Map([...files].sort(([a], [b]) => byPoint(a, b))));
    let done = 0;
    for (const [path, content] of bag.files) {
      bag.digests.set(path, await digests(content, () => rest(done / bytes.length)));
      done += content.length;
    }
    return bag;
  }

  file(path: string): Bytes | undefined {
    return this.files.get(path);
  }

  get paths(): string[] {
    return [...this.files.keys()];
  }

  /** The digest of a file in hexadecimal. */
  digest(path: string, algorithm: Algorithm): string {
    const found = this.digests.get(path)?.[algorithm];
    return found ? hex(found) : "";
  }

  /** The first value of a label in `bag-info.txt`. */
  private info(label: string): string | undefined {
    const lines = text(this.file("bag-info.txt") ?? new Uint8Array())?.split(/\r?\n/) ?? [];
    const pairs = lines.filter((line) => line.includes(":")).map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)] as const);
    return pairs.find(([found]) => found.toLowerCase() === label.toLowerCase())?.[1].trim();
  }

  /** Every place where the bag is not whole. */
  async faults(rest: () => Promise<void>): Promise<Fault[]> {
    const found: Fault[] = [];
    const note = (damage: Damage, path: string) => {
      const blamed = damage === "content" ? (this.wrongList(path) ?? path) : path;
      found.push(fault(isPayload(blamed) ? "listed" : "list", blamed, { code: `package.damage.${damage}` }));
    };
    const declaration = this.file("bagit.txt");
    if (!declaration) note("missing", "bagit.txt");
    else if (text(declaration) !== DECLARATION) note("malformed", "bagit.txt");
    const payload = this.paths.filter(isPayload);
    const size = payload.reduce((sum, path) => sum + this.file(path)!.length, 0);
    if (!this.file("bag-info.txt")) note("missing", "bag-info.txt");
    else if (this.info("Payload-Oxum") !== `${size}.${payload.length}`) note("oxum", "bag-info.txt");
    await this.compare(manifest, isPayload, note, rest);
    const isTag = (path: string) => !isPayload(path) && !isSeal(path) && !ALGORITHMS.some((algorithm) => path === tagManifest(algorithm));
    await this.compare(tagManifest, isTag, note, rest);
    return found;
  }

  /** Holds the files that belong to a sort of lists against the lists of both algorithms. */
  private async compare(
    listName: (algorithm: Algorithm) => string,
    belongs: (path: string) => boolean,
    note: (damage: Damage, path: string) => void,
    rest: () => Promise<void>,
  ): Promise<void> {
    const lists: [Algorithm, Map<string, Bytes>][] = [];
    for (const algorithm of ALGORITHMS) {
      const written = this.file(listName(algorithm));
      const list = written && (await readList(written, rest));
      if (!written) note("missing", listName(algorithm));
      // A list that names what is none of its business is out of form.
      else if (!list || ![...list.keys()].every(belongs)) note("malformed", listName(algorithm));
      else lists.push([algorithm, list]);
    }
    for (const [algorithm, list] of lists) {
      for (const [path, digest] of list) {
        const right = this.digests.get(path)?.[algorithm];
        if (!right) note("missing", path);
        else if (!equal(right, digest)) note("content", path);
        else if (lists.some(([, other]) => !other.has(path))) note("uneven", path);
        await rest();
      }
    }
    if (lists.length === 0) return;
    for (const path of this.paths.filter(belongs)) if (!lists.some(([, list]) => list.has(path))) note("unlisted", path);
  }

  /** Where the two tag manifests disagree about a file of the bag, the one that is wrong is at fault, and not the file. */
  private wrongList(path: string): string | undefined {
    if (!isOwn(path) || !this.file(path)) return undefined;
    const lists = (algorithm: Algorithm) => {
      const lines = text(this.file(tagManifest(algorithm)) ?? new Uint8Array())?.split(/\r?\n/) ?? [];
      return lines.includes(`${this.digest(path, algorithm)}  ${path}`);
    };
    const wrong = ALGORITHMS.filter((algorithm) => !lists(algorithm));
    return wrong.length === 1 ? tagManifest(wrong[0]!) : undefined;
  }
}

/** Paths and digests of a list: digest, white space, path, in which only a percent sign is written `%25`. */
async function readList(bytes: Bytes, rest: () => Promise<void>): Promise<Map<string, Bytes> | null> {
  const written = text(bytes);
  if (written === null) return null;
  const lines = written.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const found = new Map<string, Bytes>();
  for (const line of lines) {
    const parts = /^([0-9a-fA-F]{64})[ \t]+(.*)$/su.exec(line.endsWith("\r") ? line.slice(0, -1) : line);
    if (!parts || /%(?!25)/.test(parts[2]!)) return null;
    const path = parts[2]!.replaceAll("%25", "%");
    if (!isSafe(path) || found.has(path)) return null;
    found.set(path, unhex(parts[1]!));
    await rest();
  }
  return found;
}
