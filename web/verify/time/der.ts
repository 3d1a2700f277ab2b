/** A strict reader for DER (ITU-T X.690): definite lengths in their shortest form, tags of one byte, no recursion of its own. */
import type { Bytes } from "../engine/bytes";
import { Refusal } from "../engine/refusal";

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  printable: 0x13,
  teletex: 0x14,
  ia5: 0x16,
  utcTime: 0x17,
  time: 0x18,
  bmp: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** `[n]`, around something or in place of a constructed type; and in place of a primitive one. */
export const constructed = (n: number): number => 0xa0 | n;
export const primitive = (n: number): number => 0x80 | n;

export interface Value {
  tag: number;
  body: Bytes;
  /** With tag and length. */
  whole: Bytes;
}

export const malformed = (part: string): Refusal => new Refusal("stamp.malformed", { part });

/** Values one after the other. Whatever is wrong is refused with the name of this part. */
export class Der {
  private at = 0;

  constructor(
    private readonly bytes: Bytes,
    readonly part: string,
  ) {}

  /** The one value that these bytes are. */
  static only(bytes: Bytes, tag: number, part: string): Value {
    const reader = new Der(bytes, part);
    const value = reader.take(tag);
    reader.end();
    return value;
  }

  get isEmpty(): boolean {
    return this.at === this.bytes.length;
  }

  next(): Value {
    const { bytes, part } = this;
    const start = this.at;
    const byte = (): number => {
      const value = bytes[this.at];
      if (value === undefined) throw malformed(part);
      this.at += 1;
      return value;
    };
    const tag = byte();
    if ((tag & 0x1f) === 0x1f || tag === 0) throw malformed(part);
    let length = byte();
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count < 1 || count > 4) throw malformed(part);
      length = 0;
      for (let n = 0; n < count; n += 1) {
        const digit = byte();
        if (n === 0 && digit === 0) throw malformed(part);
        length = length * 256 + digit;
      }
      if (length < 0x80) throw malformed(part);
    }
    if (length > bytes.length - this.at) throw malformed(part);
    const body = bytes.subarray(this.at, this.at + length);
    this.at += length;
    return { tag, body, whole: bytes.subarray(start, this.at) };
  }

  take(tag: number): Value {
    const value = this.maybe(tag);
    if (!value) throw malformed(this.part);
    return value;
  }

  /** The next value, if it has this tag. */
  maybe(tag: number): Value | null {
    return this.bytes[this.at] === tag ? this.next() : null;
  }

  /** Goes into the next value, which has this tag. */
  into(tag: number, part = this.part): Der {
    return new Der(this.take(tag).body, part);
  }

  end(): void {
    if (!this.isEmpty) throw malformed(this.part);
  }

  /** All values to the end. */
  *all(): Generator<Value> {
    while (!this.isEmpty) yield this.next();
  }

  /** A whole number from 0. */
  number(): number {
    return small(this.take(TAG.integer).body, this.part);
  }

  /** A bit string of whole bytes. */
  bitBytes(): Bytes {
    const { body } = this.take(TAG.bits);
    if (body[0] !== 0) throw malformed(this.part);
    return body.subarray(1);
  }
}

/** The contents of an INTEGER without its sign byte; refused when negative or not in the shortest form. */
export function magnitude(body: Bytes, part: string): Bytes {
  const [first, second] = body;
  if (first === undefined || first >= 0x80) throw malformed(part);
  if (first !== 0) return body;
  if (second !== undefined && second < 0x80) throw malformed(part);
  return body.subarray(1);
}

/** An INTEGER that fits six bytes. */
export function small(body: Bytes, part: string): number {
  const bytes = magnitude(body, part);
  if (bytes.length > 6) throw malformed(part);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** An identifier with dots, `1.2.156.10197.1.401`. */
export function dotted(body: Bytes, part: string): string {
  const numbers: bigint[] = [];
  let number = 0n;
  let fresh = true;
  for (const byte of body) {
    if ((fresh && byte === 0x80) || number >> 57n) throw malformed(part);
    number = (number << 7n) | BigInt(byte & 0x7f);
    fresh = byte < 0x80;
    if (fresh) {
      if (numbers.length === 0) {
        const first = number < 80n ? number / 40n : 2n;
        numbers.push(first, number - first * 40n);
      } else numbers.push(number);
      number = 0n;
    }
  }
  if (!fresh || numbers.length === 0) throw malformed(part);
  return numbers.join(".");
}

/** `YYYYMMDDHHMMSS[.digits]Z` as an instant with six digits; a leap second counts as the first of the next minute. */
export function instant(written: string, part: string): string {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z$/.exec(written);
  const [year, month, day, hour, minute, second] = (parts ?? []).slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (!parts || year < 1900 || hour > 23 || minute > 59 || second > 60) throw malformed(part);
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) throw malformed(part);
  const at = new Date(date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000);
  return `${at.toISOString().slice(0, 19)}.${(parts[7] ?? "").padEnd(6, "0").slice(0, 6)}Z`;
}
