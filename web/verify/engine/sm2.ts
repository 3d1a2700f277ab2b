/** Checking SM2 signatures (GB/T 32918.2-2016) on the curve of GB/T 32918.5. The arithmetic is that of noble-curves. Custodians' devices encrypt on the same curve. */
import { weierstrass } from "@noble/curves/abstract/weierstrass.js";

import { type Bytes, concat, hex, unhex, utf8 } from "./bytes";
import { sm3 } from "./sm3";

const CURVE = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};
export const Point = weierstrass(CURVE);

const number = (bytes: Bytes): bigint => BigInt(`0x${hex(bytes) || "0"}`);
const bytes32 = (value: bigint): Bytes => unhex(value.toString(16).padStart(64, "0"));

/** The point of an uncompressed key, or nothing when it is none of the curve. */
export function sm2Key(key: Bytes): InstanceType<typeof Point> | null {
  if (key.length !== 65 || key[0] !== 4) return null;
  try {
    const point = Point.fromAffine({ x: number(key.subarray(1, 33)), y: number(key.subarray(33)) });
    point.assertValidity();
    return point;
  } catch {
    return null;
  }
}

/** Whether r ‖ s (64 bytes) is this key's signature of the message, for a signer with this identifier (section 7). */
export function sm2Signed(key: Bytes, identifier: string, message: Bytes, signature: Bytes): boolean {
  const point = sm2Key(key);
  if (!point || signature.length !== 64) return false;
  const { n } = CURVE;
  const r = number(signature.subarray(0, 32));
  const s = number(signature.subarray(32));
  const t = (r + s) % n;
  if (r < 1n || r >= n || s < 1n || s >= n || t === 0n) return false;
  const id = utf8(identifier);
  const bits = id.length * 8;
  const parameters = [CURVE.a, CURVE.b, CURVE.Gx, CURVE.Gy].map(bytes32);
  const z = sm3(Uint8Array.of(bits >> 8, bits & 0xff), id, ...parameters, key.subarray(1));
  const e = number(sm3(concat(z, message)));
  const sum = Point.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe(t));
  return !sum.is0() && (e + sum.toAffine().x) % n === r;
}
