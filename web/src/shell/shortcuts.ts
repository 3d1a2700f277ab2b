/** Keys for those who keep their hands on the keyboard. */
import { useEffect, useRef } from "react";

interface Handlers {
  search: () => void;
  help: () => void;
  go: (to: string) => void;
}

/** `g` followed by a letter goes to a page. */
export const jumps: Record<string, { to: string; label: string }> = {
  h: { to: "/", label: "nav.home" },
  a: { to: "/approvals", label: "nav.approvals" },
  s: { to: "/r/secret", label: "shortcut.secrets" },
  c: { to: "/chart", label: "nav.chart" },
  e: { to: "/evidence", label: "nav.evidence" },
};

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('[role="dialog"]') !== null);

export function useShortcuts(handlers: Handlers): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    let pending = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current.search();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (event.key === "/") {
        event.preventDefault();
        latest.current.search();
      } else if (event.key === "?") latest.current.help();
      else if (event.key === "g") {
        pending = Date.now();
        return;
      } else if (Date.now() - pending < 1200) {
        const jump = jumps[event.key];
        if (jump) latest.current.go(jump.to);
      } else if (event.key === "n" || event.key === "e" || event.key === "f") {
        document.querySelector<HTMLElement>(`[data-shortcut="${event.key}"]`)?.click();
      }
      pending = 0;
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
