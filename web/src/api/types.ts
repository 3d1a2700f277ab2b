/**
 * What travels over the wire, as the console uses it. Mirrors `crates/kinds/src/kind.rs` and the
 * HTTP contract; `check.ts` compares it with the generated `schema.d.ts`.
 */

export type Lang = "zh-CN" | "en";
export interface Text {
  zh: string;
  en: string;
}
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Data = Record<string, Json>;

// ---- kinds -----------------------------------------------------------------------------------
export interface ChoiceOption {
  code: string;
  label: Text;
  clause?: string | null;
}
export type FieldType =
  | { is: "text"; max?: number | null }
  | { is: "note"; max?: number | null }
  | { is: "tags"; suggest?: Text[] }
  | { is: "integer"; min?: number | null; max?: number | null; unit?: Text | null }
  | { is: "decimal"; scale?: number; unit?: Text | null }
  | { is: "money" }
  | { is: "day" }
  | { is: "flag" }
  | { is: "choice"; options: ChoiceOption[] }
  | { is: "choices"; options: ChoiceOption[] }
  | { is: "taxonomy"; of: string }
  | { is: "grade" }
  | { is: "term" }
  | { is: "ref"; kind: string }
  | { is: "refs"; kind: string }
  | { is: "rows"; fields: Field[]; min?: number | null }
  | { is: "files" };

export interface Field {
  name: string;
  label: Text;
  help?: Text | null;
  type: FieldType;
  required?: boolean;
  required_for?: string[];
  unique?: boolean;
  search?: boolean;
  personal?: boolean;
  internal?: boolean;
  typed?: boolean;
  fixed?: boolean;
  default?: Json;
  clause?: string | null;
}
export type Tone = "neutral" | "active" | "waiting" | "good" | "bad" | "ended";
export type Who =
  | { role: string }
  | { role_in: { role: string; field: string } }
  | { field: string }
  | "creator"
  | "circle"
  | "everyone";
export interface State {
  name: string;
  label: Text;
  tone?: Tone;
  editable?: boolean;
  todo?: { label: Text; by: Who; due?: string | null; days_before?: number | null; urgent?: boolean } | null;
}
export interface Transition {
  name: string;
  label: Text;
  from: string[];
  to: string;
  action: string;
  input?: string[];
  confirm?: Text | null;
  danger?: boolean;
  system?: boolean;
  approval?: { during: string; rejected: string; steps: { label: Text; by: Who; quorum?: number }[] } | null;
}
export interface Section {
  label: Text;
  fields: string[];
  help?: Text | null;
}
export interface Exchange {
  name: string;
  label: Text;
  columns: { header: Text; fields: string[] }[];
}
export interface Kind {
  kind: string;
  label: Text;
  plural: Text;
  group: string;
  menu: { section: string; order: number; icon: string };
  clauses?: string[];
  number?: string | null;
  title: string;
  graded?: string | null;
  department?: string | null;
  circle?: string[];
  about?: string | null;
  authority?: boolean;
  arises?: boolean;
  checklist?: boolean;
  fields: Field[];
  states: State[];
  transitions: Transition[];
  acknowledge?: { states: string[]; by: Who; label: Text } | null;
  list: { columns: string[]; filters: string[]; sort?: string | null };
  form: Section[];
  exchanges: Exchange[];
}

export type Protection = "none" | "general" | "important" | "core";
export interface GradeLevel {
  code: string;
  name: Text;
  protection: Protection;
  term_min_months?: number | null;
  term_max_months?: number | null;
}
export interface GradeScheme {
  code: string;
  name: Text;
  levels: GradeLevel[];
}
export interface TaxonomyNode {
  code: string;
  label: Text;
  grade_hint?: string | null;
  children?: TaxonomyNode[];
}
export interface Coded {
  code: string;
  label: Text;
}
export interface Catalog {
  kinds: Kind[];
  scheme: GradeScheme;
  taxonomies: { name: string; label: Text; nodes: TaxonomyNode[] }[];
  roles: Coded[];
  overlay?: { file: string; kinds: string[] }[];
}

