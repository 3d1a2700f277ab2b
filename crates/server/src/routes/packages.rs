//! Evidence packages and what vouches for the ledger from outside: authorities, witnesses, the second tree.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State, http::HeaderMap, response::Response};
use jingui_app::{
    attest::{
        cover::Covered,
        view::{Statement, Watch},
    },
    case::Extras,
};
use jingui_evidence::dossier::{Record, matrix::Matrix};
use jingui_model::{Data, Id, Problem, Text};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Auth,
    console::verify_page,
    docs::Routes,
    edge,
    error::Answer,
    extract::{Ask, At, Body},
    state::App,
    timeline,
    transfer::attachment,
    wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("packages", "Evidence packages, time stamps and witnesses.")
        .add(__path_ledger_watch, ledger_watch)
        .add(__path_ledger_statements, ledger_statements)
        .add(__path_ledger_statement, ledger_statement)
        .add(__path_record_evidence, record_evidence)
        .add(__path_preview_package, preview_package)
        .stream(__path_make_package, make_package)
        .add(__path_record_certificate, record_certificate)
}

/// How the ledger is watched from outside, and how it grows.
#[utoipa::path(get, path = "/api/ledger/watch", responses((status = 200, body = Watch)))]
async fn ledger_watch(auth: Auth) -> Answer<Json<Watch>> {
    Ok(Json(auth.live.watch(&auth.caller).await?))
}

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Older {
    /// Statements before this one.
    #[param(value_type = Option<Id>)]
    before: Option<String>,
}

/// Time stamps and cosignatures, the newest first.
#[derive(Serialize, ToSchema)]
pub struct StatementList {
    /// The newest first.
    items: Vec<Statement>,
    /// Ask for what is before this one.
    next: Option<Id>,
}

/// Time stamps and cosignatures.
#[utoipa::path(get, path = "/api/ledger/statements", params(Older), responses((status = 200, body = StatementList)))]
async fn ledger_statements(auth: Auth, Ask(ask): Ask<Older>) -> Answer<Json<StatementList>> {
    let before = ask.before.filter(|b| !b.is_empty()).map(|b| wire::id(&b)).transpose()?;
    let items = auth.live.statements(&auth.caller, before).await?;
    Ok(Json(StatementList { next: items.last().map(|s| s.id), items }))
}

/// One of them, byte for byte: a token (RFC 3161) or a cosigned checkpoint.
#[utoipa::path(
    get, path = "/api/ledger/statements/{id}", params(("id" = Id, Path)),
    responses((status = 200, description = "The token or note", content_type = "application/octet-stream"))
)]
async fn ledger_statement(auth: Auth, At(id): At<String>) -> Answer<Response> {
    let (name, bytes) = auth.live.statement(&auth.caller, wire::id(&id)?).await?;
    Ok(attachment("application/octet-stream", &name, bytes))
}

/// The newest acts on a record, and what covers them.
#[derive(Serialize, ToSchema)]
pub struct EvidenceList {
    /// The newest first, at most 200.
    items: Vec<Covered>,
    /// What the acts are called.
    labels: BTreeMap<String, Text>,
    /// Time-stamp authorities that are asked.
    authorities: usize,
    /// Witnesses that are asked.
    witnesses: usize,
}

/// What vouches for the acts on a record.
#[utoipa::path(
    get, path = "/api/records/{kind}/{id}/evidence", params(("kind" = String, Path), ("id" = Id, Path)),
    responses((status = 200, body = EvidenceList))
)]
async fn record_evidence(auth: Auth, At((kind, id)): At<(String, String)>) -> Answer<Json<EvidenceList>> {
    let items = auth.live.covered(&auth.caller, &kind, wire::id(&id)?).await?;
    let (authorities, witnesses) = auth.live.asked();
    let definition = Arc::clone(auth.live.world.read().kind(&kind)?);
    let labels = items.iter().map(|i| (i.act.clone(), timeline::act_label(&auth, &definition, &i.act))).collect();
    Ok(Json(EvidenceList { items, labels, authorities, witnesses }))
}

/// A package as its record would describe it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageBody {
    /// The fields of the kind `evidence_package`.
    #[schema(value_type = Object)]
    data: Data,
}

/// What a package would hold.
#[derive(Serialize, ToSchema)]
pub struct PreviewBody {
    /// Its records, with what is shown of them.
    records: Vec<Record>,
    /// Entries of the ledger.
    entries: usize,
    /// How many of them are about the system itself.
    context: usize,
    /// Bytes of files.
    file_bytes: u64,
    /// Points by elements and kinds of evidence: what there is and what is missing.
    matrix: Matrix,
    /// Records that belong to it and that the caller may not read.
    left_out: u64,
    /// Why the caller may look at it and not make it.
    barred: Option<Text>,
}

/// What a package would hold, and what is missing in it.
#[utoipa::path(post, path = "/api/packages/preview", request_body = PackageBody, responses((status = 200, body = PreviewBody)))]
async fn preview_package(auth: Auth, Body(body): Body<PackageBody>) -> Answer<Json<PreviewBody>> {
    let found = auth.live.preview_package(&auth.caller, &body.data).await?;
    Ok(Json(PreviewBody {
        records: found.records,
        entries: found.entries,
        context: found.context,
        file_bytes: found.file_bytes,
        matrix: found.matrix,
        left_out: found.left_out,
        barred: found.barred.as_ref().map(|p| auth.live.in_words(p)),
    }))
}

/// Makes the package that an approved record asks for. The making is in the ledger before the first byte leaves.
#[utoipa::path(
    post, path = "/api/packages/{id}", params(("id" = Id, Path, description = "Record of the kind `evidence_package`")),
    responses((status = 200, description = "The package; the header `x-package-sha256` holds its digest", content_type = "application/zip"))
)]
async fn make_package(auth: Auth, At(id): At<String>) -> Answer<Response> {
    let extras = Extras { lang: auth.lang, verify_page: verify_page() };
    let made = auth.live.package(&auth.caller, wire::id(&id)?, extras).await?;
    let mut answer = attachment("application/zip", &made.name, made.bytes);
    if let Ok(digest) = made.sha256.parse() {
        answer.headers_mut().insert("x-package-sha256", digest);
    }
    Ok(answer)
}

/// Of what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CertifiedFile {
    /// The version of a file; without it the certificate is about the record as it is now.
    #[param(value_type = Option<Id>)]
    file: Option<String>,
}

/// A certificate as PDF: digest, time, proof, and a code that opens the checking page.
#[utoipa::path(
    get, path = "/api/records/{kind}/{id}/certificate", params(("kind" = String, Path), ("id" = Id, Path), CertifiedFile),
    responses((status = 200, description = "The certificate", content_type = "application/pdf"))
)]
async fn record_certificate(
    auth: Auth,
    State(app): State<App>,
    headers: HeaderMap,
    At((kind, id)): At<(String, String)>,
    Ask(ask): Ask<CertifiedFile>,
) -> Answer<Response> {
    let file = ask.file.filter(|f| !f.is_empty()).map(|f| wire::id(&f).map_err(|_| Problem::missing("file.missing"))).transpose()?;
    let id = wire::id(&id)?;
    let base = edge::base(&headers, &app);
    let bytes = auth.live.certificate(&auth.caller, &kind, id, file, &base, auth.lang).await?;
    Ok(attachment("application/pdf", &format!("certificate-{id}.pdf"), bytes))
}
