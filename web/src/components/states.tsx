/** Empty, loading and error, the same everywhere; every refusal says why and who can help. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Alert, Button } from "antd";
import type { ReactNode } from "react";
import { Problem } from "../api/client";
import { useLang } from "../i18n";
import { WhyText } from "./why";

export function Loading({ rows = 6 }: { rows?: number }) {
  const { t } = useLang();
  return (
    <div className="loading" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: rows + 1 }, (_, i) => (
        <div key={i} className="bone" />
      ))}
    </div>
  );
}

export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <svg viewBox="0 0 64 48" width="72" height="54" aria-hidden="true">
        <path d="M10 20h44v24H10z M10 20l7-12h30l7 12" fill="none" stroke="currentColor" strokeWidth="2" strokeLinejoin="round" />
        <path d="M25 20v6h14v-6" fill="none" stroke="currentColor" strokeWidth="2" />
      </svg>
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A problem in the page: what happened, why, and what to do. */
export function ProblemView({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useLang();
  const body = error instanceof Problem ? error.body : undefined;
  const detail = body?.detail || (error instanceof Error ? error.message : String(error));
  const parts = (body?.errors ?? []).filter((e) => e.detail && e.detail !== detail);
  return (
    <Alert
      type={body && body.status < 500 ? "warning" : "error"}
      showIcon
      className="problem"
      title={detail}
      description={
        <>
          {parts.length > 0 && (
            <ul className="problem-parts">
              {parts.map((part) => (
                <li key={`${part.field}-${part.code}-${part.detail}`}>{part.detail}</li>
              ))}
            </ul>
          )}
          {body?.why && <WhyText why={body.why} />}
          {body && <div className="problem-code">{t("error.code", { code: body.code })}</div>}
        </>
      }
      action={
        retry && (
          <Button size="small" onClick={retry}>
            {t("action.retry")}
          </Button>
        )
      }
    />
  );
}

export function Crash({ error, reset }: ErrorComponentProps) {
  const { t } = useLang();
  // A chunk that is gone means that the server was updated under an open page.
  const text = error instanceof Error ? error.message : String(error);
  const stale = /dynamically imported module|module script/i.test(text);
  return (
    <div className="page">
      <Alert
        type="error"
        showIcon
        title={t(stale ? "error.stale" : "error.crash")}
        description={stale ? undefined : text}
        action={
          <Button onClick={() => (stale ? window.location.reload() : reset())}>
            {t(stale ? "action.reload" : "action.retry")}
          </Button>
        }
      />
    </div>
  );
}

export function NotFound() {
  const { t } = useLang();
  return (
    <div className="page">
      <EmptyState title={t("error.notFound")}>
        <Button href="/">{t("nav.home")}</Button>
      </EmptyState>
    </div>
  );
}
