/** Which matter it is for, and which day cuts off what counts. */
import { useLang } from "../../i18n";
import { steps } from "../../kinds/package";
import type { StepProps } from "../package";
import { FormStep } from "./frame";

export function MatterStep(props: StepProps) {
  const { t } = useLang();
  return (
    <FormStep
      {...props}
      fields={steps.matter}
      back={t("action.cancel")}
      before={<p className="form-help">{t("package.matterWhat")}</p>}
      extra={(field) => (field.name === "alleged_on" ? <span className="law">{t("package.article5")}</span> : null)}
    />
  );
}
