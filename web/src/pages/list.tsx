/** The register of any kind: search, filter, sort, save, export, act on a selection. */
import { DownloadOutlined, FilterOutlined, PlusOutlined, PrinterOutlined, SearchOutlined, UploadOutlined } from "@ant-design/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Badge, Button, Input } from "antd";
import { useEffect, useMemo, useState } from "react";
import { download } from "../api/client";
import { api } from "../api/endpoints";
import { q } from "../api/queries";
import type { Kind } from "../api/types";
import { BulkBar } from "../components/bulk-bar";
import { ColumnChooser, useColumns } from "../components/columns";
import { DataTable } from "../components/data-table";
import { FilterBar } from "../components/filter-bar";
import { MenuButton } from "../components/menu-button";
import { PageFrame } from "../components/page";
import { PrintHead } from "../components/print-head";
import { SavedViews } from "../components/saved-views";
import { EmptyState, NotFound, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { isTyped } from "../kinds/values";
import { filterCount, type ListQuery, readQuery, writeQuery } from "../kinds/listquery";
import type { Search } from "../router";
import { message, textOf } from "../components/feedback";

const PAGE = 50;

export function ListPage() {
  const { kind: name } = useParams({ strict: false }) as { kind: string };
  const { kind } = useCatalog();
  const found = kind(name);
  return found ? <Register key={name} kind={found} /> : <NotFound />;
}

/** What the filters of a list say of a new entry: the one record that all shown ones point to. */
const givenBy = (kind: Kind, search: Search): Search =>
  Object.fromEntries(
    kind.fields
      .filter((f) => f.type.is === "ref" && isTyped(f) && search[`f.${f.name}`] && !search[`f.${f.name}`]?.includes(","))
      .map((f) => [`f.${f.name}`, search[`f.${f.name}`]]),
  );

function Register({ kind }: { kind: Kind }) {
  const { t, tr } = useLang();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const query = useMemo(() => readQuery(search), [search]);
  const [cursors, setCursors] = useState<string[]>([]);
  const [selected, setSelected] = useState<string[]>([]);
  const [filters, setFilters] = useState(() => filterCount(readQuery(search)) > 0);
  const [text, setText] = useState(query.q ?? "");
  const columns = useColumns(kind);
  const { me } = useCatalog();
  // The three administrators see that confidential records exist and make none; the server decides for all others.
  const outside =
    ["secret", "identification", "change"].includes(kind.group) &&
    me.roles.every((role) => ["system_admin", "security_admin", "auditor"].includes(role));

  const sort = query.sort ?? kind.list.sort ?? undefined;
  const shown = { ...writeQuery(query), sort };
  const page = useQuery({
    ...q.list(kind.kind, { ...shown, cursor: cursors.at(-1), limit: PAGE }),
    placeholderData: keepPreviousData,
  });

  const change = (next: ListQuery) => {
    setCursors([]);
    setSelected([]);
    void navigate({ to: "/r/$kind", params: { kind: kind.kind }, search: writeQuery(next), replace: true });
  };
  useEffect(() => setText(query.q ?? ""), [query.q]);
  useEffect(() => {
    if (text === (query.q ?? "")) return;
    const timer = setTimeout(() => change({ ...query, q: text || undefined }), 300);
    return () => clearTimeout(timer);
  });

  const exportAs = async (format: string, exchange?: string) => {
    const close = message.loading(t("export.working"));
    try {
      await download(api.exportUrl(kind.kind, { ...shown, format, exchange }), `${tr(kind.plural)}.${format}`);
    } catch (error) {
      message.error(textOf(error));
    } finally {
      close();
    }
  };
  const exportItems = [
    { key: "xlsx:shown", label: t("export.shown") },
    { key: "xlsx:full", label: t("export.full", { format: "Excel" }) },
    ...kind.exchanges.map((e) => ({ key: `xlsx:${e.name}`, label: t("export.form", { form: tr(e.label) }) })),
    { key: "csv:full", label: t("export.full", { format: "CSV" }) },
    { key: "json:full", label: t("export.full", { format: "JSON" }) },
  ];
  const count = filterCount(query);
  const data = page.data;
  const filtered = Boolean(query.q) || count > 0;
  const from = cursors.length * PAGE;

  return (
    <PageFrame
      title={tr(kind.plural)}
      lead={
        <>
          {data && t(data.exact === false ? "table.atMost" : "table.total", { count: data.total })}
          {kind.clauses?.map((c) => (
            <span key={c} className="clause">
              {c}
            </span>
          ))}
        </>
      }
      actions={
        <>
          <Button icon={<PrinterOutlined />} onClick={() => window.print()} aria-label={t("action.print")} />
          <MenuButton
            icon={<DownloadOutlined />}
            label={t("action.export")}
            items={exportItems}
            onChoose={(key) => {
              const [format = "xlsx", exchange] = key.split(":");
              void exportAs(format, exchange);
            }}
          />
          {!kind.arises && !outside && (
            <>
              <Button icon={<UploadOutlined />} onClick={() => void navigate({ to: "/r/$kind/import", params: { kind: kind.kind } })}>
                {t("action.import")}
              </Button>
              <Button
                type="primary"
                icon={<PlusOutlined />}
                data-shortcut="n"
                onClick={() => void navigate({ to: "/r/$kind/new", params: { kind: kind.kind }, search: givenBy(kind, search) })}
              >
                {t("form.newTitle", { what: tr(kind.label) })}
              </Button>
            </>
          )}
        </>
      }
    >
      <PrintHead title={tr(kind.plural)} />
      <div className="list-bar no-print">
        <Input
          allowClear
          className="list-search"
          prefix={<SearchOutlined />}
          value={text}
          placeholder={t("list.search", { what: tr(kind.plural) })}
          aria-label={t("list.search", { what: tr(kind.plural) })}
          onChange={(e) => setText(e.target.value)}
        />
        <Badge count={count} size="small">
          <Button
            icon={<FilterOutlined />}
            data-shortcut="f"
            aria-expanded={filters}
            onClick={() => setFilters(!filters)}
          >
            {t("list.filters")}
          </Button>
        </Badge>
        <SavedViews kind={kind} search={writeQuery(query)} onOpen={(s) => change(readQuery(s))} />
        <ColumnChooser kind={kind} {...columns} />
      </div>
      {filters && <FilterBar kind={kind} query={query} names={data?.names} onChange={change} />}
      {selected.length > 0 && data && (
        <BulkBar kind={kind} items={data.items.filter((i) => selected.includes(i.id))} onDone={() => setSelected([])} onLeft={setSelected} />
      )}
      {page.isError && <ProblemView error={page.error} retry={() => void page.refetch()} />}
      {data && data.items.length === 0 && !page.isError ? (
        <EmptyState title={t(filtered ? "list.nothingFound" : "list.empty")}>
          {filtered ? (
            <Button onClick={() => change({ state: [], filters: {} })}>{t("list.clear")}</Button>
          ) : (
            !kind.arises && <p className="muted">{t("list.emptyHint")}</p>
          )}
        </EmptyState>
      ) : (
        !(page.isError && !data) && (
          <DataTable
            kind={kind}
            items={data?.items}
            names={data?.names ?? {}}
            columns={columns.shown}
            sort={sort}
            loading={page.isFetching}
            selected={selected}
            onSelect={setSelected}
            onSort={(next) => change({ ...query, sort: next })}
          />
        )
      )}
      {data && (data.next || cursors.length > 0) && (
        <nav className="pager no-print" aria-label={t("table.pages")}>
          <Button disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
            {t("table.previous")}
          </Button>
          <span>{t("table.range", { from: from + 1, to: from + data.items.length, total: data.total })}</span>
          <Button disabled={!data.next} onClick={() => data.next && setCursors([...cursors, data.next])}>
            {t("table.next")}
          </Button>
        </nav>
      )}
    </PageFrame>
  );
}
