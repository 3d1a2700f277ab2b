/** Reading without taking: pages of a file as pictures that the server drew for this reader, and nothing else (H 9.6.3). */
import { ArrowDownOutlined, ArrowUpOutlined, DownloadOutlined, LeftOutlined, PrinterOutlined, RightOutlined, ZoomInOutlined, ZoomOutOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Button, Form, Input, InputNumber, type InputRef } from "antd";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { download } from "../api/client";
import { api } from "../api/endpoints";
import { onViewingEnded } from "../api/events";
import { q } from "../api/queries";
import { type Found, type Viewing, viewingApi } from "../api/viewing";
import { message, textOf } from "../components/feedback";
import { PageFrame } from "../components/page";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { WhyPopover } from "../components/why-popover";
import { useLang } from "../i18n";
import { PrintDialog } from "./viewer-print";
import { useSheet } from "./viewer-sheet";
import "./viewer.css";

const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3];
/** A sheet at its ordinary size, CSS pixels. */
const SHEET = 860;

/** Brings a page to the top of its own box; the window around it stays where it is. */
function scrollTo(box: HTMLElement | null, page: number): void {
  const sheet = box?.querySelector<HTMLElement>(`[data-page="${page}"]`);
  if (box && sheet) box.scrollTop += sheet.getBoundingClientRect().top - box.getBoundingClientRect().top - 10;
}

/** Opens a viewing and ends it when the page is left. */
function useViewing(kind: string, id: string, file: string, purpose?: string) {
  const [viewing, setViewing] = useState<Viewing>();
  const [problem, setProblem] = useState<unknown>();
  const [ended, setEnded] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let left = false;
    let opened: string | undefined;
    setViewing(undefined);
    setProblem(undefined);
    setEnded(false);
    viewingApi.open(kind, id, file, purpose).then(
      (found) => {
        opened = found.id;
        if (left) viewingApi.end(found.id);
        else setViewing(found);
      },
      (error: unknown) => !left && setProblem(error),
    );
    const away = () => opened && viewingApi.end(opened);
    const deaf = onViewingEnded((gone) => gone === opened && setEnded(true));
    window.addEventListener("pagehide", away);
    return () => {
      left = true;
      window.removeEventListener("pagehide", away);
      deaf();
      away();
    };
  }, [kind, id, file, purpose, round]);
  const refused = useCallback((error: unknown) => {
    const status = (error as { status?: number }).status ?? 0;
    if ((error as { code?: string }).code === "view.gone") setEnded(true);
    // The record is hidden, or the right is gone: nothing of it stays on the screen.
    else if (status === 401 || status === 403 || status === 404 || status === 423) setProblem(error);
  }, []);
  return { viewing: ended || problem ? undefined : viewing, problem, ended, refused, again: () => setRound((n) => n + 1) };
}

export function ViewerPage() {
  const { kind, id, file } = useParams({ strict: false }) as { kind: string; id: string; file: string };
  const { t } = useLang();
  const [purpose, setPurpose] = useState<string>();
  const { viewing, problem, ended, refused, again } = useViewing(kind, id, file, purpose);
  const back = <Link to="/r/$kind/$id" params={{ kind, id }}>{t("viewer.back")}</Link>;
  if (ended) {
    return (
      <PageFrame title={t("viewer.title")} lead={back}>
        <EmptyState title={t("viewer.ended")}>
          <p>{t("viewer.endedWhat")}</p>
          <Button onClick={again}>{t("viewer.again")}</Button>
        </EmptyState>
      </PageFrame>
    );
  }
  if (problem) {
    return (
      <PageFrame title={t("viewer.title")} lead={back}>
        {(problem as { code?: string }).code === "reading.purpose" ? <Purpose tell={setPurpose} /> : <ProblemView error={problem} retry={again} />}
      </PageFrame>
    );
  }
  if (!viewing) {
    return (
      <PageFrame title={t("viewer.title")} lead={t("viewer.opening")}>
        <Loading rows={8} />
      </PageFrame>
    );
  }
  return (
    <PageFrame title={viewing.name} lead={<>{back} · {t("viewer.number", { number: viewing.number })} · {t("viewer.across")}</>} actions={<><Prints viewing={viewing} refused={refused} /><Original viewing={viewing} kind={kind} id={id} file={file} /></>}>
      <Pages viewing={viewing} refused={refused} />
      <p className="viewer-print">{t(viewing.print ? "viewer.printHere" : "viewer.noPrint")}</p>
    </PageFrame>
  );
}

/** What the file is read for, where the settings ask for it and nothing else says it (H 8.3.1). */
function Purpose({ tell }: { tell: (purpose: string) => void }) {
  const { t } = useLang();
  return (
    <Form<{ purpose: string }> layout="vertical" requiredMark={false} onFinish={(v) => tell(v.purpose.trim())} className="narrow-form">
      <Form.Item name="purpose" label={t("viewer.purpose")} extra={t("viewer.purposeHint")} rules={[{ required: true, whitespace: true, min: 2, message: t("viewer.purposeMissing") }]}>
        <Input.TextArea maxLength={500} rows={3} autoFocus />
      </Form.Item>
      <Button type="primary" htmlType="submit">
        {t("viewer.open")}
      </Button>
    </Form>
  );
}

