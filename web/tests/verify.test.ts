/** The offline page's check: a second implementation comes to the findings of the first (docs/evidence-package.md, "Checking"). */
import { describe, expect, it, vi } from "vitest";

import { utf8 } from "../verify/engine/bytes";
import { verify } from "../verify/engine/exam";
import type { Fault } from "../verify/engine/findings";
import { large } from "./verify.large";
import { edited, FINDINGS, NOBODY, PACKAGE, rebagged, TRUSTED, unpack, zipped, type Files } from "./verify.world";

// Each test checks many packages; the machine may be busy with other things.
vi.setConfig({ testTimeout: 120_000 });

const findings = async (bytes: Uint8Array, trusted = TRUSTED) => (await verify(bytes, trusted)).findings;

async function first(files: Files, trusted = TRUSTED): Promise<Fault> {
  const found = await findings(rebagged(files), trusted);
  expect(found.outcome).toBe("damaged");
  expect(found.first).toEqual(found.faults[0]);
  return found.first!;
}

/** One file of each class, one of the same class to exchange it with, and a free name. */
const CLASSES: [name: string, path: string, sibling: string, free: string][] = [
  ["entry", "data/entries/7.json", "data/entries/3.json", "data/entries/8.json"],
  ["opened", "data/entries/7.opened.json", "data/entries/3.opened.json", "data/entries/5.opened.json"],
  ["proof", "data/entries/7.tlog-proof", "data/entries/3.tlog-proof", "data/entries/8.tlog-proof"],
  ["twin proof", "data/entries/7.sm3.tlog-proof", "data/entries/3.sm3.tlog-proof", "data/entries/33.sm3.tlog-proof"],
  ["note", "data/stamps/1.note", "data/stamps/2.note", "data/stamps/3.note"],
  ["token", "data/stamps/1.tst", "data/stamps/2.tst", "data/stamps/4.tst"],
  ["renewal", "data/stamps/3.tst", "data/stamps/2.tst", "data/stamps/4.tst"],
  ["stamp", "data/stamps/2.json", "data/stamps/3.json", "data/stamps/4.json"],
  ["consistency", "data/stamps/1.consistency", "data/stamps/2.consistency", "data/stamps/3.consistency"],
  ["cosigned", "data/cosigned/1.note", "data/stamps/2.note", "data/cosigned/2.note"],
  ["cosigned consistency", "data/cosigned/1.consistency", "data/stamps/1.consistency", "data/cosigned/2.consistency"],
  ["root", "data/trust/a.pem", "data/trust/b.pem", "data/trust/c.pem"],
  ["file", "data/files/4a2df63c886e84159bd580594421662ed7250f0b386c69d99418552c7358d74c/曲线_记录.csv", "data/entries/7.json", "data/files/x"],
  ["outside", "data/outside/1/公证书.pdf", "data/report.html", "data/outside/1/2.pdf"],
  ["paper", "data/report.html", "data/index.json", "data/other.html"],
  ["index", "data/index.json", "data/report.html", "data/index2.json"],
];
const LISTS = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sm3.txt", "tagmanifest-sha256.txt", "tagmanifest-sm3.txt", "stamps/1.tst"];

/** What is done to one file: a name, and the files afterwards. */
function changes(files: Files, path: string, sibling: string, free: string): [what: string, files: Files][] {
  const bytes = files.get(path)!;
  const put = (...more: [string, Uint8Array][]): Files => new Map([...files, ...more]);
  const flips = [0, 1 / 5, 1 / 3, 1 / 2, 3 / 4, 1].map((share): [string, Files] => {
    const at = Math.min(Math.floor(bytes.length * share), bytes.length - 1);
    return [`flip ${at}`, put([path, bytes.map((byte, place) => (place === at ? byte ^ 1 : byte))])];
  });
  const cuts = [0, bytes.length >> 1, bytes.length - 1].map((end): [string, Files] => [`truncate ${end}`, put([path, bytes.slice(0, end)])]);
  const without = new Map(files);
  without.delete(path);
  return [
    ...flips,
    ...cuts,
    ["delete", without],
    ["double", put([path, Uint8Array.from([...bytes, ...bytes])])],
    ["swap", put([path, files.get(sibling)!], [sibling, bytes])],
    ["duplicate", put([free, bytes])],
  ];
}

