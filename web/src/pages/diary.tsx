/** The duty calendar: a month with its days of rest, what is due on each day, and what will arise. */
import { LeftOutlined, PrinterOutlined, RightOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Button, Segmented } from "antd";
import { useState } from "react";
import { q } from "../api/queries";
import type { Diary } from "../api/types";
import { CopyButton } from "../components/copy";
import { PageFrame, Panel } from "../components/page";
import { PrintHead } from "../components/print-head";
import { Loading, ProblemView } from "../components/states";
import { useNarrow } from "../components/use-narrow";
import { Due } from "../components/work-list";
import { useLang } from "../i18n";
import { type Entry, entriesOf, monthOf, weeksOf } from "../kinds/diary";

const FEED = "/api/diary.ics";

export function DiaryPage() {
  const { t, tr, lang } = useLang();
  const narrow = useNarrow();
  const now = new Date();
  const [month, setMonth] = useState({ year: now.getFullYear(), month: now.getMonth() });
  const [whose, setWhose] = useState<"mine" | "all">("mine");
  const [chosen, setChosen] = useState<string>();
  const span = monthOf(month.year, month.month);
  const diary = useQuery(q.diary(span.from, span.to));
  const move = (by: number) => {
    const to = new Date(month.year, month.month + by, 1);
    setMonth({ year: to.getFullYear(), month: to.getMonth() });
    setChosen(undefined);
  };
  const title = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", { year: "numeric", month: "long" }).format(new Date(month.year, month.month, 1));
  const entries = diary.data ? entriesOf(diary.data, whose === "mine") : [];
  const late = entries.filter((e) => e.state === "late");
  const day = chosen ?? diary.data?.today;
  return (
    <PageFrame
      title={t("nav.diary")}
      lead={t("diary.lead")}
      actions={<Button icon={<PrinterOutlined />} aria-label={t("action.print")} onClick={() => window.print()} />}
    >
      <PrintHead title={`${t("nav.diary")} · ${title}`} />
      <div className="diary-bar no-print">
        <span className="diary-move">
          <Button icon={<LeftOutlined />} aria-label={t("diary.previous")} onClick={() => move(-1)} />
          <h2 aria-live="polite">{title}</h2>
          <Button icon={<RightOutlined />} aria-label={t("diary.next")} onClick={() => move(1)} />
          <Button onClick={() => { setMonth({ year: now.getFullYear(), month: now.getMonth() }); setChosen(undefined); }}>{t("diary.today")}</Button>
        </span>
        <Segmented
          value={whose}
          onChange={(value) => setWhose(value as "mine" | "all")}
          options={[{ value: "mine", label: t("diary.mine") }, { value: "all", label: t("diary.all") }]}
        />
      </div>
      {diary.isPending && <Loading />}
      {diary.isError && <ProblemView error={diary.error} retry={() => void diary.refetch()} />}
      {diary.data && (
        <>
          {diary.data.provisional.length > 0 && <Alert type="info" showIcon className="diary-note" title={t("diary.provisional", { years: diary.data.provisional.join(", ") })} />}
          {late.length > 0 && (
            <Panel title={<>{t("diary.late")} <span className="count">{late.length}</span></>} className="diary-late">
              <Entries entries={late} />
            </Panel>
          )}
          {narrow ? (
            <Agenda diary={diary.data} entries={entries} span={span} />
          ) : (
            <>
              <Month diary={diary.data} entries={entries} year={month.year} month={month.month} chosen={day} choose={setChosen} />
              {day && (
                <Panel title={`${day} ${tr(diary.data.days.find((d) => d.day === day)?.name)}`} className="no-print">
                  <Entries entries={entries.filter((e) => e.due === day)} />
                </Panel>
              )}
            </>
          )}
          <Panel title={t("diary.feed")} className="no-print">
            <p className="muted">{t("diary.feedHow")}</p>
            <p>
              <code>{`${window.location.origin}${FEED}`}</code> <CopyButton text={`${window.location.origin}${FEED}`} what={t("diary.feed")} small />
            </p>
            <Link to="/me" search={{ tab: "tokens" }}>{t("diary.token")}</Link>
          </Panel>
        </>
      )}
    </PageFrame>
  );
}

