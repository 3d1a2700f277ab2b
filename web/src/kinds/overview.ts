/** Sums over the overview's numbers. */
import type { Kind, Overview } from "../api/types";

export const totalOf = (data: Overview): number => data.secrets.reduce((sum, g) => sum + g.total, 0);

/** All grades together by state, in the kind's order. */
export function statesOf(data: Overview, kind: Kind | undefined): { code: string; count: number }[] {
  const sums = new Map<string, number>();
  for (const grade of data.secrets) {
    for (const { code, count } of grade.states) sums.set(code, (sums.get(code) ?? 0) + count);
  }
  const order = kind?.states.map((s) => s.name) ?? [];
  return [...sums].map(([code, count]) => ({ code, count })).sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
}
