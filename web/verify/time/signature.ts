/**
 * Signatures of authorities and of their issuers: RSA from 2048 bits (PKCS#1 v1.5, PSS; RFC 8017), ECDSA on P-256, P-384 and P-521,
 * Ed25519, SM2 with SM3. Nothing with SHA-1 or MD5. The browser's own cryptography is not used: it is missing on pages without TLS.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";

import { concat, equal, hex, unhex, type Bytes } from "../engine/bytes";
import { hash, HASH_SIZE, type HashName } from "../engine/hash";
import { Refusal } from "../engine/refusal";
import { sm2Signed } from "../engine/sm2";
import { Der, magnitude, TAG } from "./der";
import type { Algorithm, Certificate } from "./x509";

export type Sm2Identifier = "standard" | "empty";

export interface Good {
  name: string;
  sm2_identifier: Sm2Identifier | null;
}

const OID = {
  rsa: "1.2.840.113549.1.1.1",
  pss: "1.2.840.113549.1.1.10",
  mgf1: "1.2.840.113549.1.1.8",
  ec: "1.2.840.10045.2.1",
  ed25519: "1.3.101.112",
  sm2Curve: "1.2.156.10197.1.301",
  sm2Sign: "1.2.156.10197.1.301.1",
  sm2WithSm3: "1.2.156.10197.1.501",
};
const NULL = Uint8Array.of(5, 0);
const RSA: Record<string, HashName> = { "1.2.840.113549.1.1.11": "sha256", "1.2.840.113549.1.1.12": "sha384", "1.2.840.113549.1.1.13": "sha512" };
const ECDSA: Record<string, HashName> = { "1.2.840.10045.4.3.2": "sha256", "1.2.840.10045.4.3.3": "sha384", "1.2.840.10045.4.3.4": "sha512" };
/** Identifiers of hashes, as DER values. */
const HASH_OID: Record<HashName, string> = {
  sha256: "0609608648016503040201",
  sha384: "0609608648016503040202",
  sha512: "0609608648016503040203",
  sm3: "06082a811ccf55018311",
};
export const HASH_BY_OID: Record<string, HashName> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
  "1.2.156.10197.1.401": "sm3",
};
const CURVES = {
  "06082a8648ce3d030107": { curve: p256, bytes: 32 },
  "06052b81040022": { curve: p384, bytes: 48 },
  "06052b81040023": { curve: p521, bytes: 66 },
};
const TITLE: Record<HashName, string> = { sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512", sm3: "SM3" };

type Scheme = { kind: "rsa" | "pss" | "ecdsa"; hash: HashName } | { kind: "ed25519" } | { kind: "sm2" };

/** Which signature an `AlgorithmIdentifier` names. */
function scheme(algorithm: Algorithm): Scheme | null {
  const { id, parameters } = algorithm;
  const absent = parameters.length === 0;
  const absentOrNull = absent || equal(parameters, NULL);
  if (RSA[id] && absentOrNull) return { kind: "rsa", hash: RSA[id] };
  if (ECDSA[id] && absent) return { kind: "ecdsa", hash: ECDSA[id] };
  if (id === OID.ed25519 && absent) return { kind: "ed25519" };
  if (id === OID.sm2WithSm3 && absentOrNull) return { kind: "sm2" };
  if (id === OID.pss) {
    const name = (["sha256", "sha384", "sha512"] as const).find((one) => equal(parameters, pssParameters(one)));
    return name ? { kind: "pss", hash: name } : null;
  }
  return null;
}

/** RSASSA-PSS with one hash throughout and a salt of its length, the only form that is in use. */
function pssParameters(name: HashName): Bytes {
  const wrap = (tag: string, inner: string) => tag + (inner.length / 2).toString(16).padStart(2, "0") + inner;
  const hashed = wrap("30", `${HASH_OID[name]}0500`);
  const mgf = wrap("30", `06092a864886f70d010108${hashed}`);
  return unhex(wrap("30", wrap("a0", hashed) + wrap("a1", mgf) + wrap("a2", `0201${HASH_SIZE[name].toString(16)}`)));
}

const big = (bytes: Bytes): bigint => BigInt(`0x${hex(bytes) || "0"}`);

/** The message representative s^e mod n, in as many bytes as n has. */
function rsaOpen(key: Bytes, signature: Bytes): Bytes | null {
  const inside = new Der(Der.only(key, TAG.sequence, "key").body, "key");
  const [modulus, exponent] = [magnitude(inside.take(TAG.integer).body, "key"), magnitude(inside.take(TAG.integer).body, "key")];
  inside.end();
  const [n, e, s] = [big(modulus), big(exponent), big(signature)];
  const bits = n.toString(2).length;
  if (bits < 2048 || bits > 8192 || exponent.length > 4 || e < 3n || e % 2n === 0n || signature.length !== modulus.length || s >= n) return null;
  let [result, base] = [1n, s];
  for (let rest = e; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * base) % n;
    base = (base * base) % n;
  }
  return unhex(result.toString(16).padStart(modulus.length * 2, "0"));
}

