/** Server-sent events: what others change appears here without a reload. */
import { useEffect } from "react";
import { queryClient, touched } from "./queries";

interface Change {
  kind: string;
  id: string;
  version: number;
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
    source.addEventListener("work", () => void queryClient.invalidateQueries({ queryKey: ["work"] }));
    source.addEventListener("checkpoint", () => void queryClient.invalidateQueries({ queryKey: ["ledger"] }));
    source.addEventListener("resync", () => void queryClient.invalidateQueries());
    return () => source.close();
  }, []);
}
