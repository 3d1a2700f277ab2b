/** Both trees over the same entries: the standard one that any tool reads, and its twin in the national algorithms. */
import type { ReactNode } from "react";
import type { Ledger, Watch } from "../../api/types";
import { CopyButton, Hash } from "../../components/copy";
import { Panel } from "../../components/page";
import { useLang } from "../../i18n";
import { instantText } from "../../kinds/format";

export function Trees({ ledger, twin }: { ledger: Ledger; twin?: Watch["twin"] }) {
  const { t } = useLang();
  const behind = twin ? Math.max(ledger.size - twin.size, 0) : 0;
  return (
    <Panel title={t("tree.title")}>
      <p className="form-help">{t("tree.what")}</p>
      <div className="trees">
        <Tree
          name={t("tree.main")}
          how="SHA-256 · Ed25519"
          size={<span data-testid="tree-size">{ledger.size}</span>}
          state={
            <>
              {ledger.at ? t("evidence.signedAt", { at: instantText(ledger.at) }) : t("evidence.unsigned")}
              {ledger.lag > 0 && <> · {t("evidence.lag", { count: ledger.lag })}</>}
            </>
          }
          root={ledger.root}
          vkey={ledger.vkey}
          checkpoint={ledger.checkpoint}
        />
        {twin && (
          <Tree
            name={t("tree.twin")}
            how="SM3 · SM2"
            size={twin.size}
            state={behind ? t("tree.behind", { count: behind }) : t("tree.level")}
            root={twin.root}
            vkey={twin.vkey}
            checkpoint={twin.checkpoint}
          />
        )}
      </div>
      <p className="form-help">{t("evidence.checkpointWhat")}</p>
    </Panel>
  );
}

interface TreeProps {
  name: string;
  how: string;
  size: ReactNode;
  state: ReactNode;
  root: string;
  vkey: string;
  checkpoint: string;
}

function Tree({ name, how, size, state, root, vkey, checkpoint }: TreeProps) {
  const { t } = useLang();
  return (
    <section className="tree" aria-label={name}>
      <h3>
        {name} <span className="clause">{how}</span>
      </h3>
      <p className="tree-size">
        <span className="big">{size}</span> <span className="muted">{t("evidence.size")}</span>
      </p>
      <p className="muted">{state}</p>
      <dl className="tree-facts">
        <dt>{t("report.root")}</dt>
        <dd><Hash value={root} what={`${name} ${t("report.root")}`} /></dd>
        <dt title={t("evidence.vkeyWhat")}>{t("evidence.vkey")}</dt>
        <dd><Hash value={vkey} what={`${name} ${t("evidence.vkey")}`} /></dd>
      </dl>
      <details className="no-print">
        <summary>{t("evidence.checkpoint")}</summary>
        <pre className="code" tabIndex={0}>{checkpoint}</pre>
        <CopyButton text={checkpoint} what={`${name} ${t("evidence.checkpoint")}`} />
      </details>
    </section>
  );
}
