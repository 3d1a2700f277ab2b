/** Where somebody is signed in: one's own sessions, and those of others for the security administrator. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { api } from "../api/endpoints";
import { queryClient } from "../api/queries";
import type { SessionRow } from "../api/types";
import { ask, message, textOf } from "../components/feedback";
import { Panel } from "../components/page";
import { Loading, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { instantText } from "../kinds/format";

/** The lines of sessions, each with a way to end it. */
function Lines({ items, end, endAll, allLabel }: { items: SessionRow[]; end: (id: string) => Promise<unknown>; endAll: () => Promise<unknown>; allLabel: string }) {
  const { t } = useLang();
  const run = (work: Promise<unknown>) =>
    void work.then(
      () => queryClient.invalidateQueries({ queryKey: ["sessions"] }),
      (error: unknown) => message.error(textOf(error)),
    );
  const others = items.filter((s) => !s.current);
  return (
    <>
      <ul className="batches">
        {items.map((s) => (
          <li key={s.id}>
            <span>
              {s.device || t("session.unknown")} <span className="muted">{s.address}</span>
            </span>
            {s.way && <span className="muted">{t(`session.way.${s.way}`)}</span>}
            {s.created && <span className="time">{t("session.since", { at: instantText(s.created) })}</span>}
            {s.last_seen && <span className="time">{t("session.seen", { at: instantText(s.last_seen) })}</span>}
            {s.current ? (
              <strong>{t("session.this")}</strong>
            ) : (
              <Button size="small" onClick={() => run(end(s.id))}>
                {t("session.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {items.length === 0 && <p className="muted">{t("session.none")}</p>}
      {others.length > 0 && (
        <Button danger onClick={() => ask({ title: allLabel, danger: true, okText: allLabel, content: t("session.endAllHint", { count: others.length }), onOk: () => run(endAll()) })}>
          {allLabel}
        </Button>
      )}
    </>
  );
}

export function Sessions() {
  const { t } = useLang();
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: api.sessions });
  if (sessions.isPending) return <Loading />;
  if (sessions.isError) return <ProblemView error={sessions.error} />;
  return (
    <Panel>
      <Lines items={sessions.data} end={api.endSession} endAll={api.endOtherSessions} allLabel={t("session.endOthers")} />
    </Panel>
  );
}

/** Sessions of another person's account. */
export function AccountSessions({ account }: { account: string }) {
  const { t } = useLang();
  const sessions = useQuery({ queryKey: ["sessions", account], queryFn: () => api.accountSessions(account) });
  return (
    <Panel title={t("me.sessions")}>
      {sessions.isPending && <Loading />}
      {sessions.isError && <ProblemView error={sessions.error} />}
      {sessions.data && (
        <Lines
          items={sessions.data}
          end={(id) => api.endAccountSession(account, id)}
          endAll={() => api.endAccountSessions(account)}
          allLabel={t("session.endAll")}
        />
      )}
    </Panel>
  );
}
