/** Months of the duty calendar: whole weeks from Monday, in no browser's zone. */
import { describe, expect, it } from "vitest";
import { entriesOf, monthOf, weeksOf } from "../src/kinds/diary";

describe("weeksOf", () => {
  it("begins on Monday and covers the month", () => {
    const weeks = weeksOf(2026, 10);
    expect(weeks[0]?.[0]).toBe("2026-10-26");
    expect(weeks[weeks.length - 1]?.[6]).toBe("2026-12-06");
    expect(weeks.every((w) => w.length === 7)).toBe(true);
  });

  it("has four weeks where February fits into them, and a leap day", () => {
    expect(weeksOf(2027, 1)).toHaveLength(4);
    expect(weeksOf(2028, 1).flat()).toContain("2028-02-29");
    expect(monthOf(2027, 1)).toEqual({ from: "2027-02-01", to: "2027-02-28" });
  });
});

describe("entriesOf", () => {
  const label = { zh: "检查", en: "Check" };
  const diary = {
    today: "2026-11-21",
    days: [],
    provisional: [],
    duties: [
      { id: "1", number: "RW-1", label, title: "检查 · YS-1", raised: "2026-11-20", due: "2026-11-25", state: "open", severity: "normal", mine: true },
      { id: "2", number: "RW-2", label, title: "检查", raised: "2026-11-20", due: "2026-11-23", state: "done", severity: "normal", mine: false },
    ],
    coming: [{ label, title: "检查 · 研发部", clause: "B 1", raised: "2026-12-01", due: "2026-12-04", mine: false }],
  };

  it("shows the own alone, or all by day", () => {
    expect(entriesOf(diary, true).map((e) => e.key)).toEqual(["1"]);
    expect(entriesOf(diary, false).map((e) => [e.due, e.state, e.about])).toEqual([
      ["2026-11-23", "done", ""],
      ["2026-11-25", "open", "YS-1"],
      ["2026-12-04", "coming", "研发部"],
    ]);
  });
});
