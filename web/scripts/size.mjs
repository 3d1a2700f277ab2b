/** What a signed-in person loads before the first page stands: the sum, gzipped, and its limit. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 250_000;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const files = new Set();
const seen = new Set();
const walk = (key) => {
  if (seen.has(key)) return;
  seen.add(key);
  const chunk = manifest[key];
  if (!chunk) throw new Error(`not in the manifest: ${key}`);
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) walk(next);
};
for (const key of ["index.html", "src/shell/shell.tsx", "src/pages/home.tsx", "src/pages/overview.tsx", "src/i18n/zh.ts"]) walk(key);
let total = 0;
for (const file of files) total += gzipSync(readFileSync(new URL(file, dist))).length;
process.stdout.write(`initial load (home page, zh-CN): ${(total / 1000).toFixed(1)} kB gzipped in ${files.size} files, limit ${LIMIT / 1000} kB\n`);
if (total > LIMIT) process.exit(1);
