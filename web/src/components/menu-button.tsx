/** A button that opens a short list of choices. */
import { Button } from "antd";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";

export interface MenuItem {
  key: string;
  label: string;
  icon?: ReactNode;
}

interface Props {
  label: ReactNode;
  icon?: ReactNode;
  ariaLabel?: string;
  head?: ReactNode;
  items: (MenuItem | "line")[];
  onChoose: (key: string) => void;
  onOpen?: () => void;
  type?: "text" | "default";
}

export function MenuButton({ label, icon, ariaLabel, head, items, onChoose, onOpen, type = "default" }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const move = (step: number) => {
    const all = [...(box.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <div
      className="menu-button"
      ref={box}
      onKeyDown={(event) => {
        if (!open) return;
        if (event.key === "Escape") {
          setOpen(false);
          box.current?.querySelector("button")?.focus();
        } else if (event.key === "ArrowDown") move(1);
        else if (event.key === "ArrowUp") move(-1);
        else if (event.key === "Tab") {
          setOpen(false);
          return;
        } else return;
        event.preventDefault();
      }}
    >
      <Button type={type} icon={icon} aria-label={ariaLabel} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => {
          if (!open) onOpen?.();
          setOpen(!open);
        }}>
        {label}
      </Button>
      {open && (
        <div className="menu-box">
          {head}
          <ul role="menu" id={id}>
            {items.map((item, i) =>
              item === "line" ? (
                <li key={`line-${i}`} role="separator" className="menu-line" />
              ) : (
                <li key={item.key} role="none">
                  <button
                    type="button"
                    role="menuitem"
                    tabIndex={-1}
                    onClick={() => {
                      setOpen(false);
                      onChoose(item.key);
                    }}
                  >
                    {item.icon} {item.label}
                  </button>
                </li>
              ),
            )}
          </ul>
        </div>
      )}
    </div>
  );
}
