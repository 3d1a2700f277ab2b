/** What of each secret is shown: nothing that is not ticked. Then the fields, and whose readings come along. */
import { useQueries } from "@tanstack/react-query";
import { Alert, Button, Checkbox } from "antd";
import { useState } from "react";
import { q } from "../../api/queries";
import type { Detail, Kind } from "../../api/types";
import { Panel } from "../../components/page";
import { Loading, ProblemView } from "../../components/states";
import { GradeTag } from "../../components/tags";
import { useLang } from "../../i18n";
import { useCatalog } from "../../kinds/catalog";
import { useMay } from "../../kinds/may";
import { type Offer, offersOf, stillThere } from "../../kinds/package";
import { sizeText } from "../../kinds/values";
import type { StepProps } from "../package";
import { FormStep } from "./frame";

type Chosen = { points: string[]; files: string[] };
const listOf = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);

export function ShownStep(props: StepProps) {
  const { t } = useLang();
  const { kind } = useCatalog();
  const secret = kind("secret");
  const ids = listOf(props.data.secrets);
  const found = useQueries({ queries: ids.map((id) => ({ ...q.record("secret", id), retry: false })) });
  const [chosen, setChosen] = useState<Chosen>({ points: listOf(props.data.points), files: listOf(props.data.files) });
  const loaded = found.flatMap((f) => (f.data && secret ? [{ detail: f.data, offers: offersOf(secret, f.data.record.number, f.data.record.data) }] : []));
  const all = loaded.length === ids.length;
  const points = stillThere(chosen.points, loaded.flatMap((l) => l.offers.points));
  const files = stillThere(chosen.files, loaded.flatMap((l) => l.offers.files));
  const gone = all ? [...points.gone, ...files.gone] : [];
  const problem = props.problem?.body;
  const wrong = problem && [problem, ...(problem.errors ?? [])].filter((p) => p.field === "points" || p.field === "files");
  const set = (what: keyof Chosen, next: string[]) => {
    props.onDirty();
    setChosen((old) => ({ ...old, [what]: next }));
  };
  return (
    <FormStep
      {...props}
      fields={["fields", "persons", "readings_from", "readings_to"]}
      ready={all}
      more={() => ({ points: points.kept.length ? points.kept : null, files: files.kept.length ? files.kept : null })}
      before={
        <>
          <p className="form-help">{t("package.shownWhat")}</p>
          {found.some((f) => f.isPending) && <Loading rows={3} />}
          {found.find((f) => f.isError) && <ProblemView error={found.find((f) => f.isError)?.error} />}
          {gone.length > 0 && <Alert type="warning" showIcon className="problem" title={t("package.gone", { names: gone.join(t("list.join")) })} />}
          {wrong?.map((p) => <Alert key={p.detail} type="warning" showIcon className="problem" title={p.detail} />)}
          {secret &&
            loaded.map(({ detail, offers }) => (
              <SecretBox key={detail.record.id} kind={secret} detail={detail} offers={offers} chosen={chosen} onChange={set} />
            ))}
        </>
      }
    />
  );
}

interface BoxProps {
  kind: Kind;
  detail: Detail;
  offers: { points: Offer[]; files: Offer[] };
  chosen: Chosen;
  onChange: (what: keyof Chosen, next: string[]) => void;
}

function SecretBox({ kind, detail, offers, chosen, onChange }: BoxProps) {
  const { t } = useLang();
  const record = detail.record;
  // Files of a core secret leave only with those who may open them (B 4.2.1): said here, not at the end.
  const mayOpen = useMay("view_file", "secret", record.id, offers.files.length > 0);
  return (
    <Panel
      title={
        <>
          <GradeTag grade={record.data[kind.graded ?? "grade"] as string | undefined} /> {String(record.data[kind.title] ?? "")}{" "}
          <span className="number">{record.number}</span>
        </>
      }
    >
      <Offers what="points" title={t("package.points")} none={t("package.noPoints")} offers={offers.points} chosen={chosen.points} onChange={onChange} />
      <Offers
        what="files"
        title={t("package.files")}
        none={t("package.noFiles")}
        offers={offers.files}
        chosen={chosen.files}
        onChange={onChange}
        barred={mayOpen === false ? t("package.filesBarred") : undefined}
      />
    </Panel>
  );
}

interface OffersProps {
  what: keyof Chosen;
  title: string;
  none: string;
  offers: Offer[];
  chosen: string[];
  onChange: (what: keyof Chosen, next: string[]) => void;
  barred?: string;
}

function Offers({ what, title, none, offers, chosen, onChange, barred }: OffersProps) {
  const { t } = useLang();
  const own = offers.map((o) => o.choice);
  const ticked = own.filter((c) => chosen.includes(c));
  const others = chosen.filter((c) => !own.includes(c));
  return (
    <fieldset className="offers">
      <legend>
        {title} <span className="muted">{offers.length > 0 && t("package.ticked", { count: ticked.length, total: own.length })}</span>
        {offers.length > 1 && !barred && (
          <>
            <Button size="small" type="link" disabled={ticked.length === own.length} onClick={() => onChange(what, [...others, ...own])}>
              {t("package.all")}
            </Button>
            <Button size="small" type="link" disabled={ticked.length === 0} onClick={() => onChange(what, others)}>
              {t("package.none")}
            </Button>
          </>
        )}
      </legend>
      {offers.length === 0 && <p className="muted">{none}</p>}
      {barred && <p className="matrix-why">{barred}</p>}
      {offers.map((offer) => (
        <div key={offer.choice} className="offer">
          <Checkbox
            checked={chosen.includes(offer.choice)}
            disabled={barred !== undefined && !chosen.includes(offer.choice)}
            onChange={(e) => onChange(what, e.target.checked ? [...chosen, offer.choice] : chosen.filter((c) => c !== offer.choice))}
          >
            {offer.name}
            {offer.file && (
              <span className="muted offer-facts">
                {sizeText(offer.file.size)}
                {offer.versions > 1 && ` · ${t("package.versions", { count: offer.versions })}`}
              </span>
            )}
          </Checkbox>
          {offer.text && <p className="offer-text">{offer.text}</p>}
        </div>
      ))}
    </fieldset>
  );
}
