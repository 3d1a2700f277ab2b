/** What came of an exam; and, where the course shows it, what was right. */
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { download } from "../../api/client";
import { type ExamQuestion, type ExamSitting, training } from "../../api/training";
import { message, textOf } from "../../components/feedback";
import { useTitle } from "../../components/use-title";
import { useLang } from "../../i18n";

export function Review({ sitting }: { sitting: ExamSitting }) {
  const { t } = useLang();
  useTitle(sitting.name);
  const passed = sitting.state === "passed";
  const result = sitting.result;
  return (
    <div className="exam">
      <h1>{sitting.name}</h1>
      <div className="exam-result" role="status">
        <div className={passed ? "exam-score good" : "exam-score bad"}>{sitting.score ?? 0}</div>
        <p className={passed ? "good" : "bad"}><strong>{t(passed ? "exam.passed" : "exam.failed")}</strong></p>
        <p className="muted">{t("exam.passMark", { mark: sitting.pass_mark })}</p>
        {sitting.out_of_time && <p className="wait">{t("exam.outOfTime")}</p>}
      </div>
      <div className="exam-go">
        {passed && result && (
          <Button
            type="primary"
            onClick={() => void download(training.certificateUrl(result), `${sitting.name}.pdf`).catch((error: unknown) => message.error(textOf(error)))}
          >
            {t("exam.certificate")}
          </Button>
        )}
        <Link to="/training"><Button block>{t("exam.back")}</Button></Link>
      </div>
      {sitting.questions.length > 0 && (
        <>
          <h2 className="block-title">{t("exam.review")}</h2>
          <ol className="exam-review">
            {sitting.questions.map((question) => (
              <Line key={question.place} question={question} />
            ))}
          </ol>
        </>
      )}
    </div>
  );
}

function Line({ question }: { question: ExamQuestion }) {
  const { t } = useLang();
  const name = (code: string) => {
    if (question.sort === "judgement") return t(code === "a" ? "exam.true" : "exam.false");
    return `${code.toUpperCase()} ${question.options.find((o) => o.code === code)?.text ?? ""}`;
  };
  const names = (codes: string[] | null | undefined) => (codes?.length ? codes.map(name).join(t("list.join")) : t("exam.none"));
  return (
    <li>
      <strong className={question.correct ? "good" : "bad"}>{t(question.correct ? "exam.correct" : "exam.wrong")}</strong> {question.place}. {question.text}
      <p>{t("exam.yours", { text: names(question.chosen) })}</p>
      {!question.correct && <p>{t("exam.right", { text: names(question.right) })}</p>}
      {question.explanation && <p className="muted">{question.explanation}</p>}
    </li>
  );
}
