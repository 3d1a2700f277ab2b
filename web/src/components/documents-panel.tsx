/** Documents of a record: which there are, what each still misses, and each of them to edit or to print. */
import { FilePdfOutlined, FileWordOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Tag } from "antd";
import { useState } from "react";
import { download } from "../api/client";
import { api } from "../api/endpoints";
import { q } from "../api/queries";
import type { Detail, Kind, Offered } from "../api/types";
import { useLang } from "../i18n";
import { instantText } from "../kinds/format";
import { FactTable } from "./fact-table";
import { message, textOf } from "./feedback";
import { Panel } from "./page";
import { EmptyState, Loading, ProblemView } from "./states";

export function DocumentsPanel({ kind, detail }: { kind: Kind; detail: Detail }) {
  const { t, tr } = useLang();
  const record = detail.record;
  const found = useQuery(q.documents(record.kind, record.id, record.version));
  if (found.isPending) return <Loading />;
  if (found.isError) return <ProblemView error={found.error} retry={() => void found.refetch()} />;
  return (
    <Panel title={t("documents.title")}>
      <p className="form-help">{t(kind.graded ? "documents.whatGraded" : "documents.what")}</p>
      {found.data.length === 0 ? (
        <EmptyState title={t("documents.none")} />
      ) : (
        <FactTable
          label={t("documents.title")}
          rows={found.data}
          keyOf={(d) => d.form}
          columns={[
            { key: "title", label: t("documents.name"), show: (d) => tr(d.title) },
            { key: "clauses", label: t("documents.clauses"), show: (d) => <span className="muted">{d.clauses.join(" · ")}</span> },
            { key: "missing", label: t("documents.missing"), show: (d) => <Missing form={d} /> },
            { key: "scan", label: t("documents.signed"), show: (d) => <Signed form={d} kind={record.kind} id={record.id} /> },
            {
              key: "get",
              label: t("documents.get"),
              screenOnly: true,
              show: (d) => d.formats.filter((f) => f !== "html").map((f) => <Get key={f} kind={record.kind} id={record.id} form={d} format={f} />),
            },
          ]}
        />
      )}
    </Panel>
  );
}

function Missing({ form }: { form: Offered }) {
  const { t, tr } = useLang();
  if (form.missing.length === 0) return <span className="muted">{t("documents.complete")}</span>;
  return (
    <>
      {form.missing.map((term) => (
        <Tag key={term.zh} color="warning">
          {tr(term)}
        </Tag>
      ))}
    </>
  );
}

/** Is the signed paper there? */
function Signed({ form, kind, id }: { form: Offered; kind: string; id: string }) {
  const { t, tr } = useLang();
  const scan = form.scan;
  if (!scan) return <span className="muted">{t("documents.unsigned")}</span>;
  return (
    <Button
      size="small"
      type="link"
      aria-label={t("documents.openScan", { what: tr(form.title) })}
      onClick={() => void download(api.fileUrl(kind, id, scan.file), scan.name).catch((error) => message.error(textOf(error)))}
    >
      {t("documents.signedOn", { day: instantText(scan.added).slice(0, 10), n: scan.version })}
    </Button>
  );
}

function Get({ kind, id, form, format }: { kind: string; id: string; form: Offered; format: string }) {
  const { t, tr } = useLang();
  const [busy, setBusy] = useState(false);
  const fetchOne = async () => {
    setBusy(true);
    try {
      await download(api.documentUrl(kind, id, form.form, format), `${form.form}.${format}`);
    } catch (error) {
      message.error(textOf(error));
    } finally {
      setBusy(false);
    }
  };
  const word = format === "pdf" ? t("documents.pdf") : t("documents.word");
  return (
    <Button
      size="small"
      type="link"
      icon={format === "pdf" ? <FilePdfOutlined /> : <FileWordOutlined />}
      loading={busy}
      aria-label={t("documents.getOne", { what: tr(form.title), format: word })}
      onClick={() => void fetchOne()}
    >
      {word}
    </Button>
  );
}
