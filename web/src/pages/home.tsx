/** My work first, then the state of the whole. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Alert, Button } from "antd";
import { q } from "../api/queries";
import type { WorkItem } from "../api/types";
import { PageFrame, Panel } from "../components/page";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { WorkList } from "../components/work-list";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";

const OverviewPanel = lazy(() => import("./overview").then((m) => ({ default: m.OverviewPanel })));

const order: WorkItem["what"][] = ["decide", "do", "acknowledge", "expiring"];

export function HomePage() {
  const { t, tr } = useLang();
  const { me } = useCatalog();
  const status = useQuery(q.status());
  const work = useQuery(q.work());
  const [full, setFull] = useState<Set<string>>(new Set());
  const groups = order
    .map((what) => ({ what, items: (work.data?.items ?? []).filter((i) => i.what === what) }))
    .filter((g) => g.items.length > 0);
  return (
    <PageFrame title={t("home.title", { name: me.person?.name ?? me.login })} lead={[me.department?.name, ...me.posts.map((p) => p.name)].filter(Boolean).join(" · ")}>
      {status.data && (
        <p className="notice" role="note">
          {tr(status.data.notice)}
        </p>
      )}
      {me.totp_required && !me.second_factor && (
        <Alert
          type="warning"
          showIcon
          className="home-alert"
          title={t("home.totp")}
          action={<Link to="/me" search={{ tab: "passkeys" }}>{t("me.passkeys")}</Link>}
        />
      )}
      {work.isPending && <Loading />}
      {work.isError && <ProblemView error={work.error} retry={() => void work.refetch()} />}
      {work.data && groups.length === 0 && (
        <Panel>
          <EmptyState title={t("home.nothing")} />
        </Panel>
      )}
      {groups.map(({ what, items }) => (
        <Panel key={what} title={<>{t(`work.${what}`)} <span className="count">{items.length}</span></>}>
          <WorkList items={full.has(what) ? items : items.slice(0, 6)} />
          {items.length > 6 && !full.has(what) && (
            <Button type="link" onClick={() => setFull(new Set([...full, what]))}>
              {t("home.all", { count: items.length })}
            </Button>
          )}
        </Panel>
      ))}
      <Suspense fallback={<Loading />}>
        <OverviewPanel />
      </Suspense>
    </PageFrame>
  );
}
