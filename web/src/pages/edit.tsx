/** Making and changing a record of any kind. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Button, Form } from "antd";
import { lazy, Suspense, useRef, useState } from "react";
import { freshKey, Problem } from "../api/client";
import { api } from "../api/endpoints";
import { q, touched } from "../api/queries";
import type { Data, Detail, Kind } from "../api/types";
import { PageFrame } from "../components/page";
import { SchemaForm } from "../components/schema-form";
import { Loading, NotFound, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { changesOf, dataOf, initialOf, isTyped } from "../kinds/values";
import { message } from "../components/feedback";
import { useLeaveGuard } from "../components/use-leave-guard";
import { PACKAGE } from "../kinds/package";

/** Kinds whose making is work of its own have their own steps. */
const NewPackagePage = lazy(() => import("./package").then((m) => ({ default: m.NewPackagePage })));
const PackageWizard = lazy(() => import("./package").then((m) => ({ default: m.PackageWizard })));
const GradingDrawer = lazy(() => import("./grading").then((m) => ({ default: m.GradingDrawer })));

export function NewPage() {
  const { kind: name } = useParams({ strict: false }) as { kind: string };
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const { kind } = useCatalog();
  const found = kind(name);
  if (!found) return <NotFound />;
  if (name === PACKAGE) {
    return (
      <Suspense fallback={<Loading />}>
        <NewPackagePage />
      </Suspense>
    );
  }
  const given: Data = {};
  for (const field of found.fields) {
    const value = search[`f.${field.name}`];
    if (value && isTyped(field)) given[field.name] = field.type.is === "refs" ? value.split(",") : value;
  }
  return <Editor kind={found} initial={initialOf(found, given)} />;
}

export function EditPage() {
  const { kind: name, id } = useParams({ strict: false }) as { kind: string; id: string };
  const { kind } = useCatalog();
  const detail = useQuery({ ...q.record(name, id), staleTime: 0, refetchOnWindowFocus: false });
  const found = kind(name);
  if (!found) return <NotFound />;
  if (detail.isPending) return <Loading />;
  if (detail.isError) return <div className="page"><ProblemView error={detail.error} /></div>;
  if (name === PACKAGE) {
    return (
      <Suspense fallback={<Loading />}>
        <PackageWizard kind={found} initial={detail.data.record.data} detail={detail.data} />
      </Suspense>
    );
  }
  return <Editor kind={found} initial={detail.data.record.data} detail={detail.data} />;
}

function Editor({ kind, initial, detail }: { kind: Kind; initial: Data; detail?: Detail }) {
  const { t, tr } = useLang();
  const navigate = useNavigate();
  const [form] = Form.useForm<Record<string, unknown>>();
  const [problem, setProblem] = useState<Problem | Error | undefined>();
  const [busy, setBusy] = useState(false);
  const [grading, setGrading] = useState(false);
  const dirty = useRef(false);
  const key = useRef(freshKey());
  // The version that the person began with, even when the record moves on underneath.
  const [start] = useState(() => ({ initial, version: detail?.record.version }));

  useLeaveGuard(dirty);

  const finish = async (values: Record<string, unknown>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const saved = detail
        ? await api.act(kind.kind, detail.record.id, "edit", changesOf(kind.fields, start.initial, values), start.version, key.current)
        : await api.create(kind.kind, dataOf(kind.fields.filter(isTyped), values), key.current);
      dirty.current = false;
      touched(kind.kind, saved?.record.id);
      message.success(t("form.saved"));
      if (saved) await navigate({ to: "/r/$kind/$id", params: { kind: kind.kind, id: saved.record.id }, replace: true });
      else await navigate({ to: "/r/$kind", params: { kind: kind.kind }, replace: true });
    } catch (error) {
      setProblem(error as Error);
      key.current = freshKey();
    } finally {
      setBusy(false);
    }
  };

  const title = t(detail ? "form.editTitle" : "form.newTitle", { what: tr(kind.label) });
  const cancel = () =>
    detail
      ? navigate({ to: "/r/$kind/$id", params: { kind: kind.kind, id: detail.record.id } })
      : navigate({ to: "/r/$kind", params: { kind: kind.kind } });
  return (
    <PageFrame title={title} heading={<>{title} {detail?.record.number && <span className="number">{detail.record.number}</span>}</>}>
      {problem && <ProblemView error={problem} />}
      {problem instanceof Problem && problem.status === 409 && detail && (
        <p>
          <Button onClick={() => window.location.reload()}>{t("form.reload")}</Button>
        </p>
      )}
      <SchemaForm
        form={form}
        kind={kind}
        initial={start.initial}
        names={detail?.names}
        problem={problem instanceof Problem ? problem.body : undefined}
        onFinish={(values) => void finish(values)}
        onChange={() => {
          dirty.current = true;
        }}
        extra={(field) =>
          kind.graded === field.name && kind.group === "secret" ? (
            <Button type="link" size="small" onClick={() => setGrading(true)}>
              {t("grading.open")}
            </Button>
          ) : null
        }
      />
      <div className="form-foot no-print">
        <Button type="primary" loading={busy} onClick={() => form.submit()}>
          {t("action.save")}
        </Button>
        <Button onClick={() => void cancel()}>{t("action.cancel")}</Button>
      </div>
      {grading && (
        <Suspense>
          <GradingDrawer
            onClose={() => setGrading(false)}
            onUse={(code) => {
              if (kind.graded) form.setFieldValue(kind.graded, code);
              dirty.current = true;
              setGrading(false);
            }}
          />
        </Suspense>
      )}
    </PageFrame>
  );
}
