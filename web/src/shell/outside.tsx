/** The frame of the pages in front of the door: set-up, unsealing, sign-in. */
import type { ReactNode } from "react";
import { useTitle } from "../components/use-title";
import { useLang } from "../i18n";
import { Mark } from "./brand";
import { LangSwitch } from "./lang-switch";

export function Outside({ title, company, wide, notice, version, children }: {
  title: string;
  company?: string | null;
  wide?: boolean;
  notice?: string;
  version?: string;
  children: ReactNode;
}) {
  const { t } = useLang();
  useTitle(title);
  return (
    <div className="outside">
      <header className="outside-head no-print">
        <span className="brand">
          <Mark /> <strong>{t("app.name")}</strong>
          {company && <span className="brand-company">{company}</span>}
        </span>
        <LangSwitch />
      </header>
      <main className={wide ? "outside-main outside-wide" : "outside-main"}>
        <h1>{title}</h1>
        {children}
      </main>
      {notice && (
        <p className="notice outside-notice" role="note">
          {notice}
        </p>
      )}
      <footer className="outside-foot no-print">{version && t("app.version", { version })}</footer>
    </div>
  );
}
