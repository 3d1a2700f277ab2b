/** What a package holds, or would hold: numbers, records, what is left out, and the matrix. */
import { Alert } from "antd";
import type { PackagePart, Preview } from "../api/types";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { sizeText } from "../kinds/values";
import { FactTable } from "./fact-table";
import { MatrixView } from "./matrix-view";
import { Panel } from "./page";

export function PackagePreview({ preview, names }: { preview: Preview; names?: Record<string, string> }) {
  const { t, tr } = useLang();
  const { kind } = useCatalog();
  const sum = (of: (r: PackagePart) => unknown[]) => preview.records.reduce((n, r) => n + of(r).length, 0);
  // A point stands with every entry in which it changed; people count points.
  const points = preview.records.reduce((n, r) => n + new Set(r.points.map((p) => p.label)).size, 0);
  const facts: [string, string][] = [
    [t("package.records"), String(preview.records.length)],
    [t("package.entries"), t("package.entriesOf", { count: preview.entries, system: preview.context })],
    [t("package.points"), String(points)],
    [t("package.files"), `${sum((r) => r.files)} (${sizeText(preview.file_bytes)})`],
  ];
  return (
    <>
      <Panel title={t("package.holds")}>
        <dl className="package-facts">
          {facts.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {preview.barred && <Alert type="warning" showIcon title={tr(preview.barred)} description={t("package.barred")} />}
        {preview.left_out > 0 && <Alert type="warning" showIcon title={t("package.leftOut", { count: preview.left_out })} />}
        <p className="form-help">{t("package.closed")}</p>
        <details>
          <summary>{t("package.recordList", { count: preview.records.length })}</summary>
          <FactTable
            label={t("package.records")}
            rows={preview.records}
            keyOf={(r) => r.id}
            columns={[
              { key: "kind", label: t("evidence.kind"), show: (r) => tr(kind(r.kind)?.label) || r.kind },
              { key: "number", label: t("column.number"), show: (r) => <span className="number">{r.number ?? "–"}</span> },
              { key: "name", label: t("package.name"), show: (r) => r.label ?? <span className="muted">{t("package.unnamed")}</span> },
              { key: "entries", label: t("package.entries"), className: "num", show: (r) => r.entries.length },
              { key: "points", label: t("package.points"), show: (r) => [...new Set(r.points.map((p) => p.label))].join(t("list.join")) || "–" },
              { key: "files", label: t("package.files"), show: (r) => r.files.map((f) => f.name).join(t("list.join")) || "–" },
            ]}
          />
        </details>
      </Panel>
      <Panel title={t("matrix.title")} className="matrix-sheet">
        <MatrixView matrix={preview.matrix} records={preview.records} names={names} />
      </Panel>
    </>
  );
}
