/** English: our words and the components' words. */
import antdEn from "antd/es/locale/en_US";
import texts from "../locales/en.json";

export const antd = antdEn;
export { texts };
