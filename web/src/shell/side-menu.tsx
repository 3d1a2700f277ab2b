/** The menu as a list of links: sections fold, and a few letters are enough to find a register among many. */
import { DownOutlined, RightOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useLang } from "../i18n";
import { foldable, type Group, matching } from "./menu";

const KEPT = "jingui.menu.open";
const kept = (): Record<string, boolean> => {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return found && typeof found === "object" ? (found as Record<string, boolean>) : {};
  } catch {
    return {};
  }
};

export function SideMenu({ groups, current }: { groups: Group[]; current?: string }) {
  const { t } = useLang();
  const id = useId();
  const [open, setOpen] = useState(kept);
  const [text, setText] = useState("");
  const wanted = text.trim();
  const shown = wanted ? matching(groups, wanted) : groups;
  const isOpen = (group: Group) =>
    Boolean(wanted) || !group.label || (open[group.key] ?? (!foldable.has(group.key) || group.entries.some((e) => e.key === current)));
  const toggle = (group: Group) => {
    const next = { ...open, [group.key]: !isOpen(group) };
    setOpen(next);
    try {
      localStorage.setItem(KEPT, JSON.stringify(next));
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  };
  return (
    <nav className="menu" aria-label={t("nav.menu")}>
      <input
        className="menu-filter"
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={t("nav.filter")}
        aria-label={t("nav.filter")}
      />
      {shown.length === 0 && <p className="menu-none" role="status">{t("nav.none")}</p>}
      {shown.map((group) => (
        <section key={group.key} aria-label={group.label}>
          {group.label && (
            <button
              type="button"
              className="menu-group"
              aria-expanded={isOpen(group)}
              aria-controls={`${id}-${group.key}`}
              disabled={Boolean(wanted)}
              onClick={() => toggle(group)}
            >
              {isOpen(group) ? <DownOutlined /> : <RightOutlined />}
              <span className="menu-text">{group.label}</span>
              {!isOpen(group) && <span className="menu-count">{group.entries.length}</span>}
            </button>
          )}
          <ul id={`${id}-${group.key}`} hidden={!isOpen(group)}>
            {isOpen(group) && group.entries.map((entry) => (
              <li key={entry.key}>
                <Link to={entry.key} className={entry.key === current ? "menu-link current" : "menu-link"} aria-current={entry.key === current ? "page" : undefined}>
                  {entry.icon}
                  <span className="menu-text">{entry.label}</span>
                  {entry.badge ? <span className="menu-badge">{entry.badge}</span> : null}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}
