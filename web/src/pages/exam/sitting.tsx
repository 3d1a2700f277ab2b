/** An exam on the telephone: one question at a time, what is chosen is kept at once, the time that is left, then what came of it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { queryClient } from "../../api/queries";
import { type ExamQuestion, type ExamSitting, qt, training } from "../../api/training";
import { ask, message, textOf } from "../../components/feedback";
import { PageFrame } from "../../components/page";
import { Loading, ProblemView } from "../../components/states";
import { useTitle } from "../../components/use-title";
import { useLang } from "../../i18n";
import type { Search } from "../../router";
import { type Chosen, restored, useAnswers } from "./answers";
import "./exam.css";
import { Review } from "./review";
import { clockText } from "./standing";

export function ExamPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { t } = useLang();
  const sitting = useQuery({
    ...qt.sitting(id),
    // The result follows a moment after the marking.
    refetchInterval: (query) => (query.state.data?.state === "passed" && !query.state.data.result ? 1500 : false),
  });
  if (sitting.isPending) return <div className="exam"><Loading rows={6} /></div>;
  if (sitting.isError) {
    return (
      <PageFrame title={t("exam.title")} narrow>
        <ProblemView error={sitting.error} retry={() => void sitting.refetch()} />
        <Link to="/training">{t("exam.back")}</Link>
      </PageFrame>
    );
  }
  return sitting.data.state === "open" ? <Open key={id} sitting={sitting.data} read={sitting.dataUpdatedAt} /> : <Review sitting={sitting.data} />;
}

/** Seconds left, counted from what the server said. */
function useLeft(seconds: number, read: number, over: () => void): number {
  const [now, setNow] = useState(Date.now());
  const ended = useRef(over);
  ended.current = over;
  const left = Math.max(0, seconds - (now - read) / 1000);
  const isOver = left <= 0;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (isOver) ended.current();
  }, [isOver]);
  return left;
}

