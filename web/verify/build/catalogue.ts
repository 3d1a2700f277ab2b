/** Takes the sentences and labels that the page needs out of `catalog/`, so that program and page use the same words. */
import { readdirSync, readFileSync } from "node:fs";

type Pair = [zh: string, en: string];

const catalogue = new URL("../../../catalog/", import.meta.url);
/** Codes that the page can meet: faults, claims and their causes; verbs for acts. */
const WANTED = /^(package\.|stamp\.(?!refused)|verb\.|ledger\.(bad_signature|checkpoint_malformed|entry_|key_malformed|name$|not_signed|note_malformed|proof_malformed|wrong_key))/;

const files = (folder: string): string[] =>
  readdirSync(new URL(folder, catalogue))
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => readFileSync(new URL(folder + name, catalogue), "utf8"));

/** Messages by code. The files have one line for each: `code: {zh: "…", en: "…"}`. */
export function readMessages(): Record<string, Pair> {
  const found: Record<string, Pair> = {};
  for (const file of files("messages/")) {
    for (const [, code, zh, en] of file.matchAll(/^([a-z][\w.]*): \{\s*zh: ("(?:[^"\\]|\\.)*"), en: ("(?:[^"\\]|\\.)*")\s*\}/gm)) {
      if (WANTED.test(code!)) found[code!] = [JSON.parse(zh!) as string, JSON.parse(en!) as string];
    }
  }
  return found;
}

const bare = (label: string): string => label.trim().replace(/^"(.*)"$/, "$1");

/** Labels of kinds (`secret`) and of their fields (`secret.name`). */
export function readLabels(): Record<string, Pair> {
  const found: Record<string, Pair> = {};
  for (const file of files("kinds/")) {
    const kind = /^kind: (\w+)\nlabel: \[([^,\]]+), ([^\]]+)\]/m.exec(file);
    if (!kind) continue;
    found[kind[1]!] = [bare(kind[2]!), bare(kind[3]!)];
    for (const [, name, zh, en] of file.matchAll(/name: (\w+),?\s+label: \[([^,\]]+), ("[^"]*"|[^\],]+)\]/g)) found[`${kind[1]}.${name}`] ??= [bare(zh!), bare(en!)];
  }
  return found;
}
