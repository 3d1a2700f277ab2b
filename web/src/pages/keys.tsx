/** The keys: the hierarchy with counts and states, ways to unlock, acts, and what was done (H 9.1.2.3, 9.6.2). */
import { useQuery } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useState } from "react";
import { q } from "../api/queries";
import type { KeyEpoch, Keys, KeyPast, KeyWay } from "../api/types";
import { PageFrame, Panel } from "../components/page";
import { Loading, ProblemView } from "../components/states";
import { ProtectionTag } from "../components/tags";
import { useLang } from "../i18n";
import { instantText } from "../kinds/format";
import { KeyDialog, type KeyTask } from "./keys-dialog";

const protections = ["core", "important", "general", "none"] as const;

export function KeysPage() {
  const { t } = useLang();
  const keys = useQuery(q.keys());
  const status = useQuery(q.status());
  const [task, setTask] = useState<KeyTask>();
  const act = keys.data?.may_act ? setTask : undefined;
  return (
    <PageFrame title={t("keys.title")} lead={t("keys.lead")} actions={act && <Button danger onClick={() => act({ what: "seal" })}>{t("keys.seal")}</Button>}>
      {status.data?.key_file_mode && <Alert type="warning" showIcon title={t("keys.fileMode")} description={t("keys.fileModeCost")} />}
      {keys.isPending && <Loading rows={6} />}
      {keys.isError && <ProblemView error={keys.error} retry={() => void keys.refetch()} />}
      {keys.data && (
        <>
          <Root keys={keys.data} act={act} />
          <Ways ways={keys.data.wraps} act={act} />
          {protections.map((protection) => (
            <Grade key={protection} protection={protection} keys={keys.data} act={act} />
          ))}
          <History past={keys.data.past} />
        </>
      )}
      {task && keys.data && <KeyDialog task={task} keys={keys.data} onClose={() => setTask(undefined)} />}
    </PageFrame>
  );
}

type Act = ((task: KeyTask) => void) | undefined;

function Root({ keys, act }: { keys: Keys; act: Act }) {
  const { t } = useLang();
  return (
    <Panel
      title={t("keys.root")}
      extra={
        act && (
          <>
            <Button onClick={() => act({ what: "suite" })}>{t("keys.act.suite")}</Button>
            <Button danger onClick={() => act({ what: "renew_root" })}>{t("keys.act.renew_root")}</Button>
          </>
        )
      }
    >
      <p className="form-help">{t("keys.tree")}</p>
      <dl className="data">
        <div>
          <dt>{t("keys.created")}</dt>
          <dd>{instantText(keys.created)}</dd>
        </div>
        <div>
          <dt>{t("setup.suite")}</dt>
          <dd>{t(`suite.${keys.suite}`)}</dd>
        </div>
      </dl>
      <p className="form-help">{t("keys.certified")}</p>
    </Panel>
  );
}

