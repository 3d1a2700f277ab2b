/** The frame of a page: heading, what it is for, its actions. */
import type { ReactNode } from "react";
import { useTitle } from "./use-title";

interface Props {
  title: string;
  /** Shown instead of the plain title. */
  heading?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  narrow?: boolean;
  children: ReactNode;
}

export function PageFrame({ title, heading, lead, actions, narrow, children }: Props) {
  useTitle(title);
  return (
    <div className={narrow ? "page page-narrow" : "page"}>
      <div className="page-head">
        <div className="page-titles">
          <h1>{heading ?? title}</h1>
          {lead && <div className="page-lead">{lead}</div>}
        </div>
        {actions && <div className="page-actions no-print">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** A titled box. */
export function Panel({ title, extra, children, className }: { title?: ReactNode; extra?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={className ? `panel ${className}` : "panel"}>
      {(title || extra) && (
        <div className="panel-head">
          {title && <h2>{title}</h2>}
          {extra && <div className="panel-extra">{extra}</div>}
        </div>
      )}
      {children}
    </section>
  );
}
