/** Who saw and did what, refusals too. */
import { PrinterOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, DatePicker, Select } from "antd";
import dayjs from "dayjs";
import { api } from "../api/endpoints";
import { PageFrame } from "../components/page";
import { PrintHead } from "../components/print-head";
import { RefSelect } from "../components/ref-select";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { useActName } from "../kinds/labels";
import { instantText } from "../kinds/format";
import type { Data, Text } from "../api/types";
import type { Search } from "../router";

/** Acts that every register knows; the others are the transitions of the kinds. */
const builtIn = [
  "read", "view_file", "open_file", "create", "edit", "attach", "detach", "mark", "approve", "reject", "withdraw", "acknowledge",
  "document", "export", "import", "sign_in", "sign_in_refused", "sign_out", "session_ended", "denied", "recovery_renewed", "sealed",
];

export function AuditPage() {
  const { t, tr } = useLang();
  const { kind, catalog } = useCatalog();
  const nameOf = useActName();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const query = { record: search.record, actor: search.actor, act: search.act, from: search.from, to: search.to };
  const pages = useInfiniteQuery({
    queryKey: ["audit", query],
    queryFn: ({ pageParam }) => api.audit({ ...query, before: pageParam }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const set = (part: Search) => void navigate({ to: "/audit", search: { ...search, ...part }, replace: true });
  // One act may be called differently in several registers: all its names are shown.
  const names = new Map<string, Set<string>>(builtIn.map((act) => [act, new Set([nameOf(undefined, act)])]));
  for (const x of catalog.kinds.flatMap((k) => k.transitions)) names.set(x.name, (names.get(x.name) ?? new Set()).add(tr(x.label)));
  const acts = [...names].map(([value, labels]) => ({ value, label: [...labels].join(t("list.join")) }));
  const items = pages.data?.pages.flatMap((p) => p.items) ?? [];
  const last = pages.data?.pages.at(-1);
  const labels = Object.assign({}, ...(pages.data?.pages.map((p) => p.labels) ?? [])) as Record<string, Text>;
  return (
    <PageFrame
      title={t("nav.audit")}
      lead={t("audit.lead")}
      actions={<Button icon={<PrinterOutlined />} aria-label={t("action.print")} onClick={() => window.print()} />}
    >
      <PrintHead title={t("nav.audit")} />
      <div className="filter-bar no-print">
        <div className="filter">
          <span className="filter-label">{t("audit.actor")}</span>
          <RefSelect kind="person" value={search.actor} placeholder={t("list.any")} aria-label={t("audit.actor")} onChange={(v) => set({ actor: v as string | undefined })} />
        </div>
        <div className="filter">
          <span className="filter-label">{t("audit.act")}</span>
          <Select allowClear showSearch={{ optionFilterProp: "label" }} value={search.act} options={acts} aria-label={t("audit.act")} placeholder={t("list.any")} onChange={(act?: string) => set({ act })} />
        </div>
        <div className="filter">
          <span className="filter-label">{t("audit.period")}</span>
          <DatePicker.RangePicker
            allowEmpty={[true, true]}
            aria-label={t("audit.period")}
            value={[search.from ? dayjs(search.from) : null, search.to ? dayjs(search.to) : null]}
            onChange={(d) => set({ from: d?.[0]?.format("YYYY-MM-DD"), to: d?.[1]?.format("YYYY-MM-DD") })}
          />
        </div>
      </div>
      {pages.isPending && <Loading />}
      {pages.isError && <ProblemView error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data && items.length === 0 && !pages.hasNextPage && <EmptyState title={t("audit.none")} />}
      {items.length > 0 && (
        <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("nav.audit")}>
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t("evidence.when")}</th>
                <th>{t("audit.actor")}</th>
                <th>{t("audit.act")}</th>
                <th>{t("audit.record")}</th>
                <th>{t("audit.outcome")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((row, i) => (
                <tr key={row.index ?? i} className={row.outcome === "denied" ? "denied-row" : undefined}>
                  <td className="time">{instantText(row.at)}</td>
                  <td>{row.actor_name || t("history.system")}</td>
                  <td>{nameOf(kind(row.kind), row.act, labels[`${row.kind}.${row.act}`])}</td>
                  <td>
                    {row.record && kind(row.kind) ? (
                      <Link to="/r/$kind/$id" params={{ kind: row.kind, id: row.record }} search={{ tab: "history" }}>
                        {tr(kind(row.kind)?.label)} {row.title ?? row.number ?? ""}
                      </Link>
                    ) : (
                      (tr(kind(row.kind)?.label) || t("history.system"))
                    )}
                  </td>
                  <td>
                    {t(`outcome.${row.outcome}`, { defaultValue: row.outcome })}
                    <div className="muted audit-details">{circumstances(row.details)}</div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages.hasNextPage && last?.searched_to && !last.complete && (
        <p className="muted" role="status">
          {t("audit.searchedTo", { at: instantText(last.searched_to) })}
        </p>
      )}
      {pages.hasNextPage && (
        <Button onClick={() => void pages.fetchNextPage()} loading={pages.isFetchingNextPage}>
          {t("history.earlier")}
        </Button>
      )}
    </PageFrame>
  );
}

/** Address, file and the like; values of fields stand in the record's own time line. */
function circumstances(details: Data): string {
  return Object.entries(details)
    .filter(([key]) => ["address", "file", "format", "count"].includes(key))
    .map(([, value]) => (typeof value === "object" ? JSON.stringify(value) : String(value)))
    .join(" · ");
}
