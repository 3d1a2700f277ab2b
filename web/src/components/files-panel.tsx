/** Files with their versions and digests. */
import { DownloadOutlined, EyeOutlined, LockOutlined, UploadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Tag } from "antd";
import { useRef, useState } from "react";
import { download } from "../api/client";
import { api } from "../api/endpoints";
import { q, queryClient, touched } from "../api/queries";
import type { Detail, Field, FileVersion, Kind } from "../api/types";
import { useLang } from "../i18n";
import { instantText } from "../kinds/format";
import { sizeText } from "../kinds/values";
import type { Search } from "../router";
import { MarkBadge, MarksBar } from "./marks-bar";
import { Panel } from "./page";
import { WhyPopover } from "./why-popover";
import { ask, message, textOf } from "./feedback";

/** Versions grouped by file, newest first. */
export function seriesOf(files: FileVersion[]): FileVersion[][] {
  const groups = new Map<string, FileVersion[]>();
  for (const file of files) groups.set(file.series, [...(groups.get(file.series) ?? []), file]);
  return [...groups.values()].map((versions) => versions.sort((a, b) => b.version - a.version));
}

export function FilesPanel({ kind, detail }: { kind: Kind; detail: Detail }) {
  return (
    <>
      {kind.fields
        .filter((f) => f.type.is === "files" && !f.internal)
        // Signed scans are filed from the documents; what is not there yet is told there.
        .filter((f) => f.name !== "signed_scans" || Boolean(detail.record.data[f.name]))
        .map((field) => (
          <FilesField key={field.name} field={field} detail={detail} graded={Boolean(kind.graded)} />
        ))}
    </>
  );
}

function FilesField({ field, detail, graded }: { field: Field; detail: Detail; graded: boolean }) {
  const { t, tr } = useLang();
  const record = detail.record;
  const files = (record.data[field.name] as unknown as FileVersion[] | undefined) ?? [];
  const attach = detail.actions.find((a) => a.name === "attach");
  const detach = detail.actions.find((a) => a.name === "detach");
  // Whether the files themselves may be had. A transfer may release what the policies do not: the viewer knows of it.
  const original = useQuery({ ...q.why("open_file", record.kind, record.id), enabled: files.length > 0 });
  const barred = original.data?.allowed === false;
  const may = attach ? attach.allowed : detail.can_edit;
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const series = useRef<string | undefined>(undefined);
  const choose = (of?: string) => {
    series.current = of;
    input.current?.click();
  };
  const run = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      const after = await work();
      if (after) queryClient.setQueryData(["record", record.id], after);
      touched(record.kind, record.id);
      message.success(done);
    } catch (error) {
      message.error(textOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel
      title={tr(field.label)}
      extra={
        may ? (
          <Button size="small" icon={<UploadOutlined />} loading={busy} className="no-print" onClick={() => choose()}>
            {t("files.add")}
          </Button>
        ) : attach?.denied ? (
          <WhyPopover detail={attach.denied.detail} why={attach.denied.why} label={t("files.cannotAdd")} />
        ) : null
      }
    >
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t("files.add")}
        data-field={field.name}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) void run(() => api.attach(record.kind, record.id, field.name, file, series.current), t("files.added"));
        }}
      />
      {field.help && <p className="form-help">{tr(field.help)}</p>}
      {graded && files.length > 0 && <MarksBar record={record} field={field.name} />}
      {files.length === 0 && <p className="muted">{t("files.none")}</p>}
      <ul className="files">
        {seriesOf(files).map((versions) => (
          <li key={versions[0]?.series}>
            {versions.map((file, i) => (
              <div key={file.id} className={i === 0 ? "file" : "file file-old"}>
                <Link className="file-name" to="/view/$kind/$id/$file" params={{ kind: record.kind, id: record.id, file: file.id }}>
                  <EyeOutlined aria-hidden /> {file.name}
                </Link>
                <span className="file-facts">
                  {t("files.version", { n: file.version })} · {sizeText(file.size)} · {instantText(file.added)} ·{" "}
                  {detail.names[file.by] ?? t("value.unnamed")}
                </span>
                {file.lock && (
                  <Tag icon={<LockOutlined />} color="gold">
                    {t("files.locked")} <Link to="/custody" search={{ secret: record.id } as Search}>{t("files.askOpening")}</Link>
                  </Tag>
                )}
                {graded && i === 0 && <MarkBadge record={record} series={file.series} />}
                <code className="digest" title={file.sha256}>
                  {t("files.digest")} {file.sha256.slice(0, 16)}…
                </code>
                <span className="file-acts no-print">
                  {!barred && <Button
                    size="small"
                    type="text"
                    icon={<DownloadOutlined />}
                    aria-label={t("files.download", { name: file.name })}
                    onClick={() =>
                      void download(api.fileUrl(record.kind, record.id, file.id), file.name).catch((error: Error) => message.error(error.message))
                    }
                  />}
                  {barred && i === 0 && (
                    <WhyPopover detail={t("viewer.noOriginal")} why={original.data} label={t("viewer.whyNot")} />
                  )}
                  {graded && i === 0 && !barred && (
                    <Button
                      size="small"
                      type="link"
                      onClick={() =>
                        void download(`${api.fileUrl(record.kind, record.id, file.id)}?marked=true`, file.name).catch((error: Error) => message.error(error.message))
                      }
                    >
                      {t("marks.open")}
                    </Button>
                  )}
                  {i === 0 && may && (
                    <Button size="small" type="link" onClick={() => choose(file.series)}>
                      {t("files.newVersion")}
                    </Button>
                  )}
                  {i === 0 && detach?.allowed && (
                    <Button
                      size="small"
                      type="link"
                      danger
                      onClick={() =>
                        ask({
                          title: t("files.removeSure", { name: file.name }),
                          okText: t("files.remove"),
                          danger: true,
                          onOk: () =>
                            run(
                              () => api.act(record.kind, record.id, "detach", { field: field.name, file: file.id }, record.version),
                              t("files.removed"),
                            ),
                        })
                      }
                    >
                      {t("files.remove")}
                    </Button>
                  )}
                </span>
              </div>
            ))}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
