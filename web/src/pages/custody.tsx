/** Dual control of core secrets: the own custodian's key, openings to release, asking for one, sharing anew (B 4.2.1, H 8.3.1). */
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { Alert, Button, Form, Input, InputNumber, Tag } from "antd";
import { useState } from "react";
import { type Algorithm, custody, type OwnKey, qcustody, type View, type Waiting } from "../api/custody";
import { api } from "../api/endpoints";
import { q, queryClient, touched } from "../api/queries";
import { handOver, makeKey, openKey, PASSPHRASE_MIN } from "../custody/device";
import { message, textOf } from "../components/feedback";
import { PageFrame, Panel } from "../components/page";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { StateTag } from "../components/tags";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { instantText } from "../kinds/format";
import type { Search } from "../router";

const refresh = () => {
  void queryClient.invalidateQueries({ queryKey: ["custody"] });
  for (const kind of ["custodian", "core_lock", "core_opening"]) touched(kind);
};

/** Does something that may be refused; tells either way. */
function useRun() {
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await work();
      message.success(done);
      refresh();
      return true;
    } catch (error) {
      message.error(textOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, run };
}

export function CustodyPage() {
  const { t } = useLang();
  const found = useQuery(qcustody());
  const { secret } = useSearch({ strict: false }) as Search & { secret?: string };
  return (
    <PageFrame title={t("custody.title")} lead={t("custody.lead")}>
      {found.isPending && <Loading rows={4} />}
      {found.isError && <ProblemView error={found.error} retry={() => void found.refetch()} />}
      {found.data && <Whole view={found.data} secret={secret} />}
    </PageFrame>
  );
}

function Whole({ view, secret }: { view: View; secret?: string }) {
  const { t } = useLang();
  const toRelease = view.openings.filter((o) => o.state === "asked" && !o.mine);
  const mine = view.openings.filter((o) => o.mine);
  const others = view.openings.filter((o) => o.state === "open" && !o.mine);
  const key = view.keys.find((k) => k.state === "active" && k.sealed_key);
  return (
    <>
      {secret && !mine.some((o) => o.secret === secret) && <AskPanel secret={secret} />}
      {view.keys.map((own) => <KeyPanel key={own.id} own={own} algorithm={view.algorithm} />)}
      {(view.keys.length > 0 || toRelease.length > 0) && (
        <Panel title={<>{t("custody.toRelease")} <span className="count">{toRelease.length}</span></>}>
          {toRelease.length === 0 && <EmptyState title={t("custody.nothingToRelease")} />}
          {toRelease.map((o) => <Opening key={o.id} opening={o} keys={view.keys} />)}
        </Panel>
      )}
      {others.length > 0 && (
        <Panel title={<>{t("custody.standOpen")} <span className="count">{others.length}</span></>}>
          {others.map((o) => <Opening key={o.id} opening={o} keys={view.keys} />)}
        </Panel>
      )}
      <Panel title={<>{t("custody.mine")} <span className="count">{mine.length}</span></>}>
        {mine.length === 0 && <EmptyState title={t("custody.noneMine")}><p className="muted">{t("custody.howToAsk")}</p></EmptyState>}
        {mine.map((o) => <Opening key={o.id} opening={o} keys={key ? [key] : []} />)}
      </Panel>
      {view.may_share && <SharingPanel view={view} />}
    </>
  );
}

/** Proper names, the same in every language. */
const ALGORITHM: Record<Algorithm, string> = { x25519: "X25519", sm2: "SM2" };

