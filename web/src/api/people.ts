/** The endpoints of people, carriers and counts, on their own so that the first page does without them. */
import { queryOptions } from "@tanstack/react-query";
import { fileName, http, raw, save, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type StockCount = Schemas["StockCount"];
export type CountedCarrier = Schemas["CountedCarrier"];
export type ScanAnswer = Schemas["ScanAnswer"];
export type Holdings = Schemas["Holdings"];
export type Held = Schemas["Held"];
export type Checklist = Schemas["Checklist"];
export type ChecklistStep = Schemas["ChecklistStep"];
export type StepNeed = Schemas["StepNeed"];
export interface Scan {
  key: string;
  code: string;
  zone?: string | null;
}

const one = (id: string) => ({ params: { path: { id } } });
export const people = {
  holdings: (id: string) => take<Holdings>(http.GET("/api/persons/{id}/holdings", one(id))),
  checklist: (kind: string, id: string) => take<Checklist>(http.GET("/api/records/{kind}/{id}/checklist", { params: { path: { kind, id } } })),
  whereabouts: (id: string) => take<Schemas["Whereabouts"]>(http.GET("/api/secrets/{id}/carriers", one(id))),
  circulation: (id: string) => take<Schemas["Circulation"]>(http.GET("/api/carriers/{id}/circulation", one(id))),
  count: (id: string) => take<StockCount>(http.GET("/api/stock-counts/{id}", one(id))),
  scans: (id: string, scans: Scan[]) => take<{ scans: ScanAnswer[] }>(http.POST("/api/stock-counts/{id}/scans", { ...one(id), body: { scans } })),
  labels: async (kind: string, body: { ids: string[]; stock: string; skip: number; names: boolean }) => {
    const url = `/api/records/${kind}/labels`;
    const response = await raw("POST", url, new Blob([JSON.stringify(body)], { type: "application/json" }));
    save(await response.blob(), fileName(response, "jingui-labels.pdf"));
  },
};

export const qp = {
  holdings: (id: string) => queryOptions({ queryKey: ["holdings", id], queryFn: () => people.holdings(id) }),
  checklist: (kind: string, id: string, version: number) =>
    queryOptions({ queryKey: ["checklist", id, version], queryFn: () => people.checklist(kind, id) }),
  whereabouts: (id: string) => queryOptions({ queryKey: ["whereabouts", id], queryFn: () => people.whereabouts(id) }),
  circulation: (id: string) => queryOptions({ queryKey: ["circulation", id], queryFn: () => people.circulation(id) }),
  count: (id: string) => queryOptions({ queryKey: ["count", id], queryFn: () => people.count(id) }),
};