describe("the published package", () => {
  it("has exactly the findings that the first implementation wrote down", async () => {
    expect(await findings(PACKAGE)).toEqual(FINDINGS);
  });

  it("is whole for a reader who knows nobody, who then has claims instead of trust", async () => {
    const found = await findings(PACKAGE, NOBODY);
    expect(found.outcome).toBe("whole");
    expect([found.ledger, found.twin, ...found.stamps, ...found.cosigned, ...found.sealed].map((one) => one?.standing)).toEqual(Array(6).fill("claimed"));
    const claims = found.claimed.map((one) => one.code);
    for (const code of ["key", "authority", "witness"]) expect(claims).toContain(`package.claim.${code}`);
    expect(found.proven.map((one) => one.time?.no_later_than)).toEqual(FINDINGS.proven.map((one: { time?: { no_later_than: string } }) => one.time?.no_later_than));
  });

  it("is the same when somebody packed its files again, with the lists as they are or new", async () => {
    const files = await unpack(PACKAGE);
    expect(await findings(zipped(files))).toEqual(FINDINGS);
    expect(await findings(rebagged(files))).toEqual({ ...FINDINGS, sealed: [] });
  });

  it("is damaged for a reader who knows another key under the ledger's name", async () => {
    const other = "jingui.example/ledger+36c7ffe2+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    const { hash } = await import("../verify/engine/hash");
    const { hex, unbase64, concat } = await import("../verify/engine/bytes");
    const typed = unbase64(other.split("+").slice(2).join("+"))!;
    const id = hex(hash("sha256", concat(utf8("jingui.example/ledger\n"), typed))).slice(0, 8);
    const { readKey } = await import("../verify/engine/note");
    const key = readKey(other.replace("36c7ffe2", id));
    const found = await findings(PACKAGE, { keys: [key], roots: [] });
    expect([found.outcome, found.first?.kind, found.first?.field, found.first?.part, found.proven.length]).toEqual(["damaged", "key", "ledger.vkey", "other", 0]);
  });
});

describe("a package of a thousand records", () => {
  it("is whole, with every entry in both trees; the page gets its turn all the while", async () => {
    const bytes = large(1000, 3);
    let turns = 0;
    let last = 0;
    const { findings: found } = await verify(bytes, NOBODY, async (share) => {
      turns += 1;
      expect(share).toBeGreaterThanOrEqual(last === 0 ? 0 : last - 1e-9);
      last = share;
    });
    expect([found.outcome, found.first]).toEqual(["whole", null]);
    expect([found.proven.length, found.proven.every((one) => one.twin && one.opened.length === 1)]).toEqual([3000, true]);
    expect(turns).toBeGreaterThan(3000);
  });
});

