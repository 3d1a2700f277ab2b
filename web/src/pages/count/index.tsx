/** Counting carriers by scanning: a scanner that types, or the telephone's camera; each code is kept at once (B 5.2.3, 6.3.3). */
import { CameraOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Button, Input, type InputRef, Segmented } from "antd";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { api } from "../../api/endpoints";
import { type CountedCarrier, qp, type StockCount } from "../../api/people";
import { queryClient } from "../../api/queries";
import { message, textOf } from "../../components/feedback";
import { PageFrame, Panel } from "../../components/page";
import { RefSelect } from "../../components/ref-select";
import { EmptyState, Loading, ProblemView } from "../../components/states";
import { StateTag } from "../../components/tags";
import { useLang } from "../../i18n";
import { useCatalog } from "../../kinds/catalog";
import "./count.css";
import { useQueue } from "./queue";

const Camera = lazy(() => import("./camera").then((m) => ({ default: m.Camera })));
const COUNT = "stock_count";
const standings = ["missing", "wrong_place", "surplus", "counted"] as const;
const tones: Record<string, string> = { counted: "good", again: "muted", wrong_place: "wait", surplus: "wait", unknown: "bad", missing: "bad" };

export function CountPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { t } = useLang();
  const { kind } = useCatalog();
  const count = useQuery(qp.count(id));
  if (count.isPending) return <div className="page"><Loading rows={6} /></div>;
  if (count.isError) {
    return (
      <PageFrame title={t("count.title")}>
        <ProblemView error={count.error} retry={() => void count.refetch()} />
      </PageFrame>
    );
  }
  const data = count.data;
  return (
    <PageFrame
      title={data.name}
      lead={
        <>
          <Link to="/r/$kind/$id" params={{ kind: COUNT, id }}>{t("count.record")}</Link>
          <StateTag kind={kind(COUNT)} state={data.state} />
        </>
      }
    >
      {data.may_scan ? <Scanning id={id} data={data} /> : <p className="notice" role="note">{t("count.notNow")}</p>}
      <Lines data={data} />
    </PageFrame>
  );
}

function Scanning({ id, data }: { id: string; data: StockCount }) {
  const { t } = useLang();
  const [zone, setZone] = useState<string>();
  const [text, setText] = useState("");
  const [camera, setCamera] = useState(false);
  const field = useRef<InputRef>(null);
  const refresh = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { scan, left, last } = useQueue(
    id,
    () => {
      clearTimeout(refresh.current);
      refresh.current = setTimeout(() => void queryClient.invalidateQueries({ queryKey: ["count", id] }), 400);
    },
    (problem) => message.error(problem.message),
  );
  useEffect(() => field.current?.focus(), []);

  const take = async (code: string) => {
    const read = code.trim();
    if (!read) return;
    // The label of a zone says where the counter stands now.
    const place = /^jingui:zone:(.+)$/.exec(read)?.[1];
    if (!place) return scan(read, zone);
    try {
      const found = (await api.records("zone", { q: place, limit: 5 })).items.find((z) => z.number === place);
      if (found) setZone(found.id);
      else message.error(t("count.noZone", { number: place }));
    } catch (error) {
      message.error(textOf(error));
    }
  };
  const missing = data.lines.filter((l) => l.standing === "missing").length;
  return (
    <Panel>
      <div className="count-zone">
        <span className="filter-label">{t("count.zone")}</span>{" "}
        <RefSelect kind="zone" value={zone} onChange={(value) => setZone(typeof value === "string" ? value : undefined)} aria-label={t("count.zone")} placeholder={t("count.anyZone")} />
      </div>
      <form
        className="count-scan"
        onSubmit={(event) => {
          event.preventDefault();
          void take(text);
          setText("");
          field.current?.focus();
        }}
      >
        <Input
          ref={field}
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder={t("count.field")}
          aria-label={t("count.field")}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          // A scanner types wherever the focus is: it comes back when nothing else took it.
          onBlur={() => setTimeout(() => (document.activeElement === document.body ? field.current?.focus() : undefined), 50)}
        />
        <Button icon={<CameraOutlined />} aria-label={t("count.camera")} aria-pressed={camera} type={camera ? "primary" : "default"} onClick={() => setCamera(!camera)} />
      </form>
      {camera && (
        <Suspense fallback={<Loading rows={2} />}>
          <Camera onCode={(code) => void take(code)} />
        </Suspense>
      )}
      <div className="count-figures" role="status">
        <div><strong>{data.found} / {data.expected}</strong>{t("count.found")}</div>
        <div className={missing ? "bad" : "good"}><strong>{missing}</strong>{t("count.standing.missing")}</div>
        {left > 0 && <div className="wait"><strong>{left}</strong>{t("count.waiting")}</div>}
      </div>
      <ul className="count-last" aria-label={t("count.last")}>
        {last.map((s) => (
          <li key={s.key}>
            <span>{s.number ?? s.code}</span>
            <strong className={tones[s.what ?? ""] ?? "muted"}>{t(`count.what.${s.what ?? "waiting"}`)}</strong>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Lines({ data }: { data: StockCount }) {
  const { t, lang } = useLang();
  const groups = standings.map((s) => ({ standing: s, lines: data.lines.filter((l) => l.standing === s) }));
  const first = groups.find((g) => g.lines.length > 0)?.standing ?? "counted";
  const [chosen, setChosen] = useState<(typeof standings)[number]>();
  const shown = groups.find((g) => g.standing === (chosen ?? first));
  const order = new Intl.Collator(lang, { numeric: true });
  const lines = [...(shown?.lines ?? [])].sort((a, b) => order.compare(a.number ?? "", b.number ?? ""));
  return (
    <>
      <Panel>
        <Segmented
          options={groups.map((g) => ({ value: g.standing, label: `${t(`count.standing.${g.standing}`)} ${g.lines.length}` }))}
          value={shown?.standing}
          onChange={(value) => setChosen(value as (typeof standings)[number])}
        />
        {lines.length === 0 ? <EmptyState title={t("count.nothing")} /> : <Table lines={lines.slice(0, 500)} />}
        {lines.length > 500 && <p className="muted">{t("count.more", { count: lines.length - 500 })}</p>}
      </Panel>
      {data.unknown.length > 0 && (
        <Panel title={<>{t("count.unknown")} <span className="count">{data.unknown.length}</span></>}>
          <ul className="links">{data.unknown.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
        </Panel>
      )}
    </>
  );
}

function Table({ lines }: { lines: CountedCarrier[] }) {
  const { t } = useLang();
  return (
    <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("count.list")}>
      <table className="plain-table">
        <thead>
          <tr><th>{t("count.number")}</th><th>{t("count.name")}</th><th>{t("count.registered")}</th><th>{t("count.holder")}</th></tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id}>
              <th scope="row"><Link to="/r/$kind/$id" params={{ kind: "carrier", id: line.id }}>{line.number ?? t("value.unnamed")}</Link></th>
              <td>{line.name ?? ""}</td>
              <td>{line.zone ?? ""}{line.found_in && <span className="wait"> → {line.found_in}</span>}</td>
              <td>{line.holder ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
