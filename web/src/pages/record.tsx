/** One record of any kind: what it says, what may be done, what was done. */
import { EditOutlined, InboxOutlined, PlusOutlined, PrinterOutlined, QrcodeOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Button, Tabs } from "antd";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { q } from "../api/queries";
import type { Detail, Kind } from "../api/types";
import { ActionBar } from "../components/action-bar";
import { ApprovalSteps } from "../components/approval-steps";
import { FilesPanel } from "../components/files-panel";
import { LawPanel } from "../components/law-panel";
import { HistoryPanel } from "../components/history-panel";
import { MenuButton } from "../components/menu-button";
import { PageFrame, Panel } from "../components/page";
import { PrintHead } from "../components/print-head";
import { RecordBody } from "../components/record-body";
import { Loading, NotFound, ProblemView } from "../components/states";
import { GradeTag, StateTag } from "../components/tags";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { instantText, termText } from "../kinds/format";
import { useMay } from "../kinds/may";
import { PACKAGE } from "../kinds/package";
import { labelled } from "../kinds/things";
import { isTerm, isTyped } from "../kinds/values";
import type { Search } from "../router";

const AssessmentPanel = lazy(() => import("./assessment").then((m) => ({ default: m.AssessmentPanel })));
const KnowersPanel = lazy(() => import("./assessment").then((m) => ({ default: m.KnowersPanel })));
const CampaignPanel = lazy(() => import("./campaign").then((m) => ({ default: m.CampaignPanel })));
const EvidencePanel = lazy(() => import("../components/evidence-panel").then((m) => ({ default: m.EvidencePanel })));
const DocumentsPanel = lazy(() => import("../components/documents-panel").then((m) => ({ default: m.DocumentsPanel })));
const MakePanel = lazy(() => import("./package/make").then((m) => ({ default: m.MakePanel })));
const MatrixTab = lazy(() => import("./package/make").then((m) => ({ default: m.MatrixTab })));
const ChecklistPanel = lazy(() => import("../components/checklist-panel").then((m) => ({ default: m.ChecklistPanel })));
const LabelsDialog = lazy(() => import("../components/labels-dialog").then((m) => ({ default: m.LabelsDialog })));
const WhereaboutsPanel = lazy(() => import("./whereabouts").then((m) => ({ default: m.WhereaboutsPanel })));
const CirculationPanel = lazy(() => import("./whereabouts").then((m) => ({ default: m.CirculationPanel })));
const ChannelPanel = lazy(() => import("./channel-panel").then((m) => ({ default: m.ChannelPanel })));
const AccountPanel = lazy(() => import("./account-panel").then((m) => ({ default: m.AccountPanel })));

export function RecordRoute() {
  const { kind: name, id } = useParams({ strict: false }) as { kind: string; id: string };
  const { kind } = useCatalog();
  const { t } = useLang();
  const detail = useQuery(q.record(name, id));
  const found = kind(name);
  if (!found) return <NotFound />;
  if (detail.isPending) return <div className="page"><Loading rows={10} /></div>;
  if (detail.isError) {
    return (
      <PageFrame title={t("error.cannotOpen")}>
        <ProblemView error={detail.error} retry={() => void detail.refetch()} />
        <p>
          <Link to="/r/$kind" params={{ kind: name }}>{t("record.back")}</Link>
        </p>
      </PageFrame>
    );
  }
  return <RecordPage key={id} kind={found} detail={detail.data} />;
}

export function titleOf(kind: Kind, detail: Detail): string {
  const title = detail.record.data[kind.title];
  return typeof title === "string" && title ? title : (detail.record.number ?? "");
}

/** What a secret can be taken into as evidence, as far as the reader may: a package of it, and what others made about it. */
function useProve(kind: Kind, id: string): { key: string; label: string }[] {
  const { t, tr } = useLang();
  const { kind: kindOf } = useCatalog();
  const secret = kind.kind === "secret";
  const may: Record<string, boolean> = {
    [PACKAGE]: [useMay("create", PACKAGE, undefined, secret), useMay("export", "secret", id, secret)].every(Boolean),
    outside_evidence: useMay("create", "outside_evidence", undefined, secret) === true,
  };
  return Object.keys(may).flatMap((key) => {
    const found = may[key] && secret ? kindOf(key) : undefined;
    return found ? [{ key, label: key === PACKAGE ? t("package.put") : t("form.newTitle", { what: tr(found.label) }) }] : [];
  });
}

