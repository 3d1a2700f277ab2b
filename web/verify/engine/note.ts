/** Signed notes, keys, checkpoints, cosignatures and proof files (C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof). */
import { ed25519 } from "@noble/curves/ed25519.js";

import { base64, concat, equal, hasControl, hex, text, unbase64, utf8, type Bytes } from "./bytes";
import { sha256 } from "./hash";
import type { TreeHash } from "./merkle";
import { Refusal } from "./refusal";
import { sm2Key, sm2Signed } from "./sm2";

/** Ed25519 (type 0x01), SM2 with SM3 (type 0xff with a name), or a witness's Ed25519 (type 0x04). */
export type Scheme = "ed25519" | "sm2" | "witness";

export interface Verifier {
  name: string;
  scheme: Scheme;
  id: Bytes;
  key: Bytes;
  /** As it is published. */
  vkey: string;
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
}

const SM2_TYPE = utf8("jingui.example/sm2-with-sm3/v1\0");
const SM2_ID = "1234567812345678";
const MAX_NOTE = 1 << 20;
const MAX_LINES = 64;
const MAX_PROOF = 2 << 20;

const badKey = (part: string) => new Refusal("ledger.key_malformed", { part });
const badNote = (part: string) => new Refusal("ledger.note_malformed", { part });

export const treeHashOf = (key: Verifier): TreeHash => (key.scheme === "sm2" ? "sm3" : "sha256");

/** Reads `name+hhhhhhhh+base64(type ‖ key)`; the id is the first 4 bytes of SHA-256(name ‖ newline ‖ type ‖ key). */
export function readKey(written: string): Verifier {
  const [name, id, ...rest] = written.trim().split("+");
  // Base64 may hold a plus itself.
  const typed = unbase64(rest.join("+"));
  if (name === undefined || id === undefined || rest.length === 0) throw badKey("parts");
  if (!typed) throw badKey("base64");
  const { scheme, key } = typedKey(typed);
  if (name === "" || /\s/u.test(name) || hasControl(name)) throw badKey("name");
  const right = sha256(utf8(`${name}\n`), typed).subarray(0, 4);
  if (hex(right) !== id) throw badKey("id");
  return { name, scheme, id: right, key, vkey: `${name}+${id}+${base64(typed)}` };
}

function typedKey(typed: Bytes): { scheme: Scheme; key: Bytes } {
  const type = typed[0];
  if (type === 0x01 || type === 0x04) {
    if (typed.length !== 33) throw badKey("length");
    return { scheme: type === 0x01 ? "ed25519" : "witness", key: typed.slice(1) };
  }
  const prefix = SM2_TYPE.length + 1;
  if (type !== 0xff || !equal(typed.subarray(1, prefix), SM2_TYPE)) throw badKey("type");
  if (typed.length !== prefix + 65) throw badKey("length");
  const key = typed.slice(prefix);
  if (!sm2Key(key)) throw badKey("key");
  return { scheme: "sm2", key };
}

function signed(key: Verifier, message: Bytes, signature: Bytes): boolean {
  if (key.scheme === "sm2") return sm2Signed(key.key, SM2_ID, message, signature);
  try {
    return signature.length === 64 && ed25519.verify(signature, message, key.key, { zip215: false });
  } catch {
    return false;
  }
}

interface Line {
  name: string;
  id: Bytes;
  signature: Bytes;
}

/** The text with its last newline, and the signature lines as they are written. */
function split(note: string): { text: string; lines: string[] } {
  if (utf8(note).length > MAX_NOTE || /[\u0000-\u0009\u000b-\u001f]/.test(note)) throw badNote("text");
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0) throw badNote("parts");
  const rest = note.slice(gap + 2);
  if (!rest.endsWith("\n")) throw badNote("end");
  const lines = rest.slice(0, -1).split("\n");
  if (lines.length > MAX_LINES) throw badNote("signatures");
  return { text: note.slice(0, gap + 1), lines };
}

