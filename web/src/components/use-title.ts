/** The tab's title follows the page. */
import { useEffect } from "react";
import { useLang } from "../i18n";

export function useTitle(title: string | undefined): void {
  const { t } = useLang();
  useEffect(() => {
    document.title = title ? `${title} · ${t("app.name")}` : t("app.name");
  }, [title, t]);
}