// ---- life of the node ------------------------------------------------------------------------
export type Phase = "setup" | "sealed" | "loading" | "ready";
export type Method = "passphrase" | "key_file" | "recovery" | "shares" | "token";
export interface Status {
  phase: Phase;
  version: string;
  methods: Method[];
  key_file_mode: boolean;
  loaded?: number | null;
  total?: number | null;
  company?: string | null;
  notice: Text;
  sheets_missing?: number | null;
}
export interface SignIn {
  name: string;
  login: string;
  password?: string | null;
  roles: string[];
}
export interface SetupResult {
  recovery_code: string;
  key_file?: string | null;
  sign_ins: SignIn[];
}
export interface NewAccount {
  name: string;
  login: string;
  password: string;
}
/** A cipher suite: what everything is sealed with. */
export const suites = ["aes256gcm", "sm4gcm"] as const;
export type Suite = (typeof suites)[number];
export interface SetupRequest {
  setup_code: string;
  company: { name: string; zone_minutes: number };
  scheme: string | GradeScheme;
  system: NewAccount;
  security: NewAccount;
  auditor: NewAccount;
  office: NewAccount;
  root: { passphrase?: string; key_file: boolean; pin?: string; suite?: Suite };
  sample?: string | null;
}
export interface Named {
  id: string;
  name: string;
}
export interface Me {
  account: string;
  person?: Named | null;
  login: string;
  roles: string[];
  department?: Named | null;
  posts: Named[];
  must_change_password: boolean;
  totp: boolean;
  totp_required: boolean;
  second_factor: boolean;
  scopes?: string[] | null;
}
export interface SessionRow {
  id: string;
  current?: boolean;
  created?: string | null;
  last_seen?: string | null;
  expires?: string | null;
  agent?: string | null;
  way?: string | null;
  device?: string | null;
  address?: string | null;
}

// ---- problems --------------------------------------------------------------------------------
export interface Why {
  policies: { id: string; text: Text; clause?: string | null }[];
  could: (string | Coded)[];
  error?: string | null;
}
export interface ProblemBody {
  title?: string;
  status: number;
  code: string;
  detail: string;
  field?: string | null;
  errors?: { field?: string | null; code: string; detail: string }[];
  why?: Why | null;
}

// ---- records ---------------------------------------------------------------------------------
export interface Brief {
  id: string;
  kind: string;
  number?: string | null;
  state: string;
  grade?: string | null;
  title?: string | null;
  version: number;
  updated: string;
  created: string;
  creator?: string | null;
  visible: "full" | "existence";
  data: Data;
}
export interface Page {
  items: Brief[];
  next?: string | null;
  total: number;
  /** False when `total` is an upper bound. */
  exact?: boolean;
  names: Record<string, string>;
}
export interface RecordBody {
  id: string;
  kind: string;
  number?: string | null;
  state: string;
  version: number;
  created: string;
  creator: string;
  updated: string;
  data: Data;
  pending?: { transition: string; applicant: string; since: string; input?: Data } | null;
  acknowledged?: Record<string, string>;
}
export interface Action {
  name: string;
  /** Absent for built-in verbs, which the console names itself. */
  label?: Text | null;
  built_in: boolean;
  allowed: boolean;
  danger?: boolean;
  confirm?: Text | null;
  input: string[];
  denied?: { code: string; detail: string; why?: Why | null } | null;
}
export interface Vote {
  by: string;
  at: string;
  agreed: boolean;
  note?: string | null;
}
export interface Approval {
  transition: string;
  label: Text;
  applicant: string;
  since: string;
  steps: { label: Text; quorum: number; votes: Vote[]; done: boolean; current: boolean }[];
}
export interface Detail {
  record: RecordBody;
  names: Record<string, string>;
  actions: Action[];
  approval?: Approval | null;
  can_edit: boolean;
  links: { kind: string; field: string; label: Text; count: number }[];
  findings: LawFinding[];
}
/** A term that would not hold by law. */
export interface LawFinding {
  code: string;
  weight: string;
  at: string;
  law: Text;
  sure: string;
  says: Text;
  instead: Text;
}
export interface FileVersion {
  id: string;
  series: string;
  version: number;
  name: string;
  size: number;
  sha256: string;
  media: string;
  added: string;
  by: string;
  /** The lock of a core secret to which its key is sealed. */
  lock?: string | null;
}
export interface HistoryItem {
  index: number;
  act: string;
  label?: Text | null;
  at: string;
  actor?: string | null;
  actor_name?: string | null;
  changes: { field: string; label: Text; from?: Json; to?: Json }[];
  note?: string | null;
  from?: string | null;
  to?: string | null;
  leaf?: number | null;
  logged: boolean;
}
export interface History {
  items: HistoryItem[];
  names?: Record<string, string>;
  next?: number | null;
}
export interface WorkItem {
  what: "decide" | "do" | "acknowledge" | "expiring";
  label: Text;
  due?: string | null;
  since: string;
  record: Brief;
}
export interface Work {
  items: WorkItem[];
  counts: Record<string, number>;
}
export interface DutyMark {
  id: string;
  number?: string | null;
  label: Text;
  title: string;
  raised: string;
  due: string;
  state: string;
  severity: string;
  mine: boolean;
}
export interface ComingMark {
  label: Text;
  title: string;
  clause: string;
  raised: string;
  due: string;
  mine: boolean;
}
export interface Diary {
  today: string;
  days: { day: string; works: boolean; name?: Text | null }[];
  provisional: number[];
  duties: DutyMark[];
  coming: ComingMark[];
}
export interface BulkResult {
  done: number;
  failed: { id: string; problem: ProblemBody }[];
}

