/** The offline page's check of the published package: a second implementation comes to the findings of the first. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { verify, type Trusted } from "../verify/engine/exam";
import { readKey } from "../verify/engine/note";
import { readPem } from "../verify/time/x509";

const vectors = new URL("../../crates/evidence/tests/vectors/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, vectors)));
const expected = JSON.parse(readFileSync(new URL("package.findings.json", vectors), "utf8"));
const trusted: Trusted = {
  keys: [expected.ledger.vkey, expected.twin.vkey, expected.cosigned[0].vkey].map(readKey),
  roots: readPem(read("package.roots.pem")),
};

describe("the published package", () => {
  it("has exactly the findings that the first implementation wrote down", async () => {
    const { findings } = await verify(read("package.zip"), trusted);
    expect(findings).toEqual(expected);
  });
});
