/** Reading files on the server's pages: the file itself never comes here, only pictures of pages. */
import { http, raw, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Viewing = Schemas["ViewingView"];
export type Found = Schemas["SearchView"];
export type Hit = Schemas["HitView"];

export const viewingApi = {
  open: (kind: string, id: string, item: string, purpose?: string) =>
    take<Viewing>(http.POST("/api/records/{kind}/{id}/files/{item}/viewings", { params: { path: { kind, id, item } }, body: { purpose } })),
  page: async (id: string, page: number, width: number): Promise<Blob> => (await raw("GET", `/api/viewings/${id}/pages/${page}?width=${width}`)).blob(),
  search: (id: string, q: string) => take<Found>(http.GET("/api/viewings/{id}/search", { params: { path: { id }, query: { q } } })),
  /** Also while the page is being left. */
  end: (id: string) => void fetch(`/api/viewings/${id}`, { method: "DELETE", headers: { "X-Jingui": "1" }, keepalive: true }).catch(() => undefined),
};
