/** "Why can't I?" beside something that is refused. */
import { QuestionCircleOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import type { Why } from "../api/types";
import { useLang } from "../i18n";
import { WhyText } from "./why";

export function WhyPopover({ detail, why, label }: { detail: string; why?: Why | null; label?: string }) {
  const { t } = useLang();
  return (
    <Popover
      trigger={["click"]}
      title={detail}
      content={<div className="why-box">{why ? <WhyText why={why} /> : t("why.state")}</div>}
    >
      <Button type="text" size="small" icon={<QuestionCircleOutlined />} className="why-button">
        {label ?? t("why.ask")}
      </Button>
    </Popover>
  );
}
