/** Simplified Chinese: our words, the components' words, the calendar's words. */
import antdZh from "antd/es/locale/zh_CN";
import "dayjs/locale/zh-cn";
import texts from "../locales/zh-CN.json";

export const antd = antdZh;
export { texts };
