/** The frame of work: menu, header, notice, page. */
import { MenuOutlined, SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { q } from "../api/queries";
import { useEvents } from "../api/events";
import type { Me, Status } from "../api/types";
import { Loading, ProblemView } from "../components/states";
import { useCompact } from "../components/use-narrow";
import { useLang } from "../i18n";
import { CatalogProvider } from "../kinds/catalog";
import { Bell } from "./bell";
import { Mark } from "./brand";
import { LangSwitch } from "./lang-switch";
import { MeMenu } from "./me-menu";
import { buildMenu } from "./menu";
import { SideMenu } from "./side-menu";
import { useShortcuts } from "./shortcuts";

const Palette = lazy(() => import("./palette").then((m) => ({ default: m.Palette })));
const MenuDrawer = lazy(() => import("./menu-drawer").then((m) => ({ default: m.MenuDrawer })));
const Help = lazy(() => import("./help").then((m) => ({ default: m.Help })));

export function Shell({ me, status }: { me: Me; status: Status }) {
  const catalog = useQuery(q.catalog());
  if (catalog.isPending) return <main className="plain"><Loading rows={4} /></main>;
  if (catalog.isError) return <main className="plain"><ProblemView error={catalog.error} retry={() => void catalog.refetch()} /></main>;
  return (
    <CatalogProvider catalog={catalog.data} me={me}>
      <Frame me={me} status={status} />
    </CatalogProvider>
  );
}

function Frame({ me, status }: { me: Me; status: Status }) {
  const { t, tr } = useLang();
  const catalog = useQuery(q.catalog());
  const work = useQuery(q.work());
  const navigate = useNavigate();
  const location = useLocation();
  const compact = useCompact();
  const [drawer, setDrawer] = useState(false);
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  useEvents();
  useShortcuts({ search: () => setPalette(true), help: () => setHelp(true), go: (to) => void navigate({ to }) });

  const waiting = work.data?.items.filter((i) => i.what === "decide").length ?? 0;
  const groups = useMemo(
    () => (catalog.data ? buildMenu(catalog.data, me, t, tr, waiting) : []),
    [catalog.data, me, t, tr, waiting],
  );
  const current = useMemo(() => {
    const keys = groups.flatMap((g) => g.entries.map((e) => e.key));
    return keys
      .filter((k) => (k === "/" ? location.pathname === "/" : `${location.pathname}/`.startsWith(`${k}/`)))
      .sort((a, b) => b.length - a.length)[0];
  }, [groups, location.pathname]);
  useEffect(() => setDrawer(false), [location.pathname]);
  useEffect(() => {
    // The search box is fetched once the page stands, so that the first key is not lost.
    const timer = setTimeout(() => void import("./palette").catch(() => undefined), 1500);
    return () => clearTimeout(timer);
  }, []);

  return (
    <div className="shell">
      <a
        className="skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t("nav.skip")}
      </a>
      <header className="shell-head no-print">
        {compact && (
          <Button type="text" icon={<MenuOutlined />} aria-label={t("nav.menu")} onClick={() => setDrawer(true)} />
        )}
        <span className="brand">
          <Mark /> <strong className="brand-name">{t("app.short")}</strong>
          <span className="brand-company">{status.company}</span>
        </span>
        <Button className="search-button" icon={<SearchOutlined />} onClick={() => setPalette(true)} aria-label={t("search.open")}>
          <span className="search-text">{t("search.open")}</span>
          <kbd>{t("search.key")}</kbd>
        </Button>
        <Bell me={me} />
        <LangSwitch />
        <MeMenu me={me} onHelp={() => setHelp(true)} />
      </header>
      <div className="shell-body">
        {!compact && (
          <div className="shell-side no-print">
            <SideMenu groups={groups} current={current} />
          </div>
        )}
        <main id="main" className="shell-main" ref={main} tabIndex={0}>
          <Suspense fallback={<div className="page"><Loading /></div>}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Suspense>
        {compact && drawer && (
          <MenuDrawer title={status.company ?? t("app.name")} groups={groups} current={current} onClose={() => setDrawer(false)} />
        )}
        {palette && <Palette onClose={() => setPalette(false)} groups={groups} />}
        {help && <Help onClose={() => setHelp(false)} />}
      </Suspense>
    </div>
  );
}