/** EMSA-PKCS1-v1_5 (RFC 8017 9.2): the encoding is made and compared, never parsed. */
function isPkcs1(encoded: Bytes, name: HashName, message: Bytes): boolean {
  const info = concat(unhex(`30${(0x11 + HASH_SIZE[name]).toString(16)}300d${HASH_OID[name]}050004${HASH_SIZE[name].toString(16)}`), hash(name, message));
  const padding = new Uint8Array(Math.max(encoded.length - info.length - 3, 0)).fill(0xff);
  return padding.length >= 8 && equal(encoded, concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info));
}

/** EMSA-PSS (RFC 8017 9.1.2); the modulus has a multiple of 8 bits, or the first byte stays free. */
function isPss(encoded: Bytes, bits: number, name: HashName, message: Bytes): boolean {
  const size = HASH_SIZE[name];
  const length = Math.ceil((bits - 1) / 8);
  const em = encoded.subarray(encoded.length - length);
  if (encoded.subarray(0, encoded.length - length).some((byte) => byte !== 0) || length < size * 2 + 2 || em.at(-1) !== 0xbc) return false;
  const masked = em.subarray(0, length - size - 1);
  const digest = em.subarray(length - size - 1, -1);
  const free = 8 * length - (bits - 1);
  if (masked[0]! >> (8 - free)) return false;
  const pieces = Array.from({ length: Math.ceil(masked.length / size) }, (_, n) => hash(name, digest, Uint8Array.of(0, 0, n >> 8, n & 0xff)));
  const mask = concat(...pieces);
  const block = masked.map((byte, at) => byte ^ mask[at]!);
  block[0]! &= 0xff >> free;
  const zeros = block.length - size - 1;
  if (block.subarray(0, zeros).some((byte) => byte !== 0) || block[zeros] !== 1) return false;
  return equal(digest, hash(name, new Uint8Array(8), hash(name, message), block.subarray(zeros + 1)));
}

/** `SEQUENCE { r, s }` as two numbers of so many bytes. */
function pair(der: Bytes, size: number): Bytes | null {
  try {
    const inside = new Der(Der.only(der, TAG.sequence, "signature").body, "signature");
    const parts = [magnitude(inside.take(TAG.integer).body, "signature"), magnitude(inside.take(TAG.integer).body, "signature")];
    inside.end();
    const out = new Uint8Array(size * 2);
    parts.forEach((part, at) => out.set(part, (at + 1) * size - part.length));
    return parts.some((part) => part.length > size) ? null : out;
  } catch {
    return null;
  }
}

/** The identifier under an SM2 signature: that of GM/T 0009, or none as OpenSSL signs. */
function sm2Identifier(key: Bytes, message: Bytes, signature: Bytes): Sm2Identifier | null {
  const fixed = pair(signature, 32);
  if (!fixed) return null;
  if (sm2Signed(key, "1234567812345678", message, fixed)) return "standard";
  return sm2Signed(key, "", message, fixed) ? "empty" : null;
}

const isSm2Key = (key: Algorithm) => key.id === OID.ec && equal(key.parameters, unhex("06082a811ccf5501822d"));

