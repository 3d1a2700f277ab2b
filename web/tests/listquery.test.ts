/** The address of a list holds its whole state. */
import { describe, expect, it } from "vitest";
import { serializeQuery } from "../src/api/client";
import { filterCount, readQuery, searchText, sortOf, writeQuery } from "../src/kinds/listquery";

describe("list query", () => {
  const search = {
    q: "bearing",
    state: "draft,in_force",
    sort: "-updated",
    "f.grade": "core,important",
    "f.expires.from": "2026-01-01",
    "f.expires.to": "2026-12-31",
    "f.loss.from": "100",
  };
  it("goes there and back", () => {
    expect(writeQuery(readQuery(search))).toEqual(search);
  });
  it("reads ranges and lists", () => {
    expect(readQuery(search).filters).toEqual({
      grade: ["core", "important"],
      expires: { from: "2026-01-01", to: "2026-12-31" },
      loss: { from: "100" },
    });
  });
  it("counts filters, not the search text", () => {
    expect(filterCount(readQuery(search))).toBe(4);
    expect(filterCount(readQuery({ q: "x" }))).toBe(0);
    expect(filterCount({ state: [], filters: { a: [], b: {} } })).toBe(0);
  });
  it("survives being saved as text", () => {
    const saved = searchText(writeQuery(readQuery(search)));
    expect(writeQuery(readQuery(Object.fromEntries(new URLSearchParams(saved))))).toEqual(search);
  });
  it("ignores empty values", () => {
    expect(writeQuery(readQuery({ q: "", state: "", "f.grade": "", "f.a.from": undefined }))).toEqual({});
  });
  it("understands sorting", () => {
    expect(sortOf("-updated")).toEqual({ field: "updated", order: "descend" });
    expect(sortOf("title")).toEqual({ field: "title", order: "ascend" });
    expect(sortOf(undefined)).toBeUndefined();
  });
});

describe("query text", () => {
  it("joins lists, keeps cursors whole and leaves out what is not set", () => {
    const text = serializeQuery({ a: ["x", "y"], cursor: "ab+c/=", none: undefined, empty: "", zero: 0, no: false, nothing: [] });
    expect(Object.fromEntries(new URLSearchParams(text))).toEqual({ a: "x,y", cursor: "ab+c/=", zero: "0", no: "false" });
  });
});
