/** Which secrets the package is about; it is graded as high as the highest of them. */
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Form } from "antd";
import { q } from "../../api/queries";
import { FactTable } from "../../components/fact-table";
import { Panel } from "../../components/page";
import { ProblemView } from "../../components/states";
import { GradeTag, StateTag } from "../../components/tags";
import { useLang } from "../../i18n";
import { useCatalog } from "../../kinds/catalog";
import { highestGrade } from "../../kinds/package";
import type { StepProps } from "../package";
import { FormStep } from "./frame";

export function SecretsStep(props: StepProps) {
  const { t } = useLang();
  const { catalog, kind } = useCatalog();
  const [form] = Form.useForm();
  const watched = Form.useWatch<string[] | undefined>("secrets", form);
  const ids = watched ?? (props.data.secrets as string[] | undefined) ?? [];
  const secret = kind("secret");
  const found = useQueries({ queries: ids.map((id) => ({ ...q.record("secret", id), retry: false })) });
  const records = found.flatMap((f) => (f.data ? [f.data.record] : []));
  const failed = found.find((f) => f.isError);
  const grades = records.map((r) => r.data[secret?.graded ?? "grade"]).map((g) => (typeof g === "string" ? g : undefined));
  const grade = records.length ? highestGrade(catalog.scheme.levels, grades) : undefined;
  return (
    <FormStep
      {...props}
      form={form}
      fields={["secrets"]}
      ready={!found.some((f) => f.isPending)}
      more={() => ({ grade: grade ?? props.data.grade ?? null })}
      before={<p className="form-help">{t("package.secretsWhat")}</p>}
    >
      {failed && <ProblemView error={failed.error} />}
      {records.length > 0 && secret && (
        <Panel
          title={t("package.chosen", { count: records.length })}
          extra={
            <span className="package-grade">
              {t("package.grade")} <GradeTag grade={grade} />
            </span>
          }
        >
          <FactTable
            label={t("package.chosen", { count: records.length })}
            rows={records}
            keyOf={(r) => r.id}
            columns={[
              { key: "number", label: t("column.number"), show: (r) => <span className="number">{r.number}</span> },
              {
                key: "name",
                label: t("package.name"),
                show: (r) => (
                  <Link to="/r/$kind/$id" params={{ kind: "secret", id: r.id }} target="_blank">
                    {String(r.data[secret.title] ?? "")}
                  </Link>
                ),
              },
              { key: "grade", label: t("package.gradeShort"), show: (r) => <GradeTag grade={r.data[secret.graded ?? "grade"] as string | undefined} /> },
              { key: "state", label: t("column.state"), show: (r) => <StateTag kind={secret} state={r.state} /> },
            ]}
          />
          <p className="form-help">{t("package.gradeWhat")}</p>
        </Panel>
      )}
    </FormStep>
  );
}