// ---- secrets, campaigns ----------------------------------------------------------------------
export interface Assessment {
  percent: number;
  elements: {
    element: "not_public" | "value" | "measures";
    label: Text;
    met: boolean;
    items: { code: string; label: Text; met: boolean; clause?: string | null; hint?: Text | null }[];
  }[];
  measures: {
    code: string;
    label: Text;
    clause?: string | null;
    needed: boolean;
    met: boolean;
    how: "computed" | "declared";
    hint?: Text | null;
  }[];
}
export interface Knowers {
  persons: { id: string; name: string; department?: string | null; because: "person" | "post"; post?: string | null }[];
}
export interface Factor {
  code: string;
  label: Text;
  help?: Text | null;
  clause?: string | null;
  /** What 1 to 5 mean. */
  levels?: Text[];
}
export interface GradingForm {
  form?: Factor[];
  factors?: Factor[];
  crown_jewel?: { label: Text; help?: Text | null };
}
export interface Answers {
  factors: Record<string, number>;
  loss_cents?: number;
  revenue_cents?: number;
  crown_jewel: boolean;
}
export interface GradingResult {
  suggested?: string | null;
  protection: Protection;
  score: number;
  reasons: Text[];
}
export interface Progress {
  step: string;
  steps: { code: string; label: Text; done: number; total: number }[];
  departments: {
    id: string;
    name: string;
    list_id?: string | null;
    state?: string | null;
    items: number;
    excluded: number;
    confirmed: number;
    approved: number;
  }[];
  /** Departments that are counted and not named here. */
  hidden: number;
}

// ---- import ----------------------------------------------------------------------------------
export interface CellError {
  row: number;
  column?: number | null;
  cell?: string | null;
  header?: string | null;
  message: string;
  value?: string | null;
}
export interface ImportResult {
  batch?: string | null;
  rows: number;
  creates: number;
  errors: CellError[];
  warnings: CellError[];
  /** Posts and departments that are made first. */
  makes: { kind: string; name: string }[];
  error_count: number;
  warning_count: number;
  preview: { row: number; data: Data }[];
  names?: Record<string, string>;
}
export interface Batch {
  id: string;
  number?: string | null;
  state: string;
  file_name: string;
  target: string;
  exchange: string;
  rows: number;
  made: number;
  by_name?: string | null;
  created: string;
}

// ---- organisation, authority -----------------------------------------------------------------
export interface ChartDepartment {
  id: string;
  name: string;
  parent?: string | null;
  heads: Named[];
  officers: Named[];
  posts: { id: string; name: string; holders: Named[]; graded?: boolean; duty?: string | null }[];
  people: number;
}
export interface Chart {
  committee: Named[];
  office: Named[];
  departments: ChartDepartment[];
}
export interface AuthorityRow {
  group: string;
  action: string;
  label: Text;
  protection?: Protection | null;
  relation?: string | null;
  cells: Record<string, { allowed: boolean; because: string[] }>;
}
export interface Policy {
  id: string;
  text: Text;
  clause?: string | null;
  effect: "permit" | "forbid";
  file?: string | null;
}
export interface Authority {
  groups: (string | Coded)[];
  roles: Coded[];
  rows: AuthorityRow[];
  policies: Policy[];
  relations?: Coded[];
}