/** A signature line `— name base64(id ‖ signature)`. */
function readLine(written: string): Line {
  const parts = /^\u2014 ([^ ]+) (.*)$/u.exec(written);
  const bytes = parts ? unbase64(parts[2]!) : null;
  if (!parts || !bytes || bytes.length < 4) throw badNote("signature");
  return { name: parts[1]!, id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

const by = (key: Verifier) => (line: Line) => line.name === key.name && equal(line.id, key.id);

/** The number, if this is its one spelling and JavaScript counts so far. */
function whole(written: string): number | null {
  const value = /^(0|[1-9]\d{0,15})$/.test(written) ? Number(written) : -1;
  return value >= 0 && value <= 2 ** 53 ? value : null;
}

/** Opens a checkpoint that this key has signed and that bears the key's name. */
export function openCheckpoint(note: string, key: Verifier): Checkpoint {
  const { text: message, lines } = split(note);
  let found = false;
  for (const written of lines) {
    const line = readLine(written);
    if (!by(key)(line)) continue;
    if (!signed(key, utf8(message), line.signature)) throw new Refusal("ledger.bad_signature", { name: key.name });
    found = true;
  }
  if (!found) throw new Refusal("ledger.not_signed", { name: key.name });
  const [origin, size, root, ...more] = message.split("\n");
  const count = whole(size ?? "");
  const bytes = unbase64(root ?? "");
  if (!origin || count === null || bytes?.length !== 32 || more.length !== 1 || more[0] !== "") throw new Refusal("ledger.checkpoint_malformed");
  if (origin !== key.name) throw new Refusal("ledger.wrong_key", { origin, key: key.vkey });
  return { origin, size: count, root: bytes };
}

/** When this witness saw the checkpoint of a note, by its own clock; nothing when it has no line there. */
export function cosignedAt(note: string, key: Verifier): string | null {
  const { text: message, lines } = split(note);
  let at: string | null = null;
  for (const written of lines) {
    const line = readLine(written);
    if (!by(key)(line)) continue;
    const bad = () => new Refusal("ledger.bad_signature", { name: key.name });
    if (line.signature.length !== 72) throw bad();
    const view = new DataView(line.signature.buffer, line.signature.byteOffset, 8);
    const seconds = view.getBigUint64(0);
    // Beyond the year 9999 there is no instant to write.
    if (!signed(key, utf8(`cosignature/v1\ntime ${seconds}\n${message}`), line.signature.subarray(8)) || seconds > 253_402_207_200n) throw bad();
    at = `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.000000Z`;
  }
  return at;
}

export interface LogProof {
  index: number;
  hashes: Bytes[];
  extra: boolean;
  /** The signed checkpoint, byte for byte. */
  checkpoint: string;
}

/** Reads a proof file: header, perhaps `extra`, index, a line for each hash, an empty line, the checkpoint. */
export function readProof(bytes: Bytes): LogProof | "text" {
  const written = text(bytes);
  if (written === null) return "text";
  const bad = (part: string) => new Refusal("ledger.proof_malformed", { part });
  if (bytes.length > MAX_PROOF) throw bad("length");
  const gap = written.indexOf("\n\n");
  if (gap < 0) throw bad("checkpoint");
  const [header, ...lines] = written.slice(0, gap).split("\n");
  if (header !== "c2sp.org/tlog-proof@v1") throw bad("header");
  const extra = lines[0]?.startsWith("extra ") ?? false;
  if (extra && !unbase64(lines.shift()!.slice(6))) throw bad("extra");
  const number = /^index (.*)$/.exec(lines.shift() ?? "");
  const index = number ? whole(number[1]!) : null;
  if (index === null) throw bad("index");
  const hashes = lines.map((line) => unbase64(line));
  if (hashes.some((one) => one?.length !== 32)) throw bad("hash");
  return { index, hashes: hashes as Bytes[], extra, checkpoint: written.slice(gap + 2) };
}

/** A consistency proof: a line of base64 for each hash, at most two for each level of the largest tree. */
export function readHashes(bytes: Bytes): Bytes[] | null {
  const written = text(bytes);
  if (written === null || (written !== "" && !written.endsWith("\n"))) return null;
  const hashes = written.split("\n").slice(0, -1).map(unbase64);
  return hashes.length <= 128 && hashes.every((one) => one?.length === 32) ? (hashes as Bytes[]) : null;
}

export const fieldCommitment = (salt: Bytes, name: string, value: string): Bytes => {
  const zero = Uint8Array.of(0);
  return sha256(concat(salt, zero, utf8(name), zero, utf8(value)));
};
