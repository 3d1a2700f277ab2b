/**
 * Types only: what the server describes must fit what the console reads. A change on one side
 * that the other does not follow fails the build here.
 */
import type { components } from "./schema";
import type * as T from "./types";

type Schemas = components["schemas"];
/** Free-form objects are typed as empty in the description. */
type Loose<A> = A extends Record<string, never>
  ? T.Data
  : A extends (infer I)[]
    ? Loose<I>[]
    : A extends object
      ? { [K in keyof A]: Loose<A[K]> }
      : A;
type Fits<Theirs extends Ours, Ours> = Theirs;

export type Checked = [
  Fits<Loose<Schemas["Status"]>, Omit<T.Status, "phase" | "methods">>,
  Fits<Loose<Schemas["Me"]>, T.Me>,
  Fits<Loose<Schemas["Brief"]>, T.Brief>,
  Fits<Loose<Schemas["BriefPage"]>, T.Page>,
  Fits<Loose<Schemas["Detail"]>, T.Detail>,
  Fits<Loose<Schemas["History"]>, Omit<T.History, "items">>,
  Fits<Loose<Schemas["Assessment"]>, Omit<T.Assessment, "elements">>,
  Fits<Loose<Schemas["CampaignProgress"]>, T.Progress>,
  Fits<Loose<Schemas["Chart"]>, T.Chart>,
  Fits<Loose<Schemas["MatrixBody"]>, Omit<T.Authority, "policies">>,
  Fits<Loose<Schemas["LedgerBody"]>, T.Ledger>,
  Fits<Loose<Schemas["ReportBody"]>, T.VerifyReport>,
  Fits<Loose<Schemas["Watch"]>, T.Watch>,
  Fits<Loose<Schemas["Statement"]>, T.Statement>,
  Fits<Loose<Schemas["EvidenceList"]>, T.RecordEvidence>,
  Fits<Loose<Schemas["PreviewBody"]>, T.Preview>,
  Fits<Loose<Schemas["ImportReport"]>, Omit<T.ImportResult, "preview">>,
  Fits<Loose<Schemas["ImportBatch"]>, T.Batch>,
  Fits<Loose<Schemas["Overview"]>, T.Overview>,
  Fits<Loose<Schemas["Diary"]>, T.Diary>,
  Fits<Loose<Schemas["SettingsBody"]>, T.Settings>,
  Fits<Loose<Schemas["NoticeChoice"]>, T.NoticeChoice>,
  Fits<Loose<Schemas["KeysView"]>, T.Keys>,
  Fits<Loose<Schemas["TokenBody"]>, T.Token>,
  Fits<Loose<Schemas["GradeScheme"]>, T.GradeScheme>,
];
