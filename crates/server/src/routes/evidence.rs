//! The evidence ledger: state, check, recent entries, proofs; and the access log.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jingui_app::audit::{AuditPage, AuditQuery};
use jingui_ledger::Report;
use jingui_model::{Id, Instant, Problem, Text};
use jingui_policy::Action;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::records::Before;
use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::{Ask, At},
    state::App,
    timeline, wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("evidence", "The evidence ledger and the access log.")
        .add(__path_ledger_state, ledger_state)
        .stream(__path_verify_ledger, verify_ledger)
        .add(__path_ledger_entries, ledger_entries)
        .add(__path_ledger_proof, ledger_proof)
        .add(__path_access_log, access_log)
}

/// How the ledger stands.
#[derive(Serialize, ToSchema)]
pub struct LedgerBody {
    /// Entries under the last checkpoint.
    size: u64,
    /// Root of the tree, base64.
    root: String,
    /// The signed checkpoint (C2SP tlog-checkpoint).
    checkpoint: String,
    /// The key to check it with.
    vkey: String,
    /// When this node signed it.
    at: Option<Instant>,
    /// Committed entries that it does not cover yet.
    lag: u64,
    /// Why nothing is signed any more.
    halted: Option<String>,
    /// The last check since the process began.
    integrity: Integrity,
}

/// What the last check found.
#[derive(Serialize, ToSchema, Default)]
pub struct Integrity {
    /// When.
    checked_at: Option<Instant>,
    /// Was everything whole?
    ok: Option<bool>,
    /// What is not.
    damage: Vec<DamageBody>,
}

/// A place where the ledger is not whole.
#[derive(Serialize, ToSchema)]
pub struct DamageBody {
    /// The file.
    file: String,
    /// What is wrong with it.
    kind: String,
    /// In words.
    text: Text,
    /// The first entry concerned.
    entry: Option<u64>,
    /// Where in the file, in bytes.
    offset: Option<u64>,
}

/// What a check found.
#[derive(Serialize, ToSchema)]
pub struct ReportBody {
    /// Is everything whole?
    ok: bool,
    /// `whole`, `damaged` or `unreadable`.
    outcome: String,
    /// When it was checked.
    checked_at: Instant,
    /// The size in the checkpoint.
    size: Option<u64>,
    /// The root in the checkpoint.
    root: Option<String>,
    /// Entries whose bytes the root covers.
    entries: u64,
    /// Files that were read.
    files: u64,
    /// When the first entry was made.
    first_at: Option<Instant>,
    /// When the last entry was made.
    last_at: Option<Instant>,
    /// What is wrong.
    damage: Vec<DamageBody>,
    /// There is more wrong than `damage` tells.
    more: bool,
}

fn damage(app: &App, report: &Report) -> Vec<DamageBody> {
    let words = |p: &Problem, lang| app.node.messages.problem(p, lang);
    let each = report.damages.iter().map(|d| {
        let problem = d.problem();
        DamageBody {
            file: d.file.clone(),
            kind: wire::name_of(&d.kind),
            text: Text::new(words(&problem, jingui_model::Lang::Zh), words(&problem, jingui_model::Lang::En)),
            entry: d.entry,
            offset: d.offset,
        }
    });
    each.collect()
}

/// How the ledger stands.
#[utoipa::path(get, path = "/api/ledger", responses((status = 200, body = LedgerBody)))]
async fn ledger_state(auth: Auth, State(app): State<App>) -> Answer<Json<LedgerBody>> {
    auth.live.may_ledger(&auth.caller, Action::Read)?;
    let state = auth.live.ledger.state();
    let integrity = app.examined.lock().as_ref().map(|(at, report)| Integrity {
        checked_at: Some(*at),
        ok: Some(report.whole()),
        damage: damage(&app, report),
    });
    Ok(Json(LedgerBody {
        size: state.size,
        root: state.checkpoint.lines().nth(2).unwrap_or_default().to_owned(),
        lag: state.committed.saturating_sub(state.size),
        checkpoint: state.checkpoint,
        vkey: state.vkey,
        at: state.at,
        halted: state.halted.map(|p| app.node.messages.problem(&p, auth.lang)),
        integrity: integrity.unwrap_or_default(),
    }))
}

/// Reads the whole ledger again and checks it.
#[utoipa::path(post, path = "/api/ledger/verify", responses((status = 200, body = ReportBody)))]
async fn verify_ledger(auth: Auth, State(app): State<App>) -> Answer<Json<ReportBody>> {
    auth.live.may_ledger(&auth.caller, Action::Read)?;
    let Ok(_one) = app.examining.try_lock() else { return Err(Problem::too_many("ledger.being_examined").arg("seconds", 5).into()) };
    let mut report = auth.live.ledger.verify().await?;
    report.unknown.retain(|name| name != "vkey");
    let at = app.node.clock.now();
    let body = ReportBody {
        ok: report.whole(),
        outcome: wire::name_of(&report.outcome),
        checked_at: at,
        size: report.size,
        root: report.root.clone(),
        entries: report.entries,
        files: report.files,
        first_at: report.first_at,
        last_at: report.last_at,
        damage: damage(&app, &report),
        more: report.more,
    };
    *app.examined.lock() = Some((at, report));
    Ok(Json(body))
}

