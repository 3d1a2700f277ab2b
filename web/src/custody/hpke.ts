/**
 * Version 1 of envelopes: HPKE (RFC 9180), base mode, one message for each encapsulation: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The primitives
 * are the library's; here is how the standard puts them together. In plain script, because a factory's LAN may have no secure origin
 * and so no Web Cryptography. The server's half is `crates/vault/src/envelope_hpke.rs`; both are held against the same vectors.
 *
 * Format: version (1 byte), encapsulated key (32), ciphertext and tag.
 */
import { gcm } from "@noble/ciphers/aes.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

const VERSION = 1;
const KEY = 32;
const KEM = concatBytes(utf8ToBytes("KEM"), Uint8Array.of(0x00, 0x20));
const SUITE = concatBytes(utf8ToBytes("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02));
const LABEL = utf8ToBytes("HPKE-v1");
const EMPTY = new Uint8Array();

/** LabeledExtract and LabeledExpand (section 4). */
const labeledExtract = (suite: Uint8Array, salt: Uint8Array, label: string, secret: Uint8Array) =>
  extract(sha256, concatBytes(LABEL, suite, utf8ToBytes(label), secret), salt);
const labeledExpand = (suite: Uint8Array, key: Uint8Array, label: string, info: Uint8Array, length: number) =>
  expand(sha256, key, concatBytes(Uint8Array.of(length >> 8, length & 0xff), LABEL, suite, utf8ToBytes(label), info), length);

/** Key and nonce of the one message (sections 4.1 and 5.1). */
function schedule(shared: Uint8Array, encapsulated: Uint8Array, recipient: Uint8Array, info: Uint8Array) {
  const secret = labeledExpand(KEM, labeledExtract(KEM, EMPTY, "eae_prk", shared), "shared_secret", concatBytes(encapsulated, recipient), KEY);
  const context = concatBytes(
    Uint8Array.of(0),
    labeledExtract(SUITE, EMPTY, "psk_id_hash", EMPTY),
    labeledExtract(SUITE, EMPTY, "info_hash", info),
  );
  const key = labeledExtract(SUITE, secret, "secret", EMPTY);
  return { key: labeledExpand(SUITE, key, "key", context, KEY), nonce: labeledExpand(SUITE, key, "base_nonce", context, 12) };
}

/** The public key of a private one. */
export const publicKey = (secret: Uint8Array): Uint8Array => x25519.getPublicKey(secret);

/** Seals a message to a public key; `info` says what it is for. */
export function seal(recipient: Uint8Array, info: Uint8Array, plain: Uint8Array, ephemeral: Uint8Array = x25519.utils.randomSecretKey()): Uint8Array {
  const encapsulated = x25519.getPublicKey(ephemeral);
  const { key, nonce } = schedule(x25519.getSharedSecret(ephemeral, recipient), encapsulated, recipient, info);
  return concatBytes(Uint8Array.of(VERSION), encapsulated, gcm(key, nonce).encrypt(plain));
}

/** Opens a message; throws when it is for another key or another use, or was changed. */
export function open(secret: Uint8Array, info: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed[0] !== VERSION || sealed.length < 1 + KEY + 16) throw new Error("envelope");
  const encapsulated = sealed.slice(1, 1 + KEY);
  const { key, nonce } = schedule(x25519.getSharedSecret(secret, encapsulated), encapsulated, x25519.getPublicKey(secret), info);
  return gcm(key, nonce).decrypt(sealed.slice(1 + KEY));
}
