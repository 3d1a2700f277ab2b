/** Everything that waits for my decision, with a quick look before the vote. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Drawer } from "antd";
import { useState } from "react";
import { q } from "../api/queries";
import type { Brief } from "../api/types";
import { ActionBar } from "../components/action-bar";
import { ApprovalSteps } from "../components/approval-steps";
import { PageFrame, Panel } from "../components/page";
import { PrintHead } from "../components/print-head";
import { RecordBody } from "../components/record-body";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { GradeTag } from "../components/tags";
import { WorkList } from "../components/work-list";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";

export function ApprovalsPage() {
  const { t } = useLang();
  const work = useQuery(q.work());
  const [open, setOpen] = useState<Brief>();
  const items = (work.data?.items ?? []).filter((i) => i.what === "decide");
  return (
    <PageFrame title={t("nav.approvals")} lead={t("approvals.lead")}>
      <PrintHead title={t("nav.approvals")} />
      {work.isPending && <Loading />}
      {work.isError && <ProblemView error={work.error} retry={() => void work.refetch()} />}
      {work.data && (
        <Panel>
          {items.length === 0 ? (
            <EmptyState title={t("approvals.none")} />
          ) : (
            <WorkList items={items} act={(item) => <Button onClick={() => setOpen(item.record)}>{t("approvals.look")}</Button>} />
          )}
        </Panel>
      )}
      {open && <Look brief={open} onClose={() => setOpen(undefined)} />}
    </PageFrame>
  );
}

function Look({ brief, onClose }: { brief: Brief; onClose: () => void }) {
  const { t, tr } = useLang();
  const { kind: kindOf } = useCatalog();
  const detail = useQuery(q.record(brief.kind, brief.id));
  const kind = kindOf(brief.kind);
  return (
    <Drawer
      open
      onClose={onClose}
      size={720}
      title={
        <span>
          {brief.grade && <GradeTag grade={brief.grade} />} {brief.title ?? brief.number}
        </span>
      }
      footer={
        detail.data && kind ? (
          <div className="form-foot">
            <ActionBar kind={kind} detail={detail.data} onDone={onClose} />
          </div>
        ) : null
      }
      extra={
        <Link to="/r/$kind/$id" params={{ kind: brief.kind, id: brief.id }}>
          {t("approvals.open")}
        </Link>
      }
    >
      {detail.isPending && <Loading />}
      {detail.isError && <ProblemView error={detail.error} />}
      {detail.data && kind && (
        <>
          <p className="muted">
            {tr(kind.label)} {brief.number}
          </p>
          {detail.data.approval && <ApprovalSteps approval={detail.data.approval} names={detail.data.names} />}
          <RecordBody kind={kind} detail={detail.data} />
        </>
      )}
    </Drawer>
  );
}