function KeyPanel({ own, algorithm }: { own: OwnKey; algorithm: Algorithm }) {
  const { t } = useLang();
  const { kind } = useCatalog();
  const { busy, run } = useRun();
  const [part, setPart] = useState<number>();
  const [form] = Form.useForm();
  const make = async ({ passphrase }: { passphrase: string }) => {
    await run(async () => custody.setKey(own.id, await makeKey(algorithm, passphrase, setPart)), t("custody.keyMade"));
    setPart(undefined);
    form.resetFields();
  };
  const open = own.state === "appointed" || own.state === "keyed";
  return (
    <Panel title={<>{t(`custody.duty.${own.duty}`)} <StateTag kind={kind("custodian")} state={own.state} /></>}>
      {own.fingerprint && <p>{t("custody.fingerprint")} <code className="digest">{own.fingerprint}</code></p>}
      {own.state === "keyed" && <p className="muted">{t("custody.compare")}</p>}
      {open && (
        <Form form={form} layout="vertical" requiredMark={false} className="narrow-form" onFinish={(v: { passphrase: string }) => void make(v)}>
          <Alert type="info" showIcon title={t("custody.keyLead")} description={t("custody.keyNote")} />
          <p className="muted">{t("custody.algorithm", { name: ALGORITHM[algorithm] })}</p>
          <Form.Item name="passphrase" label={t("custody.passphrase")} extra={t("custody.passphraseRule", { min: PASSPHRASE_MIN })} rules={[{ required: true, min: PASSPHRASE_MIN, message: t("custody.passphraseShort") }]}>
            <Input.Password autoComplete="new-password" />
          </Form.Item>
          <Form.Item
            name="again"
            label={t("custody.again")}
            dependencies={["passphrase"]}
            rules={[{ required: true, message: t("custody.again") }, ({ getFieldValue }) => ({ validator: (_, v) => (v === getFieldValue("passphrase") ? Promise.resolve() : Promise.reject(new Error(t("custody.differs")))) })]}
          >
            <Input.Password autoComplete="new-password" />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={busy}>
            {own.state === "keyed" ? t("custody.makeAnew") : t("custody.make")}
          </Button>
          {part !== undefined && <span className="muted"> {t("custody.stretching", { part: Math.round(part * 100) })}</span>}
        </Form>
      )}
    </Panel>
  );
}

function AskPanel({ secret }: { secret: string }) {
  const { t } = useLang();
  const { busy, run } = useRun();
  const record = useQuery(q.record("secret", secret));
  return (
    <Panel title={t("custody.ask")}>
      {record.isError && <ProblemView error={record.error} />}
      {record.data && (
        <p>
          <Link to="/r/$kind/$id" params={{ kind: "secret", id: secret }}>{record.data.record.number} {String(record.data.record.data.name ?? "")}</Link>
        </p>
      )}
      <Form layout="vertical" requiredMark={false} className="narrow-form" initialValues={{ minutes: 120 }} onFinish={(v: { purpose: string; minutes: number }) => void run(() => custody.ask({ secret, ...v }), t("custody.asked"))}>
        <Form.Item name="purpose" label={t("custody.purpose")} extra={t("custody.purposeNote")} rules={[{ required: true, whitespace: true, message: t("custody.purposeMissing") }]}>
          <Input.TextArea rows={2} maxLength={500} showCount />
        </Form.Item>
        <Form.Item name="minutes" label={t("custody.minutes")} rules={[{ required: true, type: "number", min: 10, max: 1440, message: t("custody.minutesRule") }]}>
          <InputNumber min={10} max={1440} step={30} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>{t("custody.askNow")}</Button>
      </Form>
    </Panel>
  );
}

function Opening({ opening, keys }: { opening: Waiting; keys: OwnKey[] }) {
  const { t } = useLang();
  const { kind } = useCatalog();
  const { busy, run } = useRun();
  const act = (action: string, input: Record<string, string> = {}) => () => api.act("core_opening", opening.id, action, input);
  const [refusal, setRefusal] = useState("");
  return (
    <article className="opening" aria-label={opening.name}>
      <h3>
        <Link to="/r/$kind/$id" params={{ kind: "core_opening", id: opening.id }}>{opening.number}</Link> {opening.name}{" "}
        <StateTag kind={kind("core_opening")} state={opening.state} />
      </h3>
      <dl className="opening-facts">
        <div><dt>{t("custody.reader")}</dt><dd>{opening.reader}</dd></div>
        <div><dt>{t("custody.purpose")}</dt><dd>{opening.binding.purpose}</dd></div>
        <div><dt>{t("custody.until")}</dt><dd>{instantText(opening.binding.until)}</dd></div>
        <div><dt>{t("custody.locks")}</dt><dd>{opening.binding.locks.length}</dd></div>
        <div><dt>{t("custody.releasedBy")}</dt><dd>{opening.released.length > 0 ? opening.released.join(t("list.join")) : t("custody.nobodyYet")}</dd></div>
        <div><dt>{t("custody.nonce")}</dt><dd><code className="digest">{opening.binding.nonce}</code></dd></div>
      </dl>
      {!opening.alive && <Alert type="warning" showIcon title={t("custody.forgotten")} />}
      {opening.alive && opening.holder && <ReleaseForm opening={opening} own={keys.find((k) => k.id === opening.holder)} />}
      {opening.state === "asked" && !opening.mine && (
        <div className="inline-form">
          <Input value={refusal} maxLength={300} aria-label={t("custody.refusal")} placeholder={t("custody.refusal")} onChange={(e) => setRefusal(e.target.value)} />
          <Button danger disabled={!refusal.trim()} loading={busy} onClick={() => void run(act("refuse", { refusal }), t("custody.refused"))}>{t("custody.refuse")}</Button>
        </div>
      )}
      {opening.mine && opening.state === "open" && opening.secret && (
        <p>
          <Tag color="success">{t("custody.open")}</Tag>
          <Link to="/r/$kind/$id" params={{ kind: "secret", id: opening.secret }}>{t("custody.goRead")}</Link>
        </p>
      )}
      {opening.mine && <Button loading={busy} onClick={() => void run(act("end"), t("custody.ended"))}>{t("custody.end")}</Button>}
      {!opening.mine && opening.state === "open" && <Button danger loading={busy} onClick={() => void run(act("recall"), t("custody.recalled"))}>{t("custody.recall")}</Button>}
    </article>
  );
}

