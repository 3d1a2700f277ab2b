/** The choice of notices on its way to the server, and what the bell calls new. */
import { describe, expect, it } from "vitest";
import type { NoticePreference, NoticeSettings, WorkItem } from "../src/api/types";
import { changedNotices, DEFAULT, preferenceOf } from "../src/kinds/notices";
import { unread } from "../src/kinds/unread";

const choice: NoticePreference = {
  channel: null,
  address: null,
  rhythm: "digest",
  digest: "08:30",
  quiet_from: "20:00",
  quiet_to: "08:00",
  rest_days: true,
  lang: "zh",
};

describe("notices", () => {
  it("sends no channel for the usual one and no address for an empty field", () => {
    expect(preferenceOf({ ...choice, channel: DEFAULT, address: "  " })).toEqual(choice);
    expect(preferenceOf({ ...choice, channel: "c1", address: " 138 " })).toEqual({ ...choice, channel: "c1", address: "138" });
  });

  it("sends only the settings that changed, because each has its own keeper", () => {
    const before: NoticeSettings = {
      address: null,
      notice_channel: null,
      notice_rhythm: "digest",
      notice_digest: "08:30",
      notice_quiet_from: "20:00",
      notice_quiet_to: "08:00",
      notice_local: false,
    };
    const form = { ...before, address: "", notice_channel: "" };
    expect(changedNotices(before, form)).toEqual({});
    expect(changedNotices(before, { ...form, notice_local: true })).toEqual({ notice_local: true });
    expect(changedNotices({ ...before, address: "https://a" }, form)).toEqual({ address: "" });
  });

  it("calls new what began to wait after the list was last opened", () => {
    const item = (since: string) => ({ since }) as WorkItem;
    const items = [item("2026-11-21T01:00:00Z"), item("2026-11-22T01:00:00Z")];
    expect(unread(items, "")).toHaveLength(2);
    expect(unread(items, "2026-11-21T01:00:00Z")).toEqual([items[1]]);
    expect(unread(items, "2026-11-22T01:00:00Z")).toEqual([]);
  });
});