function Ways({ ways, act }: { ways: KeyWay[]; act: Act }) {
  const { t } = useLang();
  return (
    <Panel
      title={t("keys.wraps")}
      extra={
        act && (
          <>
            <Button onClick={() => act({ what: "rehearse" })}>{t("keys.act.rehearse")}</Button>
            <Button onClick={() => act({ what: "add_way" })}>{t("keys.act.add_way")}</Button>
            <Button onClick={() => act({ what: "new_recovery" })}>{t("keys.newRecovery")}</Button>
          </>
        )
      }
    >
      <p className="form-help">{t("keys.waysHint")}</p>
      <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("keys.wraps")}>
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t("keys.way")}</th>
              <th>{t("keys.name")}</th>
              <th>{t("keys.rehearsed")}</th>
              {act && <th>{t("audit.act")}</th>}
            </tr>
          </thead>
          <tbody>
            {ways.map((way) => (
              <tr key={way.id}>
                <td>{t(`unseal.method.${way.method}`)}</td>
                <td>
                  {way.label.name || <span className="muted">{t("keys.unnamed")}</span>} {way.label.remark && <span className="muted">{way.label.remark}</span>}
                </td>
                <td className="time">{way.rehearsed ? instantText(way.rehearsed) : <span className="muted">{t("keys.never")}</span>}</td>
                {act && (
                  <td>
                    <Button size="small" type="link" onClick={() => act({ what: "label", subject: `way:${way.id}`, label: way.label })}>
                      {t("keys.act.label")}
                    </Button>
                    <Button size="small" type="link" danger disabled={ways.length <= 2} onClick={() => act({ what: "remove_way", way })}>
                      {t("keys.act.remove_way")}
                    </Button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Grade({ protection, keys, act }: { protection: (typeof protections)[number]; keys: Keys; act: Act }) {
  const { t } = useLang();
  const epochs = keys.epochs.filter((e) => e.protection === protection);
  const rotation = keys.rotations.find((r) => r.protection === protection);
  const rank = { none: 0, general: 1, important: 2, core: 3 }[protection];
  return (
    <Panel
      title={<ProtectionTag protection={protection}>{t(`protection.${protection}`)}</ProtectionTag>}
      extra={act && <Button disabled={Boolean(rotation) || epochs.some((e) => e.disabled)} aria-label={`${t("keys.act.rotate")} ${t(`protection.${protection}`)}`} onClick={() => act({ what: "rotate", protection })}>{t("keys.act.rotate")}</Button>}
    >
      {rotation && (
        <div role="status">
          <p>{t(rotation.destroy ? "keys.rotatingDestroy" : "keys.rotating", { done: rotation.done, total: rotation.total })}</p>
          <progress value={rotation.done} max={Math.max(rotation.total, 1)} aria-label={t("keys.act.rotate")} />
        </div>
      )}
      <div className="rows-scroll" tabIndex={0} role="group" aria-label={t(`protection.${protection}`)}>
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t("keys.epoch")}</th>
              <th>{t("column.state")}</th>
              <th>{t("keys.records")}</th>
              <th>{t("keys.began")}</th>
              <th>{t("keys.name")}</th>
              {act && <th>{t("audit.act")}</th>}
            </tr>
          </thead>
          <tbody>
            {epochs.map((e) => (
              <tr key={e.epoch}>
                <td>{e.epoch}</td>
                <td>{e.disabled ? <strong>{t("keystate.disabled")}</strong> : t(`keystate.${e.state}`)}</td>
                <td>{e.records}</td>
                <td className="time">{instantText(e.began)}</td>
                <td>
                  {e.label.name || <span className="muted">{t("keys.unnamed")}</span>} {e.label.remark && <span className="muted">{e.label.remark}</span>}
                </td>
                {act && <td>{buttons(e, rank, act, t)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function buttons(e: KeyEpoch, rank: number, act: NonNullable<Act>, t: (key: string) => string) {
  return (
    <>
      <Button size="small" type="link" onClick={() => act({ what: "label", subject: `epoch:${rank}.${e.epoch}`, label: e.label })}>
        {t("keys.act.label")}
      </Button>
      {rank > 0 && (
        <Button size="small" type="link" onClick={() => act({ what: e.disabled ? "enable" : "disable", protection: e.protection, epoch: e.epoch })}>
          {t(e.disabled ? "keys.act.enable" : "keys.act.disable")}
        </Button>
      )}
      {e.state !== "active" && (
        <Button size="small" type="link" danger disabled={e.records > 0} onClick={() => act({ what: "destroy", protection: e.protection, epoch: e.epoch })}>
          {t("keys.act.destroy")}
        </Button>
      )}
    </>
  );
}

function History({ past }: { past: KeyPast[] }) {
  const { t } = useLang();
  const what = (p: KeyPast) => {
    const parts = [
      p.what ? t(`keys.act.${p.what}`, { defaultValue: t(`unseal.method.${p.what}`, { defaultValue: p.what }) }) : "",
      p.protection ? t(`protection.${p.protection}`) : "",
      p.epoch ? t("keys.epochN", { n: p.epoch }) : "",
    ];
    return parts.filter(Boolean).join(" ");
  };
  return (
    <Panel title={t("keys.history")}>
      <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("keys.history")}>
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t("evidence.when")}</th>
              <th>{t("audit.actor")}</th>
              <th>{t("audit.act")}</th>
              <th>{t("keys.outcome")}</th>
              <th>{t("keys.reason")}</th>
            </tr>
          </thead>
          <tbody>
            {past.map((p) => (
              <tr key={p.index} className={p.problem ? "denied-row" : undefined}>
                <td className="time">{instantText(p.at)}</td>
                <td>{p.actor}</td>
                <td>{what(p)}</td>
                <td>{t(p.act === "recovery_rehearsed" ? (p.problem ? "keys.past.refused" : "keys.past.opened") : `keys.past.${p.act}`, { count: p.count ?? 0 })}</td>
                <td>{p.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