describe("whatever happens to a file", () => {
  it.each(CLASSES)("%s: with the lists as they were, it is named first", async (_, path, sibling, free) => {
    const files = await unpack(PACKAGE);
    for (const [what, changed] of changes(files, path, sibling, free)) {
      const found = await findings(zipped(changed));
      expect(found.outcome, what).toBe("damaged");
      const named = what === "duplicate" ? free : path;
      // Another size or number of files contradicts bag-info.txt, and that list comes first.
      const oxum = found.first?.path === "bag-info.txt" && !what.startsWith("flip");
      expect(found.first?.path === named || (what === "swap" && found.first?.path === sibling) || oxum, `${what}: ${JSON.stringify(found.first)}`).toBe(true);
      expect(found.faults.some((one) => one.path === named || one.path === sibling), what).toBe(true);
    }
  });

  it.each(CLASSES)("%s: with all lists made anew, the package contradicts itself", async (name, path, sibling, free) => {
    const files = await unpack(PACKAGE);
    for (const [what, changed] of changes(files, path, sibling, free)) {
      const found = await findings(rebagged(changed));
      if (found.outcome === "whole") {
        // Nobody vouches for papers and for words of the index; in tokens and roots there are bytes that nobody signs.
        const unsigned = name === "token" || name === "renewal";
        expect(["root", "paper", "index"].includes(name) || (unsigned && what.startsWith("flip")), `${name} ${what}`).toBe(true);
        expect(found.stamps.every((stamp) => stamp.standing === "trusted"), what).toBe(true);
        continue;
      }
      expect(found.outcome, what).toBe("damaged");
      if (what === "swap" || name === "index") continue;
      const named = what === "duplicate" ? free : path;
      const stem = (one: string) => one.split(".")[0];
      const near = stem(found.first!.path) === stem(named) || named.startsWith(found.first!.path) || found.first!.entry === 7;
      expect(near, `${what}: ${JSON.stringify(found.first)}`).toBe(true);
    }
  });

  it.each(LISTS)("%s: a list that was meddled with is named, and not what it lists", async (path) => {
    const files = await unpack(PACKAGE);
    const other = LISTS.find((one) => one !== path)!;
    for (const [what, changed] of changes(files, path, other, "stamps/2.tst")) {
      if (what === "swap") continue;
      const found = await findings(zipped(changed));
      // The same token twice is no lie, and a seal that is gone is missed by no list; nor is a seal's unsigned byte.
      // The newline at the end of the last line says nothing.
      if (path.startsWith("tagmanifest") && what === `truncate ${files.get(path)!.length - 1}`) continue;
      if (path === "stamps/1.tst" && (["duplicate", "delete"].includes(what) || found.outcome === "whole")) continue;
      expect(found.outcome, what).toBe("damaged");
      const named = what === "duplicate" ? "stamps/2.tst" : path;
      expect(found.first?.path === named || found.first?.kind === "list", `${what}: ${JSON.stringify(found.first)}`).toBe(true);
    }
  });
});

