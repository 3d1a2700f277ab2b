/** Who may do what: computed from the policies, each cell explained by them. */
import { CheckOutlined, PrinterOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Popover, Segmented, Select } from "antd";
import { useMemo, useState } from "react";
import { q } from "../api/queries";
import type { Authority, AuthorityRow, Coded } from "../api/types";
import { PageFrame, Panel } from "../components/page";
import { PrintHead } from "../components/print-head";
import { Loading, ProblemView } from "../components/states";
import { ProtectionTag } from "../components/tags";
import { useLang } from "../i18n";

export function AuthorityPage() {
  const { t } = useLang();
  const authority = useQuery(q.authority());
  return (
    <PageFrame
      title={t("nav.authority")}
      lead={t("authority.lead")}
      actions={<Button icon={<PrinterOutlined />} aria-label={t("action.print")} onClick={() => window.print()} />}
    >
      <PrintHead title={t("nav.authority")} />
      {authority.isPending && <Loading />}
      {authority.isError && <ProblemView error={authority.error} retry={() => void authority.refetch()} />}
      {authority.data && <Matrix data={authority.data} />}
    </PageFrame>
  );
}

const coded = (x: string | Coded): Coded => (typeof x === "string" ? { code: x, label: { zh: x, en: x } } : x);

function Matrix({ data }: { data: Authority }) {
  const { t, tr } = useLang();
  const groups = useMemo(() => data.groups.map(coded), [data.groups]);
  const [group, setGroup] = useState(groups.find((g) => g.code === "secret")?.code ?? groups[0]?.code ?? "");
  const protections: string[] = [...new Set(data.rows.filter((r) => r.group === group).map((r): string => r.protection ?? ""))];
  const [protection, setProtection] = useState<string>("core");
  const wanted = protections.includes(protection) ? protection : (protections[0] ?? "");
  const relations = [...new Set(data.rows.filter((r) => r.group === group && (r.protection ?? "") === wanted).map((r) => r.relation ?? ""))];
  const [relation, setRelation] = useState("");
  const related = relations.includes(relation) ? relation : (relations[0] ?? "");
  const rows = data.rows.filter((r) => r.group === group && (r.protection ?? "") === wanted && (r.relation ?? "") === related);
  const policies = new Map(data.policies.map((p) => [p.id, p]));
  const groupName = (code: string) => {
    const label = tr(groups.find((g) => g.code === code)?.label);
    return !label || label === code ? t(`group.${code}`, { defaultValue: code }) : label;
  };
  const relationName = (code: string) =>
    tr(data.relations?.find((r) => r.code === code)?.label) || t(`relation.${code || "none"}`, { defaultValue: code });
  return (
    <>
      <div className="list-bar no-print">
        <Select
          aria-label={t("authority.group")}
          value={group}
          onChange={setGroup}
          className="list-select"
          options={groups.map((g) => ({ value: g.code, label: groupName(g.code) }))}
        />
        {protections.length > 1 && (
          <Segmented
            aria-label={t("authority.protection")}
            value={wanted}
            onChange={setProtection}
            options={protections.map((p) => ({ value: p, label: t(`protection.${p || "none"}`) }))}
          />
        )}
        {relations.length > 1 && (
          <Select
            aria-label={t("authority.relation")}
            value={related}
            onChange={setRelation}
            className="list-select"
            options={relations.map((r) => ({ value: r, label: relationName(r) }))}
          />
        )}
      </div>
      <p className="print-only">
        {groupName(group)} {relationName(related)}
      </p>
      <div className="rows-scroll" tabIndex={0} role="group" aria-label={t("nav.authority")}>
        <table className="plain-table authority">
          <thead>
            <tr>
              <th>
                {wanted && wanted !== "none" ? (
                  <ProtectionTag protection={wanted as "core"}>{t(`protection.${wanted}`)}</ProtectionTag>
                ) : (
                  t("authority.action")
                )}
              </th>
              {data.roles.map((role) => (
                <th key={role.code} scope="col" className="authority-role">
                  {tr(role.label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.action}>
                <th scope="row">{tr(row.label) || row.action}</th>
                {data.roles.map((role) => (
                  <td key={role.code} className="authority-cell">
                    <Cell row={row} role={role} policies={policies} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted">{t("authority.legend")}</p>
      <Panel title={t("authority.policies", { count: data.policies.length })}>
        <ul className="policies">
          {data.policies.map((p) => (
            <li key={p.id}>
              <span className={p.effect === "forbid" ? "effect forbid" : "effect permit"}>{t(`authority.${p.effect}`)}</span>
              <div>
                {tr(p.text)} {p.clause && <span className="clause">{p.clause}</span>}
                <div className="muted mono">
                  {p.id} {p.file}
                </div>
              </div>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}

function Cell({ row, role, policies }: { row: AuthorityRow; role: Coded; policies: Map<string, Authority["policies"][number]> }) {
  const { t, tr } = useLang();
  const cell = row.cells[role.code];
  const label = `${tr(role.label)} ${tr(row.label)}: ${t(cell?.allowed ? "authority.may" : "authority.mayNot")}`;
  const because = (cell?.because ?? []).map((id) => policies.get(id)).filter((p) => p !== undefined);
  return (
    <Popover
      trigger={["click"]}
      title={label}
      content={
        <div className="why-box">
          {because.length === 0 ? (
            t("authority.nothingAllows")
          ) : (
            <ul>
              {because.map((p) => (
                <li key={p.id}>
                  {tr(p.text)} {p.clause && <span className="clause">{p.clause}</span>}
                </li>
              ))}
            </ul>
          )}
        </div>
      }
    >
      <button type="button" className={cell?.allowed ? "cell may" : "cell may-not"} aria-label={label}>
        {cell?.allowed ? <CheckOutlined /> : "–"}
      </button>
    </Popover>
  );
}
