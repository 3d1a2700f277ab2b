/** Signed scans: drop what came from the scanner, see page by page where it went, place by hand what no code placed. */
import { ScanOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Select, Tag } from "antd";
import { useRef, useState } from "react";
import { api } from "../api/endpoints";
import { q, touched } from "../api/queries";
import type { Kind, ScanPart, ScanReport } from "../api/types";
import { message, textOf } from "../components/feedback";
import { PageFrame, Panel } from "../components/page";
import { RefSelect } from "../components/ref-select";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { sizeText } from "../kinds/values";

interface Item {
  key: number;
  file: File;
  state: "waiting" | "busy" | "done" | "failed";
  report?: ScanReport;
  problem?: string;
}

const tones = { filed: "success", already: "default", unknown: "warning", refused: "error" } as const;

/** `2, 3, 4, 7` as `2-4,7`. */
export function pageList(pages: number[]): string {
  const runs: [number, number][] = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last && page === last[1] + 1) last[1] = page;
    else runs.push([page, page]);
  }
  return runs.map(([a, b]) => (a === b ? String(a) : `${a}-${b}`)).join(",");
}

export function ScansPage() {
  const { t } = useLang();
  const [items, setItems] = useState<Item[]>([]);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const next = useRef(0);
  const line = useRef(Promise.resolve());

  const change = (key: number, to: Partial<Item>) => setItems((old) => old.map((i) => (i.key === key ? { ...i, ...to } : i)));
  const one = async (item: Item) => {
    change(item.key, { state: "busy" });
    try {
      const report = await api.fileScan(item.file);
      change(item.key, { state: "done", report });
      for (const part of report.parts) if (part.outcome === "filed" && part.kind && part.record) touched(part.kind, part.record);
    } catch (error) {
      change(item.key, { state: "failed", problem: textOf(error) });
    }
  };
  const add = (files: Iterable<File>) => {
    const fresh = Array.from(files, (file): Item => ({ key: next.current++, file, state: "waiting" }));
    setItems((old) => [...old, ...fresh]);
    // One after the other, in the order in which they were chosen.
    for (const item of fresh) line.current = line.current.then(() => one(item));
  };
  const placed = (item: Item, old: ScanPart, part: ScanPart) =>
    setItems((all) =>
      all.map((i) =>
        i.key === item.key && i.report
          ? { ...i, report: { ...i.report, parts: i.report.parts.map((p) => (p === old ? { ...part, pages: old.pages } : p)) } }
          : i,
      ),
    );

  return (
    <PageFrame title={t("scans.title")} lead={t("scans.lead")}>
      <Panel title={t("scans.add")}>
        <input
          ref={input}
          type="file"
          hidden
          multiple
          aria-label={t("scans.choose")}
          accept=".pdf,.png,.jpg,.jpeg,.tif,.tiff"
          onChange={(event) => {
            add(event.target.files ?? []);
            event.target.value = "";
          }}
        />
        <div
          className={over ? "drop over" : "drop"}
          onDragOver={(e) => {
            e.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(e) => {
            e.preventDefault();
            setOver(false);
            add(e.dataTransfer.files);
          }}
        >
          <Button type="primary" icon={<ScanOutlined />} onClick={() => input.current?.click()}>
            {t("scans.choose")}
          </Button>
          <span className="muted">{t("scans.drop")}</span>
        </div>
      </Panel>
      <div aria-live="polite">
        {items.map((item) => (
          <Panel key={item.key} title={item.file.name} extra={<span className="muted">{sizeText(item.file.size)}</span>}>
            {(item.state === "waiting" || item.state === "busy") && <p className="muted">{t(`scans.state.${item.state}`)}</p>}
            {item.state === "failed" && (
              <>
                <p className="bad-text">{item.problem}</p>
                <Button onClick={() => void one(item)}>{t("action.retry")}</Button>
              </>
            )}
            <ul className="files">
              {item.report?.parts.map((part) => (
                <Part key={part.pages.join(",")} part={part} item={item} onPlaced={(done) => placed(item, part, done)} />
              ))}
            </ul>
          </Panel>
        ))}
      </div>
    </PageFrame>
  );
}

function Part({ part, item, onPlaced }: { part: ScanPart; item: Item; onPlaced: (part: ScanPart) => void }) {
  const { t, tr } = useLang();
  const { kind } = useCatalog();
  const whole = part.pages.length === item.report?.pages;
  const open = part.outcome === "unknown" || part.outcome === "refused";
  return (
    <li>
      <div className="file">
        <Tag color={tones[part.outcome]}>{t(`scans.outcome.${part.outcome}`)}</Tag>
        <span>{whole ? t("scans.allPages", { count: part.pages.length }) : t("scans.pages", { pages: pageList(part.pages) })}</span>
        {part.title && <strong>{tr(part.title)}</strong>}
        {part.kind && part.record && (
          <Link to="/r/$kind/$id" params={{ kind: part.kind, id: part.record }} search={{ tab: "documents" }}>
            {tr(kind(part.kind)?.label)} {part.number}
          </Link>
        )}
        {part.outcome === "filed" && part.version ? <span className="muted">{t("files.version", { n: part.version })}</span> : null}
      </div>
      {part.message && <p className={open ? "bad-text" : "muted"}>{part.message}</p>}
      {open && <Place item={item} pages={whole ? undefined : pageList(part.pages)} onPlaced={onPlaced} />}
    </li>
  );
}

/** Where it belongs, chosen by a person. */
function Place({ item, pages, onPlaced }: { item: Item; pages?: string; onPlaced: (part: ScanPart) => void }) {
  const { t, tr } = useLang();
  const { catalog } = useCatalog();
  const [kind, setKind] = useState<string>();
  const [record, setRecord] = useState<string>();
  const [form, setForm] = useState<string>();
  const [busy, setBusy] = useState(false);
  const printed = catalog.kinds.filter((k: Kind) => k.fields.some((f) => f.name === "signed_scans"));
  const forms = useQuery({ ...q.kindDocuments(kind ?? ""), enabled: kind !== undefined });
  const chosen = form ?? forms.data?.[0]?.form;
  const file = async () => {
    if (!kind || !record || !chosen) return;
    setBusy(true);
    try {
      const report = await api.fileScan(item.file, { kind, record, form: chosen, pages });
      touched(kind, record);
      if (report.parts[0]) onPlaced(report.parts[0]);
    } catch (error) {
      message.error(textOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="inline-form">
      <Select
        className="scan-choice"
        aria-label={t("scans.kind")}
        placeholder={t("scans.kind")}
        showSearch={{ optionFilterProp: "label" }}
        value={kind}
        onChange={(value) => {
          setKind(value);
          setRecord(undefined);
          setForm(undefined);
        }}
        options={printed.map((k) => ({ value: k.kind, label: tr(k.label) }))}
      />
      {kind && (
        <>
          <RefSelect
            key={kind}
            className="scan-choice"
            kind={kind}
            value={record}
            onChange={(value) => setRecord(value as string | undefined)}
            aria-label={t("scans.record")}
            placeholder={t("scans.record")}
          />
          <Select
            className="scan-choice"
            aria-label={t("scans.form")}
            value={chosen}
            onChange={setForm}
            options={(forms.data ?? []).map((f) => ({ value: f.form, label: tr(f.title) }))}
          />
        </>
      )}
      <Button disabled={!record || !chosen} loading={busy} onClick={() => void file()}>
        {t("scans.place")}
      </Button>
    </div>
  );
}