function Open({ sitting, read }: { sitting: ExamSitting; read: number }) {
  const { t } = useLang();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const id = sitting.id;
  const again = () => void queryClient.invalidateQueries({ queryKey: ["sitting", id] });
  const { put, unsent, flush } = useAnswers(id, (problem) => {
    message.error(problem.message);
    again();
  });
  const [chosen, setChosen] = useState<Chosen>(() => ({
    ...Object.fromEntries(sitting.questions.map((question) => [question.place, question.chosen])),
    ...restored(id),
  }));
  const [busy, setBusy] = useState(false);
  // A little later than the end: then the server has handed it in.
  const left = useLeft(sitting.seconds_left, read, () => void flush().finally(() => setTimeout(again, 6000)));
  useTitle(sitting.name);

  const count = sitting.questions.length;
  const place = Math.min(Math.max(Number(search.n) || 1, 1), count);
  const question = sitting.questions[place - 1];
  const heading = useRef<HTMLLegendElement>(null);
  const go = (n: number) => {
    void navigate({ to: "/exam/$id", params: { id }, search: { n: String(n) }, replace: true });
    requestAnimationFrame(() => heading.current?.focus());
  };
  const answered = (n: number) => (chosen[n]?.length ?? 0) > 0;
  const open = sitting.questions.filter((x) => !answered(x.place)).length;
  const choose = (codes: string[]) => {
    setChosen((before) => ({ ...before, [place]: codes }));
    put(place, codes);
  };
  const handIn = async () => {
    setBusy(true);
    try {
      // Twice: what was chosen while the first was under way.
      if (!(await flush()) && !(await flush())) throw new Error(t("exam.unsent"));
      queryClient.setQueryData(["sitting", id], await training.handIn(id));
      void queryClient.invalidateQueries({ queryKey: ["exams"] });
      void queryClient.invalidateQueries({ queryKey: ["work"] });
    } catch (error) {
      message.error(textOf(error));
      again();
    } finally {
      setBusy(false);
    }
  };
  const sure = () =>
    ask({
      title: t("exam.sure"),
      content: open > 0 ? t("exam.unanswered", { count: open }) : t("exam.allAnswered"),
      okText: t("exam.handIn"),
      onOk: handIn,
    });

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !question || document.querySelector("[role=dialog]")) return;
      const code = event.key.toLowerCase();
      const codes = question.sort === "judgement" ? ["a", "b"] : question.options.map((o) => o.code);
      if (codes.includes(code)) {
        const now = chosen[place] ?? [];
        choose(question.sort === "multiple" ? (now.includes(code) ? now.filter((c) => c !== code) : [...now, code].sort()) : [code]);
      } else if (event.key === "PageDown" && place < count) go(place + 1);
      else if (event.key === "PageUp" && place > 1) go(place - 1);
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  if (!question) return null;
  return (
    <div className="exam">
      <div className="exam-head">
        <h1>{sitting.name}</h1>
        <span className={left < 60 ? "exam-left short" : "exam-left"} role="timer" aria-label={t("exam.left")}>{clockText(left)}</span>
      </div>
      <div className="exam-bar" aria-hidden="true"><span style={{ width: `${((count - open) * 100) / count}%` }} /></div>
      <span className="sr-only" role="status">{left < 60 ? t("exam.minute") : ""}</span>
      <Ask question={question} chosen={chosen[place] ?? []} onChoose={choose} heading={heading} count={count} />
      {unsent > 0 && <p className="exam-unsaved" role="status">{t("exam.saving")}</p>}
      <div className="exam-foot">
        <Button disabled={place === 1} onClick={() => go(place - 1)}>{t("exam.previous")}</Button>
        {place < count ? (
          <Button type="primary" onClick={() => go(place + 1)}>{t("exam.next")}</Button>
        ) : (
          <Button type="primary" loading={busy} onClick={sure}>{t("exam.handIn")}</Button>
        )}
      </div>
      <nav className="exam-places" aria-label={t("exam.places")}>
        {sitting.questions.map((x) => (
          <button
            key={x.place}
            type="button"
            className={answered(x.place) ? "exam-place answered" : "exam-place"}
            aria-current={x.place === place}
            aria-label={t(answered(x.place) ? "exam.placeAnswered" : "exam.placeOpen", { n: x.place })}
            onClick={() => go(x.place)}
          >
            {x.place}
          </button>
        ))}
      </nav>
      {place < count && open === 0 && (
        <div className="exam-go">
          <Button type="primary" ghost loading={busy} onClick={sure}>{t("exam.handIn")}</Button>
        </div>
      )}
    </div>
  );
}

interface AskProps {
  question: ExamQuestion;
  chosen: string[];
  onChoose: (codes: string[]) => void;
  heading: React.RefObject<HTMLLegendElement | null>;
  count: number;
}

function Ask({ question, chosen, onChoose, heading, count }: AskProps) {
  const { t } = useLang();
  const several = question.sort === "multiple";
  const options = question.sort === "judgement" ? [{ code: "a", text: t("exam.true") }, { code: "b", text: t("exam.false") }] : question.options;
  return (
    <fieldset className="exam-question" key={question.place}>
      <legend ref={heading} tabIndex={-1}>
        <span className="exam-sort">{t("exam.nth", { n: question.place, count })} · {t(`exam.sort.${question.sort}`)}</span>
        <br />
        {question.text}
      </legend>
      {options.map((option) => (
        <label key={option.code} className="exam-option">
          <input
            type={several ? "checkbox" : "radio"}
            name={`q${question.place}`}
            checked={chosen.includes(option.code)}
            onChange={(event) =>
              onChoose(!several ? [option.code] : event.target.checked ? [...chosen, option.code].sort() : chosen.filter((c) => c !== option.code))
            }
          />
          <span>{question.sort !== "judgement" && <strong>{option.code.toUpperCase()} </strong>}{option.text}</span>
        </label>
      ))}
    </fieldset>
  );
}
