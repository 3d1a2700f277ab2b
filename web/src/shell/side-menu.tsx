/** The menu as a list of links. */
import { Link } from "@tanstack/react-router";
import { useLang } from "../i18n";
import type { Group } from "./menu";

export function SideMenu({ groups, current }: { groups: Group[]; current?: string }) {
  const { t } = useLang();
  return (
    <nav className="menu" aria-label={t("nav.menu")}>
      {groups.map((group) => (
        <section key={group.key} aria-label={group.label}>
          {group.label && <div className="menu-group">{group.label}</div>}
          <ul>
            {group.entries.map((entry) => (
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
