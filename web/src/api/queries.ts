/** Query keys in one place, so that events know what to refresh. */
import { QueryClient, queryOptions } from "@tanstack/react-query";
import { Problem } from "./client";
import { api } from "./endpoints";
import type { Data } from "./types";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => error instanceof Problem && error.status === 0 && count < 2,
    },
  },
});

export const q = {
  status: () => queryOptions({ queryKey: ["status"], queryFn: api.status, staleTime: 60_000 }),
  me: () => queryOptions({ queryKey: ["me"], queryFn: api.me, retry: false, staleTime: 300_000 }),
  catalog: () => queryOptions({ queryKey: ["catalog"], queryFn: api.catalog, staleTime: Infinity }),
  list: (kind: string, query: Record<string, unknown>) =>
    queryOptions({
      queryKey: ["list", kind, query],
      queryFn: ({ signal }) => api.records(kind, query, signal),
    }),
  record: (kind: string, id: string) =>
    queryOptions({ queryKey: ["record", id], queryFn: () => api.record(kind, id) }),
  history: (kind: string, id: string) =>
    queryOptions({ queryKey: ["history", id], queryFn: () => api.history(kind, id) }),
  work: () => queryOptions({ queryKey: ["work"], queryFn: api.work }),
  diary: (from: string, to: string) => queryOptions({ queryKey: ["diary", from, to], queryFn: () => api.diary(from, to) }),
  overview: () => queryOptions({ queryKey: ["overview"], queryFn: api.overview }),
  assessment: (id: string) =>
    queryOptions({ queryKey: ["assessment", id], queryFn: () => api.assessment(id) }),
  knowers: (id: string) => queryOptions({ queryKey: ["knowers", id], queryFn: () => api.knowers(id) }),
  grading: () => queryOptions({ queryKey: ["grading"], queryFn: api.gradingForm, staleTime: Infinity }),
  progress: (id: string) => queryOptions({ queryKey: ["progress", id], queryFn: () => api.progress(id) }),
  chart: () => queryOptions({ queryKey: ["chart"], queryFn: api.chart }),
  authority: () => queryOptions({ queryKey: ["authority"], queryFn: api.authority }),
  ledger: () => queryOptions({ queryKey: ["ledger"], queryFn: api.ledger }),
  watch: () => queryOptions({ queryKey: ["ledger", "watch"], queryFn: api.watch }),
  kindDocuments: (kind: string) => queryOptions({ queryKey: ["forms", kind], queryFn: () => api.kindDocuments(kind) }),
  documents: (kind: string, id: string, version: number) =>
    queryOptions({ queryKey: ["documents", id, version], queryFn: () => api.documents(kind, id) }),
  evidence: (kind: string, id: string) =>
    queryOptions({ queryKey: ["evidence", id], queryFn: () => api.evidence(kind, id) }),
  preview: (data: Data) =>
    queryOptions({ queryKey: ["preview", data], queryFn: () => api.preview(data), retry: false, staleTime: 0, refetchOnWindowFocus: false }),
  why: (action: string, kind: string, id?: string) =>
    queryOptions({ queryKey: ["why", action, kind, id], queryFn: () => api.why(action, kind, id), retry: false, staleTime: 60_000 }),
  keys: () => queryOptions({ queryKey: ["keys"], queryFn: api.keys }),
  settings: () => queryOptions({ queryKey: ["settings"], queryFn: api.settings }),
  views: () => queryOptions({ queryKey: ["views"], queryFn: api.views, staleTime: 300_000 }),
  batches: () => queryOptions({ queryKey: ["batches"], queryFn: api.batches }),
};

/** After any act on a record: what may show it is stale. */
export function touched(kind: string, id?: string): void {
  void queryClient.invalidateQueries({ queryKey: ["list", kind] });
  void queryClient.invalidateQueries({ queryKey: ["work"] });
  void queryClient.invalidateQueries({ queryKey: ["overview"] });
  void queryClient.invalidateQueries({ queryKey: ["diary"] });
  void queryClient.invalidateQueries({ queryKey: ["progress"] });
  if (kind === "department" || kind === "post" || kind === "person" || kind === "account") {
    void queryClient.invalidateQueries({ queryKey: ["chart"] });
  }
  if (id) {
    for (const part of ["record", "history", "evidence", "assessment", "knowers", "marks"]) {
      void queryClient.invalidateQueries({ queryKey: [part, id] });
    }
  }
}