function ReleaseForm({ opening, own }: { opening: Waiting; own?: OwnKey }) {
  const { t } = useLang();
  const { busy, run } = useRun();
  const [passphrase, setPassphrase] = useState("");
  const [part, setPart] = useState<number>();
  const release = async () => {
    await run(async () => {
      const secret = await openKey(own?.sealed_key ?? "{}", passphrase, setPart).catch(() => {
        throw new Error(t("custody.wrongPassphrase"));
      });
      try {
        await custody.release(opening.id, { holder: opening.holder!, shares: handOver(secret, opening) });
      } finally {
        secret.bytes.fill(0);
      }
    }, t("custody.released"));
    setPart(undefined);
    setPassphrase("");
  };
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        void release();
      }}
    >
      <Input.Password value={passphrase} autoComplete="off" aria-label={t("custody.passphrase")} placeholder={t("custody.passphrase")} onChange={(e) => setPassphrase(e.target.value)} />
      <Button type="primary" htmlType="submit" disabled={passphrase.length < PASSPHRASE_MIN} loading={busy}>{t("custody.release")}</Button>
      {part !== undefined && <span className="muted">{t("custody.stretching", { part: Math.round(part * 100) })}</span>}
    </form>
  );
}

function SharingPanel({ view }: { view: Pick<View, "custodians" | "escrow" | "locks" | "stale" | "loose"> }) {
  const { t } = useLang();
  const few = view.custodians < 2;
  return (
    <Panel title={t("custody.whole")}>
      <dl className="opening-facts">
        <div><dt><Link to="/r/$kind" params={{ kind: "custodian" }}>{t("custody.custodians")}</Link></dt><dd>{view.custodians}</dd></div>
        <div><dt>{t("custody.escrow")}</dt><dd>{view.escrow}</dd></div>
        <div><dt><Link to="/r/$kind" params={{ kind: "core_lock" }}>{t("custody.lockedSecrets")}</Link></dt><dd>{view.locks}</dd></div>
        <div><dt>{t("custody.stale")}</dt><dd>{view.stale}</dd></div>
        <div><dt>{t("custody.loose")}</dt><dd>{view.loose}</dd></div>
      </dl>
      {few && <Alert type="warning" showIcon title={t("custody.few")} />}
      {!few && view.custodians < 3 && <Alert type="info" showIcon title={t("custody.two")} />}
      {(view.stale ?? 0) > 0 && <AboutLocks name={t("custody.share")} hint={t("custody.sharingPurpose")} ask={custody.share} />}
      {(view.loose ?? 0) > 0 && <AboutLocks name={t("custody.lift")} hint={t("custody.liftingPurpose")} ask={custody.lift} />}
    </Panel>
  );
}

/** Asks the custodians for something about locks: why, and one button. */
function AboutLocks({ name, hint, ask }: { name: string; hint: string; ask: typeof custody.share }) {
  const { t } = useLang();
  const { busy, run } = useRun();
  const [purpose, setPurpose] = useState("");
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        void run(() => ask({ purpose, minutes: 480 }), t("custody.sharingAsked"));
      }}
    >
      <Input value={purpose} maxLength={500} aria-label={hint} placeholder={hint} onChange={(e) => setPurpose(e.target.value)} />
      <Button type="primary" htmlType="submit" disabled={!purpose.trim()} loading={busy}>{name}</Button>
    </form>
  );
}
