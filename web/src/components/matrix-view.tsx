/**
 * What a court asks for against what there is (H 10.2): a table for each point, a row for each element, in it the kinds of
 * evidence with their items, whether each counts and why not, and what to do about what is missing.
 */
import { CheckCircleFilled, ExclamationCircleFilled, MinusCircleOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import type { Matrix, MatrixItem, MatrixRow, PackagePart } from "../api/types";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { dayText } from "../kinds/format";
import { type Cell, cellsOf, kindLabels, standingOf } from "../kinds/package";
import { useNarrow } from "./use-narrow";

interface Props {
  matrix: Matrix;
  /** The records of the package: their numbers, and which of them there are pages for. */
  records: PackagePart[];
  names?: Record<string, string>;
}

export function MatrixView({ matrix, records, names = {} }: Props) {
  const { t } = useLang();
  const narrow = useNarrow();
  const of = new Map(records.map((r) => [r.id, r]));
  const labels = kindLabels(matrix);
  return (
    <div className="evidence-matrix">
      <p className="form-help">
        {matrix.alleged_on ? t("matrix.before", { day: dayText(matrix.alleged_on) }) : t("matrix.noDay")}{" "}
        {matrix.as_of && t("matrix.asOf", { day: dayText(matrix.as_of) })}
      </p>
      {matrix.points.map((point) => {
        const secret = of.get(point.record);
        const title = (
          <>
            {secret?.number && <span className="number">{secret.number}</span>} {secret?.label ?? names[point.record] ?? ""}
            {point.point ? ` · ${t("matrix.point", { name: point.point })}` : ` · ${t("matrix.whole")}`}
          </>
        );
        const rows = point.rows.map((row) => ({ row, cells: cellsOf(row, labels) }));
        return (
          <section key={`${point.record}/${point.point ?? ""}`} className="matrix-point">
            {narrow ? (
              <>
                <h3>{title}</h3>
                {rows.map(({ row, cells }) => (
                  <section key={row.element} className="matrix-stacked">
                    <ElementHead row={row} />
                    <Cells cells={cells} records={of} />
                  </section>
                ))}
              </>
            ) : (
              <table className="plain-table">
                <caption>{title}</caption>
                <thead>
                  <tr>
                    <th>{t("matrix.element")}</th>
                    <th>{t("matrix.evidence")}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ row, cells }) => (
                    <tr key={row.element}>
                      <th scope="row">
                        <ElementHead row={row} />
                      </th>
                      <td>
                        <Cells cells={cells} records={of} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </section>
        );
      })}
    </div>
  );
}

function ElementHead({ row }: { row: MatrixRow }) {
  const { t, tr } = useLang();
  const standing = standingOf(row);
  const counting = row.items.filter((i) => i.counts).length;
  return (
    <div className="matrix-element">
      <strong>{tr(row.label)}</strong> <span className="clause">{row.clause}</span>
      <div className={standing === "full" ? "good" : standing === "part" ? "wait" : "bad"}>
        {standing === "full" ? <CheckCircleFilled /> : standing === "part" ? <ExclamationCircleFilled /> : <MinusCircleOutlined />}{" "}
        {counting ? t("matrix.counting", { count: counting }) : t("matrix.nothing")}
        {row.missing.length > 0 && t("matrix.missing", { count: row.missing.length })}
      </div>
      {row.before_act && <div className="matrix-note">{t("matrix.onlyBefore")}</div>}
    </div>
  );
}

function Cells({ cells, records }: { cells: Cell[]; records: Map<string, PackagePart> }) {
  const { t, tr } = useLang();
  if (cells.length === 0) return <span className="muted">{t("matrix.empty")}</span>;
  return (
    <ul className="matrix-cells">
      {cells.map((cell) => (
        <li key={cell.code} className={cell.counting ? "matrix-cell" : cell.items.length ? "matrix-cell uncounted" : "matrix-cell lacking"}>
          {cell.label && <div className="matrix-kind">{tr(cell.label)}</div>}
          {cell.items.length > 0 && (
            <ul className="matrix-items">
              {cell.items.map((item, i) => (
                <Item key={i} item={item} records={records} />
              ))}
            </ul>
          )}
          {cell.advice && (
            <p className="matrix-advice">
              <strong>{t("matrix.lacks")}</strong> {tr(cell.advice)}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

function Item({ item, records }: { item: MatrixItem; records: Map<string, PackagePart> }) {
  const { t } = useLang();
  const { kind } = useCatalog();
  const record = item.record ? records.get(item.record) : undefined;
  const name = item.about || record?.label || record?.number || "";
  return (
    <li>
      <span className={item.counts ? "counts" : "counts-not"}>
        {item.counts ? <CheckCircleFilled aria-hidden="true" /> : <MinusCircleOutlined aria-hidden="true" />}{" "}
        {t(item.counts ? "matrix.counts" : "matrix.countsNot")}
      </span>{" "}
      {record && kind(record.kind) ? (
        <Link to="/r/$kind/$id" params={{ kind: record.kind, id: record.id }}>
          {name}
        </Link>
      ) : (
        name
      )}
      <span className="matrix-facts">
        {record?.number && !name.includes(record.number) && <span className="number">{record.number}</span>}
        {item.day && <span className="time">{dayText(item.day)}</span>}
        {item.entry != null && <span>{t("history.leaf", { n: item.entry })}</span>}
      </span>
      {item.why_not && <div className="matrix-why">{t(`matrix.why.${item.why_not}`)}</div>}
    </li>
  );
}
