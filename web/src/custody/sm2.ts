/**
 * Version 2 of envelopes: a fresh key of SM4 encrypted to an SM2 key (GB/T 32918.4, C1 ‖ C3 ‖ C2), and the message under it with SM4-GCM,
 * bound to everything in front and to what it is for. The curve's arithmetic is the library's. The server's half is
 * `crates/vault/src/{envelope_sm2,sm2_pke}.rs`; both are held against the same vectors.
 *
 * Format: version (1 byte), C1 (65: 4, x, y), C3 (32), C2 (16), ciphertext, tag (16).
 */
import { equalBytes } from "@noble/ciphers/utils.js";
import { bytesToHex, concatBytes, randomBytes } from "@noble/hashes/utils.js";
import { Point } from "../../verify/engine/sm2";
import { sm3 } from "../../verify/engine/sm3";
import { sm4gcm } from "./sm4";

export const VERSION = 2;
/** Bytes of a public key, which is also C1. */
export const POINT = 65;
const KEY = 16;
const HEADER = 1 + POINT + 32 + KEY;
const NONCE = new Uint8Array(12);

/** A private key as a number from 1 to n - 1. */
function scalar(secret: Uint8Array): bigint {
  const number = BigInt(`0x${bytesToHex(secret)}`);
  if (secret.length !== 32 || !Point.Fn.isValidNot0(number)) throw new Error("sm2");
  return number;
}

/** A point of the curve in its uncompressed form, the only one; anything else throws. */
function point(bytes: Uint8Array) {
  if (bytes.length !== POINT || bytes[0] !== 4) throw new Error("sm2");
  const found = Point.fromBytes(bytes);
  found.assertValidity();
  return found;
}

/** A new private key, each as likely as any other. */
export function secretKey(): Uint8Array {
  for (;;) {
    const secret = randomBytes(32);
    if (Point.Fn.isValidNot0(BigInt(`0x${bytesToHex(secret)}`))) return secret;
  }
}

/** The public key of a private one. */
export const publicKey = (secret: Uint8Array): Uint8Array => Point.BASE.multiply(scalar(secret)).toBytes(false);

/** x2 and y2: the point that sender and recipient can both compute. */
function shared(key: Uint8Array, secret: Uint8Array) {
  const bytes = point(key).multiply(scalar(secret)).toBytes(false);
  return { x: bytes.subarray(1, 33), y: bytes.subarray(33) };
}

type Shared = ReturnType<typeof shared>;

/** Adds the mask (5.4.3): SM3(x2 ‖ y2 ‖ counter) for each 32 bytes, from 1. Nothing when it is all zeros. */
function masked({ x, y }: Shared, text: Uint8Array): Uint8Array | null {
  const out = text.slice();
  let any = 0;
  for (let at = 0; at < out.length; at += 32) {
    const counter = new Uint8Array(4);
    new DataView(counter.buffer).setUint32(0, at / 32 + 1);
    const mask = sm3(x, y, counter);
    for (let i = at; i < Math.min(at + 32, out.length); i += 1) {
      out[i]! ^= mask[i - at]!;
      any |= mask[i - at]!;
    }
  }
  return any === 0 ? null : out;
}

/** C1 ‖ C3 ‖ C2 of a message (GB/T 32918.4, 6.1); with a certain k only for the standard's example. */
export function encrypt(recipient: Uint8Array, message: Uint8Array, k?: Uint8Array): Uint8Array {
  for (;;) {
    const once = k ?? secretKey();
    const both = shared(recipient, once);
    const c2 = masked(both, message);
    if (c2) return concatBytes(publicKey(once), sm3(both.x, message, both.y), c2);
    if (k || message.length === 0) throw new Error("sm2");
  }
}

/** The message of C1 ‖ C3 ‖ C2 (7.1); throws when it is for another key or was changed. */
export function decrypt(secret: Uint8Array, sealed: Uint8Array): Uint8Array {
  const both = shared(sealed.subarray(0, POINT), secret);
  const message = masked(both, sealed.subarray(POINT + 32));
  if (!message || !equalBytes(sm3(both.x, message, both.y), sealed.subarray(POINT, POINT + 32))) throw new Error("sm2");
  return message;
}

/** Seals a message to a public key; `info` says what it is for. */
export function seal(recipient: Uint8Array, info: Uint8Array, plain: Uint8Array): Uint8Array {
  const key = randomBytes(KEY);
  const header = concatBytes(Uint8Array.of(VERSION), encrypt(recipient, key));
  const sealed = concatBytes(header, sm4gcm(key, NONCE, concatBytes(header, info)).encrypt(plain));
  key.fill(0);
  return sealed;
}

/** Opens a message; throws when it is for another key or another use, or was changed. */
export function open(secret: Uint8Array, info: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed[0] !== VERSION || sealed.length < HEADER + 16) throw new Error("envelope");
  const header = sealed.subarray(0, HEADER);
  const key = decrypt(secret, header.subarray(1));
  const plain = sm4gcm(key, NONCE, concatBytes(header, info)).decrypt(sealed.subarray(HEADER));
  key.fill(0);
  return plain;
}
