/** A course to read: its text, its material, "I have worked through it", and the way to the exam (B 5.1.1). */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Button } from "antd";
import { useState } from "react";
import { download } from "../../api/client";
import { api } from "../../api/endpoints";
import { q, queryClient, touched } from "../../api/queries";
import { qt, training } from "../../api/training";
import type { FileVersion } from "../../api/types";
import { message, textOf } from "../../components/feedback";
import { seriesOf } from "../../components/files-panel";
import { PageFrame } from "../../components/page";
import { Loading, ProblemView } from "../../components/states";
import { useTitle } from "../../components/use-title";
import { useLang } from "../../i18n";
import { sizeText } from "../../kinds/values";
import "./exam.css";
import { mayBegin } from "./standing";

const COURSE = "training_course";

export function CoursePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { t } = useLang();
  const navigate = useNavigate();
  const detail = useQuery(q.record(COURSE, id));
  const exams = useQuery(qt.exams());
  const [busy, setBusy] = useState(false);
  const name = detail.data?.record.data.name;
  useTitle(typeof name === "string" ? name : t("training.title"));
  if (detail.isPending) return <div className="exam"><Loading rows={6} /></div>;
  if (detail.isError) {
    return (
      <PageFrame title={t("training.title")} narrow>
        <ProblemView error={detail.error} retry={() => void detail.refetch()} />
      </PageFrame>
    );
  }
  const record = detail.data.record;
  const course = exams.data?.courses.find((c) => c.id === id);
  const confirm = detail.data.actions.find((a) => a.name === "acknowledge" && a.allowed);
  const files = seriesOf((record.data.material as unknown as FileVersion[] | undefined) ?? []).flatMap((versions) => versions.slice(0, 1));
  const during = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      message.error(textOf(error));
    } finally {
      setBusy(false);
      void queryClient.invalidateQueries({ queryKey: ["exams"] });
    }
  };
  const read = () =>
    during(async () => {
      await api.act(COURSE, id, "acknowledge", {}, record.version);
      touched(COURSE, id);
    });
  const begin = () =>
    during(async () => {
      const sitting = await training.begin(id);
      queryClient.setQueryData(["sitting", sitting.id], sitting);
      await navigate({ to: "/exam/$id", params: { id: sitting.id } });
    });
  return (
    <div className="exam">
      <p><Link to="/training">{t("exam.back")}</Link></p>
      <h1>{typeof name === "string" ? name : ""}</h1>
      {typeof record.data.content === "string" && <p className="exam-text">{record.data.content}</p>}
      {files.map((file) => {
        const url = api.fileUrl(COURSE, id, file.id);
        const get = () => void download(url, file.name).catch((error: unknown) => message.error(textOf(error)));
        return (
          <div key={file.id} className="exam-card">
            {file.media.startsWith("video/") && <video controls preload="metadata" src={url} aria-label={file.name} />}
            <Button type="link" onClick={get}>{file.name}</Button> <span className="muted">{sizeText(file.size)}</span>
          </div>
        );
      })}
      <div className="exam-go">
        {confirm && <Button type="primary" loading={busy} onClick={() => void read()}>{t("training.confirm")}</Button>}
        {course?.read && <p className="good">{t("training.confirmed")}</p>}
        {course && course.questions > 0 && (
          <p className="muted">{t("training.exam", { questions: course.questions, minutes: course.minutes, mark: course.pass_mark, used: course.used, attempts: course.attempts })}</p>
        )}
        {course && mayBegin(course) && (
          <Button type="primary" loading={busy} onClick={() => void begin()}>{t(course.standing === "open" ? "training.goOn" : "training.begin")}</Button>
        )}
      </div>
    </div>
  );
}
