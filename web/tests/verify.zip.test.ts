/** Archives that an enemy made (APPNOTE 6.3): what programs read differently is refused, and nothing is unpacked beyond its limits. */
import { deflateRawSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";

import { utf8, type Bytes } from "../verify/engine/bytes";
import { verify } from "../verify/engine/exam";
import { Refusal } from "../verify/engine/refusal";
import { readZip } from "../verify/engine/zip";
import { archive, crc32, FOLDER, PACKAGE, TRUSTED, unpack, type Packed } from "./verify.world";

vi.setConfig({ testTimeout: 120_000 });

const read = (bytes: Bytes) => readZip(bytes, async () => {});
async function refusal(bytes: Bytes): Promise<[string, string | undefined]> {
  const thrown = await read(bytes).then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Refusal);
  return [(thrown as Refusal).code, (thrown as Refusal).args.part];
}
const part = (name: string, more: Partial<Packed> = {}): Packed => ({ name: utf8(name), data: utf8("text"), ...more });
const deflated = (bytes: Bytes, more: Partial<Packed> = {}): Partial<Packed> => ({ data: new Uint8Array(deflateRawSync(bytes)), method: 8, size: bytes.length, crc: crc32(bytes), ...more });

describe("archives", () => {
  it("are read stored and deflated, with folders left out", async () => {
    const text = utf8("热处理 ".repeat(500));
    const found = await read(archive([part("a/", { data: new Uint8Array(), attributes: (0o040755 << 16) >>> 0 }), part("a/b", deflated(text)), part("a/c")]));
    expect(found.map((file) => [file.name, file.bytes.length])).toEqual([["a/b", text.length], ["a/c", 4]]);
    expect(await read(archive([]))).toEqual([]);
  });

  it.each<[string, Bytes, string, string?]>([
    ["nothing", new Uint8Array(), "package.malformed", "endOfCentralDirectory"],
    ["another file", utf8("%PDF-1.7 and so on, long enough for an end record"), "package.malformed", "endOfCentralDirectory"],
    ["a comment", archive([part("a")], { comment: 5 }), "package.malformed", "endOfCentralDirectory"],
    ["bytes behind", Uint8Array.from([...archive([part("a")]), 0]), "package.malformed", "endOfCentralDirectory"],
    ["bytes before", archive([part("a")], { before: utf8("MZ") }), "package.malformed", "layout"],
    ["bytes between", archive([part("a")], { between: utf8("hidden") }), "package.malformed", "layout"],
    ["fewer entries than there are", archive([part("a"), part("b")], { count: 1 }), "package.malformed", "centralDirectory"],
    ["more entries than there are", archive([part("a")], { count: 2 }), "package.malformed", "centralDirectory"],
    ["ZIP64 by its count", archive([part("a")], { count: 0xffff }), "package.malformed", "zip64"],
    ["ZIP64 by an extra field", archive([part("a", { extra: Uint8Array.of(1, 0, 0, 0) })]), "package.malformed", "extraField"],
    ["a name in an extra field", archive([part("a", { extra: Uint8Array.of(0x75, 0x70, 0, 0) })]), "package.malformed", "extraField"],
    ["an extra field that does not end", archive([part("a", { extra: Uint8Array.of(9, 9, 9, 9) })]), "package.malformed", "extraField"],
    ["overlapping entries", archive([part("a"), part("b", { at: 0, localName: utf8("b") })]), "package.malformed", "localHeader"],
    ["one local header for two entries", archive([part("a"), part("a", { at: 0 })]), "package.malformed", "layout"],
    ["another local name", archive([part("a", { localName: utf8("b") })]), "package.malformed", "localHeader"],
    ["encryption", archive([part("a", { flags: 1 })]), "package.encrypted"],
    ["a streamed entry", archive([part("a", { flags: 8 })]), "package.malformed", "flags"],
    ["another method", archive([part("a", { method: 12 })]), "package.malformed", "method"],
    ["a stored entry of two sizes", archive([part("a", { size: 3 })]), "package.malformed", "size"],
    ["a link", archive([part("a", { attributes: (0o120777 << 16) >>> 0 })]), "package.link"],
    ["a wrong checksum", archive([part("a", { crc: 1 })]), "package.damaged"],
    ["deflated data that end early", archive([part("a", deflated(utf8("abcabcabc"), { data: new Uint8Array(deflateRawSync(utf8("abcabcabc"))).slice(0, -1) }))]), "package.damaged"],
    ["deflated data with something behind", archive([part("a", deflated(utf8("abc"), { data: Uint8Array.from([...deflateRawSync(utf8("abc")), 0]) }))]), "package.damaged"],
    ["deflated data of another size", archive([part("a", deflated(utf8("abc"), { size: 2 }))]), "package.damaged"],
    ["a name that is no UTF-8", archive([part("a", { name: Uint8Array.of(0x61, 0xff) })]), "package.name"],
  ])("%s is refused", async (_, bytes, code, named) => {
    expect(await refusal(bytes)).toEqual([code, named]);
  });

  it.each(["", "/a", "../a", "a/../b", "a/./b", "a//b", "a\\b", "C:a", "a\0b", "a\nb", "a.", "a ", " a", "a\u202efdp.exe", `${"a/".repeat(40)}a`, "x".repeat(256)])("the name %j is refused", async (name) => {
    expect((await refusal(archive([part(name)])))[0]).toBe("package.name");
  });

  it.each([["a", "a"], ["d/A", "d/a"], ["a\u0308", "\u00e4"], ["a", "a/b"], ["a/b", "a"], ["A/b", "a"]])("%j and %j would overwrite each other", async (one, other) => {
    expect((await refusal(archive([part(one), part(other)])))[0]).toBe("package.duplicate");
  });

  it("are not unpacked when they are bombs, by what they state or by what they hold", async () => {
    const zeros = new Uint8Array(20_000_000);
    expect((await refusal(archive([part("a", deflated(zeros))])))[0]).toBe("package.bomb");
    const packed = new Uint8Array(deflateRawSync(zeros));
    expect((await refusal(archive([part("a", { data: packed, method: 8, size: 60_000, crc: 0 })])))[0]).toBe("package.damaged");
    // 66,000 bytes that state a hundredfold, two hundred times: more than a gigabyte together.
    const many = Array.from({ length: 170 }, (_, n) => part(`${n}`, { data: new Uint8Array(66_000), method: 8, size: 6_600_000, crc: 0 }));
    expect((await refusal(archive(many)))[0]).toBe("package.too_large");
  });

  it("that are not one folder, or no bag, cannot be read as packages", async () => {
    for (const bytes of [archive([part("a")]), archive([part("a/b"), part("c/d")]), archive([]), archive([part("a/b")]), new Uint8Array(), utf8("no archive")]) {
      const { findings, content } = await verify(bytes, TRUSTED);
      expect([findings.outcome, content]).toEqual(["unreadable", null]);
    }
  });
});

describe("bytes all over the published package", () => {
  const content = async (bytes: Bytes) => read(bytes).catch(() => null);

  it("flipped: never a thrown error, never whole with another content", async () => {
    const files = await unpack(PACKAGE);
    for (let at = 0; at < PACKAGE.length; at += 53) {
      const bytes = PACKAGE.slice();
      bytes[at]! ^= 0x10;
      const { findings } = await verify(bytes, TRUSTED);
      expect(findings.first === null, String(at)).toBe(findings.outcome === "whole");
      if (findings.outcome !== "whole") continue;
      const same = (await content(bytes))!.every((file) => Buffer.compare(file.bytes, files.get(file.name.slice(FOLDER.length + 1)) ?? new Uint8Array()) === 0);
      expect(same, String(at)).toBe(true);
    }
  });

  it("cut off anywhere: never whole", async () => {
    for (let at = 0; at < PACKAGE.length; at += 97) expect((await verify(PACKAGE.subarray(0, at), TRUSTED)).findings.outcome).not.toBe("whole");
  });
});
