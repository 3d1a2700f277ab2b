/** What a person holds: carriers, secrets known, rights, devices, training, agreements, open duties; made to be printed (B 5.1.3, H 8.2.4). */
import { PrinterOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Button } from "antd";
import { type Held, qp } from "../api/people";
import { PageFrame, Panel } from "../components/page";
import { PrintHead } from "../components/print-head";
import { EmptyState, Loading, ProblemView } from "../components/states";
import { GradeTag } from "../components/tags";
import { useLang } from "../i18n";
import { useCatalog } from "../kinds/catalog";
import { instantText } from "../kinds/format";

export function HoldingsPage() {
  const { id: asked } = useParams({ strict: false }) as { id?: string };
  const { t, tr } = useLang();
  const { me } = useCatalog();
  const id = asked ?? me.person?.id ?? "";
  const holdings = useQuery({ ...qp.holdings(id), enabled: id !== "" });
  if (id === "") return <PageFrame title={t("holdings.title")}><EmptyState title={t("holdings.noPerson")} /></PageFrame>;
  if (holdings.isPending) return <div className="page"><Loading rows={8} /></div>;
  if (holdings.isError) {
    return (
      <PageFrame title={t("holdings.title")}>
        <ProblemView error={holdings.error} retry={() => void holdings.refetch()} />
      </PageFrame>
    );
  }
  const data = holdings.data;
  const title = id === me.person?.id ? t("holdings.mine") : t("holdings.of", { name: data.name });
  return (
    <PageFrame
      title={title}
      lead={
        <>
          <Link to="/r/$kind/$id" params={{ kind: "person", id }}>{data.name}</Link>
          <span>{[data.department, ...data.posts].filter(Boolean).join(" · ")}</span>
          {!data.active && <span className="bad">{t("holdings.left")}</span>}
          <span className="muted">{t("holdings.at", { at: instantText(data.at) })}</span>
        </>
      }
      actions={<Button icon={<PrinterOutlined />} onClick={() => window.print()}>{t("action.print")}</Button>}
    >
      <PrintHead title={title} />
      {data.sections.map((section) => (
        <Panel key={section.code} title={<>{tr(section.label)} <span className="count">{section.items.length + section.hidden}</span></>}>
          {section.items.length > 0 && <Items items={section.items} />}
          {section.items.length === 0 && section.hidden === 0 && <p className="muted">{t("holdings.none")}</p>}
          {section.hidden > 0 && <p className="muted">{t("holdings.hidden", { count: section.hidden })}</p>}
        </Panel>
      ))}
      <Panel title={<>{t("holdings.duties")} <span className="count">{data.duties.length + data.hidden_duties}</span></>}>
        {data.duties.length > 0 && (
          <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("holdings.duties")}>
            <table className="plain-table">
              <thead><tr><th>{t("holdings.duty")}</th><th>{t("holdings.record")}</th><th>{t("holdings.until")}</th></tr></thead>
              <tbody>
                {data.duties.map((duty) => (
                  <tr key={`${duty.id}-${tr(duty.label)}`}>
                    <td>{tr(duty.label)}</td>
                    <td><Link to="/r/$kind/$id" params={{ kind: duty.kind, id: duty.id }}>{[duty.number, duty.name].filter(Boolean).join(" ") || t("value.unnamed")}</Link></td>
                    <td>{duty.due ?? ""}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {data.duties.length === 0 && data.hidden_duties === 0 && <p className="muted">{t("holdings.none")}</p>}
        {data.hidden_duties > 0 && <p className="muted">{t("holdings.hidden", { count: data.hidden_duties })}</p>}
      </Panel>
    </PageFrame>
  );
}

function Items({ items }: { items: Held[] }) {
  const { t, tr } = useLang();
  return (
    <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("holdings.list")}>
      <table className="plain-table">
        <thead>
          <tr><th>{t("holdings.what")}</th><th>{t("holdings.number")}</th><th>{t("holdings.name")}</th><th>{t("holdings.as")}</th><th>{t("holdings.state")}</th><th>{t("holdings.since")}</th><th>{t("holdings.until")}</th></tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id}>
              <td>{tr(item.kind_label)}</td>
              <td><Link to="/r/$kind/$id" params={{ kind: item.kind, id: item.id }}>{item.number ?? t("holdings.open")}</Link></td>
              <td>{item.grade && <GradeTag grade={item.grade} />} {item.name}</td>
              <td>{tr(item.relation)}</td>
              <td>{tr(item.state_label)}</td>
              <td>{item.since ?? ""}</td>
              <td>{item.until ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
