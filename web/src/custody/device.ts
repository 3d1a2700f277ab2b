/**
 * What happens on a custodian's own device (decision 15): the key is made here, its private half leaves it only under the person's passphrase,
 * and a share is opened here and sealed to the one opening that the person looked at.
 */
import { gcm } from "@noble/ciphers/aes.js";
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { bytesToHex, concatBytes, hexToBytes, randomBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonical, type Json } from "../../verify/engine/json";
import type { Algorithm, Waiting } from "../api/custody";
import { newSecret, open, publicKey, seal, type Secret } from "./envelope";
import { sm4gcm } from "./sm4";

/** Fewest characters of a passphrase: the sealed key lies in the database, so guessing must not pay. */
export const PASSPHRASE_MIN = 14;

/** The private key under a passphrase. 1: of X25519, with AES-256-GCM; 2: of SM2, with SM4-GCM under the first 16 bytes that were stretched. */
interface SealedKey {
  v: 1 | 2;
  kdf: "argon2id";
  /** Memory in KiB, passes, lanes (RFC 9106). */
  m: number;
  t: number;
  p: number;
  salt: string;
  nonce: string;
  sealed: string;
}

const COST = { m: 32 * 1024, t: 3, p: 1 };
/** What a file may ask for, so that it cannot stop the browser. */
const MOST = { m: 256 * 1024, t: 10, p: 4 };

type Cost = typeof COST;

async function stretched(passphrase: string, salt: Uint8Array, cost: Cost, progress?: (part: number) => void): Promise<Uint8Array> {
  const { m, t, p } = cost;
  return argon2idAsync(utf8ToBytes(passphrase.normalize("NFKC")), salt, { m, t, p, dkLen: 32, asyncTick: 20, onProgress: progress });
}

const VERSIONS = { x25519: 1, sm2: 2 } as const;

const cipher = (algorithm: Algorithm, key: Uint8Array, nonce: Uint8Array) => (algorithm === "sm2" ? sm4gcm(key.subarray(0, 16), nonce) : gcm(key, nonce));

/** A new key of the enterprise's suite: the public half in hex, and the private one under the passphrase. */
export async function makeKey(algorithm: Algorithm, passphrase: string, progress?: (part: number) => void, cost: Cost = COST): Promise<{ key: string; sealed_key: string }> {
  const secret = newSecret(algorithm);
  const [salt, nonce] = [randomBytes(32), randomBytes(12)];
  const sealed = cipher(algorithm, await stretched(passphrase, salt, cost, progress), nonce).encrypt(secret.bytes);
  const kept: SealedKey = { v: VERSIONS[algorithm], kdf: "argon2id", ...cost, salt: bytesToHex(salt), nonce: bytesToHex(nonce), sealed: bytesToHex(sealed) };
  const key = bytesToHex(publicKey(secret));
  secret.bytes.fill(0);
  return { key, sealed_key: JSON.stringify(kept) };
}

/** The private key; throws when the passphrase is another one. */
export async function openKey(sealedKey: string, passphrase: string, progress?: (part: number) => void): Promise<Secret> {
  const kept = JSON.parse(sealedKey) as SealedKey;
  const algorithm = kept.v === VERSIONS.sm2 ? "sm2" : "x25519";
  if (kept.v !== VERSIONS[algorithm] || kept.kdf !== "argon2id" || kept.m > MOST.m || kept.t > MOST.t || kept.p > MOST.p) throw new Error("format");
  const key = await stretched(passphrase, hexToBytes(kept.salt), kept, progress);
  return { algorithm, bytes: cipher(algorithm, key, hexToBytes(kept.nonce)).decrypt(hexToBytes(kept.sealed)) };
}

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const toBase64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/** What a share handed over is bound to: computed from what the person sees, not taken from the server. */
export function bindingInfo(binding: Waiting["binding"]): Uint8Array {
  return concatBytes(utf8ToBytes("jingui release 1\n"), utf8ToBytes(canonical(binding as unknown as Json)));
}

/** Opens the own shares and seals each to the opening. */
export function handOver(secret: Secret, waiting: Pick<Waiting, "binding" | "key" | "shares">): string[] {
  const [info, to] = [bindingInfo(waiting.binding), hexToBytes(waiting.key)];
  return waiting.shares.map((share) => {
    const plain = open(secret, fromBase64(share.info), fromBase64(share.sealed));
    const sealed = toBase64(seal(to, info, plain));
    plain.fill(0);
    return sealed;
  });
}
