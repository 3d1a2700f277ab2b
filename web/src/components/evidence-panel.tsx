/** What vouches for a record: each act's place in both trees, who outside saw it and when at the latest, and its files' digests. */
import { CheckOutlined, FilePdfOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useState } from "react";
import { download } from "../api/client";
import { api } from "../api/endpoints";
import { q } from "../api/queries";
import type { Detail, FileVersion, Kind, RecordEvidence, Seen } from "../api/types";
import { useLang } from "../i18n";
import { instantText } from "../kinds/format";
import { useActName } from "../kinds/labels";
import { sizeText } from "../kinds/values";
import { Hash } from "./copy";
import { FactTable } from "./fact-table";
import { message, textOf } from "./feedback";
import { seriesOf } from "./files-panel";
import { ProofModal } from "./history-panel";
import { Panel } from "./page";
import { EmptyState, Loading, ProblemView } from "./states";

export function EvidencePanel({ kind, detail }: { kind: Kind; detail: Detail }) {
  const { t } = useLang();
  const record = detail.record;
  const found = useQuery(q.evidence(record.kind, record.id));
  const [proof, setProof] = useState<number>();
  if (found.isPending) return <Loading />;
  if (found.isError) return <ProblemView error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <Panel title={t("cover.title")} extra={<Certificate kind={record.kind} id={record.id} what={t("cover.ofRecord")} />}>
        <p className="form-help">{t("cover.what")}</p>
        <Uncovered evidence={found.data} />
        {found.data.items.length === 0 ? (
          <EmptyState title={t("history.none")} />
        ) : (
          <Acts kind={kind} evidence={found.data} onProof={setProof} />
        )}
      </Panel>
      <Files kind={kind} detail={detail} />
      {proof !== undefined && <ProofModal key={proof} leaf={proof} onClose={() => setProof(undefined)} />}
    </>
  );
}

/** Why nobody outside vouches for some acts. */
function Uncovered({ evidence }: { evidence: RecordEvidence }) {
  const { t } = useLang();
  if (evidence.authorities === 0) return <Alert type="info" showIcon title={t("cover.noAuthority")} description={t("outsiders.why.time_authority")} />;
  const open = evidence.items.filter((i) => !i.stamp).length;
  return open > 0 ? <Alert type="info" showIcon title={t("cover.open", { count: open })} /> : null;
}

function Acts({ kind, evidence, onProof }: { kind: Kind; evidence: RecordEvidence; onProof: (index: number) => void }) {
  const { t } = useLang();
  const nameOf = useActName();
  const seen = (by: Seen | null | undefined) =>
    by ? (
      <>
        <span className="time">{instantText(by.at)}</span> <span className="seen-by">{by.name}</span>
      </>
    ) : (
      <span className="muted">{t("cover.nobody")}</span>
    );
  return (
    <FactTable
      label={t("cover.title")}
      rows={evidence.items}
      keyOf={(i) => i.index}
      columns={[
        { key: "index", label: t("evidence.index"), className: "num", show: (i) => <span className="number">{i.index}</span> },
        { key: "act", label: t("evidence.act"), show: (i) => nameOf(kind, i.act, evidence.labels[i.act]) },
        { key: "at", label: t("cover.ourClock"), show: (i) => <span className="time">{instantText(i.at)}</span> },
        { key: "stamp", label: t("cover.noLater"), show: (i) => seen(i.stamp) },
        { key: "cosigned", label: t("cover.witness"), show: (i) => seen(i.cosigned) },
        {
          key: "twin",
          label: t("tree.twin"),
          show: (i) =>
            i.twin ? (
              <>
                <CheckOutlined className="good" aria-hidden="true" /> {t("cover.inTwin")}
              </>
            ) : (
              <span className="muted">{t("history.notYet")}</span>
            ),
        },
        {
          key: "proof",
          label: t("evidence.proof"),
          screenOnly: true,
          show: (i) =>
            i.logged ? (
              <Button size="small" type="link" aria-label={t("evidence.proofOf", { n: i.index })} onClick={() => onProof(i.index)}>
                {t("evidence.getProof")}
              </Button>
            ) : (
              <span className="muted">{t("history.notYet")}</span>
            ),
        },
      ]}
    />
  );
}

/** A page for the file that says what is proven of a record or file, with a code that leads to the check. */
function Certificate({ kind, id, file, what }: { kind: string; id: string; file?: string; what: string }) {
  const { t } = useLang();
  const [busy, setBusy] = useState(false);
  const fetchOne = async () => {
    setBusy(true);
    try {
      await download(api.certificateUrl(kind, id, file), "certificate.pdf");
    } catch (error) {
      message.error(textOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      size="small"
      type={file ? "link" : "default"}
      className="no-print"
      icon={<FilePdfOutlined />}
      loading={busy}
      aria-label={t("cover.certificateOf", { what })}
      onClick={() => void fetchOne()}
    >
      {t("cover.certificate")}
    </Button>
  );
}

/** Digests to hold against copies that turn up elsewhere. */
function Files({ kind, detail }: { kind: Kind; detail: Detail }) {
  const { t } = useLang();
  const files = kind.fields
    .filter((f) => f.type.is === "files" && !f.internal)
    .flatMap((f) => seriesOf((detail.record.data[f.name] as unknown as FileVersion[] | undefined) ?? []).flat());
  if (files.length === 0) return null;
  return (
    <Panel title={t("cover.files")}>
      <p className="form-help">{t("cover.filesWhat")}</p>
      <FactTable
        label={t("cover.files")}
        rows={files}
        keyOf={(f) => f.id}
        columns={[
          { key: "name", label: t("cover.file"), show: (f) => f.name },
          { key: "version", label: t("cover.version"), show: (f) => t("files.version", { n: f.version }) },
          { key: "size", label: t("cover.size"), show: (f) => sizeText(f.size) },
          { key: "added", label: t("cover.ourClock"), show: (f) => <span className="time">{instantText(f.added)}</span> },
          {
            key: "certificate",
            label: t("cover.certificate"),
            screenOnly: true,
            show: (f) => <Certificate kind={detail.record.kind} id={detail.record.id} file={f.id} what={f.name} />,
          },
          { key: "sha256", label: t("cover.sha256"), show: (f) => <Hash value={f.sha256} what={f.name} /> },
        ]}
      />
    </Panel>
  );
}
