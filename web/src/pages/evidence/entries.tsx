/** The newest entries by what they are, never by what they say. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { api } from "../../api/endpoints";
import type { LedgerEntry } from "../../api/types";
import { FactTable } from "../../components/fact-table";
import { Panel } from "../../components/page";
import { EmptyState, Loading, ProblemView } from "../../components/states";
import { useLang } from "../../i18n";
import { useCatalog } from "../../kinds/catalog";
import { instantText } from "../../kinds/format";
import { useActName } from "../../kinds/labels";

export function Entries({ onProof }: { onProof?: (index: number) => void }) {
  const { t, tr } = useLang();
  const { kind } = useCatalog();
  const nameOf = useActName();
  const pages = useInfiniteQuery({
    queryKey: ["ledger", "entries"],
    queryFn: ({ pageParam }) => api.entries(pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  if (pages.isPending) return <Loading />;
  if (pages.isError) return <ProblemView error={pages.error} />;
  const items = pages.data.pages.flatMap((p) => p.items);
  const of = (e: LedgerEntry) => {
    const label = tr(kind(e.kind)?.label) || (e.kind === "system" ? t("history.system") : e.kind);
    return e.record ? <Link to="/r/$kind/$id" params={{ kind: e.kind, id: e.record }}>{label}</Link> : label;
  };
  return (
    <Panel title={t("evidence.entries")}>
      {items.length === 0 ? (
        <EmptyState title={t("evidence.empty")} />
      ) : (
        <FactTable
          label={t("evidence.entries")}
          rows={items}
          keyOf={(e) => e.index}
          columns={[
            { key: "index", label: t("evidence.index"), className: "num", show: (e) => <span className="number">{e.index}</span> },
            { key: "at", label: t("evidence.when"), show: (e) => <span className="time">{instantText(e.at)}</span> },
            { key: "act", label: t("evidence.act"), show: (e) => nameOf(kind(e.kind), e.act, e.label) },
            { key: "kind", label: t("evidence.kind"), show: of },
            ...(onProof
              ? [
                  {
                    key: "proof",
                    label: t("evidence.proof"),
                    screenOnly: true,
                    show: (e: LedgerEntry) =>
                      e.logged ? (
                        <Button size="small" type="link" aria-label={t("evidence.proofOf", { n: e.index })} onClick={() => onProof(e.index)}>
                          {t("evidence.getProof")}
                        </Button>
                      ) : (
                        <span className="muted">{t("history.notYet")}</span>
                      ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {pages.hasNextPage && (
        <Button className="no-print" onClick={() => void pages.fetchNextPage()} loading={pages.isFetchingNextPage}>
          {t("history.earlier")}
        </Button>
      )}
    </Panel>
  );
}
