/** Facts in a table; on a telephone one card for each row. */
import type { ReactNode } from "react";
import { useNarrow } from "./use-narrow";

export interface FactColumn<R> {
  key: string;
  label: string;
  show: (row: R) => ReactNode;
  className?: string;
  /** Not on paper. */
  screenOnly?: boolean;
}

interface Props<R> {
  label: string;
  columns: FactColumn<R>[];
  rows: R[];
  keyOf: (row: R) => string | number;
}

export function FactTable<R>({ label, columns, rows, keyOf }: Props<R>) {
  const narrow = useNarrow();
  if (narrow) {
    return (
      <ul className="fact-cards" aria-label={label}>
        {rows.map((row) => (
          <li key={keyOf(row)}>
            <dl>
              {columns.map((column) => (
                <div key={column.key} className={column.screenOnly ? "no-print" : undefined}>
                  <dt>{column.label}</dt>
                  <dd>{column.show(row)}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div className="rows-scroll" tabIndex={0} role="group" aria-label={label}>
      <table className="plain-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} className={column.screenOnly ? "no-print" : column.className}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.key} className={column.screenOnly ? "no-print" : column.className}>
                  {column.show(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
