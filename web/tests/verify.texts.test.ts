/** Whatever the offline page can find, it can say in both languages; labels come out of the catalogue. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

import { readLabels, readMessages } from "../verify/build/catalogue";
import { KINDS } from "../verify/engine/findings";

const verify = new URL("../verify/", import.meta.url);
const sources = ["engine/", "time/"].flatMap((folder) => readdirSync(new URL(folder, verify)).map((name) => readFileSync(new URL(folder + name, verify), "utf8")));

it("every code of a fault, a claim or a cause has its texts", () => {
  const messages = readMessages();
  const written = sources.flatMap((source) => [...source.matchAll(/"((?:package|stamp|ledger)\.[a-z_]+(?:\.[a-z_]+)?)"/g)].map((found) => found[1]!));
  const claims = sources.flatMap((source) => [...source.matchAll(/claim\("(\w+)"/g)].map((found) => `package.claim.${found[1]}`));
  const faults = KINDS.filter((kind) => kind !== "list" && kind !== "listed").map((kind) => `package.fault.${kind}`);
  const damages = ["missing", "malformed", "content", "unlisted", "uneven", "oxum"].map((damage) => `package.damage.${damage}`);
  const wanted = [...written, ...claims, ...faults, ...damages, ...["not_before_act", "no_day", "state"].map((why) => `package.why_not.${why}`)];
  expect(wanted.length).toBeGreaterThan(80);
  expect(wanted.filter((code) => !messages[code]?.every((text) => text.trim() !== ""))).toEqual([]);
});

it("kinds and their fields have labels in both languages", () => {
  const labels = readLabels();
  expect(labels.secret).toEqual(["商业秘密", "Trade secret"]);
  expect(labels["secret.points"]?.[0]).toBe("秘密点");
  expect(Object.values(labels).every((pair) => pair.every((text) => text.trim() !== "" && !text.includes('"')))).toBe(true);
});
