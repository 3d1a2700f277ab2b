/** Text to take along: digests, keys, notes. */
import { CopyOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useLang } from "../i18n";
import { message } from "./feedback";

export function useCopy(): (text: string) => void {
  const { t } = useLang();
  return (text) =>
    void navigator.clipboard?.writeText(text).then(
      () => message.success(t("action.copied")),
      () => message.error(t("action.copyFailed")),
    );
}

/** `what` tells apart several of them on one page. */
export function CopyButton({ text, what, small }: { text: string; what: string; small?: boolean }) {
  const { t } = useLang();
  const copy = useCopy();
  const name = `${t("action.copy")} ${what}`;
  return (
    <Button
      size="small"
      type={small ? "text" : "default"}
      icon={small ? <CopyOutlined /> : undefined}
      aria-label={name}
      title={name}
      className="no-print"
      onClick={() => copy(text)}
    >
      {small ? null : t("action.copy")}
    </Button>
  );
}

/** A digest, root or key in full, with a way to copy it. */
export function Hash({ value, what }: { value: string; what: string }) {
  return (
    <span className="hash">
      <code>{value}</code>
      <CopyButton text={value} what={what} small />
    </span>
  );
}