// ---- evidence, settings ----------------------------------------------------------------------
export interface Ledger {
  size: number;
  root: string;
  checkpoint: string;
  vkey: string;
  at?: string | null;
  lag: number;
  /** Why nothing is written any more. */
  halted?: string | null;
  integrity: { checked_at?: string | null; ok?: boolean | null; damage: Damage[] };
}
export interface Damage {
  file: string;
  kind: string;
  text: Text;
  entry?: number | null;
  offset?: number | null;
}
export interface VerifyReport {
  ok: boolean;
  outcome: string;
  checked_at: string;
  size?: number | null;
  root?: string | null;
  entries: number;
  files: number;
  first_at?: string | null;
  last_at?: string | null;
  damage: Damage[];
  more: boolean;
}
export interface LedgerEntry {
  index: number;
  at: string;
  act: string;
  label: Text;
  kind: string;
  record?: string | null;
  logged: boolean;
}
export interface Outsider {
  id: string;
  kind: string;
  name: string;
  active: boolean;
  size?: number | null;
  at?: string | null;
  failures: number;
  since?: string | null;
  problem?: string | null;
  reason?: Text | null;
  next?: string | null;
}
export interface Watch {
  twin: { size: number; root: string; checkpoint: string; vkey: string };
  outsiders: Outsider[];
  growth: { day: string; entries: number }[];
  free_bytes?: number | null;
  /** Whether the reader may take proofs, tokens and notes away. */
  takes: boolean;
}
/** A time stamp or a cosignature. */
export interface Statement {
  id: string;
  kind: string;
  source: string;
  name: string;
  size: number;
  at: string;
  expires?: string | null;
  renews?: string | null;
}
export interface Seen {
  id: string;
  name: string;
  at: string;
  size: number;
}
/** An act on a record and who outside vouches for it. */
export interface Covered {
  index: number;
  act: string;
  at: string;
  logged: boolean;
  twin: boolean;
  stamp?: Seen | null;
  cosigned?: Seen | null;
}
/** A form that can be filled from a record. */
export interface Offered {
  form: string;
  title: Text;
  clauses: string[];
  formats: string[];
  /** Terms that the record does not have yet. */
  missing: Text[];
  /** The newest signed scan of it. */
  scan?: { file: string; name: string; version: number; added: string } | null;
}
/** Pages of one paper in a scan, and what became of them. */
export interface ScanPart {
  pages: number[];
  outcome: "filed" | "already" | "unknown" | "refused";
  kind?: string | null;
  record?: string | null;
  number?: string | null;
  title?: Text | null;
  file?: string | null;
  version?: number | null;
  code?: string | null;
  message?: string | null;
}
export interface ScanReport {
  sha256: string;
  pages?: number | null;
  parts: ScanPart[];
}

