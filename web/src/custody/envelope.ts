/**
 * Messages to one person's key in both suites (`crates/vault/src/envelope.rs`): version 1 over X25519 (`hpke.ts`), version 2 over SM2
 * (`sm2.ts`). A public key says by its length which it is of; what a private key is of is kept with it.
 */
import { x25519 } from "@noble/curves/ed25519.js";
import type { Algorithm } from "../api/custody";
import * as hpke from "./hpke";
import * as sm2 from "./sm2";


export interface Secret {
  algorithm: Algorithm;
  bytes: Uint8Array;
}

const of = (algorithm: Algorithm) => (algorithm === "sm2" ? sm2 : hpke);

/** A new private key. */
export function newSecret(algorithm: Algorithm): Secret {
  return { algorithm, bytes: algorithm === "sm2" ? sm2.secretKey() : x25519.utils.randomSecretKey() };
}

/** The public key of a private one. */
export const publicKey = ({ algorithm, bytes }: Secret): Uint8Array => of(algorithm).publicKey(bytes);

/** Seals a message to a public key; `info` says what it is for. */
export const seal = (recipient: Uint8Array, info: Uint8Array, plain: Uint8Array): Uint8Array =>
  of(recipient.length === sm2.POINT ? "sm2" : "x25519").seal(recipient, info, plain);

/** Opens a message; throws when it is for another key or another use, or was changed. */
export const open = ({ algorithm, bytes }: Secret, info: Uint8Array, sealed: Uint8Array): Uint8Array => of(algorithm).open(bytes, info, sealed);
