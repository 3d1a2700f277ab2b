/**
 * Reads a ZIP (APPNOTE 6.3, without its extensions) and trusts nothing in it. Every byte is accounted for: entries one behind the
 * other from the first byte on, the directory, the end record, nothing else. What programs read differently is refused.
 */
import { inflateSync } from "fflate";

import { equal, text, type Bytes } from "./bytes";
import { isSafe, shown, Taken } from "./names";
import { Refusal } from "./refusal";

export interface ZipFile {
  name: string;
  bytes: Bytes;
}

/** 1 GiB for all files together; a file may become a hundred times as large by unpacking, a small one whatever it likes. */
export const LIMITS = { total: 2 ** 30, ratio: 100, small: 1 << 16 };

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const UTF8 = 1 << 11;
const EFFORT = 0b110;
const STORED = 0;
const DEFLATED = 8;

const malformed = (part: string, name?: Bytes) => new Refusal("package.malformed", { part, path: name ? shown(name) : "" });

/** Little-endian numbers, one after the other; reading beyond the end is a refusal with this part. */
class Cursor {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Bytes,
    public at: number,
    private readonly part: string,
    private readonly name?: Bytes,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  take(length: number): Bytes {
    if (length > this.bytes.length - this.at) throw malformed(this.part, this.name);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  short(): number {
    this.take(2);
    return this.view.getUint16(this.at - 2, true);
  }

  long(): number {
    this.take(4);
    return this.view.getUint32(this.at - 4, true);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }
}

interface Entry {
  name: Bytes;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  at: number;
  /** Made on Unix or macOS, where names are UTF-8 whether they say so or not. */
  unix: boolean;
  folder: boolean;
  /** Flags to name length: what both headers share. */
  common: Bytes;
  /** Where the contents begin. */
  data: number;
}

/** Well-formed extra fields that change neither sizes (ZIP64) nor the name. */
function extraFields(extra: Bytes, name: Bytes): void {
  const cursor = new Cursor(extra, 0, "extraField", name);
  while (cursor.left > 0) {
    const id = cursor.short();
    if (id === 0x0001 || id === 0x7075) throw malformed("extraField", name);
    cursor.take(cursor.short());
  }
}

function directory(bytes: Bytes): { entries: Entry[]; at: number } {
  const wrong = () => malformed("endOfCentralDirectory");
  if (bytes.length < 22) throw wrong();
  const end = new Cursor(bytes, bytes.length - 22, "endOfCentralDirectory");
  const signature = end.long();
  const disks = end.long();
  const [here, count] = [end.short(), end.short()];
  const [size, at, comment] = [end.long(), end.long(), end.short()];
  if (signature !== END || disks !== 0 || here !== count || comment !== 0) throw wrong();
  if (count === 0xffff || size === 0xffffffff || at === 0xffffffff) throw malformed("zip64");
  if (at + size !== bytes.length - 22) throw wrong();
  const list = new Cursor(bytes.subarray(0, at + size), at, "centralDirectory");
  const entries = Array.from({ length: count }, () => central(list));
  if (list.left !== 0) throw malformed("centralDirectory");
  return { entries, at };
}

function central(list: Cursor): Entry {
  if (list.long() !== CENTRAL) throw malformed("centralDirectory");
  const host = list.short() >> 8;
  list.short();
  const common = list.take(22);
  const head = new Cursor(common, 0, "centralDirectory");
  const [flags, method] = [head.short(), head.short()];
  head.take(4);
  const [crc, packed, size, nameLength] = [head.long(), head.long(), head.long(), head.short()];
  const [extra, comment, disk] = [list.short(), list.short(), list.short()];
  list.short();
  const [attributes, at] = [list.long(), list.long()];
  if (disk !== 0) throw malformed("centralDirectory");
  const name = list.take(nameLength);
  extraFields(list.take(extra), name);
  if (comment !== 0) throw malformed("comment", name);
  if (flags & 1) throw new Refusal("package.encrypted", { path: shown(name) });
  if (flags & ~(UTF8 | EFFORT)) throw malformed("flags", name);
  if (packed === 0xffffffff || size === 0xffffffff || at === 0xffffffff) throw malformed("zip64", name);
  if (method !== STORED && method !== DEFLATED) throw malformed("method", name);
  if (method === STORED && packed !== size) throw malformed("size", name);
  const folder = name.at(-1) === 0x2f;
  const kind = (attributes >>> 16) & 0o170000;
  if (kind !== 0 && kind !== (folder ? 0o040000 : 0o100000)) throw new Refusal("package.link", { path: shown(name) });
  if (folder && size !== 0) throw malformed("size", name);
  return { name, flags, method, crc, packed, size, at, unix: host === 3 || host === 19, folder, common, data: 0 };
}

/** The local header says what the directory says, and entries stand one behind the other up to the directory. */
async function layout(bytes: Bytes, entries: Entry[], directoryAt: number, rest: () => Promise<void>): Promise<void> {
  for (const entry of entries) {
    const local = new Cursor(bytes, Math.min(entry.at, bytes.length), "localHeader", entry.name);
    const signature = local.long();
    local.short();
    const same = equal(local.take(22), entry.common);
    const extra = local.short();
    if (signature !== LOCAL || !same || !equal(local.take(entry.name.length), entry.name)) throw malformed("localHeader", entry.name);
    extraFields(local.take(extra), entry.name);
    entry.data = local.at;
    await rest();
  }
  let next = 0;
  for (const entry of [...entries].sort((a, b) => a.at - b.at)) {
    const end = entry.data + entry.packed;
    if (entry.at !== next || end > directoryAt) throw malformed("layout", entry.name);
    next = end;
  }
  if (next !== directoryAt) throw malformed("layout");
}

function checkedName(entry: Entry): string {
  const known = (entry.flags & UTF8) !== 0 || entry.name.every((byte) => byte < 0x80) || entry.unix;
  const name = known ? text(entry.name) : null;
  if (name === null || !isSafe(entry.folder ? name.slice(0, -1) : name)) throw new Refusal("package.name", { path: shown(entry.name) });
  return name;
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes: Bytes): number {
  let c = -1;
  for (let at = 0; at < bytes.length; at += 1) c = CRC[(c ^ bytes[at]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

/** Exactly `size` bytes out of exactly these: with one byte less the compressed data must be incomplete. */
function inflate(packed: Bytes, size: number): Bytes | null {
  if (packed.length < 2) return null;
  const unpack = (data: Bytes): Bytes | null => {
    try {
      // One byte of room more shows contents that go on after their stated end; nothing grows beyond it.
      return inflateSync(data, { out: new Uint8Array(size + 1) });
    } catch {
      return null;
    }
  };
  const bytes = unpack(packed);
  return bytes?.length === size && unpack(packed.subarray(0, -1)) === null ? bytes : null;
}

/** The files in the order of the directory, without folders. Refuses with `package.…`. */
export async function readZip(bytes: Bytes, rest: () => Promise<void>): Promise<ZipFile[]> {
  const { entries, at } = directory(bytes);
  await layout(bytes, entries, at, rest);
  const taken = new Taken();
  const names = new Map<Entry, string>();
  let total = 0;
  for (const entry of entries) {
    const name = checkedName(entry);
    taken.take(entry.folder ? name.slice(0, -1) : name, entry.folder ? "folder" : "file");
    names.set(entry, name);
    await rest();
    total += entry.size;
    if (total > LIMITS.total) throw new Refusal("package.too_large", { limit: String(LIMITS.total) });
    if (entry.size > Math.max(LIMITS.small, entry.packed * LIMITS.ratio)) throw new Refusal("package.bomb", { path: name, limit: String(LIMITS.ratio) });
  }
  const files: ZipFile[] = [];
  for (const [entry, name] of names) {
    if (entry.folder) continue;
    const packed = bytes.subarray(entry.data, entry.data + entry.packed);
    const contents = entry.method === STORED ? packed : inflate(packed, entry.size);
    if (!contents || crc32(contents) !== entry.crc) throw new Refusal("package.damaged", { path: name });
    files.push({ name, bytes: contents });
    await rest();
  }
  return files;
}
