/** Addresses. Every page is its own chunk, and waits for the words of pages; the query part of an address is plain text. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Crash, NotFound } from "./components/states";
import { worded } from "./i18n";
import { Gate } from "./shell/gate";

export type Search = Record<string, string | undefined>;

const parseSearch = (text: string): Search => Object.fromEntries(new URLSearchParams(text));
const stringifySearch = (search: Record<string, unknown>): string => {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== "") out.set(key, String(value));
  }
  const text = out.toString();
  return text ? `?${text}` : "";
};

const root = createRootRoute({ component: Gate, notFoundComponent: NotFound, errorComponent: Crash });
const validateSearch = (search: Record<string, unknown>): Search => search as Search;
const parent = { getParentRoute: () => root } as const;

const tree = root.addChildren([
  createRoute({ ...parent, path: "/", component: lazyRouteComponent(() => import("./pages/home"), "HomePage") }),
  createRoute({
    ...parent,
    path: "/r/$kind",
    validateSearch,
    component: lazyRouteComponent(worded(() => import("./pages/list")), "ListPage"),
  }),
  createRoute({
    ...parent,
    path: "/r/$kind/new",
    validateSearch,
    component: lazyRouteComponent(worded(() => import("./pages/edit")), "NewPage"),
  }),
  createRoute({
    ...parent,
    path: "/r/$kind/import",
    component: lazyRouteComponent(worded(() => import("./pages/import")), "ImportPage"),
  }),
  createRoute({
    ...parent,
    path: "/r/$kind/$id",
    validateSearch,
    component: lazyRouteComponent(worded(() => import("./pages/record")), "RecordRoute"),
  }),
  createRoute({
    ...parent,
    path: "/r/$kind/$id/edit",
    component: lazyRouteComponent(worded(() => import("./pages/edit")), "EditPage"),
  }),
  createRoute({
    ...parent,
    path: "/view/$kind/$id/$file",
    component: lazyRouteComponent(worded(() => import("./pages/viewer")), "ViewerPage"),
  }),
  createRoute({
    ...parent,
    path: "/packages/new",
    validateSearch,
    component: lazyRouteComponent(worded(() => import("./pages/package")), "NewPackagePage"),
  }),
  createRoute({
    ...parent,
    path: "/training",
    validateSearch,
    component: lazyRouteComponent(worded(() => import("./pages/training")), "TrainingPage"),
  }),
  createRoute({
    ...parent,
    path: "/training/$id",
    component: lazyRouteComponent(worded(() => import("./pages/exam/course")), "CoursePage"),
  }),
  createRoute({
    ...parent,
    path: "/exam/$id",
    validateSearch,
    component: lazyRouteComponent(worded(() => import("./pages/exam/sitting")), "ExamPage"),
  }),
  createRoute({ ...parent, path: "/holdings", component: lazyRouteComponent(worded(() => import("./pages/holdings")), "HoldingsPage") }),
  createRoute({ ...parent, path: "/holdings/$id", component: lazyRouteComponent(worded(() => import("./pages/holdings")), "HoldingsPage") }),
  createRoute({ ...parent, path: "/count/$id", component: lazyRouteComponent(worded(() => import("./pages/count")), "CountPage") }),
  createRoute({
    ...parent,
    path: "/approvals",
    component: lazyRouteComponent(worded(() => import("./pages/approvals")), "ApprovalsPage"),
  }),
  createRoute({ ...parent, path: "/custody", validateSearch, component: lazyRouteComponent(worded(() => import("./pages/custody")), "CustodyPage") }),
  createRoute({ ...parent, path: "/scans", component: lazyRouteComponent(worded(() => import("./pages/scans")), "ScansPage") }),
  createRoute({ ...parent, path: "/diary", component: lazyRouteComponent(worded(() => import("./pages/diary")), "DiaryPage") }),
  createRoute({ ...parent, path: "/chart", component: lazyRouteComponent(worded(() => import("./pages/chart")), "ChartPage") }),
  createRoute({
    ...parent,
    path: "/authority",
    component: lazyRouteComponent(worded(() => import("./pages/authority")), "AuthorityPage"),
  }),
  createRoute({
    ...parent,
    path: "/evidence",
    component: lazyRouteComponent(worded(() => import("./pages/evidence")), "EvidencePage"),
  }),
  createRoute({
    ...parent,
    path: "/audit",
    validateSearch,
    component: lazyRouteComponent(worded(() => import("./pages/audit")), "AuditPage"),
  }),
  createRoute({
    ...parent,
    path: "/accounts",
    component: lazyRouteComponent(worded(() => import("./pages/accounts")), "AccountsPage"),
  }),
  createRoute({
    ...parent,
    path: "/settings",
    component: lazyRouteComponent(worded(() => import("./pages/settings")), "SettingsPage"),
  }),
  createRoute({ ...parent, path: "/backups", component: lazyRouteComponent(worded(() => import("./pages/backups")), "BackupsPage") }),
  createRoute({ ...parent, path: "/keys", component: lazyRouteComponent(worded(() => import("./pages/keys")), "KeysPage") }),
  createRoute({
    ...parent,
    path: "/me",
    validateSearch,
    component: lazyRouteComponent(worded(() => import("./pages/me")), "MePage"),
  }),
]);

export const router = createRouter({
  routeTree: tree,
  parseSearch,
  stringifySearch,
  defaultPreload: false,
  defaultErrorComponent: Crash,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
