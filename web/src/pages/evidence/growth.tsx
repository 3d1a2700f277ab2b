/** How many entries each of the last days brought: quiet bars, and the same as a table for those who listen. */
import type { Watch } from "../../api/types";
import { Panel } from "../../components/page";
import { useLang } from "../../i18n";
import { dayText } from "../../kinds/format";
import { sizeText } from "../../kinds/values";

const HEIGHT = 40;

export function GrowthPanel({ watch }: { watch: Watch }) {
  const { t } = useLang();
  const days = watch.growth;
  const total = days.reduce((sum, d) => sum + d.entries, 0);
  const most = Math.max(1, ...days.map((d) => d.entries));
  const top = days.find((d) => d.entries === most);
  return (
    <Panel title={t("growth.title", { count: days.length })} extra={t("growth.total", { count: total })}>
      <svg
        className="growth"
        viewBox={`0 0 ${days.length * 4} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={top ? t("growth.summary", { total, most, day: dayText(top.day) }) : t("growth.total", { count: total })}
      >
        {days.map((d, i) => {
          // What is there at all is seen, however small it is beside the highest day.
          const height = d.entries ? Math.max((d.entries * HEIGHT) / most, 1) : 0;
          return (
            <rect key={d.day} x={i * 4 + 0.5} y={HEIGHT - height} width="3" height={height} fill="#6c8cab">
              <title>{`${dayText(d.day)}: ${d.entries}`}</title>
            </rect>
          );
        })}
      </svg>
      <div className="growth-axis" aria-hidden="true">
        <span>{dayText(days[0]?.day)}</span>
        <span>{top && t("growth.most", { count: most, day: dayText(top.day) })}</span>
        <span>{dayText(days.at(-1)?.day)}</span>
      </div>
      <div className="sr-only">
        <table>
          <caption>{t("growth.title", { count: days.length })}</caption>
          <thead>
            <tr>
              <th>{t("growth.day")}</th>
              <th>{t("evidence.size")}</th>
            </tr>
          </thead>
          <tbody>
            {days.map((d) => (
              <tr key={d.day}>
                <td>{dayText(d.day)}</td>
                <td>{d.entries}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {watch.free_bytes != null && <p className="muted">{t("growth.free", { size: sizeText(watch.free_bytes) })}</p>}
    </Panel>
  );
}