/** Numbered copies, where an approved transfer releases them (B 4.2, H 8.3.2). Elsewhere what stands at the original says why not. */
function Prints({ viewing, refused }: { viewing: Viewing; refused: (error: unknown) => void }) {
  const { t } = useLang();
  const [open, setOpen] = useState(false);
  if (!viewing.print) return null;
  return (
    <>
      <Button icon={<PrinterOutlined />} onClick={() => setOpen(true)}>{t("viewer.print.do")}</Button>
      {open && <PrintDialog viewing={viewing} offer={viewing.print} refused={refused} onClose={() => setOpen(false)} />}
    </>
  );
}

/** The file itself, or why not and how one comes to it. */
function Original({ viewing, kind, id, file }: { viewing: Viewing; kind: string; id: string; file: string }) {
  const { t } = useLang();
  const why = useQuery({ ...q.why("open_file", kind, id), enabled: !viewing.may_take });
  if (viewing.may_take) {
    return (
      <Button
        icon={<DownloadOutlined />}
        onClick={() => void download(api.fileUrl(kind, id, file), viewing.name).catch((error: unknown) => message.error(textOf(error)))}
      >
        {t("viewer.download")}
      </Button>
    );
  }
  return (
    <>
      <WhyPopover detail={t("viewer.noOriginal")} why={why.data} label={t("viewer.whyNot")} />
      {kind === "secret" && (
        <Link to="/r/$kind/new" params={{ kind: "transfer" }} search={{ "f.secrets": id }}>
          <Button>{t("viewer.apply")}</Button>
        </Link>
      )}
    </>
  );
}

