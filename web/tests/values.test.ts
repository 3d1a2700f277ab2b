/** Values between JSON and what a person types. */
import { describe, expect, it } from "vitest";
import type { Field, Kind } from "../src/api/types";
import { centsOf, changesOf, dataOf, decimalOf, initialOf, sizeText, toJson, yuanOf } from "../src/kinds/values";

const label = { zh: "x", en: "x" };
const field = (name: string, type: Field["type"], more: Partial<Field> = {}): Field => ({ name, label, type, ...more });

describe("money", () => {
  it("is exact in cents", () => {
    expect(centsOf("12.5")).toBe(1250);
    expect(centsOf("0.29")).toBe(29);
    expect(centsOf("1,234,567.89")).toBe(123_456_789);
    expect(centsOf("-3")).toBe(-300);
    expect(centsOf("12.")).toBe(1200);
  });
  it("refuses what is no amount", () => {
    for (const bad of ["", "1.234", "abc", "1e5", "--1", ".5"]) expect(centsOf(bad)).toBeUndefined();
  });
  it("goes there and back", () => {
    for (const cents of [0, 5, 29, 100, 123_456_789, -1, -12345]) expect(centsOf(yuanOf(cents))).toBe(cents);
  });
});

describe("values of fields", () => {
  it("trims texts and drops empty ones", () => {
    expect(toJson(field("a", { is: "text" }), "  x ")).toBe("x");
    expect(toJson(field("a", { is: "text" }), "   ")).toBeUndefined();
    expect(toJson(field("a", { is: "note" }), "  x\n\n")).toBe("  x");
  });
  it("keeps false and zero, which are values", () => {
    expect(toJson(field("a", { is: "flag" }), false)).toBe(false);
    expect(toJson(field("a", { is: "integer" }), 0)).toBe(0);
  });
  it("pads decimals to their scale without rounding", () => {
    expect(decimalOf("3", 2)).toBe("3.00");
    expect(decimalOf("3.14159", 2)).toBe("3.14159");
    expect(decimalOf("3", 0)).toBe("3");
    expect(decimalOf("x", 2)).toBeUndefined();
  });
  it("drops doubled and blank tags", () => {
    expect(toJson(field("a", { is: "tags" }), ["a ", "a", "", "b"])).toEqual(["a", "b"]);
  });
  it("drops rows in which nothing was typed", () => {
    const rows = field("points", { is: "rows", fields: [field("name", { is: "text" }), field("note", { is: "note" })] });
    expect(toJson(rows, [{ name: "p1", note: null }, { name: " " }, {}])).toEqual([{ name: "p1" }]);
  });
  it("keeps terms as they are", () => {
    expect(toJson(field("t", { is: "term" }), { open: true })).toEqual({ open: true });
    expect(toJson(field("t", { is: "term" }), { months: 36 })).toEqual({ months: 36 });
  });
  it("never sends files", () => {
    expect(toJson(field("f", { is: "files" }), [{ id: "1" }])).toBeUndefined();
  });
});

describe("edits", () => {
  const fields = [
    field("title", { is: "text" }),
    field("note", { is: "note" }),
    field("grade", { is: "grade" }),
    field("set_by_act", { is: "day" }, { fixed: true }),
  ];
  it("send only what changed, and null for what was cleared", () => {
    const before = { title: "a", note: "n", grade: "core", set_by_act: "2026-01-01" };
    expect(changesOf(fields, before, { title: "b", note: "", grade: "core", set_by_act: "x" })).toEqual({ title: "b", note: null });
  });
  it("leave alone what the form does not hold", () => {
    expect(changesOf(fields, { title: "a", note: "n" }, { title: "a" })).toEqual({});
  });
});

it("new records begin with the defaults of typed fields", () => {
  const kind = {
    fields: [
      field("a", { is: "flag" }, { default: false }),
      field("b", { is: "text" }, { default: "x", fixed: true }),
      field("c", { is: "integer" }),
    ],
  } as unknown as Kind;
  expect(initialOf(kind, { c: 3 })).toEqual({ a: false, c: 3 });
  expect(dataOf(kind.fields, { a: true, c: undefined })).toEqual({ a: true });
});

it("sizes read well", () => {
  expect([0, 1023, 1536, 5 * 1024 ** 3].map(sizeText)).toEqual(["0 B", "1023 B", "1.5 KB", "5.0 GB"]);
});
