/** Makes large packages without the program: a ledger and its twin with so many records, signed with keys of the test. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { weierstrass } from "@noble/curves/abstract/weierstrass.js";

import { base64, concat, hex, unhex, utf8, type Bytes } from "../verify/engine/bytes";
import { sha256 } from "../verify/engine/hash";
import { canonical, type Json } from "../verify/engine/json";
import { leafHash, type TreeHash } from "../verify/engine/merkle";
import { hash } from "../verify/engine/hash";
import { fieldCommitment } from "../verify/engine/note";
import { sm3 } from "../verify/engine/sm3";
import { rebagged, type Files } from "./verify.world";

/** The tree over these leaves: its root, and the siblings of each leaf from below (RFC 6962 2.1.1). */
function tree(name: TreeHash, leaves: Bytes[]): { root: Bytes; proof: (index: number) => Bytes[] } {
  const known = new Map<string, Bytes>();
  const split = (n: number) => 2 ** Math.floor(Math.log2(n - 1));
  const range = (start: number, end: number): Bytes => {
    if (end - start === 1) return leaves[start]!;
    const key = `${start}-${end}`;
    const middle = start + split(end - start);
    const found = known.get(key) ?? hash(name, Uint8Array.of(1), range(start, middle), range(middle, end));
    known.set(key, found);
    return found;
  };
  const proof = (index: number): Bytes[] => {
    let [start, end] = [0, leaves.length];
    const path: Bytes[] = [];
    while (end - start > 1) {
      const middle = start + split(end - start);
      path.unshift(index < middle ? range(middle, end) : range(start, middle));
      if (index < middle) end = middle;
      else start = middle;
    }
    return path;
  };
  return { root: range(0, leaves.length), proof };
}

const P = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
});
const N = P.Fn.ORDER;
const wide = (value: bigint) => unhex(value.toString(16).padStart(64, "0"));

/** A signature of GB/T 32918.2 section 6, with fixed secrets. */
function sm2Sign(d: bigint, message: Bytes): Bytes {
  const { x, y } = P.BASE.multiply(d).toAffine();
  const { a, b, Gx, Gy } = { a: P.CURVE().a, b: P.CURVE().b, Gx: P.CURVE().Gx, Gy: P.CURVE().Gy };
  const z = sm3(Uint8Array.of(0, 128), utf8("1234567812345678"), ...[a, b, Gx, Gy, x, y].map(wide));
  const e = BigInt(`0x${hex(sm3(z, message))}`);
  const k = 0x1234567890abcdefn;
  const r = (e + P.BASE.multiply(k).toAffine().x) % N;
  const s = P.Fn.mul(P.Fn.inv(1n + d), P.Fn.create(k - r * d));
  return concat(wide(r), wide(s));
}

const key = (name: string, typed: Bytes) => {
  const id = sha256(utf8(`${name}\n`), typed).subarray(0, 4);
  return { id, vkey: `${name}+${hex(id)}+${base64(typed)}` };
};

/** So many records with so many entries each, every entry with one disclosed field. */
export function large(records: number, entries: number): Bytes {
  const files: Files = new Map([["bagit.txt", utf8("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")]]);
  const put = (path: string, text: string) => void files.set(path, utf8(text));
  const idOf = (n: number) => `00000000-0000-0000-0000-${n.toString(16).padStart(12, "0")}`;
  const all: Bytes[] = [];
  for (let n = 0; n < records * entries; n += 1) {
    const salt = sha256(utf8(`salt ${n}`));
    const value: Json = { content: `内容 ${n}`, name: `要点 ${n}` };
    const commitment = base64(fieldCommitment(salt, "data.points[0]", canonical(value)));
    const entry: Json = { act: "edit", at: "2026-01-01T00:00:00.000000Z", fields: { "data.points[0]": commitment }, kind: "secret", revision: n, subject: idOf(Math.floor(n / entries)), v: 1 };
    put(`data/entries/${n}.json`, canonical(entry));
    put(`data/entries/${n}.opened.json`, canonical({ fields: [{ name: "data.points[0]", salt: base64(salt), value }] }));
    all.push(files.get(`data/entries/${n}.json`)!);
  }
  const size = all.length;
  const sign = (name: TreeHash, origin: string, typed: Bytes, signer: (text: Bytes) => Bytes, ending: string) => {
    const { root, proof } = tree(name, all.map((entry) => leafHash(name, entry)));
    const { id, vkey } = key(origin, typed);
    const text = `${origin}\n${size}\n${base64(root)}\n`;
    const note = `${text}\n— ${origin} ${base64(concat(id, signer(utf8(text))))}\n`;
    all.forEach((_, n) => put(`data/entries/${n}.${ending}`, `c2sp.org/tlog-proof@v1\nindex ${n}\n${proof(n).map((one) => `${base64(one)}\n`).join("")}\n${note}`));
    return { origin, root: base64(root), size, vkey };
  };
  const seed = new Uint8Array(32).fill(7);
  const ledger = sign("sha256", "large.example/ledger", concat(Uint8Array.of(1), ed25519.getPublicKey(seed)), (text) => ed25519.sign(text, seed), "tlog-proof");
  const d = 0xabcdef0123456789n;
  const point = P.BASE.multiply(d).toAffine();
  const typed = concat(Uint8Array.of(0xff), utf8("jingui.example/sm2-with-sm3/v1\0"), Uint8Array.of(4), wide(point.x), wide(point.y));
  const twin = sign("sm3", "large.example/ledger/sm3", typed, (text) => sm2Sign(d, text), "sm3.tlog-proof");
  const record = (n: number): Json => {
    const own = Array.from({ length: entries }, (_, at) => n * entries + at);
    return { entries: own, files: [], id: idOf(n), kind: "secret", label: `记录 ${n}`, points: own.map((entry) => ({ entry, field: "data.points[0]", label: `要点 ${entry}` })) };
  };
  const at = "2026-03-04T12:00:00.000000Z";
  const index = { as_of: at, authorities: [], company: "某某公司", context: [], ledger, made_at: at, made_by: "法务", matter: { name: "大案" }, outside: [], records: Array.from({ length: records }, (_, n) => record(n)), software: "test", twin, version: 1, witnesses: [] };
  put("data/index.json", canonical(index));
  return rebagged(files);
}
