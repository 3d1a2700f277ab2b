/** The endpoints of dual control, on their own so that the first page does without them. */
import { queryOptions } from "@tanstack/react-query";
import { http, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type OwnKey = Schemas["OwnKey"];
/** What the shares of an opening are bound to. */
export interface Binding {
  opening: string;
  locks: [string, number][];
  purpose: string;
  reader: string;
  until: string;
  nonce: string;
}
export type Waiting = Omit<Schemas["Waiting"], "binding"> & { binding: Binding };
/** What a new key is of. */
export type Algorithm = "x25519" | "sm2";
export type View = Omit<Schemas["CustodyView"], "openings" | "algorithm"> & { openings: Waiting[]; algorithm: Algorithm };

const one = (id: string) => ({ params: { path: { id } } });
export const custody = {
  view: () => take<View>(http.GET("/api/custody")),
  setKey: (id: string, body: { key: string; sealed_key: string }) => take<void>(http.PUT("/api/custody/{id}/key", { ...one(id), body })),
  ask: (body: { secret: string; purpose: string; minutes: number }) => take<Schemas["Asked"]>(http.POST("/api/custody/openings", { body })),
  lift: (body: { purpose: string; minutes: number }) => take<Schemas["Asked"]>(http.POST("/api/custody/lifting", { body })),
  share: (body: { purpose: string; minutes: number }) => take<Schemas["Asked"]>(http.POST("/api/custody/sharing", { body })),
  release: (id: string, body: { holder: string; shares: string[] }) =>
    take<Schemas["Released"]>(http.POST("/api/custody/openings/{id}/release", { ...one(id), body })),
};

export const qcustody = () => queryOptions({ queryKey: ["custody"], queryFn: custody.view, refetchInterval: 20_000 });
