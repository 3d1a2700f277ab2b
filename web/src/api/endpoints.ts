/** One function per endpoint; nothing else in the console spells a path of the API. */
import { fileName, freshKey, http, listOf, raw, serializeQuery, take } from "./client";
import type { PasskeyAnswer } from "./passkeys";
import type * as T from "./types";

const once = (key?: string) => ({ "Idempotency-Key": key ?? freshKey() });
const path = <V extends Record<string, string | number>>(values: V) => ({ params: { path: values } });
/** Fields of records are free in the description; the kind says what they hold. */
const free = (data: T.Data) => data as Record<string, never>;
export type Query = Record<string, unknown>;

/** Acts answer nothing when the record is out of the person's sight afterwards. */
export const api = {
  status: () => take<T.Status>(http.GET("/api/status")),
  setupOptions: () => take<{ schemes: T.GradeScheme[]; samples: string[]; device: boolean }>(http.GET("/api/setup/options")),
  setup: (body: T.SetupRequest) => take<T.SetupResult>(http.POST("/api/setup", { body })),
  unseal: (body: { method: T.Method; value: string }) => take<T.Status>(http.POST("/api/unseal", { body })),
  seal: () => take<void>(http.POST("/api/seal", {})),

  signIn: (body: { login: string; password: string; code?: string; passkey?: PasskeyAnswer }) =>
    take<T.Me>(http.POST("/api/session", { body })),
  signInByPasskey: (body: PasskeyAnswer) => take<T.Me>(http.POST("/api/session/passkey", { body })),
  signOut: () => take<void>(http.DELETE("/api/session", {})),
  me: () => take<T.Me>(http.GET("/api/me")),
  password: (body: { old: string; new: string }) => take<void>(http.POST("/api/me/password", { body })),
  totpBegin: () => take<{ uri: string; secret: string }>(http.POST("/api/me/totp/begin", {})),
  totpConfirm: (code: string) => take<void>(http.POST("/api/me/totp/confirm", { body: { code } })),
  totpRemove: (password: string) => take<void>(http.POST("/api/me/totp/remove", { body: { password } })),
  notices: () => take<T.NoticeChoice>(http.GET("/api/me/notices")),
  saveNotices: (body: T.NoticePreference) => take<T.NoticeChoice>(http.PUT("/api/me/notices", { body })),
  testChannel: (id: string) => take<void>(http.POST("/api/notice-channels/{id}/test", path({ id }))),
  sessions: async () => listOf<T.SessionRow>(await take(http.GET("/api/me/sessions"))),
  endOtherSessions: () => take<void>(http.DELETE("/api/me/sessions", {})),
  accountSessions: async (id: string) => listOf<T.SessionRow>(await take(http.GET("/api/accounts/{id}/sessions", path({ id })))),
  endAccountSession: (id: string, session: string) => take<void>(http.DELETE("/api/accounts/{id}/sessions/{session}", path({ id, session }))),
  endAccountSessions: (id: string) => take<void>(http.DELETE("/api/accounts/{id}/sessions", path({ id }))),
  endSession: (id: string) => take<void>(http.DELETE("/api/me/sessions/{id}", path({ id }))),

  catalog: () => take<T.Catalog>(http.GET("/api/catalog")),
  records: (kind: string, query: Query, signal?: AbortSignal) =>
    take<T.Page>(http.GET("/api/records/{kind}", { params: { path: { kind }, query }, signal })),
  record: (kind: string, id: string) =>
    take<T.Detail>(http.GET("/api/records/{kind}/{id}", path({ kind, id }))),
  create: (kind: string, data: T.Data, key: string) =>
    take<T.Detail | undefined>(http.POST("/api/records/{kind}", { ...path({ kind }), body: { data: free(data) }, headers: once(key) })),
  act: (kind: string, id: string, action: string, input: T.Data, version?: number, key?: string) =>
    take<T.Detail | undefined>(
      http.POST("/api/records/{kind}/{id}/acts/{action}", {
        ...path({ kind, id, action }),
        body: { expected_version: version, input: free(input) },
        headers: once(key),
      }),
    ),
  bulk: (kind: string, action: string, ids: string[], input: T.Data) =>
    take<T.BulkResult>(
      http.POST("/api/records/{kind}/acts/{action}", {
        ...path({ kind, action }),
        body: { ids, input: free(input) },
        headers: once(),
      }),
    ),
  history: (kind: string, id: string, before?: number) =>
    take<T.History>(
      http.GET("/api/records/{kind}/{id}/history", { params: { path: { kind, id }, query: { before } } }),
    ),
  attach: async (kind: string, id: string, field: string, file: File, series?: string) => {
    const form = new FormData();
    form.append("file", file, file.name);
    const query = serializeQuery({ series });
    const url = `/api/records/${kind}/${id}/files/${field}${query ? `?${query}` : ""}`;
    const response = await raw("POST", url, form);
    return response.status === 204 ? undefined : ((await response.json()) as T.Detail);
  },
  fileUrl: (kind: string, id: string, file: string) => `/api/records/${kind}/${id}/files/${file}`,
  exportUrl: (kind: string, query: Query) => `/api/records/${kind}/export?${serializeQuery(query)}`,
  templateUrl: (kind: string, exchange: string) =>
    `/api/records/${kind}/template?${serializeQuery({ exchange })}`,

  search: (q: string, signal?: AbortSignal) =>
    take<{ items: T.Brief[] }>(http.GET("/api/search", { params: { query: { q } }, signal })),
  work: () => take<T.Work>(http.GET("/api/work")),
  diary: (from: string, to: string) => take<T.Diary>(http.GET("/api/diary", { params: { query: { from, to } } })),
  overview: () => take<T.Overview>(http.GET("/api/overview")),

  assessment: (id: string) => take<T.Assessment>(http.GET("/api/secrets/{id}/assessment", path({ id }))),
  knowers: (id: string) => take<T.Knowers>(http.GET("/api/secrets/{id}/knowers", path({ id }))),
  gradingForm: () => take<T.GradingForm>(http.GET("/api/grading")),
  grading: (body: T.Answers) => take<T.GradingResult>(http.POST("/api/grading", { body })),
  progress: (id: string) => take<T.Progress>(http.GET("/api/campaigns/{id}/progress", path({ id }))),

  importFile: async (kind: string, query: Query, file: File) => {
    const form = new FormData();
    form.append("file", file, file.name);
    return raw("POST", `/api/imports/${kind}?${serializeQuery(query)}`, form);
  },
  batches: async () => listOf<T.Batch>(await take(http.GET("/api/imports"))),
  undo: (batch: string) => take<unknown>(http.POST("/api/imports/{batch}/undo", path({ batch }))),

  chart: () => take<T.Chart>(http.GET("/api/chart")),
  why: (action: string, kind: string, id?: string) =>
    take<T.WhyAnswer>(http.GET("/api/why", { params: { query: { action, kind, id } } })),
  authority: () => take<T.Authority>(http.GET("/api/authority")),

  ledger: () => take<T.Ledger>(http.GET("/api/ledger")),
  verify: () => take<T.VerifyReport>(http.POST("/api/ledger/verify", {})),
  entries: (before?: number) =>
    take<{ items: T.LedgerEntry[]; next?: number | null }>(
      http.GET("/api/ledger/entries", { params: { query: { before } } }),
    ),
  proofUrl: (index: number) => `/api/ledger/proof/${index}`,
  watch: () => take<T.Watch>(http.GET("/api/ledger/watch")),
  statements: (before?: string) =>
    take<{ items: T.Statement[]; next?: string | null }>(http.GET("/api/ledger/statements", { params: { query: { before } } })),
  statementUrl: (id: string) => `/api/ledger/statements/${id}`,
  documents: (kind: string, id: string) => take<{ items: T.Offered[] }>(http.GET("/api/records/{kind}/{id}/documents", path({ kind, id }))).then((r) => r.items),
  evidence: (kind: string, id: string) => take<T.RecordEvidence>(http.GET("/api/records/{kind}/{id}/evidence", path({ kind, id }))),
  kindDocuments: (kind: string) => take<{ items: T.Offered[] }>(http.GET("/api/kinds/{kind}/documents", path({ kind }))).then((r) => r.items),
  fileScan: async (file: File, place: { kind?: string; record?: string; form?: string; pages?: string } = {}) => {
    const form = new FormData();
    form.append("file", file, file.name);
    const query = serializeQuery(place);
    return (await (await raw("POST", `/api/scans${query ? `?${query}` : ""}`, form)).json()) as T.ScanReport;
  },
  documentUrl: (kind: string, id: string, form: string, format: string) => `/api/records/${kind}/${id}/documents/${form}?${serializeQuery({ format })}`,
  certificateUrl: (kind: string, id: string, file?: string) =>
    `/api/records/${kind}/${id}/certificate${file ? `?${serializeQuery({ file })}` : ""}`,
  preview: (data: T.Data) => take<T.Preview>(http.POST("/api/packages/preview", { body: { data: free(data) } })),
  /** The package itself, what to call it, and its digest as the server entered it in the ledger. */
  makePackage: async (id: string) => {
    const response = await raw("POST", `/api/packages/${id}`);
    const blob = await response.blob();
    return { blob, name: fileName(response, "jingui-package.zip"), sha256: response.headers.get("X-Package-SHA256") ?? "" };
  },
  audit: (query: Query) =>
    take<T.AuditPage>(http.GET("/api/audit", { params: { query } })),

  addAccount: (body: { person: string; login: string; roles: string[] }) =>
    take<{ record: unknown; initial_password: string }>(http.POST("/api/accounts", { body })),
  resetAccount: (id: string) =>
    take<{ initial_password: string }>(http.POST("/api/accounts/{id}/reset", path({ id }))),
  accountRoles: (id: string, roles: string[]) =>
    take<unknown>(http.POST("/api/accounts/{id}/roles", { ...path({ id }), body: { roles } })),
  disableAccount: (id: string) => take<unknown>(http.POST("/api/accounts/{id}/disable", path({ id }))),
  enableAccount: (id: string) => take<unknown>(http.POST("/api/accounts/{id}/enable", path({ id }))),

  tokens: async () => listOf<T.Token>(await take(http.GET("/api/tokens"))),
  addToken: (body: { name: string; scopes: string[]; expires_days: number; signing?: "hmac_sha256" | "hmac_sm3" }) =>
    take<{ id: string; token: string }>(http.POST("/api/tokens", { body })),
  dropToken: (id: string) => take<void>(http.DELETE("/api/tokens/{id}", path({ id }))),

  settings: () => take<T.Settings>(http.GET("/api/settings")),
  saveSettings: (body: Partial<Omit<T.Settings, "notices" | "reading">> & { notices?: Partial<T.NoticeSettings>; reading?: Partial<T.ReadingSettings> }) => take<T.Settings>(http.PUT("/api/settings", { body })),
  keys: () => take<T.Keys>(http.GET("/api/keys")),
  newRecovery: (body: T.Because) => take<{ recovery_code: string }>(http.POST("/api/keys/recovery", { body })),
  actOnEpoch: (body: { act: T.EpochVerb; protection: T.Protection; epoch?: number; destroy?: boolean; because: T.Because }) =>
    take<T.Keys>(http.POST("/api/keys/epochs", { body })),
  chooseSuite: (suite: T.Suite, because: T.Because) => take<T.Keys>(http.POST("/api/keys/suite", { body: { suite, because } })),
  labelKey: (subject: string, label: T.KeyLabel) => take<void>(http.PUT("/api/keys/labels", { body: { subject, label } })),
  addWay: (body: { way: { method: T.Method; value?: string; need?: number; of?: number }; label?: T.KeyLabel; because: T.Because }) => take<T.HandedOver>(http.POST("/api/keys/ways", { body })),
  removeWay: (way: string, because: T.Because) => take<void>(http.POST("/api/keys/ways/remove", { body: { way, because } })),
  renewRoot: (ways: { method: T.Method; value?: string }[], because: T.Because) => take<T.HandedOver[]>(http.POST("/api/keys/root", { body: { ways, because } })),
  rehearse: (method: T.Method, value: string) => take<{ way: string }>(http.POST("/api/keys/rehearse", { body: { method, value } })),

  views: async () => listOf<T.SavedView>(await take(http.GET("/api/views"))),
  addView: (body: { kind: string; name: string; query: string }) =>
    take<T.SavedView>(http.POST("/api/views", { body })),
  dropView: (id: string) => take<void>(http.DELETE("/api/views/{id}", path({ id }))),
};
