/** The overview's numbers, read with care: what a person may not see is simply absent. */
import type { Json } from "../api/types";

export interface OverviewData {
  total: number;
  grades: Record<string, number>;
  states: Record<string, number>;
  departments: { id: string; name: string; count: number }[];
  measures?: number;
  expiring?: number;
  corrective?: number;
  checkpoint?: { size: number; at?: string };
}

const object = (v: Json | undefined): Record<string, Json> =>
  v && typeof v === "object" && !Array.isArray(v) ? v : {};
const number = (v: Json | undefined): number | undefined =>
  typeof v === "number" ? v : Array.isArray(v) ? v.length : undefined;

/** Either `{core: 3}` or `[{code|grade|state, count}]`. */
function counts(v: Json | undefined): Record<string, number> {
  if (Array.isArray(v)) {
    return Object.fromEntries(
      v.map((x) => {
        const row = object(x);
        return [String(row.code ?? row.grade ?? row.state ?? ""), number(row.count) ?? 0];
      }),
    );
  }
  return Object.fromEntries(Object.entries(object(v)).map(([k, n]) => [k, number(n) ?? 0]));
}

export function readOverview(raw: Record<string, Json>): OverviewData {
  const secrets = object(raw.secrets);
  const from = (name: string) => secrets[name] ?? raw[name];
  const grades = counts(from("by_grade"));
  const states = counts(from("by_state"));
  const list = from("by_department");
  const departments = (Array.isArray(list) ? list : []).map((x) => {
    const row = object(x);
    return { id: String(row.id ?? ""), name: String(row.name ?? ""), count: number(row.count ?? row.total) ?? 0 };
  });
  const checkpoint = object(raw.checkpoint ?? raw.last_checkpoint);
  const size = number(checkpoint.size);
  return {
    total: number(from("total")) ?? Object.values(states).reduce((a, b) => a + b, 0),
    grades,
    states,
    departments: departments.sort((a, b) => b.count - a.count),
    measures: number(raw.measures_average ?? raw.measures),
    expiring: number(raw.expiring_soon ?? raw.expiring),
    corrective: number(raw.open_corrective_actions ?? raw.corrective_actions),
    checkpoint: size === undefined ? undefined : { size, at: typeof checkpoint.at === "string" ? checkpoint.at : undefined },
  };
}
