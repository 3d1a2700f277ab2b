/** The evidence ledger: both trees, who outside vouches for them, whether all is whole, and proofs to take away. */
import { SafetyCertificateOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, InputNumber } from "antd";
import { useState } from "react";
import { q } from "../api/queries";
import { ProofModal } from "../components/history-panel";
import { PageFrame, Panel } from "../components/page";
import { PrintHead } from "../components/print-head";
import { Loading, ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { Entries } from "./evidence/entries";
import { GrowthPanel } from "./evidence/growth";
import { IntegrityPanel } from "./evidence/integrity";
import { OutsidersPanel } from "./evidence/outsiders";
import { StatementsPanel } from "./evidence/statements";
import { Trees } from "./evidence/trees";

/** The page that checks packages and proofs without a server. */
export const CHECKING_PAGE = "/verify.html";

export function EvidencePage() {
  const { t } = useLang();
  const ledger = useQuery({ ...q.ledger(), refetchInterval: 30_000 });
  const watch = useQuery({ ...q.watch(), refetchInterval: 30_000 });
  const [proof, setProof] = useState<number>();
  const takes = watch.data?.takes === true;
  return (
    <PageFrame
      title={t("nav.evidence")}
      lead={t("evidence.lead")}
      actions={
        <Button href={CHECKING_PAGE} target="_blank" icon={<SafetyCertificateOutlined />}>
          {t("evidence.offline")}
        </Button>
      }
    >
      <PrintHead title={t("nav.evidence")} />
      {ledger.isPending && <Loading />}
      {ledger.isError && <ProblemView error={ledger.error} retry={() => void ledger.refetch()} />}
      {ledger.data && (
        <>
          {ledger.data.halted && <Alert type="error" showIcon title={ledger.data.halted} className="problem" />}
          <div className="tiles tiles-two">
            <IntegrityPanel ledger={ledger.data} />
            {watch.data && <GrowthPanel watch={watch.data} />}
          </div>
          <Trees ledger={ledger.data} twin={watch.data?.twin} />
          {watch.isPending && <Loading rows={4} />}
          {watch.isError && <ProblemView error={watch.error} retry={() => void watch.refetch()} />}
          {watch.data && (
            <>
              <OutsidersPanel outsiders={watch.data.outsiders} size={ledger.data.size} />
              <StatementsPanel takes={takes} />
            </>
          )}
          {takes && <ProofForm size={ledger.data.size} onProof={setProof} />}
          <Entries onProof={takes ? setProof : undefined} />
        </>
      )}
      {proof !== undefined && <ProofModal key={proof} leaf={proof} onClose={() => setProof(undefined)} />}
    </PageFrame>
  );
}

function ProofForm({ size, onProof }: { size: number; onProof: (index: number) => void }) {
  const { t } = useLang();
  const [wanted, setWanted] = useState<number | null>(null);
  return (
    <Panel title={t("evidence.proofs")} className="no-print">
      <p className="form-help">{t("evidence.proofsWhat")}</p>
      <div className="inline-form">
        <InputNumber
          min={0}
          max={Math.max(size - 1, 0)}
          precision={0}
          value={wanted}
          aria-label={t("evidence.index")}
          placeholder={t("evidence.index")}
          onChange={setWanted}
        />
        <Button disabled={wanted === null} onClick={() => wanted !== null && onProof(wanted)}>
          {t("evidence.getProof")}
        </Button>
      </div>
    </Panel>
  );
}
