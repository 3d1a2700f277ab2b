/** Every word of the console stands in both languages, and none stands in the code. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import enFirst from "../src/locales/en.json";
import enPages from "../src/locales/pages/en.json";
import zhPages from "../src/locales/pages/zh-CN.json";
import zhFirst from "../src/locales/zh-CN.json";

const en = { ...enFirst, ...enPages };
const zh = { ...zhFirst, ...zhPages };

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
const notTexts = new Set(["record.missing", "session.code_required", "session.passkey_required", "session.second_required", "session.refused", "session.locked_out", "exam.over", "exam.handed_in"]);

/** The modules that stand before any other page was opened: start, shell with what opens over it, home. */
function loadedAtFirst(): Set<string> {
  const found = new Set<string>();
  const walk = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:import|export)[^;]*?from\s+"(\.[^"]+)"/g)) {
      const at = join(file, "..", path ?? "");
      const next = [".ts", ".tsx", "/index.ts"].map((end) => at + end).find((candidate) => existsSync(candidate));
      if (next) walk(next);
    }
  };
  for (const start of ["main.tsx", "shell/shell.tsx", "shell/palette.tsx", "shell/help.tsx", "shell/menu-drawer.tsx", "components/question-box.tsx", "pages/home.tsx", "pages/overview.tsx"]) {
    walk(join(src, start));
  }
  return found;
}

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
  it("say each thing in one file only", () => {
    expect(Object.keys(zhFirst).filter((k) => k in zhPages)).toEqual([]);
    expect(Object.keys(enFirst).filter((k) => k in enPages)).toEqual([]);
  });
  it("have what the home page says in the first file", () => {
    const first = new Set(flat(zhFirst).map(([k]) => base(k)));
    const files = loadedAtFirst();
    expect(files.size).toBeGreaterThan(20);
    const late = [...files].flatMap((file) => {
      const text = readFileSync(file, "utf8");
      const words = [...text.matchAll(/["'`]([a-z][A-Za-z]*)(?:\.[A-Za-z0-9_]+)*\.(?:[A-Za-z0-9_]+["'`]|\$\{)/g)];
      return words.map(([, root]) => root ?? "").filter((root) => root in zhPages).map((root) => `${file}: ${root}`);
    });
    expect(late).toEqual([]);
    expect(first.has("nav.home")).toBe(true);
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
