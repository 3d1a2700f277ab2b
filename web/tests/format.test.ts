/** Days, terms and recovery groups as people read them. */
import { expect, it } from "vitest";
import { daysUntil, termText } from "../src/kinds/format";
import type { Kind, Overview } from "../src/api/types";
import { statesOf, totalOf } from "../src/kinds/overview";
import { wayTo } from "../src/kinds/catalog";

it("counts days by the calendar, not by hours", () => {
  const today = new Date(2026, 10, 21, 23, 59);
  expect(daysUntil("2026-11-21", today)).toBe(0);
  expect(daysUntil("2026-11-22", today)).toBe(1);
  expect(daysUntil("2026-11-20", today)).toBe(-1);
  expect(daysUntil("2027-03-01", today)).toBe(100);
});

it("says whole years as years", () => {
  const t = (key: string, values?: Record<string, unknown>) => `${key}:${String(values?.count ?? "")}`;
  expect(termText({ months: 36 }, t)).toBe("term.years:3");
  expect(termText({ months: 18 }, t)).toBe("term.months:18");
  expect(termText({ open: true }, t)).toBe("term.open:");
});

it("finds the way to a node of a taxonomy", () => {
  const label = { zh: "", en: "" };
  const nodes = [{ code: "a", label, children: [{ code: "b", label, children: [{ code: "c", label }] }] }];
  expect(wayTo(nodes, "c")?.map((n) => n.code)).toEqual(["a", "b", "c"]);
  expect(wayTo(nodes, "x")).toBeUndefined();
});

it("adds up states over all grades in the kind's order", () => {
  const kind = { states: [{ name: "draft" }, { name: "effective" }] } as unknown as Kind;
  const data = {
    secrets: [
      { grade: "core", total: 3, states: [{ code: "effective", count: 2 }, { code: "draft", count: 1 }] },
      { grade: null, total: 4, states: [{ code: "draft", count: 4 }] },
    ],
  } as unknown as Overview;
  expect(statesOf(data, kind)).toEqual([{ code: "draft", count: 5 }, { code: "effective", count: 2 }]);
  expect(totalOf(data)).toBe(7);
});
