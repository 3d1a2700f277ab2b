/** Bytes and their spellings. Every spelling here has exactly one form; another one is refused. */
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";

export type Bytes = Uint8Array;

export { bytesToHex as hex, concatBytes as concat, hexToBytes as unhex };

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Bytes => encoder.encode(text);

/** The text, or nothing when the bytes are not UTF-8. */
export function text(bytes: Bytes): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

export function base64(bytes: Bytes): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Standard base64 with padding (RFC 4648 section 4), in the one spelling that {@link base64} writes. */
export function unbase64(written: string): Bytes | null {
  try {
    const binary = atob(written);
    if (btoa(binary) !== written) return null;
    return Uint8Array.from(binary, (c) => c.charCodeAt(0));
  } catch {
    return null;
  }
}

export function equal(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Order by code points, which is the order of the UTF-8 bytes; JavaScript's own order is that of UTF-16. */
export function byPoint(a: string, b: string): number {
  const shifted = (unit: number) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return shifted(x) - shifted(y);
  }
  return a.length - b.length;
}

/** C0, DEL and C1: what Unicode calls control characters. */
export const hasControl = (value: string): boolean => /[\u0000-\u001f\u007f-\u009f]/.test(value);
