/**
 * SM4-GCM (GB/T 32907, NIST SP 800-38D, RFC 8998) for the few hundred bytes of shares and private keys. The library has no SM4; its GHASH
 * is used. Nothing is looked up in a table by a secret: the S-box is computed, four bytes at once in one number, from what it is defined as
 * (an affine map, the inverse in GF(2⁸), the same map). Held against the standard's examples, RFC 8998 and the server's vectors.
 */
import { ghash } from "@noble/ciphers/_polyval.js";
import { concatBytes, equalBytes } from "@noble/ciphers/utils.js";

type Bytes = Uint8Array;

const LANES = 0x01010101;
/** t⁸ + t⁷ + t⁶ + t⁵ + t⁴ + t² + 1, without t⁸. */
const POLYNOMIAL = 0xf5;
/** Bit i of the map is the parity of x and 0xa7 turned left by i; here by columns: what becomes of each bit. */
const COLUMNS = Array.from({ length: 8 }, (_, bit) => {
  let column = 0;
  for (let row = 0; row < 8; row += 1) column |= ((0xa7 >> ((bit - row + 8) % 8)) & 1) << row;
  return column;
});

/** The map of each of four bytes. */
function mapped(x: number): number {
  let y = 0xd3d3d3d3;
  for (let bit = 0; bit < 8; bit += 1) y ^= Math.imul((x >>> bit) & LANES, COLUMNS[bit]!);
  return y;
}

/** The products of each of four bytes. */
function times(a: number, b: number): number {
  let [x, product] = [a, 0];
  for (let bit = 0; bit < 8; bit += 1) {
    product ^= x & Math.imul((b >>> bit) & LANES, 0xff);
    x = ((x << 1) & 0xfefefefe) ^ Math.imul((x >>> 7) & LANES, POLYNOMIAL);
  }
  return product;
}

/** The S-box of each of four bytes: the inverse is the 254th power. */
function substituted(word: number): number {
  const x = mapped(word);
  let [power, inverse] = [times(x, x), 0];
  inverse = power;
  for (let n = 2; n < 8; n += 1) {
    power = times(power, power);
    inverse = times(inverse, power);
  }
  return mapped(inverse);
}

const turn = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

const FK = [0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc] as const;
/** Byte j of constant i is (4i + j) · 7 mod 256 (7.3). */
const CK = Array.from({ length: 32 }, (_, i) => [0, 1, 2, 3].reduce((word, j) => (word << 8) | (((4 * i + j) * 7) & 0xff), 0));

function roundKeys(key: Bytes): Int32Array {
  const view = new DataView(key.buffer, key.byteOffset, 16);
  const k = new Int32Array(36);
  for (let i = 0; i < 4; i += 1) k[i] = view.getInt32(4 * i) ^ FK[i]!;
  for (let i = 0; i < 32; i += 1) {
    const b = substituted(k[i + 1]! ^ k[i + 2]! ^ k[i + 3]! ^ CK[i]!);
    k[i + 4] = k[i]! ^ b ^ turn(b, 13) ^ turn(b, 23);
  }
  return k.slice(4);
}

function block(keys: Int32Array, input: Bytes): Bytes {
  const view = new DataView(input.buffer, input.byteOffset, 16);
  let [a, b, c, d] = [view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)];
  for (const key of keys) {
    const s = substituted(b ^ c ^ d ^ key);
    [a, b, c, d] = [b, c, d, a ^ s ^ turn(s, 2) ^ turn(s, 10) ^ turn(s, 18) ^ turn(s, 24)];
  }
  const out = new Uint8Array(16);
  const written = new DataView(out.buffer);
  [d, c, b, a].forEach((word, at) => written.setInt32(4 * at, word));
  return out;
}

/** One block under a key, for the examples of the standard. */
export const sm4Block = (key: Bytes, input: Bytes): Bytes => block(roundKeys(key), input);

/** SM4-GCM with a key of 16 bytes and a nonce of 12, as the library's `gcm` is used. */
export function sm4gcm(key: Bytes, nonce: Bytes, aad: Bytes = new Uint8Array()) {
  if (key.length !== 16 || nonce.length !== 12) throw new Error("sm4");
  const keys = roundKeys(key);
  const counted = (counter: number) => {
    const input = concatBytes(nonce, new Uint8Array(4));
    new DataView(input.buffer).setUint32(12, counter);
    return block(keys, input);
  };
  const masked = (text: Bytes): Bytes => {
    const out = text.slice();
    for (let at = 0; at < out.length; at += 16) {
      const mask = counted(2 + at / 16);
      for (let i = at; i < Math.min(at + 16, out.length); i += 1) out[i]! ^= mask[i - at]!;
    }
    return out;
  };
  const tag = (text: Bytes): Bytes => {
    const lengths = new Uint8Array(16);
    const view = new DataView(lengths.buffer);
    view.setUint32(4, aad.length * 8);
    view.setUint32(12, text.length * 8);
    const out = ghash.create(block(keys, new Uint8Array(16))).update(aad).update(text).update(lengths).digest();
    const mask = counted(1);
    return out.map((byte, at) => byte ^ mask[at]!);
  };
  return {
    encrypt(plain: Bytes): Bytes {
      const text = masked(plain);
      return concatBytes(text, tag(text));
    },
    /** Throws when it is not authentic; then nothing was decrypted. */
    decrypt(sealed: Bytes): Bytes {
      const text = sealed.subarray(0, Math.max(0, sealed.length - 16));
      if (sealed.length < 16 || !equalBytes(tag(text), sealed.subarray(sealed.length - 16))) throw new Error("sm4");
      return masked(text);
    },
  };
}
