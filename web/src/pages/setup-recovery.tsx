/** The recovery sheet: printed, put away, and proven to be printed by typing one group back. */
import { DownloadOutlined, PrinterOutlined } from "@ant-design/icons";
import { Alert, Button, Input } from "antd";
import { useMemo, useState } from "react";
import { save } from "../api/client";
import type { SetupResult } from "../api/types";
import { Panel } from "../components/page";
import { useLang } from "../i18n";
import { instantText } from "../kinds/format";
import { useRoleName } from "../kinds/roles";

export const groupsOf = (code: string): string[] => code.trim().split(/[\s-]+/).filter(Boolean);

/** A sheet with a code; `share`: which of how many sheets it is, when custodians unlock together. */
export function RecoveryCode({ code, company, share, onConfirmed }: { code: string; company: string; share?: { n: number; of: number }; onConfirmed: () => void }) {
  const { t } = useLang();
  const groups = useMemo(() => groupsOf(code), [code]);
  const [asked] = useState(() => Math.floor((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % Math.max(groups.length, 1)));
  const [typed, setTyped] = useState("");
  const right = typed.trim().toUpperCase() === groups[asked]?.toUpperCase();
  return (
    <div className="recovery">
      <div className="recovery-sheet">
        <h2>{share ? t("recovery.sheet", share) : t("recovery.title")}</h2>
        <p>
          {company} · {instantText(new Date().toISOString())}
        </p>
        <ol className="recovery-groups">
          {groups.map((group, i) => (
            <li key={i}>
              <span className="recovery-n">{i + 1}</span>
              <code>{group}</code>
            </li>
          ))}
        </ol>
        <p>{t(share ? "recovery.sheetWhat" : "recovery.what")}</p>
        <p>{t("recovery.keep")}</p>
        <p className="print-only">{t("recovery.signature")}</p>
      </div>
      <div className="no-print stack">
        <Button icon={<PrinterOutlined />} onClick={() => window.print()}>
          {t("recovery.print")}
        </Button>
        <label htmlFor="recovery-check">{t("recovery.check", { n: asked + 1 })}</label>
        <div className="inline-form">
          <Input id="recovery-check" className="mono" value={typed} autoComplete="off" spellCheck={false} status={typed && !right && typed.trim().length >= (groups[asked]?.length ?? 0) ? "error" : undefined} onChange={(e) => setTyped(e.target.value)} />
          <Button type="primary" disabled={!right} onClick={onConfirmed}>
            {t("recovery.confirm")}
          </Button>
        </div>
      </div>
    </div>
  );
}

export function RecoverySheet({ company, result, onDone }: { company: string; result: SetupResult; onDone: () => void }) {
  const { t } = useLang();
  const roleName = useRoleName();
  const [confirmed, setConfirmed] = useState(false);
  const [saved, setSaved] = useState(!result.key_file);
  if (!confirmed) {
    return (
      <>
        <Alert type="warning" showIcon className="no-print" title={t("recovery.once")} />
        <RecoveryCode code={result.recovery_code} company={company} onConfirmed={() => setConfirmed(true)} />
      </>
    );
  }
  return (
    <>
      {result.key_file && (
        <Panel title={t("setup.keyFile")}>
          <p>{t("setup.keyFileWhat")}</p>
          <Button
            icon={<DownloadOutlined />}
            type={saved ? "default" : "primary"}
            onClick={() => {
              save(new Blob([result.key_file ?? ""], { type: "text/plain" }), "jingui.key");
              setSaved(true);
            }}
          >
            {t("setup.keyFileSave")}
          </Button>
        </Panel>
      )}
      <Panel title={t("setup.signIns")}>
        <p>{t("setup.signInsWhat")}</p>
        <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("setup.signIns")}>
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t("setup.name")}</th>
                <th>{t("signin.login")}</th>
                <th>{t("signin.password")}</th>
                <th>{t("accounts.roles")}</th>
              </tr>
            </thead>
            <tbody>
              {result.sign_ins.map((s) => (
                <tr key={s.login}>
                  <td>{s.name}</td>
                  <td><code>{s.login}</code></td>
                  <td>{s.password ? <code>{s.password}</code> : <span className="muted">{t("setup.ownPassword")}</span>}</td>
                  <td>{s.roles.map(roleName).join(t("list.join"))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
      <div className="form-foot no-print">
        <Button type="primary" disabled={!saved} onClick={onDone}>
          {t("setup.enter")}
        </Button>
        <Button icon={<PrinterOutlined />} onClick={() => window.print()}>
          {t("action.print")}
        </Button>
      </div>
    </>
  );
}
