/** One page of a viewing: its picture is fetched when it comes near, in steps of size, and freed when it is far away. */
import { type RefObject, useEffect, useRef, useState } from "react";
import { viewingApi } from "../api/viewing";

/** Widths that are asked for: a picture is shown smaller, never much larger. */
const WIDTHS = [160, 600, 900, 1300, 1800, 2400];

interface Wanted {
  viewing: string;
  page: number;
  width: number;
  root: RefObject<HTMLDivElement | null>;
  refused: (error: unknown) => void;
  shown?: (page: number) => void;
}

export function useSheet({ viewing, page, width, root, refused, shown }: Wanted) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  const [url, setUrl] = useState<string>();
  const [failed, setFailed] = useState(false);
  const [round, setRound] = useState(0);
  const ratio = window.devicePixelRatio || 1;
  const wanted = WIDTHS.find((w) => w >= width * ratio) ?? 2400;

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const close = new IntersectionObserver((seen) => setNear(seen.some((s) => s.isIntersecting)), { root: root.current, rootMargin: "60% 0px" });
    // The page that crosses the middle is the one that is looked at.
    const middle = shown && new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && shown(page), { root: root.current, rootMargin: "-45% 0px -54% 0px" });
    close.observe(element);
    middle?.observe(element);
    return () => {
      close.disconnect();
      middle?.disconnect();
    };
  }, [page, root, shown]);

  useEffect(() => {
    if (!near) return undefined;
    let left = false;
    let made: string | undefined;
    setFailed(false);
    viewingApi.page(viewing, page, wanted).then(
      (blob) => {
        if (left) return;
        made = URL.createObjectURL(blob);
        setUrl(made);
      },
      (error: unknown) => {
        if (left) return;
        setFailed(true);
        refused(error);
      },
    );
    return () => {
      left = true;
      if (made) URL.revokeObjectURL(made);
      setUrl(undefined);
    };
  }, [near, viewing, page, wanted, round, refused]);

  return { place, url, failed, retry: () => setRound((n) => n + 1) };
}
