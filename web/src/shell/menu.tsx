/** The menu: special pages, and every kind that says where it stands. */
import {
  ApartmentOutlined,
  AuditOutlined,
  BankOutlined,
  CalendarOutlined,
  BookOutlined,
  CheckSquareOutlined,
  FileProtectOutlined,
  DatabaseOutlined,
  FileTextOutlined,
  FlagOutlined,
  HomeOutlined,
  HourglassOutlined,
  IdcardOutlined,
  InboxOutlined,
  KeyOutlined,
  LockOutlined,
  RadarChartOutlined,
  ReadOutlined,
  SafetyCertificateOutlined,
  SettingOutlined,
  SolutionOutlined,
  SwapOutlined,
  TeamOutlined,
  ToolOutlined,
  UnlockOutlined,
  UserOutlined,
  SafetyOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import type { Catalog, Kind, Me, Text } from "../api/types";
import { hasRole } from "../kinds/catalog";

const icons: Record<string, ReactNode> = {
  apartment: <ApartmentOutlined />,
  department: <ApartmentOutlined />,
  bank: <BankOutlined />,
  book: <BookOutlined />,
  rule: <BookOutlined />,
  campaign: <FlagOutlined />,
  flag: <FlagOutlined />,
  list: <SolutionOutlined />,
  idcard: <IdcardOutlined />,
  post: <IdcardOutlined />,
  radar: <RadarChartOutlined />,
  hourglass: <HourglassOutlined />,
  solution: <SolutionOutlined />,
  key: <KeyOutlined />,
  lock: <LockOutlined />,
  secret: <FileProtectOutlined />,
  shield: <FileProtectOutlined />,
  read: <ReadOutlined />,
  swap: <SwapOutlined />,
  change: <SwapOutlined />,
  grade: <SwapOutlined />,
  team: <TeamOutlined />,
  tool: <ToolOutlined />,
  improvement: <ToolOutlined />,
  corrective: <ToolOutlined />,
  unlock: <UnlockOutlined />,
  declassification: <UnlockOutlined />,
  user: <UserOutlined />,
  person: <UserOutlined />,
  check: <CheckSquareOutlined />,
  alert: <FlagOutlined />,
  audit: <AuditOutlined />,
  calendar: <CalendarOutlined />,
  copy: <FileTextOutlined />,
  database: <BankOutlined />,
  delete: <InboxOutlined />,
  desktop: <SettingOutlined />,
  edit: <SolutionOutlined />,
  export: <SwapOutlined />,
  eye: <ReadOutlined />,
  global: <RadarChartOutlined />,
  inbox: <InboxOutlined />,
  safe: <LockOutlined />,
  safety: <SafetyCertificateOutlined />,
  setting: <SettingOutlined />,
  shop: <BankOutlined />,
  sliders: <ToolOutlined />,
  trophy: <SafetyCertificateOutlined />,
  wallet: <IdcardOutlined />,
};
export const iconOf = (name: string): ReactNode => icons[name] ?? <FileTextOutlined />;

export interface Entry {
  /** The address. */
  key: string;
  label: string;
  icon: ReactNode;
  badge?: number;
}
export interface Group {
  key: string;
  label?: string;
  entries: Entry[];
}

/** In the order of the work: what is secret, who gets at it, things, places, people, others, and what went wrong. */
export const sections = [
  "duties",
  "secrets",
  "access",
  "carriers",
  "zones",
  "equipment",
  "people",
  "staffing",
  "training",
  "partners",
  "processes",
  "security",
  "incidents",
  "rules",
  "improvement",
  "registers",
  "settings",
] as const;

/** Sections that are closed until somebody opens them. */
export const foldable = new Set<string>(["access", "carriers", "zones", "equipment", "staffing", "training", "partners", "processes", "security", "incidents"]);

/** What of the menu has these letters in it; a section's own name keeps all its entries. */
export function matching(groups: Group[], wanted: string): Group[] {
  const has = (label?: string) => Boolean(label?.toLowerCase().includes(wanted.toLowerCase()));
  return groups
    .map((g) => (has(g.label) ? g : { ...g, entries: g.entries.filter((e) => has(e.label)) }))
    .filter((g) => g.entries.length > 0);
}

/** Which special pages a person meets; a hint only, the server decides on each. */
export function buildMenu(
  catalog: Catalog,
  me: Me,
  t: (key: string) => string,
  tr: (text: Text | null | undefined) => string,
  waiting: number,
): Group[] {
  const kindsOf = (section: string): Entry[] =>
    catalog.kinds
      .filter((k: Kind) => k.menu?.section === section && k.kind !== "account")
      .sort((a, b) => a.menu.order - b.menu.order)
      .map((k) => ({ key: `/r/${k.kind}`, label: tr(k.plural), icon: iconOf(k.menu.icon || k.kind) }));
  const auditing = hasRole(me, "auditor", "office", "security_admin", "committee", "committee_chair", "legal");
  const groups: Group[] = [
    {
      key: "work",
      entries: [
        { key: "/", label: t("nav.home"), icon: <HomeOutlined /> },
        { key: "/approvals", label: t("nav.approvals"), icon: <CheckSquareOutlined />, badge: waiting },
        { key: "/scans", label: t("nav.scans"), icon: <FileTextOutlined /> },
      ],
    },
  ];
  for (const section of sections.filter((s) => s !== "settings")) {
    const entries = kindsOf(section);
    if (section === "access") entries.unshift({ key: "/custody", label: t("nav.custody"), icon: <SafetyOutlined /> });
    if (section === "duties") entries.unshift({ key: "/diary", label: t("nav.diary"), icon: <CalendarOutlined /> });
    if (section === "people") entries.unshift({ key: "/chart", label: t("nav.chart"), icon: <ApartmentOutlined /> });
    if (section === "training") entries.unshift({ key: "/training", label: t("nav.training"), icon: <ReadOutlined /> });
    if (section === "people") entries.push({ key: "/holdings", label: t("nav.holdings"), icon: <InboxOutlined /> });
    if (entries.length) groups.push({ key: section, label: t(`nav.section.${section}`), entries });
  }
  groups.push({
    key: "oversight",
    label: t("nav.section.oversight"),
    entries: [
      { key: "/authority", label: t("nav.authority"), icon: <SafetyCertificateOutlined /> },
      { key: "/evidence", label: t("nav.evidence"), icon: <BankOutlined /> },
      ...(auditing ? [{ key: "/audit", label: t("nav.audit"), icon: <AuditOutlined /> }] : []),
    ],
  });
  const settings = kindsOf("settings");
  if (hasRole(me, "system_admin", "security_admin", "auditor")) {
    settings.unshift({ key: "/accounts", label: t("nav.accounts"), icon: <IdcardOutlined /> });
  }
  if (hasRole(me, "system_admin", "auditor")) settings.push({ key: "/backups", label: t("nav.backups"), icon: <DatabaseOutlined /> });
  if (hasRole(me, "security_admin", "auditor")) settings.push({ key: "/keys", label: t("nav.keys"), icon: <KeyOutlined /> });
  settings.push({ key: "/settings", label: t("nav.settings"), icon: <SettingOutlined /> });
  groups.push({ key: "settings", label: t("nav.section.settings"), entries: settings });
  return groups;
}
