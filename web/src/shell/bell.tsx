/** What waits and has not been looked at: the newest work, one step away from every page. */
import { BellOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { q } from "../api/queries";
import type { Me } from "../api/types";
import { MenuButton } from "../components/menu-button";
import { useLang } from "../i18n";
import { unread } from "../kinds/unread";

/** Most entries in the list; the rest is on the first page. */
const MOST = 8;

/** When this person last opened the list, on this device. */
function useSeen(account: string): [string, (at: string) => void] {
  const key = `jingui.bell.${account}`;
  const [seen, setSeen] = useState(() => {
    try {
      return localStorage.getItem(key) ?? "";
    } catch {
      return "";
    }
  });
  return [
    seen,
    (at) => {
      setSeen(at);
      try {
        localStorage.setItem(key, at);
      } catch {
        // without a memory everything is new again after a reload
      }
    },
  ];
}

export function Bell({ me }: { me: Me }) {
  const { t, tr } = useLang();
  const navigate = useNavigate();
  const work = useQuery(q.work());
  const [seen, setSeen] = useSeen(me.account);
  const items = work.data?.items ?? [];
  const fresh = unread(items, seen);
  const shown = [...items].sort((a, b) => b.since.localeCompare(a.since)).slice(0, MOST);
  const count = fresh.length > 99 ? "99+" : String(fresh.length);
  return (
    <MenuButton
      type="text"
      icon={<BellOutlined />}
      ariaLabel={fresh.length ? t("bell.new", { count: fresh.length }) : t("bell.none")}
      label={fresh.length > 0 ? <span className="bell-count" aria-hidden>{count}</span> : null}
      head={<div className="me-who"><strong>{items.length ? t("bell.title", { count: items.length }) : t("bell.nothing")}</strong></div>}
      onOpen={() => {
        const newest = items.map((i) => i.since).sort().at(-1);
        if (newest && newest > seen) setSeen(newest);
      }}
      items={[
        ...shown.map((item, i) => ({
          key: String(i),
          label: [item.record.number ?? item.record.title, tr(item.label), item.due].filter(Boolean).join(" · "),
        })),
        "line" as const,
        { key: "all", label: t("bell.all") },
        { key: "how", label: t("bell.how") },
      ]}
      onChoose={(key) => {
        const item = shown[Number(key)];
        if (key === "all") void navigate({ to: "/" });
        else if (key === "how") void navigate({ to: "/me", search: { tab: "notices" } });
        else if (item) void navigate({ to: "/r/$kind/$id", params: { kind: item.record.kind, id: item.record.id } });
      }}
    />
  );
}