export interface RecordEvidence {
  items: Covered[];
  labels: Record<string, Text>;
  authorities: number;
  witnesses: number;
}
export interface MatrixItem {
  gives: string;
  label: Text;
  about: string;
  record?: string | null;
  entry?: number | null;
  day?: string | null;
  counts: boolean;
  why_not?: "not_before_act" | "no_day" | "state" | null;
}
export interface MatrixRow {
  element: string;
  label: Text;
  clause: string;
  before_act: boolean;
  items: MatrixItem[];
  missing: { code: string; text: Text }[];
}
export interface Matrix {
  alleged_on?: string | null;
  as_of?: string | null;
  points: { record: string; point?: string | null; rows: MatrixRow[] }[];
}
export interface PackagePart {
  id: string;
  kind: string;
  number?: string | null;
  label?: string | null;
  grade?: string | null;
  entries: number[];
  points: { label: string; entry: number; field: string }[];
  files: { path: string; name: string; size: number; sha256: string; entry: number; field: string }[];
}
/** What an evidence package would hold. */
export interface Preview {
  records: PackagePart[];
  entries: number;
  context: number;
  file_bytes: number;
  matrix: Matrix;
  left_out: number;
  /** Why the reader may look at it and not make it. */
  barred?: Text | null;
}
/** May the reader do something, and why or why not. */
export interface WhyAnswer {
  allowed: boolean;
  policies: Why["policies"];
  could: Coded[];
}
export interface AuditRow {
  index: number;
  at: string;
  actor: string;
  actor_name: string;
  door?: string | null;
  act: string;
  outcome: string;
  kind: string;
  record?: string | null;
  number?: string | null;
  title?: string | null;
  changed: string[];
  details: Data;
  withheld: boolean;
}
export interface AuditPage {
  items: AuditRow[];
  next?: number | null;
  /** False when the search stopped before the page was full. */
  complete: boolean;
  /** How far back it has looked. */
  searched_to?: string | null;
  labels: Record<string, Text>;
}
export interface Settings {
  company: string;
  zone_minutes: number;
  scheme: GradeScheme;
  revenue_cents?: number | null;
  session_minutes: number;
  totp_required: boolean;
  alarm_minutes: number;
  alarm_failures: number;
  alarm_percent: number;
  headcount?: number | null;
  notices: NoticeSettings;
  reading: ReadingSettings;
}
/** From which protection on each condition of reading is asked for: `never`, `general`, `important`, `core`. */
export interface ReadingSettings {
  reading_agreement: string;
  reading_training: string;
  reading_place: string;
  reading_purpose: string;
}
export interface NoticeSettings {
  address?: string | null;
  notice_channel?: string | null;
  notice_rhythm: string;
  notice_digest: string;
  notice_quiet_from: string;
  notice_quiet_to: string;
  notice_local: boolean;
}
export interface NoticePreference {
  channel?: string | null;
  address?: string | null;
  rhythm: "single" | "digest" | "off";
  digest: string;
  quiet_from: string;
  quiet_to: string;
  rest_days: boolean;
  lang: string;
}
export interface NoticeChoice {
  preference: NoticePreference;
  chosen: boolean;
  channels: { id: string; name: string; way: string }[];
  default_channel?: string | null;
  email?: string | null;
}
export interface KeyLabel {
  name?: string;
  remark?: string;
}
export interface KeyEpoch {
  protection: Protection;
  epoch: number;
  state: string;
  disabled: boolean;
  began: string;
  records: number;
  label: KeyLabel;
}
export interface KeyWay {
  id: string;
  method: string;
  label: KeyLabel;
  rehearsed?: string | null;
}
/** Something that was done with the keys, from the ledger. */
export interface KeyPast {
  index: number;
  at: string;
  act: string;
  what?: string | null;
  actor: string;
  protection?: string | null;
  epoch?: number | null;
  reason?: string | null;
  problem?: string | null;
  count?: number | null;
}
export interface Keys {
  id: string;
  created: string;
  suite: string;
  root: KeyLabel;
  tenant: KeyLabel;
  wraps: KeyWay[];
  epochs: KeyEpoch[];
  rotations: { protection: Protection; epoch: number; done: number; total: number; destroy: boolean }[];
  past: KeyPast[];
  may_act: boolean;
  /** The server's configuration names a device that keeps keys. */
  device: boolean;
}
/** The own password once more, and why. */
export interface Because {
  password: string;
  reason: string;
}
export interface HandedOver {
  id: string;
  method: string;
  secret?: string | null;
}
export type EpochVerb = "rotate" | "disable" | "enable" | "destroy";
export interface Token {
  id: string;
  name: string;
  scopes: string[];
  created?: string | null;
  expires?: string | null;
  last_used?: string | null;
  state?: string | null;
  signing?: string | null;
}
export interface SavedView {
  id: string;
  kind: string;
  name: string;
  query: string;
}
export interface Overview {
  secrets: { grade?: string | null; total: number; states: { code: string; count: number }[] }[];
  departments: { id: string; name: string; in_force: number; total: number }[];
  expiring: number;
  expired: number;
  corrective_open: number;
  corrective_overdue: number;
  measures: { average?: number | null; secrets: number; matching: number; sampled: boolean };
  checkpoint: { size: number; at?: string | null; lag: number };
  campaigns: { id: string; number?: string | null; title: string; state: string }[];
  /** What the caller has to see to. */
  findings: { code: string; text: Text }[];
}
