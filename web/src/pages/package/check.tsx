/** What would come of it, before anybody is asked to agree. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Problem } from "../../api/client";
import { q } from "../../api/queries";
import type { Data } from "../../api/types";
import { PackagePreview } from "../../components/package-preview";
import { Loading, ProblemView } from "../../components/states";
import { useLang } from "../../i18n";
import { stepOf } from "../../kinds/package";
import type { StepProps } from "../package";
import { Foot } from "./frame";

export function CheckStep({ data, names, onBack, onNext, onMend }: StepProps & { onMend: (error: unknown) => void }) {
  const { t } = useLang();
  const given = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null)) as Data;
  const preview = useQuery(q.preview(given));
  const to = preview.error instanceof Problem ? stepOf(preview.error.body) : undefined;
  return (
    <div className="package-step">
      <p className="form-help">{t("package.checkWhat")}</p>
      {preview.isPending && <Loading rows={8} />}
      {preview.isError && (
        <>
          <ProblemView error={preview.error} retry={() => void preview.refetch()} />
          {to && (
            <Button type="primary" onClick={() => onMend(preview.error)}>
              {t("package.backTo", { step: t(`package.step.${to}`) })}
            </Button>
          )}
        </>
      )}
      {preview.data && <PackagePreview preview={preview.data} names={names} />}
      <Foot onBack={() => onBack({})} onNext={() => onNext({})} ready={preview.isSuccess && !preview.data.barred} />
    </div>
  );
}
