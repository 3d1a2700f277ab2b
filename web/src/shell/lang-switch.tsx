/** Chinese or English; the choice is kept on this device. */
import { GlobalOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { queryClient } from "../api/queries";
import { setLang, useLang } from "../i18n";

export function LangSwitch() {
  const { lang, t } = useLang();
  const other = lang === "en" ? "zh-CN" : "en";
  return (
    <Button
      type="text"
      icon={<GlobalOutlined />}
      lang={other}
      onClick={async () => {
        await setLang(other);
        // Refusals and hints come from the server in the chosen language.
        void queryClient.invalidateQueries();
      }}
    >
      {t("lang.other")}
    </Button>
  );
}
