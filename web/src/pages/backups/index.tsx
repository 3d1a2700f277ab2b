/** Backups in the morning: is each place up to date, can it be restored, what is due, what is amiss (B 7.2.2; H 7.2, 9.6.2 d, g). */
import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Button } from "antd";
import { useEffect, useState } from "react";
import { type BackupMade, type BackupPlace, type Backups, backupsQuery, type DrillMade } from "../../api/backups";
import { freshKey } from "../../api/client";
import { api } from "../../api/endpoints";
import { CopyButton } from "../../components/copy";
import { message, textOf } from "../../components/feedback";
import { PageFrame, Panel } from "../../components/page";
import { EmptyState, Loading, ProblemView } from "../../components/states";
import { ToneTag } from "../../components/tags";
import { useLang } from "../../i18n";
import { instantText } from "../../kinds/format";
import { sizeText } from "../../kinds/values";
import type { Tone } from "../../api/types";
import { arrived, drillCommand, type Standing, standing } from "./state";

const tones: Record<Standing, Tone> = { off: "ended", running: "active", bad: "bad", warning: "waiting", good: "good" };

export function BackupsPage() {
  const { t } = useLang();
  // Places for which a backup was asked here, as they stood then.
  const [asked, setAsked] = useState<BackupPlace[]>([]);
  const backups = useQuery(backupsQuery(asked.length > 0));
  const client = useQueryClient();
  useEffect(() => {
    const places = backups.data?.places;
    if (places) setAsked((all) => (all.some((a) => arrived(a, places.find((p) => p.id === a.id))) ? all.filter((a) => !arrived(a, places.find((p) => p.id === a.id))) : all));
  }, [backups.data]);
  const run = async (place: BackupPlace) => {
    try {
      await api.act("backup_place", place.id, "run", {}, undefined, freshKey());
      setAsked((all) => [...all.filter((a) => a.id !== place.id), place]);
      void client.invalidateQueries({ queryKey: ["backups"] });
    } catch (error) {
      message.error(textOf(error));
    }
  };
  const fresh = (
    <Link to="/r/$kind/new" params={{ kind: "backup_place" }}>
      <Button icon={<PlusOutlined />}>{t("backups.add")}</Button>
    </Link>
  );
  return (
    <PageFrame title={t("backups.title")} lead={t("backups.lead")} actions={fresh}>
      {backups.isPending && <Loading rows={6} />}
      {backups.isError && <ProblemView error={backups.error} retry={() => void backups.refetch()} />}
      {backups.data && <All backups={backups.data} asked={asked} run={run} />}
    </PageFrame>
  );
}

function All({ backups, asked, run }: { backups: Backups; asked: BackupPlace[]; run: (place: BackupPlace) => Promise<void> }) {
  const { t } = useLang();
  const names = new Map(backups.places.map((p) => [p.place, p.name]));
  return (
    <>
      {backups.places.length === 0 && (
        <EmptyState title={t("backups.none")}>
          <p>{t("backups.noneWhat")}</p>
        </EmptyState>
      )}
      {backups.places.length > 0 && <p>{t("backups.decides", { protection: t(`backups.protection.${backups.protection}`) })}</p>}
      {backups.places.map((place) => (
        <Place key={place.id} place={place} asked={asked.some((a) => a.id === place.id)} run={run} />
      ))}
      <Made all={backups.backups} names={names} />
      <Drills all={backups.drills} names={names} />
      {!backups.complete && <p className="muted">{t("backups.partial")}</p>}
      <p className="muted">
        <Link to="/r/$kind" params={{ kind: "backup_record" }}>{t("backups.register")}</Link>
      </p>
    </>
  );
}

