/** The hash algorithms that occur in a package. */
import { sha1 as sha1Legacy } from "@noble/hashes/legacy.js";
import { sha256 as sha2_256, sha384, sha512 } from "@noble/hashes/sha2.js";

import { type Bytes, concat } from "./bytes";
import { Sm3, sm3 } from "./sm3";

export type HashName = "sha256" | "sha384" | "sha512" | "sm3";

export const HASH_SIZE: Record<HashName, number> = { sha256: 32, sha384: 48, sha512: 64, sm3: 32 };

export function hash(name: HashName, ...parts: Bytes[]): Bytes {
  const whole = parts.length === 1 ? parts[0]! : concat(...parts);
  switch (name) {
    case "sha256":
      return sha2_256(whole);
    case "sha384":
      return sha384(whole);
    case "sha512":
      return sha512(whole);
    case "sm3":
      return sm3(whole);
  }
}

export const sha256 = (...parts: Bytes[]): Bytes => hash("sha256", ...parts);

/** Only for the certificate's name in RFC 2634 attributes, where it is prescribed; nothing rests on it alone. */
export const sha1 = (bytes: Bytes): Bytes => sha1Legacy(bytes);

/** Both digests of large contents, piece by piece; `rest` lets the page breathe. */
export async function digests(bytes: Bytes, rest: () => Promise<void>): Promise<{ sha256: Bytes; sm3: Bytes }> {
  const PIECE = 1 << 20;
  const standard = sha2_256.create();
  const chinese = new Sm3();
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    standard.update(piece);
    chinese.update(piece);
    await rest();
  }
  return { sha256: standard.digest(), sm3: chinese.digest() };
}
