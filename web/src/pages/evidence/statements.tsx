/** Time stamps and cosignatures, the newest first; byte for byte for those who may take proofs. */
import { DownloadOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { download } from "../../api/client";
import { api } from "../../api/endpoints";
import type { Statement } from "../../api/types";
import { FactTable } from "../../components/fact-table";
import { message, textOf } from "../../components/feedback";
import { Panel } from "../../components/page";
import { EmptyState, Loading, ProblemView } from "../../components/states";
import { useLang } from "../../i18n";
import { instantText } from "../../kinds/format";

export function StatementsPanel({ takes }: { takes: boolean }) {
  const { t } = useLang();
  const pages = useInfiniteQuery({
    queryKey: ["ledger", "statements"],
    queryFn: ({ pageParam }) => api.statements(pageParam),
    initialPageParam: undefined as string | undefined,
    // A page that is not full is the last.
    getNextPageParam: (last) => (last.items.length >= 50 ? (last.next ?? undefined) : undefined),
  });
  const items = pages.data?.pages.flatMap((p) => p.items) ?? [];
  const fetchOne = (s: Statement) => void download(api.statementUrl(s.id), `checkpoint-${s.size}`).catch((error: unknown) => message.error(textOf(error)));
  return (
    <Panel title={t("statements.title")}>
      {pages.isPending && <Loading rows={3} />}
      {pages.isError && <ProblemView error={pages.error} />}
      {pages.data && items.length === 0 && <EmptyState title={t("statements.none")} />}
      {items.length > 0 && (
        <FactTable
          label={t("statements.title")}
          rows={items}
          keyOf={(s) => s.id}
          columns={[
            { key: "at", label: t("statements.at"), show: (s) => <span className="time">{instantText(s.at)}</span> },
            {
              key: "kind",
              label: t("statements.kind"),
              show: (s) => (
                <>
                  {t(`statements.is.${s.kind}`)} {s.renews && <span className="clause">{t("statements.renewal")}</span>}
                </>
              ),
            },
            { key: "name", label: t("statements.by"), show: (s) => s.name },
            { key: "size", label: t("statements.size"), className: "num", show: (s) => s.size },
            { key: "expires", label: t("statements.expires"), show: (s) => (s.expires ? instantText(s.expires).slice(0, 10) : "–") },
            ...(takes
              ? [
                  {
                    key: "take",
                    label: t("statements.file"),
                    screenOnly: true,
                    show: (s: Statement) => (
                      <Button
                        size="small"
                        type="link"
                        icon={<DownloadOutlined />}
                        aria-label={t("statements.download", { name: s.name, size: s.size })}
                        onClick={() => fetchOne(s)}
                      >
                        {s.kind === "stamp" ? ".tst" : ".note"}
                      </Button>
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