function Place({ place, asked, run }: { place: BackupPlace; asked: boolean; run: (place: BackupPlace) => Promise<void> }) {
  const { t } = useLang();
  const busy = asked || Boolean(place.running);
  const stands = standing(asked && place.active ? { ...place, running: place.running ?? new Date().toISOString() } : place);
  const overdue = place.next && new Date(place.next) <= new Date();
  const command = drillCommand(place.place);
  return (
    <Panel
      title={
        <>
          <Link to="/r/$kind/$id" params={{ kind: "backup_place", id: place.id }}>{place.name}</Link> <ToneTag tone={tones[stands]}>{t(`backups.standing.${stands}`)}</ToneTag>
        </>
      }
      extra={place.may_run && <Button loading={busy} onClick={() => void run(place)}>{t("backups.run")}</Button>}
    >
      {place.warnings.length > 0 && (
        <Alert
          type={stands === "bad" ? "error" : "warning"}
          showIcon
          title={place.warnings.map((w) => t(`backups.warning.${w}`)).join(t("backups.and"))}
          description={place.failure && place.failure_entry && (
            <>
              <code>{place.failure}</code> · {t("backups.attempts", { count: place.attempts ?? 0 })} · <Link to="/r/$kind/$id" params={{ kind: "stuck_effect", id: place.failure_entry }}>{t("backups.failure")}</Link>
            </>
          )}
        />
      )}
      <p role="status" className="muted">{busy && (place.running ? t("backups.runningSince", { at: instantText(place.running) }) : t("backups.asked"))}</p>
      <dl className="data">
        <Fact name={t("backups.place")}><code>{place.place}</code></Fact>
        <Fact name={t("backups.period")}>{t("backups.every", { count: place.hours })}</Fact>
        <Fact name={t("backups.last")}>{place.last ? instantText(place.last.at) : t("backups.never")}</Fact>
        <Fact name={t("backups.verified")}>{place.last ? t(place.last.unsound > 0 ? "backups.unsound" : "backups.reread", { count: place.last.unsound }) : "–"}</Fact>
        <Fact name={t("backups.next")}>{place.next ? (overdue ? t("backups.now") : instantText(place.next)) : "–"}</Fact>
        <Fact name={t("backups.keysUntil")}>{place.keys_until ? instantText(place.keys_until) : "–"}</Fact>
        <Fact name={t("backups.drill")}>{place.drill ? `${instantText(place.drill.at)} · ${t(place.drill.passed ? "backups.passed" : "backups.failed")}` : t("backups.never")}</Fact>
        <Fact name={t("backups.untested")}>{place.untested}</Fact>
      </dl>
      {place.active && (
        <details>
          <summary>{t("backups.drillHow")}</summary>
          <p>{t("backups.drillWhat")}</p>
          <p><code>{command}</code> <CopyButton small text={command} what={t("backups.drillHow")} /></p>
        </details>
      )}
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Made({ all, names }: { all: BackupMade[]; names: Map<string, string> }) {
  const { t } = useLang();
  if (all.length === 0) return null;
  const heads = ["at", "where", "records", "objects", "entries", "written", "check", "thinned"] as const;
  return (
    <Panel title={t("backups.made")}>
      <Scroll name={t("backups.made")} heads={heads.map((h) => t(`backups.head.${h}`))}>
        {all.map((m) => (
          <tr key={m.index}>
            <td className="time">{instantText(m.at)}</td>
            <td>{names.get(m.place) ?? m.place}</td>
            <td>{m.records}</td>
            <td>{m.objects}</td>
            <td>{m.entries}</td>
            <td>{sizeText(m.written)}</td>
            <td>{m.unsound > 0 ? <ToneTag tone="bad">{t("backups.unsound", { count: m.unsound })}</ToneTag> : t("backups.reread")}</td>
            <td>{m.thinned === null || m.thinned === undefined ? "–" : t("backups.thinnedWhat", { snapshots: m.thinned, keys: m.keys_deleted ?? 0 })}</td>
          </tr>
        ))}
      </Scroll>
    </Panel>
  );
}

function Drills({ all, names }: { all: DrillMade[]; names: Map<string, string> }) {
  const { t } = useLang();
  if (all.length === 0) return null;
  const heads = ["at", "where", "result", "shows", "opened", "objects", "continues", "seconds"] as const;
  return (
    <Panel title={t("backups.drills")}>
      <Scroll name={t("backups.drills")} heads={heads.map((h) => t(`backups.head.${h}`))}>
        {all.map((d) => (
          <tr key={d.index}>
            <td className="time">{instantText(d.at)}</td>
            <td>{names.get(d.place) ?? d.place}</td>
            <td><ToneTag tone={d.passed ? "good" : "bad"}>{t(d.passed ? "backups.passed" : "backups.failed")}</ToneTag></td>
            <td className="time">{d.shows ? instantText(d.shows) : "–"}</td>
            <td>{d.opened ?? "–"}{d.unopened + d.findings > 0 && <> · {t("backups.amiss", { count: d.unopened + d.findings })}</>}</td>
            <td>{d.objects ?? "–"}</td>
            <td>{d.continues === null || d.continues === undefined ? "–" : t(d.continues ? "backups.yes" : "backups.no")}</td>
            <td>{d.seconds ?? "–"}</td>
          </tr>
        ))}
      </Scroll>
    </Panel>
  );
}

function Scroll({ name, heads, children }: { name: string; heads: string[]; children: React.ReactNode }) {
  return (
    <div className="rows-scroll" tabIndex={0} role="group" aria-label={name}>
      <table className="plain-table">
        <thead>
          <tr>{heads.map((head) => <th key={head}>{head}</th>)}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
