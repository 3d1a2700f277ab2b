/**
 * Asking for an evidence package, step by step: the matter, the secrets, what of them is shown, a look at what comes of it, and
 * handing it in. The same steps correct a draft.
 */
import { Steps } from "antd";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { freshKey, Problem } from "../api/client";
import { api } from "../api/endpoints";
import { touched } from "../api/queries";
import type { Data, Detail, Kind } from "../api/types";
import { message } from "../components/feedback";
import { PageFrame } from "../components/page";
import { NotFound, ProblemView } from "../components/states";
import { useLeaveGuard } from "../components/use-leave-guard";
import { useNarrow } from "../components/use-narrow";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { PACKAGE, type Step, stepNames, stepOf } from "../kinds/package";
import { changesOf, initialOf, isTyped } from "../kinds/values";
import type { Search } from "../router";
import { CheckStep } from "./package/check";
import { MatterStep } from "./package/matter";
import { SaveStep } from "./package/save";
import { SecretsStep } from "./package/secrets";
import { ShownStep } from "./package/shown";

export function NewPackagePage() {
  const { kind } = useCatalog();
  const search = useSearch({ strict: false }) as Search;
  const found = kind(PACKAGE);
  if (!found) return <NotFound />;
  const secrets = search["f.secrets"] ?? search.secret;
  return <PackageWizard kind={found} initial={initialOf(found, secrets ? { secrets: secrets.split(",") } : {})} />;
}

/** What every step gets. Leaving a step hands over its fields, whether they are right or not is asked on the way forward only. */
export interface StepProps {
  kind: Kind;
  data: Data;
  names: Record<string, string>;
  problem?: Problem;
  onDirty: () => void;
  onBack: (values: Data) => void;
  onNext: (values: Data) => void;
}

export function PackageWizard({ kind, initial, detail }: { kind: Kind; initial: Data; detail?: Detail }) {
  const { t, tr } = useLang();
  const narrow = useNarrow();
  const navigate = useNavigate();
  const [step, setStep] = useState<Step>("matter");
  const [data, setData] = useState<Data>(initial);
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  // What the server has: the version that the person began with, then what a save that did not get further left behind.
  const kept = useRef(detail && { id: detail.record.id, version: detail.record.version, data: initial });
  const dirty = useRef(false);
  const key = useRef(freshKey());
  const head = useRef<HTMLHeadingElement>(null);
  useLeaveGuard(dirty);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) head.current?.focus();
    first.current = false;
  }, [step]);

  const at = stepNames.indexOf(step);
  const go = (to: Step, values: Data = {}) => {
    setData((old) => ({ ...old, ...values }));
    setStep(to);
  };
  const onDirty = () => {
    dirty.current = true;
  };
  const props: StepProps = {
    kind,
    data,
    names: detail?.names ?? {},
    problem: problem instanceof Problem ? problem : undefined,
    onDirty,
    onBack: (values) => {
      if (at === 0) return void cancel();
      setProblem(undefined);
      go(stepNames[at - 1] ?? step, values);
    },
    onNext: (values) => {
      setProblem(undefined);
      go(stepNames[at + 1] ?? step, values);
    },
  };
  /** A refusal leads back to where it is mended. */
  const mend = (error: unknown) => {
    setProblem(error);
    const to = error instanceof Problem ? stepOf(error.body) : undefined;
    if (to) setStep(to);
  };
  const cancel = () =>
    detail
      ? navigate({ to: "/r/$kind/$id", params: { kind: PACKAGE, id: detail.record.id } })
      : navigate({ to: "/r/$kind", params: { kind: PACKAGE } });

  const save = async (submit: boolean) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const given = Object.fromEntries(kind.fields.filter((f) => isTyped(f) && data[f.name] != null).map((f) => [f.name, data[f.name] ?? null]));
      if (kept.current) {
        const changes = changesOf(kind.fields, kept.current.data, data);
        if (Object.keys(changes).length) {
          const after = await api.act(PACKAGE, kept.current.id, "edit", changes, kept.current.version, key.current);
          kept.current = { ...kept.current, version: after?.record.version ?? kept.current.version, data: after?.record.data ?? data };
          key.current = freshKey();
        }
      } else {
        const made = await api.create(PACKAGE, given, key.current);
        key.current = freshKey();
        if (made) kept.current = { id: made.record.id, version: made.record.version, data: made.record.data };
      }
      const now = kept.current;
      touched(PACKAGE, now?.id);
      if (submit && now) {
        await api.act(PACKAGE, now.id, "submit", {}, now.version, key.current);
        touched(PACKAGE, now.id);
      }
      dirty.current = false;
      message.success(t(submit ? "package.submitted" : "form.saved"));
      if (now) await navigate({ to: "/r/$kind/$id", params: { kind: PACKAGE, id: now.id }, replace: true });
      else await navigate({ to: "/r/$kind", params: { kind: PACKAGE }, replace: true });
    } catch (error) {
      key.current = freshKey();
      mend(error);
    } finally {
      setBusy(false);
    }
  };

  const title = t(detail ? "form.editTitle" : "form.newTitle", { what: tr(kind.label) });
  const titles = stepNames.map((name) => t(`package.step.${name}`));
  return (
    <PageFrame title={title} heading={<>{title} {detail?.record.number && <span className="number">{detail.record.number}</span>}</>}>
      {narrow ? (
        <p className="muted" role="status">{t("setup.progress", { n: at + 1, total: titles.length, title: titles[at] })}</p>
      ) : (
        <Steps size="small" current={at} className="package-steps no-print" items={titles.map((x) => ({ title: x }))} />
      )}
      <h2 ref={head} tabIndex={-1} className="sr-only">{titles[at]}</h2>
      {problem !== undefined && <ProblemView error={problem} />}
      {step === "matter" && <MatterStep {...props} />}
      {step === "secrets" && <SecretsStep {...props} />}
      {step === "shown" && <ShownStep {...props} />}
      {step === "check" && <CheckStep {...props} onMend={mend} />}
      {step === "save" && <SaveStep {...props} busy={busy} onSave={(submit) => void save(submit)} onMend={go} />}
    </PageFrame>
  );
}