function RecordPage({ kind, detail }: { kind: Kind; detail: Detail }) {
  const { t, tr } = useLang();
  const { catalog } = useCatalog();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const record = detail.record;
  const title = titleOf(kind, detail) || tr(kind.label);
  const graded = kind.graded ? record.data[kind.graded] : undefined;
  const grade = typeof graded === "string" ? graded : undefined;
  const termField = kind.fields.find((f) => f.type.is === "term");
  const term = termField ? record.data[termField.name] : undefined;
  const termWords = isTerm(term) ? termText(term, t) : undefined;
  // Changes of this record that are registers of their own: grade change, extension, declassification; and what is
  // entered into it while it is being filled in, as candidates into a department's list.
  const filling = kind.arises && kind.states.some((s) => s.name === record.state && s.editable) && detail.actions.some((a) => a.allowed);
  const starts = catalog.kinds.flatMap((k) => {
    if (k.arises || kind.group === "change" || !(k.group === "change" || (filling && k.group === kind.group))) return [];
    const field = k.fields.find((f) => f.type.is === "ref" && f.type.kind === kind.kind && isTyped(f) && (k.group === "change" || f.required));
    if (!field) return [];
    const given: Search = { [`f.${field.name}`]: record.id };
    const department = kind.department ? record.data[kind.department] : undefined;
    if (filling && k.department && typeof department === "string") given[`f.${k.department}`] = department;
    return [{ kind: k, given }];
  });
  const start = (key: string) => {
    const found = starts.find((s) => s.kind.kind === key);
    if (found) void navigate({ to: "/r/$kind/new", params: { kind: key }, search: found.given });
  };
  const prove = useProve(kind, record.id);
  const [labels, setLabels] = useState(false);
  const mayHistory = useMay("history", kind.kind, record.id, kind.kind === "person") === true;
  const edit = detail.actions.find((a) => a.name === "edit");

  const tabs: { key: string; label: string; children: ReactNode }[] = [
    {
      key: "content",
      label: t("record.content"),
      children: (
        <>
          {kind.kind === "campaign" && (
            <Suspense fallback={<Loading rows={4} />}>
              <CampaignPanel id={record.id} />
            </Suspense>
          )}
          {kind.checklist && (
            <Suspense fallback={<Loading rows={4} />}>
              <ChecklistPanel detail={detail} />
            </Suspense>
          )}
          {kind.kind === PACKAGE && (
            <Suspense>
              <MakePanel detail={detail} />
            </Suspense>
          )}
          {kind.kind === "account" && (
            <Suspense>
              <AccountPanel detail={detail} />
            </Suspense>
          )}
          {kind.kind === "notice_channel" && (
            <Suspense>
              <ChannelPanel detail={detail} />
            </Suspense>
          )}
          <LawPanel kind={kind} findings={detail.findings} />
          <RecordBody kind={kind} detail={detail} />
          <FilesPanel kind={kind} detail={detail} />
          {detail.links.length > 0 && (
            <Panel title={t("record.links")} className="no-print">
              <ul className="links">
                {detail.links.map((link) => (
                  <li key={`${link.kind}.${link.field}`}>
                    <Link to="/r/$kind" params={{ kind: link.kind }} search={{ [`f.${link.field}`]: record.id }}>
                      {tr(link.label)} <span className="count">{link.count}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
        </>
      ),
    },
  ];
  if (kind.kind === "secret") {
    tabs.push(
      { key: "assessment", label: t("record.assessment"), children: <Suspense fallback={<Loading />}><AssessmentPanel id={record.id} grade={grade} /></Suspense> },
      { key: "knowers", label: t("record.knowers"), children: <Suspense fallback={<Loading />}><KnowersPanel id={record.id} /><WhereaboutsPanel id={record.id} /></Suspense> },
    );
  }
  if (kind.kind === "carrier") {
    tabs.push({ key: "circulation", label: t("whereabouts.circulation"), children: <Suspense fallback={<Loading />}><CirculationPanel id={record.id} /></Suspense> });
  }
  if (kind.kind === PACKAGE) {
    tabs.push({ key: "matrix", label: t("matrix.title"), children: <Suspense fallback={<Loading />}><MatrixTab detail={detail} /></Suspense> });
  }
  tabs.push({ key: "documents", label: t("record.documents"), children: <Suspense fallback={<Loading />}><DocumentsPanel kind={kind} detail={detail} /></Suspense> });
  tabs.push({ key: "history", label: t("record.history"), children: <HistoryPanel kind={kind} detail={detail} /> });
  tabs.push({ key: "evidence", label: t("record.evidence"), children: <Suspense fallback={<Loading />}><EvidencePanel kind={kind} detail={detail} /></Suspense> });
  const acknowledged = Object.keys(record.acknowledged ?? {});
  if (kind.acknowledge) {
    tabs.push({
      key: "acknowledged",
      label: t("record.acknowledged", { count: acknowledged.length }),
      children: (
        <ul className="links">
          {acknowledged.map((person) => (
            <li key={person}>
              {detail.names[person] ?? t("value.unnamed")} <span className="time">{instantText(record.acknowledged?.[person])}</span>
            </li>
          ))}
          {acknowledged.length === 0 && <li className="muted">{t("record.nobodyYet")}</li>}
        </ul>
      ),
    });
  }

  return (
    <PageFrame
      title={title}
      heading={
        <>
          {grade && <GradeTag grade={grade} />} <span>{title}</span>
        </>
      }
      lead={
        <>
          <Link to="/r/$kind" params={{ kind: kind.kind }} className="no-print">
            {tr(kind.plural)}
          </Link>
          {record.number && <span className="number">{record.number}</span>}
          <StateTag kind={kind} state={record.state} />
          {termWords && <span>{t("record.term", { term: termWords })}</span>}
          <span className="muted">{t("record.updated", { at: instantText(record.updated), version: record.version })}</span>
        </>
      }
      actions={
        <>
          <Button icon={<PrinterOutlined />} aria-label={t("action.print")} onClick={() => window.print()} />
          {labelled.has(kind.kind) && record.number && <Button icon={<QrcodeOutlined />} onClick={() => setLabels(true)}>{t("labels.button")}</Button>}
          {kind.kind === "person" && mayHistory && (
            <Link to="/holdings/$id" params={{ id: record.id }}><Button icon={<InboxOutlined />}>{t("holdings.button")}</Button></Link>
          )}
          {kind.kind === "stock_count" && record.state !== "planned" && (
            <Link to="/count/$id" params={{ id: record.id }}><Button icon={<QrcodeOutlined />} type={record.state === "counting" ? "primary" : "default"}>{t("count.button")}</Button></Link>
          )}
          {edit?.allowed && detail.can_edit && (
            <Button
              icon={<EditOutlined />}
              data-shortcut="e"
              onClick={() => void navigate({ to: "/r/$kind/$id/edit", params: { kind: kind.kind, id: record.id } })}
            >
              {t("action.edit")}
            </Button>
          )}
          {filling
            ? starts.map((s) => (
                <Button key={s.kind.kind} icon={<PlusOutlined />} onClick={() => start(s.kind.kind)}>
                  {t("form.newTitle", { what: tr(s.kind.label) })}
                </Button>
              ))
            : starts.length > 0 && (
                <MenuButton label={t("record.start")} items={starts.map((s) => ({ key: s.kind.kind, label: tr(s.kind.label) }))} onChoose={start} />
              )}
          {prove.length > 0 && <MenuButton label={t("record.prove")} items={prove} onChoose={(key) => void navigate({ to: "/r/$kind/new", params: { kind: key }, search: { "f.secrets": record.id } })} />}
          <ActionBar kind={kind} detail={detail} />
        </>
      }
    >
      {labels && (
        <Suspense>
          <LabelsDialog kind={kind.kind} ids={[record.id]} onClose={() => setLabels(false)} />
        </Suspense>
      )}
      <PrintHead title={title} number={record.number} grade={grade} term={termWords} />
      {detail.approval && <ApprovalSteps approval={detail.approval} names={detail.names} />}
      <Tabs
        activeKey={tabs.some((x) => x.key === search.tab) ? search.tab : "content"}
        onChange={(tab) =>
          void navigate({
            to: "/r/$kind/$id",
            params: { kind: kind.kind, id: record.id },
            search: tab === "content" ? {} : { tab },
            replace: true,
          })
        }
        items={tabs}
      />
    </PageFrame>
  );
}