/// Recent entries.
#[derive(Serialize, ToSchema)]
pub struct EntryList {
    /// Newest first.
    items: Vec<EntryBody>,
    /// Ask for what is before this index.
    next: Option<u64>,
}

/// An entry by what it is; what it says stays sealed.
#[derive(Serialize, ToSchema)]
pub struct EntryBody {
    /// Ledger index.
    index: u64,
    /// When.
    at: Instant,
    /// What was done.
    act: String,
    /// What people read.
    label: Text,
    /// The kind of record, or `system`.
    kind: String,
    /// The record, for those who may know of it.
    record: Option<Id>,
    /// Under the last checkpoint already?
    logged: bool,
}

/// Recent entries of the ledger.
#[utoipa::path(get, path = "/api/ledger/entries", params(Before), responses((status = 200, body = EntryList)))]
async fn ledger_entries(auth: Auth, Ask(ask): Ask<Before>) -> Answer<Json<EntryList>> {
    let found = auth.live.entries(&auth.caller, ask.before).await?;
    let next = found.last().map(|e| e.index).filter(|i| *i > 0);
    let items = found.into_iter().map(|e| EntryBody {
        label: label(&auth, &e.kind, &e.act),
        index: e.index,
        at: e.at,
        act: e.act,
        kind: e.kind,
        record: e.record,
        logged: e.logged,
    });
    Ok(Json(EntryList { items: items.collect(), next }))
}

fn label(auth: &Auth, kind: &str, act: &str) -> Text {
    let definition = auth.live.world.read().kind(kind).cloned().ok();
    definition.map_or_else(|| auth.text(&["verb.", act].concat()), |k| timeline::act_label(auth, &k, act))
}

/// A C2SP tlog-proof for one entry: checkpoint, index and hashes.
#[utoipa::path(
    get, path = "/api/ledger/proof/{index}", params(("index" = u64, Path)),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
async fn ledger_proof(auth: Auth, At(index): At<u64>) -> Answer<Response> {
    let text = auth.live.proof(&auth.caller, index).await?;
    let name = format!("attachment; filename=\"entry-{index}.tlog-proof\"");
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)], text).into_response())
}

/// What is asked of the access log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AuditParams {
    /// Acts on this record only.
    #[param(value_type = Option<Id>)]
    record: Option<String>,
    /// Acts of this person only.
    #[param(value_type = Option<Id>)]
    actor: Option<String>,
    /// This act only.
    act: Option<String>,
    /// Not before: an instant, or a day in the company's zone.
    from: Option<String>,
    /// Not after: an instant, or the end of a day in the company's zone.
    to: Option<String>,
    /// Lines before this ledger index.
    before: Option<u64>,
    /// Lines on the page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// Who did what with which record, when, and with what outcome; for those who audit.
#[utoipa::path(get, path = "/api/audit", params(AuditParams), responses((status = 200, body = AuditBody)))]
async fn access_log(auth: Auth, Ask(ask): Ask<AuditParams>) -> Answer<Json<AuditBody>> {
    let some = |text: Option<String>| text.filter(|t| !t.is_empty());
    let id = |text: Option<String>, at: &str| some(text).map(|t| t.parse::<Id>().map_err(|p| p.at(at.to_owned()))).transpose();
    let query = AuditQuery {
        record: id(ask.record, "record")?,
        actor: id(ask.actor, "actor")?,
        act: some(ask.act),
        from: some(ask.from).map(|t| instant(&auth, &t, false).map_err(|p| p.at("from"))).transpose()?,
        to: some(ask.to).map(|t| instant(&auth, &t, true).map_err(|p| p.at("to"))).transpose()?,
        before: ask.before,
        limit: ask.limit.unwrap_or(0),
    };
    let page: AuditPage = auth.live.audit(&auth.caller, &query).await?;
    let labels = page.items.iter().map(|l| (format!("{}.{}", l.kind, l.act), label(&auth, &l.kind, &l.act)));
    Ok(Json(AuditBody { labels: labels.collect(), page }))
}

/// A page of the access log.
#[derive(Serialize, ToSchema)]
pub struct AuditBody {
    /// The lines, and where to go on.
    #[serde(flatten)]
    page: AuditPage,
    /// What people read, by `<kind>.<act>`.
    labels: std::collections::BTreeMap<String, Text>,
}

/// An instant, or the beginning or end of a day in the company's zone.
fn instant(auth: &Auth, text: &str, end: bool) -> Result<Instant, Problem> {
    let zone = jingui_kinds::act::Facts::zone(&*auth.live.world.read());
    match text.parse::<jingui_model::Day>() {
        Ok(day) if end => Ok(jingui_model::Day::from_number(day.number().saturating_add(1)).start(zone)),
        Ok(day) => Ok(day.start(zone)),
        Err(_) => text.parse(),
    }
}
