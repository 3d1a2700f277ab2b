/** Every word of the console stands in both languages, and none stands in the code. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "../src/locales/en.json";
import zh from "../src/locales/zh-CN.json";

const src = join(import.meta.dirname, "../src");
const sources = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((f) => /\.tsx?$/.test(f) && !f.endsWith(".d.ts"))
  .map((file) => ({ file, text: readFileSync(join(src, file), "utf8") }));

const flat = (node: unknown, prefix = ""): [string, string][] =>
  typeof node === "string"
    ? [[prefix.slice(0, -1), node]]
    : Object.entries(node as Record<string, unknown>).flatMap(([k, v]) => flat(v, `${prefix}${k}.`));
const base = (key: string) => key.replace(/_(one|other)$/, "");
const keys = { zh: new Map(flat(zh)), en: new Map(flat(en)) };
const names = {
  zh: new Set([...keys.zh.keys()].map(base)),
  en: new Set([...keys.en.keys()].map(base)),
};
const roots = new Set(Object.keys(zh));

/** Literals that look like keys, and the beginnings of computed ones. */
const used = new Set<string>();
const prefixes = new Set<string>();
for (const { text } of sources) {
  for (const [, key] of text.matchAll(/["'`]([a-z][A-Za-z]*(?:\.[A-Za-z0-9_]+)+)["'`]/g)) {
    if (key && roots.has(key.split(".")[0] ?? "")) used.add(key);
  }
  for (const [, prefix] of text.matchAll(/`([a-z][A-Za-z]*\.(?:[A-Za-z.]*))\$\{/g)) if (prefix) prefixes.add(prefix);
}
// Literals under the same roots that are no texts.
const notTexts = new Set(["record.missing", "session.code_required", "session.refused", "session.locked_out"]);

describe("locales", () => {
  it("have the same keys", () => {
    expect([...names.zh].filter((k) => !names.en.has(k))).toEqual([]);
    expect([...names.en].filter((k) => !names.zh.has(k))).toEqual([]);
  });
  it("have every key that is used", () => {
    expect([...used].filter((k) => !names.zh.has(k) && !notTexts.has(k))).toEqual([]);
  });
  it("have no key that nothing uses", () => {
    const idle = [...names.zh].filter((k) => !used.has(k) && ![...prefixes].some((p) => k.startsWith(p)));
    expect(idle).toEqual([]);
  });
  it("have no empty text", () => {
    for (const map of Object.values(keys)) expect([...map].filter(([, v]) => !v.trim())).toEqual([]);
  });
  it("have the same placeholders", () => {
    const holders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort().join();
    const differing = [...keys.en].filter(([k, text]) => {
      const other = keys.zh.get(k) ?? keys.zh.get(base(k)) ?? "";
      // A singular may say "one" without its number.
      return holders(text) !== holders(other) && !k.endsWith("_one");
    });
    expect(differing).toEqual([]);
  });
  it("leave no Chinese in the code", () => {
    const found = sources.filter(({ file }) => file.endsWith(".tsx")).flatMap(({ file, text }) =>
      text.split("\n").flatMap((line, i) => (/[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]/.test(line) && !/tokenSeparators/.test(line) ? [`${file}:${i + 1}`] : [])),
    );
    expect(found).toEqual([]);
  });
});
