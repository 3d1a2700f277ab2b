/** Asks before a page with unsaved work is left. */
import { useBlocker } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useLang } from "../i18n";
import { ask } from "./feedback";

export function useLeaveGuard(dirty: RefObject<boolean>): void {
  const { t } = useLang();
  useBlocker({
    shouldBlockFn: () =>
      dirty.current
        ? new Promise<boolean>((resolve) => {
            ask({
              title: t("form.leave"),
              okText: t("form.leaveYes"),
              cancelText: t("form.leaveNo"),
              onOk: () => resolve(false),
              onCancel: () => resolve(true),
            });
          })
        : false,
    enableBeforeUnload: () => dirty.current,
  });
}