/** A good signature by this certificate's key, nothing for a bad one; refused when the two do not go together. */
function check(by: Certificate, how: Scheme | null, id: string, message: Bytes, signature: Bytes): Good | null {
  const { keyAlgorithm: key } = by;
  const unsupported = () => new Refusal("stamp.algorithm", { algorithm: id });
  const good = (name: string, ok: boolean): Good | null => (ok ? { name, sm2_identifier: null } : null);
  try {
    if (how?.kind === "sm2" && isSm2Key(key)) {
      const identifier = sm2Identifier(by.key, message, signature);
      return identifier && { name: "SM2 with SM3", sm2_identifier: identifier };
    }
    if ((how?.kind === "rsa" || how?.kind === "pss") && key.id === OID.rsa && equal(key.parameters, NULL)) {
      const opened = rsaOpen(by.key, signature);
      if (how.kind === "rsa") return good(`RSA with ${TITLE[how.hash]}`, opened !== null && isPkcs1(opened, how.hash, message));
      const modulus = magnitude(new Der(Der.only(by.key, TAG.sequence, "key").body, "key").take(TAG.integer).body, "key");
      return good(`RSA-PSS with ${TITLE[how.hash]}`, opened !== null && isPss(opened, big(modulus).toString(2).length, how.hash, message));
    }
    const curve = key.id === OID.ec ? CURVES[hex(key.parameters) as keyof typeof CURVES] : undefined;
    if (how?.kind === "ecdsa" && curve) {
      const compact = by.key.length === curve.bytes * 2 + 1 && by.key[0] === 4 ? pair(signature, curve.bytes) : null;
      const ok = compact !== null && curve.curve.verify(compact, hash(how.hash, message), by.key, { prehash: false, lowS: false, format: "compact" });
      return good(`ECDSA with ${TITLE[how.hash]}`, ok);
    }
    if (how?.kind === "ed25519" && key.id === OID.ed25519 && key.parameters.length === 0) {
      return good("Ed25519", signature.length === 64 && ed25519.verify(signature, message, by.key, { zip215: false }));
    }
  } catch {
    // A key or number that is none: no signature.
    return null;
  }
  throw unsupported();
}

/** The signature of a signer. A bare key algorithm means that key with the digest that the signer used. */
export function checkSigner(by: Certificate, digest: HashName, algorithm: Algorithm, message: Bytes, signature: Bytes): Good {
  let how = scheme(algorithm);
  const bare = algorithm.id === OID.rsa || algorithm.id === OID.ec;
  if (isSm2Key(by.keyAlgorithm)) {
    // Authorities name SM2 in several ways; the key and the digest leave no doubt.
    const named = bare || [OID.sm2Curve, OID.sm2Sign, OID.sm2WithSm3].includes(algorithm.id);
    how = digest === "sm3" && named ? { kind: "sm2" } : null;
  } else if (bare && digest !== "sm3") how = { kind: algorithm.id === OID.rsa ? "rsa" : "ecdsa", hash: digest };
  const good = check(by, how, algorithm.id, message, signature);
  if (!good) throw new Refusal("stamp.signature");
  return good;
}

/** Whether an issuer signed a certificate. */
export function checkIssued(certificate: Certificate, issuer: Certificate): Good | null {
  return check(issuer, scheme(certificate.algorithm), certificate.algorithm.id, certificate.signed, certificate.signature);
}

/** How a certificate says that it was signed. */
export function signatureName(certificate: Certificate): string {
  const how = scheme(certificate.algorithm);
  switch (how?.kind) {
    case "rsa":
      return `RSA with ${TITLE[how.hash]}`;
    case "pss":
      return `RSA-PSS with ${TITLE[how.hash]}`;
    case "ecdsa":
      return `ECDSA with ${TITLE[how.hash]}`;
    case "ed25519":
      return "Ed25519";
    case "sm2":
      return "SM2 with SM3";
    default:
      return certificate.algorithm.id;
  }
}

/** The identifier under an issuer's SM2 signature. */
export function issuedIdentifier(certificate: Certificate, issuer: Certificate | undefined): Sm2Identifier | null {
  return issuer && isSm2Key(issuer.keyAlgorithm) ? sm2Identifier(issuer.key, certificate.signed, certificate.signature) : null;
}
