/** What stands above every printed page: company, number, grade mark, printed by and at. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { q } from "../api/queries";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { instantText } from "../kinds/format";
import { GradeTag } from "./tags";

export function PrintHead({ title, number, grade, term }: { title: string; number?: string | null; grade?: string | null; term?: string }) {
  const { t } = useLang();
  const { me } = useCatalog();
  const status = useQuery(q.status());
  const [now, setNow] = useState(() => new Date().toISOString());
  useEffect(() => {
    const refresh = () => setNow(new Date().toISOString());
    window.addEventListener("beforeprint", refresh);
    return () => window.removeEventListener("beforeprint", refresh);
  }, []);
  return (
    <header className="print-head" aria-hidden="true">
      <div className="print-line">
        <strong>{status.data?.company ?? t("app.name")}</strong>
        <span>
          {grade && <GradeTag grade={grade} />} {term}
        </span>
      </div>
      <div className="print-title">
        {title} {number && <span className="number">{number}</span>}
      </div>
      <div className="print-line print-small">
        <span>{t("print.by", { name: me.person?.name ?? me.login })}</span>
        <span>{t("print.at", { at: instantText(now) })}</span>
      </div>
    </header>
  );
}
