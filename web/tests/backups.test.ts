/** How a place of backups stands, what has arrived, and what is typed for a drill (B 7.2.2; H 9.6.2 g). */
import { describe, expect, it } from "vitest";
import type { BackupPlace, BackupWarning } from "../src/api/backups";
import { arrived, drillCommand, standing } from "../src/pages/backups/state";

const place = (more: Partial<BackupPlace> = {}): BackupPlace =>
  ({ id: "p", name: "异地库", place: "/mnt/off", active: true, hours: 24, untested: 0, warnings: [], may_run: true, ...more }) as BackupPlace;
const made = (index: number) => ({ index }) as BackupPlace["last"];

describe("a place of backups", () => {
  it("is bad when nothing could be restored, and only warned of when a drill is due", () => {
    const of = (...warnings: BackupWarning[]) => standing(place({ warnings }));
    expect(of()).toBe("good");
    for (const due of ["never_drilled", "drill_too_old"] as const) expect(of(due)).toBe("warning");
    for (const bad of ["failing", "too_old", "never_backed_up", "unsound", "drill_failed"] as const) expect(of("never_drilled", bad)).toBe("bad");
    expect(standing(place({ running: "2026-11-21T01:00:00Z", warnings: ["too_old"] }))).toBe("running");
    expect(standing(place({ active: false, warnings: ["too_old"] }))).toBe("off");
  });
  it("has what was asked for when its last backup is another one, or it failed again, or it is gone", () => {
    const before = place({ last: made(7) });
    expect(arrived(before, place({ last: made(7) }))).toBe(false);
    expect(arrived(before, place({ last: made(9) }))).toBe(true);
    expect(arrived(before, place({ last: made(7), attempts: 3 }))).toBe(true);
    expect(arrived(before, undefined)).toBe(true);
    expect(arrived(place(), place({ last: made(1) }))).toBe(true);
  });
  it("is named to a shell so that nothing in it is run", () => {
    expect(drillCommand("/mnt/off")).toBe("jingui restore --from /mnt/off --data DIR --key-file KEY --drill");
    expect(drillCommand("/mnt/off site; rm -rf 'x'")).toContain(`--from '/mnt/off site; rm -rf '\\''x'\\''' --data`);
  });
});
