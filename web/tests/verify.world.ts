/** Packages for the tests of the offline page: the published one taken apart, changed and put together again. */
import { readFileSync } from "node:fs";

import { byPoint, hex, text, utf8, type Bytes } from "../verify/engine/bytes";
import type { Trusted } from "../verify/engine/exam";
import { hash } from "../verify/engine/hash";
import { readKey } from "../verify/engine/note";
import { readZip } from "../verify/engine/zip";
import { readPem } from "../verify/time/x509";

const vectors = new URL("../../crates/evidence/tests/vectors/", import.meta.url);
export const vector = (name: string): Bytes => new Uint8Array(readFileSync(new URL(name, vectors)));

export const FINDINGS = JSON.parse(readFileSync(new URL("package.findings.json", vectors), "utf8"));
export const PACKAGE = vector("package.zip");
export const TRUSTED: Trusted = {
  keys: [FINDINGS.ledger.vkey, FINDINGS.twin.vkey, FINDINGS.cosigned[0].vkey].map(readKey),
  roots: readPem(vector("package.roots.pem")),
};
export const NOBODY: Trusted = { keys: [], roots: [] };

/** Files of a package by their path in the bag. */
export type Files = Map<string, Bytes>;

export const FOLDER = "JG-2026-0007";

export async function unpack(bytes: Bytes): Promise<Files> {
  const files = await readZip(bytes, async () => {});
  return new Map(files.map((file) => [file.name.slice(FOLDER.length + 1), file.bytes]));
}

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c >>> 0;
});
export const crc32 = (bytes: Bytes): number => (bytes.reduce((c, byte) => (c >>> 8) ^ CRC[(c ^ byte) & 0xff]!, 0xffffffff) ^ 0xffffffff) >>> 0;

export interface Packed {
  name: Bytes;
  /** As it lies in the archive. */
  data: Bytes;
  method?: number;
  flags?: number;
  size?: number;
  crc?: number;
  attributes?: number;
  extra?: Bytes;
  /** What the local header says otherwise. */
  localName?: Bytes;
  at?: number;
}

/** An archive from its parts, with whatever lies they tell. */
export function archive(parts: Packed[], end: { count?: number; comment?: number; before?: Bytes; between?: Bytes } = {}): Bytes {
  const chunks: number[] = [...(end.before ?? [])];
  const short = (to: number[], ...values: number[]) => values.forEach((v) => to.push(v & 0xff, (v >>> 8) & 0xff));
  const long = (to: number[], ...values: number[]) => values.forEach((v) => to.push(v & 0xff, (v >>> 8) & 0xff, (v >>> 16) & 0xff, (v >>> 24) & 0xff));
  const directory: number[] = [];
  for (const part of parts) {
    const { name, data, method = 0, flags = 1 << 11, size = data.length, crc = crc32(data), attributes = (0o100644 << 16) >>> 0, extra = new Uint8Array() } = part;
    const at = part.at ?? chunks.length;
    const common: number[] = [];
    short(common, flags, method, 0, 0x21);
    long(common, crc, data.length, size);
    const localName = part.localName ?? name;
    long(chunks, 0x04034b50);
    short(chunks, 20);
    chunks.push(...common);
    short(chunks, localName.length, 0);
    for (const byte of [...localName, ...data]) chunks.push(byte);
    long(directory, 0x02014b50);
    short(directory, (3 << 8) | 20, 20);
    directory.push(...common);
    short(directory, name.length, extra.length, 0, 0, 0);
    long(directory, attributes, at);
    for (const byte of [...name, ...extra]) directory.push(byte);
  }
  for (const byte of end.between ?? []) chunks.push(byte);
  const at = chunks.length;
  for (const byte of directory) chunks.push(byte);
  long(chunks, 0x06054b50);
  short(chunks, 0, 0, end.count ?? parts.length, end.count ?? parts.length);
  long(chunks, directory.length, at);
  short(chunks, end.comment ?? 0);
  return Uint8Array.from(chunks);
}

/** A plain archive of these files. */
export const zipped = (files: Files): Bytes => archive([...files].sort(([a], [b]) => byPoint(a, b)).map(([path, data]) => ({ name: utf8(`${FOLDER}/${path}`), data })));

/** The same payload with all lists made anew: what somebody does who knows how. Seals over the old lists are dropped. */
export function rebagged(files: Files): Bytes {
  const payload = new Map([...files].filter(([path]) => path.startsWith("data/")).sort(([a], [b]) => byPoint(a, b)));
  const list = (of: Files, name: "sha256" | "sm3") => utf8([...of].map(([path, bytes]) => `${hex(hash(name, bytes))}  ${path.replaceAll("%", "%25")}\n`).join(""));
  const size = [...payload.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  const tags: Files = new Map([
    ["bag-info.txt", utf8(`Payload-Oxum: ${size}.${payload.size}\n`)],
    ["bagit.txt", files.get("bagit.txt")!],
    ["manifest-sha256.txt", list(payload, "sha256")],
    ["manifest-sm3.txt", list(payload, "sm3")],
  ]);
  return zipped(new Map([...payload, ...tags, ["tagmanifest-sha256.txt", list(tags, "sha256")], ["tagmanifest-sm3.txt", list(tags, "sm3")]]));
}

/** With a text in a file replaced, which must be there. */
export function edited(files: Files, path: string, ...changes: [string, string][]): Files {
  let written = text(files.get(path)!)!;
  for (const [from, to] of changes) {
    if (!written.includes(from)) throw new Error(`${from} is not in ${path}`);
    written = written.replaceAll(from, to);
  }
  return new Map([...files, [path, utf8(written)]]);
}
