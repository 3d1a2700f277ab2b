/** Company, grade scheme, sign-in rules. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Switch } from "antd";
import { api } from "../api/endpoints";
import { q, queryClient } from "../api/queries";
import type { Settings } from "../api/types";
import { PageFrame, Panel } from "../components/page";
import { Loading, ProblemView } from "../components/states";
import { ProtectionTag } from "../components/tags";
import { useLang } from "../i18n";
import { hasRole, useCatalog } from "../kinds/catalog";
import { centsOf, yuanOf } from "../kinds/values";
import { NoticeDefaults } from "./settings-notices";
import { ReadingConditions } from "./settings-reading";
import { message } from "../components/feedback";

interface Values {
  company: string;
  zone_hours: number;
  revenue?: string;
  headcount?: number | null;
  session_minutes: number;
  totp_required: boolean;
  alarm_minutes: number;
  alarm_failures: number;
  alarm_percent: number;
}

export function SettingsPage() {
  const { t } = useLang();
  const settings = useQuery(q.settings());
  return (
    <PageFrame title={t("nav.settings")} narrow>
      {settings.isPending && <Loading />}
      {settings.isError && <ProblemView error={settings.error} retry={() => void settings.refetch()} />}
      {settings.data && <Company settings={settings.data} />}
      {settings.data && <ReadingConditions settings={settings.data} />}
      {settings.data && <NoticeDefaults settings={settings.data} />}
      {settings.data && <Scheme settings={settings.data} />}
      <Overlay />
    </PageFrame>
  );
}

function Company({ settings }: { settings: Settings }) {
  const { t } = useLang();
  const { me } = useCatalog();
  // The company is the system administrator's, what secures sign-in the security administrator's; the server decides.
  const company = hasRole(me, "system_admin");
  const security = hasRole(me, "security_admin");
  const put = useMutation({
    mutationFn: (v: Values) => {
      const revenue = v.revenue ? centsOf(v.revenue) : undefined;
      const wanted: Partial<Settings> = {
        company: v.company.trim(),
        zone_minutes: Math.round(v.zone_hours * 60),
        revenue_cents: revenue ?? null,
        headcount: v.headcount ?? null,
        session_minutes: v.session_minutes,
        totp_required: v.totp_required,
        alarm_minutes: v.alarm_minutes,
        alarm_failures: v.alarm_failures,
        alarm_percent: v.alarm_percent,
      };
      // Only what changed is sent: each setting has its own keeper.
      const changed = Object.entries(wanted).filter(([key, value]) => value !== (settings[key as keyof Settings] ?? null));
      return api.saveSettings(Object.fromEntries(changed));
    },
    onSuccess: () => {
      message.success(t("form.saved"));
      void queryClient.invalidateQueries({ queryKey: ["settings"] });
      void queryClient.invalidateQueries({ queryKey: ["status"] });
    },
  });
  return (
    <Panel title={t("settings.company")}>
      {put.isError && <ProblemView error={put.error} />}
      <Form<Values>
        layout="vertical"
        disabled={!company}
        requiredMark={false}
        onFinish={(v) => put.mutate(v)}
        initialValues={{
          company: settings.company,
          zone_hours: settings.zone_minutes / 60,
          revenue: settings.revenue_cents ? yuanOf(settings.revenue_cents) : "",
          headcount: settings.headcount,
          session_minutes: settings.session_minutes,
          totp_required: settings.totp_required,
          alarm_minutes: settings.alarm_minutes,
          alarm_failures: settings.alarm_failures,
          alarm_percent: settings.alarm_percent,
        }}
      >
        <Form.Item name="company" label={t("setup.company")} rules={[{ required: true, whitespace: true, message: t("setup.companyMissing") }]}>
          <Input maxLength={120} />
        </Form.Item>
        <div className="form-grid">
          <Form.Item name="revenue" label={t("settings.revenue")} extra={t("settings.revenueHint")} rules={[{ validator: (_, v?: string) => (!v || centsOf(v) !== undefined ? Promise.resolve() : Promise.reject(new Error(t("money.bad")))) }]}>
            <Input inputMode="decimal" prefix={t("money.symbol")} />
          </Form.Item>
          <Form.Item name="headcount" label={t("settings.headcount")}>
            <InputNumber min={0} precision={0} className="number-input" />
          </Form.Item>
          <Form.Item name="zone_hours" label={t("settings.zone")} extra={t("settings.zoneHint")}>
            <InputNumber min={-12} max={14} step={0.5} className="number-input" />
          </Form.Item>
        </div>
        <h3 className="block-title">{t("settings.signIn")}</h3>
        <div className="form-grid">
          <Form.Item name="session_minutes" label={t("settings.session")} extra={t("settings.sessionHint")}>
            <InputNumber disabled={!security} min={5} max={720} precision={0} suffix={t("settings.minutes")} className="number-input" />
          </Form.Item>
          <Form.Item name="totp_required" label={t("settings.totp")} valuePropName="checked">
            <Switch disabled={!security} />
          </Form.Item>
        </div>
        <h3 className="block-title">{t("settings.alarms")}</h3>
        <div className="form-grid">
          <Form.Item name="alarm_minutes" label={t("settings.alarmMinutes")} extra={t("settings.alarmHint")}>
            <InputNumber disabled={!security} min={1} max={1440} precision={0} suffix={t("settings.minutes")} className="number-input" />
          </Form.Item>
          <Form.Item name="alarm_failures" label={t("settings.alarmFailures")}>
            <InputNumber disabled={!security} min={1} max={1_000_000} precision={0} className="number-input" />
          </Form.Item>
          <Form.Item name="alarm_percent" label={t("settings.alarmPercent")}>
            <InputNumber disabled={!security} min={1} max={100} precision={0} suffix="%" className="number-input" />
          </Form.Item>
        </div>
        {(company || security) && (
          <Button type="primary" htmlType="submit" disabled={false} loading={put.isPending}>
            {t("action.save")}
          </Button>
        )}
      </Form>
    </Panel>
  );
}

function Scheme({ settings }: { settings: Settings }) {
  const { t, tr } = useLang();
  return (
    <Panel title={t("settings.scheme", { name: tr(settings.scheme.name) })}>
      <table className="plain-table">
        <thead>
          <tr>
            <th>{t("settings.level")}</th>
            <th>{t("settings.protected")}</th>
            <th>{t("settings.terms")}</th>
          </tr>
        </thead>
        <tbody>
          {settings.scheme.levels.map((level) => (
            <tr key={level.code}>
              <td>
                <ProtectionTag protection={level.protection}>{tr(level.name)}</ProtectionTag>
              </td>
              <td>{t(`protection.${level.protection}`)}</td>
              <td>
                {[
                  level.term_min_months ? t("settings.from", { count: level.term_min_months / 12 }) : "",
                  level.term_max_months ? t("settings.upTo", { count: level.term_max_months / 12 }) : t("term.open"),
                ]
                  .filter(Boolean)
                  .join(t("list.join"))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="form-help">{t("settings.schemeHint")}</p>
    </Panel>
  );
}

function Overlay() {
  const { t, tr } = useLang();
  const { catalog, kind } = useCatalog();
  const overlay = catalog.overlay ?? [];
  if (overlay.length === 0) return null;
  return (
    <Panel title={t("settings.overlay")}>
      <ul className="links">
        {overlay.map((o) => (
          <li key={o.file}>
            <code>{o.file}</code> {o.kinds.map((k) => tr(kind(k)?.plural) || k).join(t("list.join"))}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