describe("lies in a whole bag", () => {
  const index = "data/index.json";
  const opened = "data/entries/7.opened.json";
  const short = (fault: Fault) => [fault.kind, fault.path, fault.entry, fault.part];

  it("finds another value, another name and another salt of a disclosed field", async () => {
    const files = await unpack(PACKAGE);
    const value = await first(edited(files, opened, ["四十", "五十"]));
    expect([...short(value), value.field]).toEqual(["opened", opened, 7, "commitment", "data.points[0]"]);
    expect(short(await first(edited(files, opened, ["points[0]", "points[1]"])))).toEqual(["opened", opened, 7, "commitment"]);
    expect((await first(edited(files, opened, ['"salt":"', '"salt":"A']))).part).toBe("form");
  });

  it("finds proofs that belong to another entry", async () => {
    const files = await unpack(PACKAGE);
    const path = "data/entries/7.tlog-proof";
    const third = files.get("data/entries/3.tlog-proof")!;
    expect(short(await first(new Map([...files, [path, third]])))).toEqual(["proof", path, 7, "index"]);
    const renumbered = edited(files, "data/entries/3.tlog-proof", ["index 3", "index 7"]).get("data/entries/3.tlog-proof")!;
    expect(short(await first(new Map([...files, [path, renumbered]])))).toEqual(["proof", path, 7, "hashes"]);
    expect((await first(edited(files, path, ["index 7", "extra AAAA\nindex 7"]))).part).toBe("extra");
  });

  it("finds stamps that claim another size, and renewals of something else; what they should renew still holds", async () => {
    const files = await unpack(PACKAGE);
    for (const size of ["20", "40"]) expect(short(await first(edited(files, "data/stamps/2.json", ["30", size])))).toEqual(["stamp", "data/stamps/2.json", undefined, "size"]);
    const found = await findings(rebagged(new Map([...files, ["data/stamps/3.tst", files.get("data/stamps/2.tst")!]])));
    expect([found.first?.path, found.first?.cause?.code]).toEqual(["data/stamps/3.tst", "stamp.wrong_imprint"]);
    expect(found.stamps.map((stamp) => [stamp.number, stamp.verdicts.length])).toEqual([[1, 1], [2, 1]]);
    expect(short(await first(edited(files, "data/stamps/3.json", [',"renews":1', ""])))).toEqual(["stamp", "data/stamps/3.note", undefined, undefined]);
    for (const to of ["2", "3", "4"]) expect(short(await first(edited(files, "data/stamps/3.json", ['"renews":1', `"renews":${to}`])))).toEqual(["stamp", "data/stamps/3.json", undefined, "renews"]);
  });

  it("finds points and entries under another record, and a matrix that counts what cannot count", async () => {
    const files = await unpack(PACKAGE);
    const point = await first(edited(files, index, ['"points":[{"entry":7', '"points":[{"entry":5']));
    expect([point.kind, point.entry]).toEqual(["point", 5]);
    const moved = await first(edited(files, index, ['"entries":[3,7,12,33]', '"entries":[3,12,33]'], ['"entries":[5]', '"entries":[5,7]']));
    expect([moved.kind, moved.path]).toEqual(["record", "data/entries/7.json"]);
    expect((await first(edited(files, index, ['"entries":[5]', '"entries":[5,7]']))).kind).toBe("index");
    const item = (more: string) => `"matrix":{"alleged_on":"2026-06-01","points":[{"record":"07070707-0707-0707-0707-070707070707","rows":[{"before_act":true,"clause":"H 10.2.3","element":"confidentiality","items":[{"about":"x","counts":true,${more}"gives":"y","label":{"en":"y","zh":"y"}}],"label":{"en":"z","zh":"z"},"missing":[]}]}]},"matter"`;
    const with_ = (more: string) => edited(files, index, ['"matter"', item(more)]);
    expect((await findings(rebagged(with_('"day":"2026-05-31",')))).outcome).toBe("whole");
    expect((await first(with_('"day":"2026-06-01",'))).part).toBe("counts");
    expect((await first(with_(""))).part).toBe("counts");
    expect((await first(with_('"day":"2026-05-31","entry":34,'))).part).toBe("reference");
  });

  it("does not let an authority become known by the name of another's root", async () => {
    const files = await unpack(PACKAGE);
    const swapped = edited(files, index, ['"roots":["a.pem"]', '"roots":["x.pem"]'], ['"roots":["b.pem"]', '"roots":["a.pem"]'], ['"roots":["x.pem"]', '"roots":["b.pem"]']);
    const found = await findings(rebagged(swapped), NOBODY);
    expect([found.outcome, ...found.stamps.map((stamp) => stamp.standing)]).toEqual(["whole", "unknown", "unknown"]);
  });

  it("gives up no fault and never throws, whatever stands at any place of the index", async () => {
    const files = await unpack(PACKAGE);
    const written = JSON.parse(new TextDecoder().decode(files.get(index)));
    const odd = [null, -1, 9007199254740992, "", "../../x", [], {}, [0, 0], [9007199254740991], 0.5];
    const places: (string | number)[][] = [];
    const walk = (value: unknown, at: (string | number)[]): void => {
      if (typeof value !== "object" || value === null) return;
      for (const key of Object.keys(value)) {
        places.push([...at, key]);
        walk((value as Record<string, unknown>)[key], [...at, key]);
      }
    };
    walk(written, []);
    expect(places.length).toBeGreaterThan(80);
    const { canonical } = await import("../verify/engine/json");
    for (const [n, place] of places.entries()) {
      const copy = structuredClone(written);
      const value = odd[n % odd.length]!;
      let holder = copy;
      for (const key of place.slice(0, -1)) holder = holder[key];
      holder[place.at(-1)!] = value;
      const bytes = utf8(value === 0.5 ? JSON.stringify(copy) : canonical(copy));
      const found = await findings(rebagged(new Map([...files, [index, bytes]])));
      // Words and the absence of points are the company's own affair.
      const own = typeof value === "string" || place.at(-1) === "points";
      expect(found.outcome === "damaged" || own, `${place.join("/")} ${JSON.stringify(value)}`).toBe(true);
    }
    const deep = utf8("[".repeat(100_000) + "]".repeat(100_000));
    for (const path of [index, "data/entries/7.json", opened, "data/stamps/1.json"]) expect((await findings(rebagged(new Map([...files, [path, deep]])))).outcome).toBe("damaged");
  });
});
