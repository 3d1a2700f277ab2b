/** The menu with many registers: every section has its place and name, and a few letters find a register. */
import { describe, expect, it } from "vitest";
import type { Catalog, Me } from "../src/api/types";
import en from "../src/locales/en.json";
import zh from "../src/locales/zh-CN.json";
import { buildMenu, foldable, matching, sections } from "../src/shell/menu";

const kind = (name: string, section: string, label: string) => ({ kind: name, label: { zh: label, en: name }, plural: { zh: label, en: name }, menu: { section, order: 1, icon: "" } });
const catalog = { kinds: [kind("carrier", "carriers", "涉密载体台账"), kind("carrier_issue", "carriers", "载体收发台账"), kind("zone", "zones", "涉密区域"), kind("hidden", "", "不在菜单")] } as unknown as Catalog;
const me = { roles: ["staff"], account: { roles: ["staff"] } } as unknown as Me;
const groups = buildMenu(catalog, me, (key) => key, (text) => text?.zh ?? "", 0);

describe("menu", () => {
  it("names every section in both languages", () => {
    for (const section of sections) {
      expect((zh.nav.section as Record<string, string>)[section], section).toBeTruthy();
      expect((en.nav.section as Record<string, string>)[section], section).toBeTruthy();
    }
    expect([...foldable].filter((s) => !(sections as readonly string[]).includes(s))).toEqual([]);
  });
  it("shows registers in their sections and none without one", () => {
    expect(groups.find((g) => g.key === "carriers")?.entries.map((e) => e.key)).toEqual(["/r/carrier", "/r/carrier_issue"]);
    expect(groups.flatMap((g) => g.entries).some((e) => e.key === "/r/hidden")).toBe(false);
  });
  it("finds by a few letters", () => {
    expect(matching(groups, "收发").flatMap((g) => g.entries).map((e) => e.key)).toEqual(["/r/carrier_issue"]);
    expect(matching(groups, "没有这个")).toEqual([]);
    expect(matching(groups, "NAV.SECTION.ZONES").flatMap((g) => g.entries).map((e) => e.key)).toEqual(["/r/zone"]);
  });
});