function Pages({ viewing, refused }: { viewing: Viewing; refused: (error: unknown) => void }) {
  const { t } = useLang();
  const count = viewing.pages.length;
  const [zoom, setZoom] = useState(1);
  const [page, setPage] = useState(1);
  const [room, setRoom] = useState(SHEET);
  const [found, setFound] = useState<Found>();
  const [now, setNow] = useState(0);
  const [searching, setSearching] = useState(false);
  const [words, setWords] = useState("");
  const pages = useRef<HTMLDivElement>(null);
  const thumbs = useRef<HTMLDivElement>(null);
  const box = useRef<InputRef>(null);

  useEffect(() => {
    const element = pages.current;
    if (!element) return undefined;
    const watch = new ResizeObserver(() => setRoom(Math.max(200, element.clientWidth - 20)));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  const go = useCallback(
    (to: number) => {
      const n = Math.min(count, Math.max(1, to));
      scrollTo(pages.current, n);
      setPage(n);
    },
    [count],
  );
  const larger = (by: number) =>
    setZoom((old) => {
      const at = ZOOMS.findIndex((z) => z >= old);
      return ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, at + by))] ?? old;
    });
  // Where the reader is stays where it is when the size changes.
  useEffect(() => {
    scrollTo(pages.current, page);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [zoom]);

  const clear = () => {
    setFound(undefined);
    setWords("");
    setNow(0);
  };
  const search = async (text: string) => {
    if (!text.trim()) return clear();
    setSearching(true);
    try {
      const answer = await viewingApi.search(viewing.id, text.trim());
      setFound(answer);
      setNow(0);
      const first = answer.hits[0];
      if (first) go(first.page);
    } catch (error) {
      refused(error);
      message.error(textOf(error));
    } finally {
      setSearching(false);
    }
  };
  const step = (by: number) => {
    if (!found || found.hits.length === 0) return;
    const next = (now + by + found.hits.length) % found.hits.length;
    setNow(next);
    const hit = found.hits[next];
    if (hit) go(hit.page);
  };

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === "Escape") return clear();
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return undefined;
      if (event.key === "PageDown") go(page + 1);
      else if (event.key === "PageUp") go(page - 1);
      else if (event.key === "+" || event.key === "=") larger(1);
      else if (event.key === "-") larger(-1);
      else if (event.key === "/") box.current?.focus();
      else return undefined;
      event.preventDefault();
      event.stopPropagation();
      return undefined;
    };
    // Before the shell's own keys.
    window.addEventListener("keydown", press, true);
    return () => window.removeEventListener("keydown", press, true);
  });

  const seen = useMemo(() => {
    const by = new Map<number, { x: number; y: number; width: number; height: number; now: boolean }[]>();
    found?.hits.forEach((hit, n) => by.set(hit.page, [...(by.get(hit.page) ?? []), ...hit.lines.map((line) => ({ ...line, now: n === now }))]));
    return by;
  }, [found, now]);
  const width = Math.round(Math.min(room, SHEET) * zoom);
  const hits = found?.hits.length ?? 0;

  return (
    <div className="viewer">
      <div className="viewer-bar no-print" role="toolbar" aria-label={t("viewer.title")}>
        <span className="viewer-group">
          <Button size="small" icon={<LeftOutlined />} aria-label={t("viewer.previous")} disabled={page <= 1} onClick={() => go(page - 1)} />
          <InputNumber size="small" min={1} max={count} value={page} controls={false} aria-label={t("viewer.page")} onChange={(n) => n && go(n)} />
          <span>{t("viewer.of", { count })}</span>
          <Button size="small" icon={<RightOutlined />} aria-label={t("viewer.next")} disabled={page >= count} onClick={() => go(page + 1)} />
        </span>
        <span className="viewer-group">
          <Button size="small" icon={<ZoomOutOutlined />} aria-label={t("viewer.smaller")} disabled={zoom <= 0.5} onClick={() => larger(-1)} />
          <Button size="small" type="text" aria-label={t("viewer.fit")} onClick={() => setZoom(1)}>{Math.round(zoom * 100)}%</Button>
          <Button size="small" icon={<ZoomInOutlined />} aria-label={t("viewer.larger")} disabled={zoom >= 3} onClick={() => larger(1)} />
        </span>
        <Input.Search
          ref={box}
          className="viewer-search"
          size="small"
          maxLength={100}
          allowClear
          placeholder={t("viewer.search")}
          aria-label={t("viewer.search")}
          loading={searching}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          onSearch={(text) => void search(text)}
        />
        {found && (
          <span className="viewer-group" role="status">
            {hits > 0 ? t("viewer.hits", { n: now + 1, count: hits }) : t(found.words ? "viewer.noHits" : "viewer.noWords")}
            {found.more && hits > 0 && <span className="muted"> {t("viewer.more", { count: hits })}</span>}
            {hits > 1 && (
              <>
                <Button size="small" icon={<ArrowUpOutlined />} aria-label={t("viewer.hitPrevious")} onClick={() => step(-1)} />
                <Button size="small" icon={<ArrowDownOutlined />} aria-label={t("viewer.hitNext")} onClick={() => step(1)} />
              </>
            )}
          </span>
        )}
      </div>
      <div className="viewer-body">
        <nav className="viewer-thumbs" ref={thumbs} aria-label={t("viewer.thumbs")}>
          {viewing.pages.map((size, n) => (
            <button key={n} type="button" className="viewer-thumb" aria-current={page === n + 1 ? "page" : undefined} aria-label={t("viewer.pageAlt", { n: n + 1 })} onClick={() => go(n + 1)}>
              <Sheet viewing={viewing.id} page={n + 1} width={100} ratio={size.height / size.width} root={thumbs} refused={refused} />
              {n + 1}
            </button>
          ))}
        </nav>
        <div className="viewer-pages" ref={pages} tabIndex={0} role="region" aria-label={t("viewer.pages")} onContextMenu={(event) => event.preventDefault()}>
          {viewing.pages.map((size, n) => (
            <Sheet
              key={n}
              viewing={viewing.id}
              page={n + 1}
              width={width}
              ratio={size.height / size.width}
              root={pages}
              refused={refused}
              hits={seen.get(n + 1)}
              shown={setPage}
            />
          ))}
        </div>
      </div>
      <p className="viewer-note no-print">{t("viewer.keys")}</p>
    </div>
  );
}

interface SheetProps {
  viewing: string;
  page: number;
  width: number;
  ratio: number;
  root: React.RefObject<HTMLDivElement | null>;
  refused: (error: unknown) => void;
  hits?: { x: number; y: number; width: number; height: number; now: boolean }[];
  /** Told when the page is the one that is looked at. */
  shown?: (page: number) => void;
}

/** One page: fetched when it comes near, let go when it is far away. */
const Sheet = memo(function Sheet({ viewing, page, width, ratio, root, refused, hits, shown }: SheetProps) {
  const { t } = useLang();
  const { place, url, failed, retry } = useSheet({ viewing, page, width, root, refused, shown });
  return (
    <div ref={place} className="viewer-sheet" data-page={shown ? page : undefined} style={{ width, height: Math.round(width * ratio) }}>
      {url && <img src={url} alt={t("viewer.pageAlt", { n: page })} draggable={false} />}
      {!url && shown && (
        <div className="viewer-wait">
          {failed ? <span>{t("viewer.failed")} <Button size="small" onClick={retry}>{t("viewer.retry")}</Button></span> : t("viewer.pageAlt", { n: page })}
        </div>
      )}
      {hits?.map((hit, n) => (
        <span
          key={n}
          className={hit.now ? "viewer-hit viewer-hit-now" : "viewer-hit"}
          style={{ left: `${hit.x * 100}%`, top: `${hit.y * 100}%`, width: `${hit.width * 100}%`, height: `${hit.height * 100}%` }}
        />
      ))}
    </div>
  );
});
