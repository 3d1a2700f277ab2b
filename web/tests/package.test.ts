/** What the screens make of an evidence package and its matrix. */
import { describe, expect, it } from "vitest";
import type { Field, GradeLevel, Kind, Matrix, MatrixItem, MatrixRow } from "../src/api/types";
import { cellsOf, choiceName, highestGrade, kindLabels, lacking, offersOf, part, standingOf, stepOf, stillThere } from "../src/kinds/package";

const label = (text: string) => ({ zh: text, en: text });
const field = (name: string, type: Field["type"], more: Partial<Field> = {}): Field => ({ name, label: label(name), type, ...more });
const kindOf = (fields: Field[], form: Kind["form"] = []): Kind => ({ fields, form, states: [], transitions: [] }) as unknown as Kind;
const levels: GradeLevel[] = (["core", "important", "general", "none"] as const).map((p) => ({ code: `g_${p}`, name: label(p), protection: p }));
const item = (gives: string, more: Partial<MatrixItem> = {}): MatrixItem => ({ gives, label: label(gives.toUpperCase()), about: "x", counts: true, ...more });
const row = (items: MatrixItem[], missing: string[] = []): MatrixRow => ({
  element: "e",
  label: label("e"),
  clause: "H 10.2.1",
  before_act: false,
  items,
  missing: missing.map((code) => ({ code, text: label(`get ${code}`) })),
});

describe("the grade of a package", () => {
  it("is the highest of its secrets, whatever their order", () => {
    expect(highestGrade(levels, ["g_general", "g_core", "g_important"])).toBe("g_core");
    expect(highestGrade(levels, ["g_none", "g_general"])).toBe("g_general");
    expect(highestGrade([...levels].reverse(), ["g_general", "g_important"])).toBe("g_important");
  });
  it("takes what is not classified yet for general, as the server does", () => {
    expect(highestGrade(levels, [undefined])).toBe("g_general");
    expect(highestGrade(levels, [null, "g_none"])).toBe("g_general");
    expect(highestGrade(levels, [undefined, "g_important"])).toBe("g_important");
  });
  it("is open as long as nothing is chosen", () => expect(highestGrade(levels, [])).toBeUndefined());
});

describe("what of a secret can be shown", () => {
  const kind = kindOf([
    field("points", { is: "rows", fields: [] }),
    field("files", { is: "files" }),
    field("novelty_report", { is: "files" }),
    field("kept", { is: "files" }, { internal: true }),
  ]);
  const file = (name: string, version: number) => ({ id: `${name}${version}`, series: name, version, name, size: version * 10, sha256: "", media: "", added: "", by: "" });
  const offers = offersOf(kind, "SM-2026-0001", {
    points: [{ name: "炉温", content: "八十五度" }, { name: "时间/分钟" }, { content: "没有名称" }],
    files: [file("图纸.pdf", 2), file("图纸.pdf", 1), file("b.txt", 1)],
    novelty_report: [file("查新.pdf", 1)],
    kept: [file("内部.pdf", 1)],
  } as never);
  it("is named by number and name", () => {
    expect(choiceName("SM-2026-0001", "炉温")).toBe("SM-2026-0001/炉温");
    expect(offers.points.map((p) => p.choice)).toEqual(["SM-2026-0001/炉温", "SM-2026-0001/时间/分钟"]);
  });
  it("is each file once, with its newest version and how many there are, of all fields that are not internal", () => {
    expect(offers.files.map((f) => [f.name, f.file?.version, f.versions])).toEqual([["图纸.pdf", 2, 2], ["b.txt", 1, 1], ["查新.pdf", 1, 1]]);
  });
  it("drops what was chosen and is no longer there", () => {
    expect(stillThere(["SM-2026-0001/炉温", "SM-2026-0001/已删"], offers.points)).toEqual({ kept: ["SM-2026-0001/炉温"], gone: ["SM-2026-0001/已删"] });
  });
});

describe("the matrix", () => {
  const why = { counts: false, why_not: "not_before_act" } as const;
  it("gathers the items of a kind in one cell, what counts before what does not and what is missing", () => {
    const cells = cellsOf(row([item("rule", why), item("measure"), item("rule", why), item("measure", why)], ["agreement", "rule"]));
    expect(cells.map((c) => [c.code, c.items.length, c.counting, c.advice?.zh])).toEqual([
      ["measure", 2, 1, undefined],
      ["rule", 2, 0, "get rule"],
      ["agreement", 0, 0, "get agreement"],
    ]);
  });
  it("says how an element stands", () => {
    expect(standingOf(row([item("a")]))).toBe("full");
    expect(standingOf(row([item("a")], ["b"]))).toBe("part");
    expect(standingOf(row([item("a", why)], ["a"]))).toBe("none");
    expect(standingOf(row([], ["a"]))).toBe("none");
  });
  it("knows what a missing kind is called from another point that has it", () => {
    const matrix: Matrix = { points: [{ record: "1", rows: [row([item("rule")])] }, { record: "2", rows: [row([], ["rule"])] }] };
    expect(cellsOf(matrix.points[1]!.rows[0]!, kindLabels(matrix))[0]?.label).toEqual(label("RULE"));
  });
});

describe("the steps", () => {
  const problem = (code: string, fields: string[] = []) => ({
    status: 422,
    code,
    detail: "",
    errors: fields.map((f) => ({ field: f, code, detail: "" })),
  });
  it("lead back to the first field that is wrong", () => {
    expect(stepOf(problem("form.invalid", ["points", "name"]))).toBe("matter");
    expect(stepOf(problem("case.unknown_name", ["files[2]"]))).toBe("shown");
    expect(stepOf({ ...problem("case.graded_too_low"), field: "grade" })).toBe("secrets");
  });
  it("lead back by code where no field is named", () => {
    expect(stepOf(problem("case.undivided"))).toBe("shown");
    expect(stepOf({ ...problem("policy.not_permitted"), status: 403 })).toBe("secrets");
    expect(stepOf(problem("store.away"))).toBeUndefined();
  });
  it("show their fields under the kind's own headings", () => {
    const kind = kindOf(
      [field("a", { is: "note" }), field("b", { is: "note" }), field("c", { is: "note" })],
      [{ label: label("one"), fields: ["c", "a"] }, { label: label("two"), fields: ["b"] }],
    );
    const cut = part(kind, ["a", "c"]);
    expect(cut.fields.map((f) => f.name)).toEqual(["a", "c"]);
    expect(cut.form.map((s) => s.fields)).toEqual([["a", "c"]]);
  });
  it("tell what an act still needs", () => {
    const kind = kindOf([field("addressee", { is: "text" }, { required_for: ["submit"] }), field("name", { is: "text" })]);
    expect(lacking(kind, {}, "submit")).toEqual(["addressee"]);
    expect(lacking(kind, { addressee: "某法院" }, "submit")).toEqual([]);
    expect(lacking(kind, {}, "cancel")).toEqual([]);
  });
});
