/** Reading files on the server's pages: the file itself never comes here, only pictures of pages. */
import { fileName, http, problemOf, raw, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Viewing = Schemas["ViewingView"];
export type Found = Schemas["SearchView"];
export type PrintOffer = Schemas["PrintView"];
export type PrintAsk = Schemas["PrintAsked"];
export interface Print {
  pdf: Blob;
  name: string;
  /** Numbers of the carriers that the copies became. */
  carriers: string[];
}
export type Hit = Schemas["HitView"];

export const viewingApi = {
  open: (kind: string, id: string, item: string, purpose?: string) =>
    take<Viewing>(http.POST("/api/records/{kind}/{id}/files/{item}/viewings", { params: { path: { kind, id, item } }, body: { purpose } })),
  page: async (id: string, page: number, width: number): Promise<Blob> => (await raw("GET", `/api/viewings/${id}/pages/${page}?width=${width}`)).blob(),
  search: (id: string, q: string) => take<Found>(http.GET("/api/viewings/{id}/search", { params: { path: { id }, query: { q } } })),
  /** The same key prints the same copies again. */
  print: async (id: string, ask: PrintAsk, key: string): Promise<Print> => {
    const options = { params: { path: { id }, header: { "Idempotency-Key": key } }, body: ask, parseAs: "blob" } as const;
    const answer = await http.POST("/api/viewings/{id}/print", options);
    if (!answer.response.ok) throw await problemOf(answer.response, answer.error ?? {});
    const carriers = (answer.response.headers.get("jingui-carriers") ?? "").split(",").filter(Boolean).map(decodeURIComponent);
    return { pdf: answer.data as unknown as Blob, name: fileName(answer.response, "copies.pdf"), carriers };
  },
  /** Also while the page is being left. */
  end: (id: string) => void fetch(`/api/viewings/${id}`, { method: "DELETE", headers: { "X-Jingui": "1" }, keepalive: true }).catch(() => undefined),
};
