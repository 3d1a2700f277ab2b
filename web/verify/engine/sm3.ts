/** The hash SM3 (GB/T 32905-2016), as an incremental hasher. */
import type { Bytes } from "./bytes";

const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];

const turn = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** T of each round, turned by the number of the round (5.3.3). */
const ROUND = Int32Array.from({ length: 64 }, (_, j) => turn(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32));

/** The message words of the round that is under way; nothing keeps them between rounds. */
const words = new Int32Array(68);

export class Sm3 {
  private readonly state = Int32Array.from(START);
  private readonly block = new Uint8Array(64);
  private readonly view = new DataView(this.block.buffer);
  private filled = 0;
  private length = 0;

  update(bytes: Bytes): this {
    this.length += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      const take = Math.min(64 - this.filled, bytes.length - at);
      this.block.set(bytes.subarray(at, at + take), this.filled);
      this.filled += take;
      at += take;
      if (this.filled === 64) this.compress();
    }
    return this;
  }

  /** Pads with a one, zeros and the length in bits (5.2). The hasher is spent afterwards. */
  digest(): Bytes {
    const bits = BigInt(this.length) * 8n;
    this.block.fill(0, this.filled);
    this.block[this.filled] = 0x80;
    if (this.filled >= 56) {
      this.compress();
      this.block.fill(0);
    }
    this.view.setBigUint64(56, bits);
    this.compress();
    const out = new Uint8Array(32);
    const view = new DataView(out.buffer);
    this.state.forEach((word, at) => view.setInt32(at * 4, word));
    return out;
  }

  private compress(): void {
    const { state, view } = this;
    for (let j = 0; j < 16; j += 1) words[j] = view.getInt32(j * 4);
    for (let j = 16; j < 68; j += 1) {
      const x = words[j - 16]! ^ words[j - 9]! ^ turn(words[j - 3]!, 15);
      words[j] = x ^ turn(x, 15) ^ turn(x, 23) ^ turn(words[j - 13]!, 7) ^ words[j - 6]!;
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
    for (let j = 0; j < 64; j += 1) {
      const a12 = turn(a, 12);
      const s1 = turn((a12 + e + ROUND[j]!) | 0, 7);
      const first = j < 16;
      const ff = first ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = first ? e ^ f ^ g : (e & f) | (~e & g);
      const t1 = (ff + d + (s1 ^ a12) + (words[j]! ^ words[j + 4]!)) | 0;
      const t2 = (gg + h + s1 + words[j]!) | 0;
      d = c;
      c = turn(b, 9);
      b = a;
      a = t1;
      h = g;
      g = turn(f, 19);
      f = e;
      e = t2 ^ turn(t2, 9) ^ turn(t2, 17);
    }
    const next = [a, b, c, d, e, f, g, h];
    for (let at = 0; at < 8; at += 1) state[at]! ^= next[at]!;
    this.filled = 0;
  }
}

export function sm3(...parts: Bytes[]): Bytes {
  const hasher = new Sm3();
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}
