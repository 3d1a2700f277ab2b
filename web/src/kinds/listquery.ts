/**
 * The state of a list lives in its address: search, states, filters, sort. The same text is a
 * saved view and, without its page, the query of an export.
 */
import type { Search } from "../router";

export interface ListQuery {
  q?: string;
  state: string[];
  sort?: string;
  /** Field → codes; ranges are `{from, to}`. */
  filters: Record<string, string[] | { from?: string; to?: string }>;
}

const split = (text: string | undefined): string[] => (text ? text.split(",").filter(Boolean) : []);

export function readQuery(search: Search): ListQuery {
  const query: ListQuery = { q: search.q || undefined, state: split(search.state), sort: search.sort, filters: {} };
  for (const [key, value] of Object.entries(search)) {
    if (!key.startsWith("f.") || !value) continue;
    const name = key.slice(2);
    const range = /^(.*)\.(from|to)$/.exec(name);
    if (range?.[1]) {
      const present = query.filters[range[1]];
      query.filters[range[1]] = {
        ...(present && !Array.isArray(present) ? present : {}),
        [range[2] as "from" | "to"]: value,
      };
    } else query.filters[name] = split(value);
  }
  return query;
}

export function writeQuery(query: ListQuery): Search {
  const out: Search = {};
  if (query.q) out.q = query.q;
  if (query.state.length) out.state = query.state.join(",");
  if (query.sort) out.sort = query.sort;
  for (const [name, value] of Object.entries(query.filters)) {
    if (Array.isArray(value)) {
      if (value.length) out[`f.${name}`] = value.join(",");
    } else {
      if (value.from) out[`f.${name}.from`] = value.from;
      if (value.to) out[`f.${name}.to`] = value.to;
    }
  }
  return out;
}

/** How many filters are set; the search box is not one of them. */
export function filterCount(query: ListQuery): number {
  const set = Object.values(query.filters).filter((v) => (Array.isArray(v) ? v.length > 0 : v.from || v.to));
  return set.length + (query.state.length ? 1 : 0);
}

/** A search as it stands in an address, without `?`. */
export const searchText = (search: Search): string =>
  new URLSearchParams(Object.entries(search).filter((e): e is [string, string] => Boolean(e[1]))).toString();

export const sortOf = (sort: string | undefined): { field: string; order: "ascend" | "descend" } | undefined =>
  sort ? { field: sort.replace(/^-/, ""), order: sort.startsWith("-") ? "descend" : "ascend" } : undefined;
