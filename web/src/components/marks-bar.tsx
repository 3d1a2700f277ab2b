/** Marks in a record's files: what they say, whether they are out of date, putting them, and all that were put (H 9.2.1, 9.2.2). */
import { SafetyCertificateOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Table, Tag } from "antd";
import { useState } from "react";
import { marksApi, marksOf, type MarkedFile } from "../api/marks";
import { touched } from "../api/queries";
import type { RecordBody } from "../api/types";
import { useLang } from "../i18n";
import { instantText } from "../kinds/format";
import { ask, message, textOf } from "./feedback";

/** What a mark would say now. */
function Preview({ header, footer, watermark }: { header: string; footer: string; watermark: string }) {
  return (
    <span className="mark-preview">
      <strong>{header}</strong>
      {watermark && <span className="mark-across" aria-hidden>{watermark}</span>}
      <span>{footer}</span>
    </span>
  );
}

/** Above the files of a field: the hint that marks are out of date, and one act for all of them. */
export function MarksBar({ record, field }: { record: RecordBody; field: string }) {
  const { t } = useLang();
  const { data } = useQuery(marksOf(record.kind, record.id, record.version));
  const [busy, setBusy] = useState(false);
  const current = data?.current;
  const files = data?.files.filter((f) => f.field === field) ?? [];
  if (!current || files.length === 0) return null;
  const late = files.filter((f) => f.out_of_date).length;
  const without = files.filter((f) => !f.marked).length;
  const put = (series: string[]) =>
    ask({
      title: t("marks.putSure"),
      content: <Preview {...current} />,
      okText: t("marks.put"),
      onOk: async () => {
        setBusy(true);
        try {
          const { files: done } = await marksApi.put(record.kind, record.id, series);
          touched(record.kind, record.id);
          const bad = done.filter((f) => f.problem);
          for (const file of bad) message.error(`${file.name}: ${file.problem?.detail ?? ""}`);
          if (done.length > bad.length) message.success(t("marks.done", { n: done.length - bad.length }));
        } catch (error) {
          message.error(textOf(error));
        } finally {
          setBusy(false);
        }
      },
    });
  if (!data.allowed || (late === 0 && without === 0)) return null;
  const button = (
    <Button size="small" icon={<SafetyCertificateOutlined />} loading={busy} onClick={() => put(files.filter((f) => f.out_of_date || !f.marked).map((f) => f.series))}>
      {late > 0 ? t("marks.again") : t("marks.put")}
    </Button>
  );
  return (
    <Alert
      className="no-print marks-bar"
      showIcon
      type={late > 0 ? "warning" : "info"}
      title={late > 0 ? t("marks.late", { n: late }) : t("marks.without", { n: without })}
      action={button}
    />
  );
}

/** Beside a file: whether it is marked; opens the list of all its marks. */
export function MarkBadge({ record, series }: { record: RecordBody; series: string }) {
  const { t } = useLang();
  const { data } = useQuery(marksOf(record.kind, record.id, record.version));
  const file = data?.files.find((f) => f.series === series);
  if (!file || file.history.length === 0) return null;
  return (
    <Button
      size="small"
      type="text"
      title={t("marks.history")}
      onClick={() => ask({ title: t("marks.history"), content: <History file={file} />, info: true, width: 820 })}
    >
      <Tag color={file.out_of_date || !file.marked ? "warning" : "success"}>
        {file.out_of_date ? t("marks.outOfDate") : file.marked ? t("marks.marked") : t("marks.newer")}
      </Tag>
    </Button>
  );
}

function History({ file }: { file: MarkedFile }) {
  const { t } = useLang();
  return (
    <Table
      size="small"
      pagination={false}
      rowKey="version"
      dataSource={file.history}
      scroll={{ x: true }}
      columns={[
        { title: t("marks.at"), render: (_, row) => instantText(row.at) },
        { title: t("marks.by"), render: (_, row) => row.by_name ?? t("value.unnamed") },
        { title: t("marks.version"), render: (_, row) => t("files.version", { n: row.version }) },
        { title: t("marks.says"), render: (_, row) => [row.mark.grade, row.mark.number, row.mark.term, row.mark.unit].filter(Boolean).join(" · ") },
        { title: t("files.digest"), render: (_, row) => <code className="digest" title={`${row.mark.of_sha256} → ${row.sha256}`}>{row.sha256.slice(0, 12)}…</code> },
      ]}
    />
  );
}
