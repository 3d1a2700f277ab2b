/**
 * Scans on their way: each is kept in the browser until the server has it, with a key of its own, so that neither a dead network nor a
 * reload loses or doubles one (B 5.2.3).
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { freshKey, Problem } from "../../api/client";
import { people, type Scan, type ScanAnswer } from "../../api/people";

const AGAIN_MS = 3000;
const BATCH = 100;
const SHOWN = 12;
const keyOf = (id: string) => `jingui.count.${id}`;

export interface Seen extends Scan {
  what?: string;
  number?: string | null;
}

export function keptScans(id: string): Scan[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(id)) ?? "[]");
    return Array.isArray(kept) ? (kept as Scan[]) : [];
  } catch {
    return [];
  }
}

function keep(id: string, scans: Scan[]): void {
  try {
    if (scans.length === 0) localStorage.removeItem(keyOf(id));
    else localStorage.setItem(keyOf(id), JSON.stringify(scans));
  } catch {
    // private windows may refuse: then the page must stay open until all is sent
  }
}

export function useQueue(id: string, told: (answers: ScanAnswer[]) => void, refused: (problem: Problem) => void) {
  const waiting = useRef<Scan[]>(keptScans(id));
  const [left, setLeft] = useState(waiting.current.length);
  const [last, setLast] = useState<Seen[]>([]);
  const busy = useRef(false);
  const heard = useRef({ told, refused });
  heard.current = { told, refused };

  const flush = useCallback(async () => {
    if (busy.current || waiting.current.length === 0) return;
    busy.current = true;
    try {
      while (waiting.current.length > 0) {
        const batch = waiting.current.slice(0, BATCH);
        const { scans } = await people.scans(id, batch);
        const done = new Map(scans.map((s) => [s.key, s]));
        waiting.current = waiting.current.filter((s) => !done.has(s.key));
        keep(id, waiting.current);
        setLeft(waiting.current.length);
        setLast((before) => before.map((s) => ({ ...s, ...done.get(s.key) })));
        heard.current.told(scans);
      }
    } catch (error) {
      // Without a network it is tried again; what the server refuses stays here to be seen.
      if (error instanceof Problem && error.status !== 0) heard.current.refused(error);
    } finally {
      busy.current = false;
    }
  }, [id]);

  const scan = useCallback(
    (code: string, zone?: string) => {
      const one: Scan = { key: freshKey(), code, zone };
      waiting.current = [...waiting.current, one];
      keep(id, waiting.current);
      setLeft(waiting.current.length);
      setLast((before) => [one, ...before].slice(0, SHOWN));
      void flush();
    },
    [flush, id],
  );

  useEffect(() => {
    void flush();
    const timer = setInterval(() => void flush(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [flush]);

  return { scan, left, last };
}
