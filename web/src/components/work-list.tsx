/** Work that waits for a person. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { WorkItem } from "../api/types";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { dayText, daysUntil, instantText } from "../kinds/format";
import { GradeTag, StateTag } from "./tags";

export function Due({ day }: { day: string }) {
  const { t } = useLang();
  const days = daysUntil(day, new Date());
  const words = days < 0 ? t("due.late", { count: -days }) : days === 0 ? t("due.today") : t("due.in", { count: days });
  return (
    <span className={days < 0 ? "due late" : days <= 7 ? "due soon" : "due"}>
      {dayText(day)} · {words}
    </span>
  );
}

export function WorkList({ items, act }: { items: WorkItem[]; act?: (item: WorkItem) => ReactNode }) {
  const { t, tr } = useLang();
  const { kind } = useCatalog();
  return (
    <ul className="work">
      {items.map((item, i) => {
        const record = item.record;
        return (
          <li key={`${record.id}-${item.what}-${i}`}>
            <div className="work-main">
              <span className="work-label">{tr(item.label)}</span>
              <Link to="/r/$kind/$id" params={{ kind: record.kind, id: record.id }} className="record-link">
                {record.title ?? record.number ?? t("value.hidden")}
              </Link>
              {record.grade && <GradeTag grade={record.grade} />}
            </div>
            <div className="work-facts">
              <span>{tr(kind(record.kind)?.label)}</span>
              {record.number && <span className="number">{record.number}</span>}
              <StateTag kind={kind(record.kind)} state={record.state} />
              {item.due ? <Due day={item.due} /> : <span className="time">{t("work.since", { at: instantText(item.since) })}</span>}
            </div>
            {act && <div className="work-act no-print">{act(item)}</div>}
          </li>
        );
      })}
    </ul>
  );
}
