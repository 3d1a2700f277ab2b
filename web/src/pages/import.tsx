/** Excel in: choose a form, try it, see errors cell by cell, take it over, take it back. */
import { DownloadOutlined, UploadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Alert, Button, Checkbox, Progress, Radio } from "antd";
import { useEffect, useRef, useState } from "react";
import { download, fileName, save } from "../api/client";
import { api } from "../api/endpoints";
import { onImporting, type Importing } from "../api/events";
import { q, queryClient, touched } from "../api/queries";
import type { CellError, ImportResult, Kind } from "../api/types";
import { FieldValue } from "../components/field-value";
import { PageFrame, Panel } from "../components/page";
import { NotFound, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { fieldOf, useCatalog } from "../kinds/catalog";
import { instantText } from "../kinds/format";
import { ask, message, textOf } from "../components/feedback";

/** Faults that the page lists; the marked file has them all. */
const SHOWN = 200;

export function ImportPage() {
  const { kind: name } = useParams({ strict: false }) as { kind: string };
  const { kind } = useCatalog();
  const found = kind(name);
  return found ? <Wizard key={name} kind={found} /> : <NotFound />;
}

function Wizard({ kind }: { kind: Kind }) {
  const { t, tr } = useLang();
  const { kind: kindOf } = useCatalog();
  const navigate = useNavigate();
  const [exchange, setExchange] = useState(kind.exchanges[0]?.name ?? "full");
  const [missing, setMissing] = useState(true);
  const [file, setFile] = useState<File>();
  const [trial, setTrial] = useState<ImportResult>();
  const [done, setDone] = useState<ImportResult>();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState<"trial" | "import" | "marked" | undefined>();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const run = async (what: "trial" | "import" | "marked", chosen: File) => {
    setBusy(what);
    setProblem(undefined);
    try {
      // A file for the full form may have any known heading row; the server recognises it.
      const query = { exchange: exchange === "full" ? undefined : exchange, create_missing: missing, dry_run: what !== "import", marked: what === "marked" };
      const response = await api.importFile(kind.kind, query, chosen);
      if (what === "marked") {
        save(await response.blob(), fileName(response, `${t("import.markedName")}-${chosen.name}`));
        return;
      }
      const result = (await response.json()) as ImportResult;
      if (what === "import" && result.batch) {
        setDone(result);
        touched(kind.kind);
        void queryClient.invalidateQueries({ queryKey: ["batches"] });
      } else setTrial(result);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(undefined);
    }
  };
  const choose = (chosen: File | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    setTrial(undefined);
    setDone(undefined);
    void run("trial", chosen);
  };
  const again = () => {
    setFile(undefined);
    setTrial(undefined);
    setDone(undefined);
    setProblem(undefined);
  };
  const clean = trial !== undefined && trial.errors.length === 0;

  return (
    <PageFrame title={t("import.title", { what: tr(kind.plural) })} lead={t("import.lead")}>
      <Panel title={t("import.step1")}>
        <Radio.Group
          vertical
          value={exchange}
          onChange={(e) => {
            setExchange(e.target.value as string);
            setTrial(undefined);
          }}
          options={[
            ...kind.exchanges.map((e) => ({ value: e.name, label: tr(e.label) })),
            { value: "full", label: t("import.full") },
          ]}
        />
        <p>
          <Button
            icon={<DownloadOutlined />}
            onClick={() =>
              void download(api.templateUrl(kind.kind, exchange), `${tr(kind.plural)}-${exchange}.xlsx`).catch((e: Error) => message.error(e.message))
            }
          >
            {t("import.template")}
          </Button>
        </p>
        <p className="muted">{t("import.templateHint")}</p>
      </Panel>

      <Panel title={t("import.step2")}>
        <input
          ref={input}
          type="file"
          hidden
          aria-label={t("import.choose")}
          accept=".xlsx,.csv,.json"
          onChange={(event) => {
            choose(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
        <div
          className={over ? "drop over" : "drop"}
          onDragOver={(e) => {
            e.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(e) => {
            e.preventDefault();
            setOver(false);
            choose(e.dataTransfer.files[0]);
          }}
        >
          <Button icon={<UploadOutlined />} loading={busy === "trial"} onClick={() => input.current?.click()}>
            {t("import.choose")}
          </Button>
          <span className="muted">{file ? file.name : t("import.drop")}</span>
        </div>
        <Checkbox checked={missing} onChange={(e) => { setMissing(e.target.checked); setTrial(undefined); }}>
          {t("import.createMissing")}
        </Checkbox>
        {file && !trial && !done && busy === undefined && (
          <p>
            <Button type="primary" onClick={() => void run("trial", file)}>{t("import.try")}</Button>
          </p>
        )}
      </Panel>

      {busy !== undefined && file && <HowFar file={file.name} />}
      {problem !== undefined && <ProblemView error={problem} />}

      {trial && !done && (
        <Panel
          title={t("import.step3")}
          extra={
            trial.errors.length > 0 && file ? (
              <Button icon={<DownloadOutlined />} loading={busy === "marked"} onClick={() => void run("marked", file)}>
                {t("import.marked")}
              </Button>
            ) : null
          }
        >
          <Alert
            showIcon
            type={clean ? "success" : "error"}
            title={clean ? t("import.ready", { rows: trial.rows, creates: trial.creates }) : t("import.broken", { rows: trial.rows, count: trial.error_count })}
          />
          {trial.errors.length > 0 && <Cells title={t("import.errors")} cells={trial.errors} count={trial.error_count} />}
          {trial.warnings.length > 0 && <Cells title={t("import.warnings")} cells={trial.warnings} count={trial.warning_count} />}
          {trial.makes.length > 0 && (
            <p>
              {t("import.makes")}
              {trial.makes.map((m) => `${tr(kindOf(m.kind)?.label)}“${m.name}”`).join(t("list.join"))}
            </p>
          )}
          {clean && trial.preview.length > 0 && <Preview kind={kind} trial={trial} />}
          {clean && file && trial.creates > 0 && (
            <p className="form-foot">
              <Button type="primary" loading={busy === "import"} onClick={() => void run("import", file)}>
                {t("import.go", { count: trial.creates })}
              </Button>
              <Button onClick={again}>{t("import.another")}</Button>
            </p>
          )}
        </Panel>
      )}

      {done && (
        <Panel title={t("import.done", { count: done.creates })}>
          <p>{t("import.doneHint")}</p>
          <div className="inline-form">
            <Button type="primary" onClick={() => void navigate({ to: "/r/$kind", params: { kind: kind.kind } })}>
              {t("import.open")}
            </Button>
            {done.batch && <Undo batch={done.batch} kind={kind.kind} onDone={again} />}
            <Button onClick={again}>{t("import.another")}</Button>
          </div>
        </Panel>
      )}
      <Batches kind={kind} />
    </PageFrame>
  );
}

/** How far the server is with a long list, as it says in its events. */
function HowFar({ file }: { file: string }) {
  const { t } = useLang();
  const [at, setAt] = useState<Importing>();
  useEffect(() => onImporting((event) => event.file === file && setAt(event)), [file]);
  const percent = at && at.total > 0 ? Math.floor((100 * at.done) / at.total) : 0;
  const label = at ? t(`import.phase.${at.phase}`, { done: at.done, total: at.total }) : t("import.phase.reading");
  return (
    <div className="how-far" role="status">
      <Progress percent={percent} showInfo={at !== undefined} aria-label={label} />
      <p className="muted">{label}</p>
    </div>
  );
}

function Cells({ title, cells, count }: { title: string; cells: CellError[]; count: number }) {
  const { t } = useLang();
  return (
    <div className="rows-scroll" tabIndex={0} role="group" aria-label={title}>
      <table className="plain-table">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th>{t("import.cell")}</th>
            <th>{t("import.header")}</th>
            <th>{t("import.value")}</th>
            <th>{t("import.message")}</th>
          </tr>
        </thead>
        <tbody>
          {cells.slice(0, SHOWN).map((cell, i) => (
            <tr key={i}>
              <td className="number">{cell.cell ?? t("rows.number", { n: cell.row })}</td>
              <td>{cell.header}</td>
              <td>
                <span className="clip">{cell.value ?? ""}</span>
              </td>
              <td>{cell.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {count > SHOWN && <p className="muted">{t("import.more", { count: count - SHOWN })}</p>}
    </div>
  );
}

function Preview({ kind, trial }: { kind: Kind; trial: ImportResult }) {
  const { t, tr } = useLang();
  const used = kind.fields.filter((f) => !f.internal && trial.preview.some((r) => r.data[f.name] != null));
  return (
    <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("import.preview")}>
      <table className="plain-table">
        <caption>{t("import.preview")}</caption>
        <thead>
          <tr>
            <th className="row-number">{t("import.row")}</th>
            {used.map((f) => (
              <th key={f.name}>{tr(f.label)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {trial.preview.map((row) => (
            <tr key={row.row}>
              <td className="row-number">{row.row}</td>
              {used.map((f) => (
                <td key={f.name}>
                  <FieldValue field={fieldOf(kind, f.name) ?? f} value={row.data[f.name]} names={trial.names} brief />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Undo({ batch, kind, onDone }: { batch: string; kind: string; onDone?: () => void }) {
  const { t } = useLang();
  return (
    <Button
      danger
      onClick={() =>
        ask({
          title: t("import.undoSure"),
          content: t("import.undoHint"),
          okText: t("import.undo"),
          danger: true,
          onOk: async () => {
            try {
              await api.undo(batch);
              touched(kind);
              void queryClient.invalidateQueries({ queryKey: ["batches"] });
              message.success(t("import.undone"));
              onDone?.();
            } catch (error) {
              message.error(textOf(error));
            }
          },
        })
      }
    >
      {t("import.undo")}
    </Button>
  );
}

function Batches({ kind }: { kind: Kind }) {
  const { t } = useLang();
  const batches = useQuery(q.batches());
  const mine = (batches.data ?? []).filter((b) => b.target === kind.kind);
  if (mine.length === 0) return null;
  return (
    <Panel title={t("import.batches")}>
      <ul className="batches">
        {mine.map((batch) => (
          <li key={batch.id}>
            <span className="time">{instantText(batch.created)}</span>
            <span>{batch.file_name}</span>
            <span>{t("import.batch", { count: batch.made })}</span>
            {batch.by_name && <span>{batch.by_name}</span>}
            {batch.state === "undone" ? <span className="muted">{t("import.undone")}</span> : <Undo batch={batch.id} kind={kind.kind} />}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