interface MonthProps {
  diary: Diary;
  entries: Entry[];
  year: number;
  month: number;
  chosen?: string;
  choose: (day: string) => void;
}

/** Most entries that a day shows before it says how many more there are. */
const SHOWN = 3;

function Month({ diary, entries, year, month, chosen, choose }: MonthProps) {
  const { t, tr, lang } = useLang();
  const names = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", { weekday: "short", timeZone: "UTC" });
  // 2024-01-01 was a Monday.
  const heads = Array.from({ length: 7 }, (_, i) => names.format(new Date(Date.UTC(2024, 0, 1 + i))));
  const mark = (day: string) => diary.days.find((d) => d.day === day);
  return (
    <table className="diary-month">
      <thead>
        <tr>{heads.map((h) => <th key={h} scope="col">{h}</th>)}</tr>
      </thead>
      <tbody>
        {weeksOf(year, month).map((week) => (
          <tr key={week[0]}>
            {week.map((day) => {
              const special = mark(day);
              const here = entries.filter((e) => e.due === day && e.state !== "late");
              const own = Number(day.slice(5, 7)) === month + 1;
              const className = ["diary-day", special && !special.works ? "rest" : "", own ? "" : "other", day === diary.today ? "today" : "", day === chosen ? "chosen" : ""].join(" ");
              return (
                <td key={day} className={className}>
                  <button type="button" onClick={() => choose(day)} aria-pressed={day === chosen} aria-label={t("diary.day", { day, count: here.length })}>
                    <span className="diary-number">{Number(day.slice(8))}</span>
                    {special?.name && <span className={special.works ? "diary-name works" : "diary-name"}>{tr(special.name)}</span>}
                  </button>
                  <ul>
                    {here.slice(0, SHOWN).map((e) => (
                      <li key={e.key} className={`diary-chip ${e.state}`} title={e.title}>
                        {e.id ? <Link to="/r/$kind/$id" params={{ kind: "duty", id: e.id }}>{tr(e.label)}</Link> : tr(e.label)}
                      </li>
                    ))}
                  </ul>
                  {here.length > SHOWN && <span className="diary-more">{t("diary.more", { count: here.length - SHOWN })}</span>}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Agenda({ diary, entries, span }: { diary: Diary; entries: Entry[]; span: { from: string; to: string } }) {
  const { t, tr } = useLang();
  const days = [...new Set(entries.filter((e) => e.state !== "late" && e.due >= span.from && e.due <= span.to).map((e) => e.due))].sort();
  if (days.length === 0) return <Panel><p className="muted">{t("diary.none")}</p></Panel>;
  return (
    <>
      {days.map((day) => (
        <Panel key={day} title={`${day} ${tr(diary.days.find((d) => d.day === day)?.name)}`}>
          <Entries entries={entries.filter((e) => e.due === day && e.state !== "late")} />
        </Panel>
      ))}
    </>
  );
}

function Entries({ entries }: { entries: Entry[] }) {
  const { t, tr } = useLang();
  if (entries.length === 0) return <p className="muted">{t("diary.none")}</p>;
  return (
    <ul className="work">
      {entries.map((e) => (
        <li key={e.key}>
          <div className="work-main">
            {e.id ? <Link to="/r/$kind/$id" params={{ kind: "duty", id: e.id }} className="record-link">{tr(e.label)}</Link> : <span className="record-link">{tr(e.label)}</span>}
            {e.about && <span className="number">{e.about}</span>}
          </div>
          <div className="work-facts">
            {e.number && <span className="number">{e.number}</span>}
            <span className={`diary-state ${e.state}`}>{t(`diary.state.${e.state}`)}</span>
            {e.state === "open" || e.state === "late" ? <Due day={e.due} /> : <span className="time">{e.due}</span>}
          </div>
        </li>
      ))}
    </ul>
  );
}
