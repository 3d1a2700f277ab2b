/**
 * Answers on their way: what was chosen is sent at once, tried again while the network is away, and kept in the tab meanwhile, so that
 * neither a dead spot nor a reload loses one (H 12.1).
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { Problem } from "../../api/client";
import { training } from "../../api/training";

export type Chosen = Record<number, string[]>;
const AGAIN_MS = 3000;
const key = (id: string) => `jingui.exam.${id}`;

export function restored(id: string): Chosen {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key(id)) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Chosen) : {};
  } catch {
    return {};
  }
}

function keep(id: string, unsent: Chosen): void {
  try {
    if (Object.keys(unsent).length === 0) sessionStorage.removeItem(key(id));
    else sessionStorage.setItem(key(id), JSON.stringify(unsent));
  } catch {
    // private windows may refuse; the server has all but the last seconds
  }
}

/** `put` takes an answer along; `unsent` counts those that the server does not have yet; `flush` waits until it has all. */
export function useAnswers(id: string, closed: (problem: Problem) => void) {
  const unsent = useRef<Chosen>(restored(id));
  const [count, setCount] = useState(Object.keys(unsent.current).length);
  const sending = useRef<Promise<boolean> | null>(null);
  const done = useRef(closed);
  done.current = closed;

  const send = useCallback(async (): Promise<boolean> => {
    const batch = unsent.current;
    const places = Object.keys(batch).map(Number);
    if (places.length === 0) return true;
    try {
      await training.save(id, places.map((place) => ({ place, chosen: batch[place] ?? [] })));
    } catch (error) {
      const gone = error instanceof Problem && (error.code === "exam.over" || error.code === "exam.handed_in");
      if (gone) {
        unsent.current = {};
        keep(id, {});
        setCount(0);
        done.current(error);
      }
      return false;
    }
    // What was chosen anew meanwhile goes with the next one.
    const rest = Object.entries(unsent.current).filter(([place, codes]) => batch[Number(place)] !== codes);
    unsent.current = Object.fromEntries(rest);
    keep(id, unsent.current);
    setCount(rest.length);
    return rest.length === 0;
  }, [id]);

  const flush = useCallback((): Promise<boolean> => {
    sending.current ??= send().finally(() => {
      sending.current = null;
    });
    return sending.current;
  }, [send]);

  const put = useCallback(
    (place: number, codes: string[]) => {
      unsent.current = { ...unsent.current, [place]: codes };
      keep(id, unsent.current);
      setCount(Object.keys(unsent.current).length);
      void flush();
    },
    [flush, id],
  );

  useEffect(() => {
    if (count === 0) return;
    const timer = setInterval(() => void flush(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [count, flush]);

  return { put, unsent: count, flush };
}
