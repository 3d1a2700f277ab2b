/** Server-sent events: what others change appears here without a reload. */
import { useEffect } from "react";
import { queryClient, touched } from "./queries";

interface Change {
  kind: string;
  id: string;
  version: number;
}

/** How far an import of one's own is. */
export interface Importing {
  file: string;
  phase: "checking" | "writing";
  done: number;
  total: number;
}

const importers = new Set<(event: Importing) => void>();

/** Hears how far imports are, until the returned function is called. */
export function onImporting(hear: (event: Importing) => void): () => void {
  importers.add(hear);
  return () => void importers.delete(hear);
}

const viewers = new Set<(id: string) => void>();

/** Hears of viewings that ended by themselves or because a right was withdrawn, until the returned function is called. */
export function onViewingEnded(hear: (id: string) => void): () => void {
  viewers.add(hear);
  return () => void viewers.delete(hear);
}

export function useEvents(): void {
  useEffect(() => {
    const source = new EventSource("/api/events");
    source.addEventListener("change", (event) => {
      try {
        const change = JSON.parse((event as MessageEvent<string>).data) as Change;
        const known = queryClient.getQueryData<{ record: { version: number } }>(["record", change.id]);
        if (known && known.record.version >= change.version) return;
        touched(change.kind, change.id);
      } catch {
        // an event that cannot be read refreshes nothing
      }
    });
    source.addEventListener("importing", (event) => {
      const told = JSON.parse((event as MessageEvent<string>).data) as Importing;
      importers.forEach((hear) => hear(told));
    });
    source.addEventListener("viewing_ended", (event) => {
      const told = JSON.parse((event as MessageEvent<string>).data) as { id: string };
      viewers.forEach((hear) => hear(told.id));
    });
    source.addEventListener("work", () => void queryClient.invalidateQueries({ queryKey: ["work"] }));
    source.addEventListener("keys", () => void queryClient.invalidateQueries({ queryKey: ["keys"] }));
    source.addEventListener("checkpoint", () => void queryClient.invalidateQueries({ queryKey: ["ledger"] }));
    source.addEventListener("resync", () => void queryClient.invalidateQueries());
    return () => source.close();
  }, []);
}
