/** The grading aid: six factors and the loss against revenue suggest a grade with reasons. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Drawer, Form, Input, Radio, Switch } from "antd";
import { api } from "../api/endpoints";
import { q } from "../api/queries";
import type { Answers } from "../api/types";
import { Loading, ProblemView } from "../components/states";
import { GradeTag } from "../components/tags";
import { useLang } from "../i18n";
import { centsOf } from "../kinds/values";

interface Values {
  factors: Record<string, number>;
  loss?: string;
  revenue?: string;
  crown_jewel?: boolean;
}

export function GradingDrawer({ onClose, onUse }: { onClose: () => void; onUse?: (grade: string) => void }) {
  const { t, tr } = useLang();
  const questions = useQuery(q.grading());
  const ask = useMutation({
    mutationFn: (values: Values) => {
      const body: Answers = { factors: values.factors, crown_jewel: values.crown_jewel ?? false };
      const loss = values.loss ? centsOf(values.loss) : undefined;
      const revenue = values.revenue ? centsOf(values.revenue) : undefined;
      if (loss !== undefined) body.loss_cents = loss;
      if (revenue !== undefined) body.revenue_cents = revenue;
      return api.grading(body);
    },
  });
  const amount = { validator: (_: unknown, v?: string) => (!v || centsOf(v) !== undefined ? Promise.resolve() : Promise.reject(new Error(t("money.bad")))) };
  return (
    <Drawer open onClose={onClose} size={560} title={t("grading.title")}>
      {questions.isPending && <Loading />}
      {questions.isError && <ProblemView error={questions.error} />}
      {questions.data && (
        <Form<Values> layout="vertical" onFinish={(v) => ask.mutate(v)} requiredMark={false}>
          <p className="form-help">{t("grading.lead")}</p>
          {(questions.data.factors ?? questions.data.form ?? []).map((factor) => (
            <Form.Item key={factor.code} name={["factors", factor.code]} label={tr(factor.label)} extra={tr(factor.help)} rules={[{ required: true, message: t("grading.choose") }]}>
              <Radio.Group
                vertical={Boolean(factor.levels?.length)}
                optionType={factor.levels?.length ? "default" : "button"}
                options={[1, 2, 3, 4, 5].map((n) => ({ value: n, label: factor.levels?.[n - 1] ? `${n} ${tr(factor.levels[n - 1])}` : String(n) }))}
              />
            </Form.Item>
          ))}
          <div className="form-grid">
            <Form.Item name="loss" label={t("grading.loss")} extra={t("grading.lossHint")} rules={[amount]}>
              <Input inputMode="decimal" prefix={t("money.symbol")} />
            </Form.Item>
            <Form.Item name="revenue" label={t("grading.revenue")} extra={t("grading.revenueHint")} rules={[amount]}>
              <Input inputMode="decimal" prefix={t("money.symbol")} />
            </Form.Item>
          </div>
          <Form.Item name="crown_jewel" label={tr(questions.data.crown_jewel?.label) || t("grading.crown")} extra={tr(questions.data.crown_jewel?.help) || t("grading.crownHint")} valuePropName="checked">
            <Switch />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={ask.isPending}>
            {t("grading.ask")}
          </Button>
        </Form>
      )}
      {ask.isError && <ProblemView error={ask.error} />}
      {ask.data && (
        <Alert
          className="grading-result"
          type="info"
          title={
            <span>
              {t("grading.suggested")} <GradeTag grade={ask.data.suggested} /> <span className="muted">{t("grading.score", { score: ask.data.score })}</span>
            </span>
          }
          description={
            <>
              <ul>
                {ask.data.reasons.map((reason) => (
                  <li key={reason.zh}>{tr(reason)}</li>
                ))}
              </ul>
              <p className="muted">{t("grading.onlyAid")}</p>
              {onUse && ask.data.suggested && (
                <Button onClick={() => onUse(ask.data.suggested ?? "")}>{t("grading.use")}</Button>
              )}
            </>
          }
        />
      )}
    </Drawer>
  );
}
