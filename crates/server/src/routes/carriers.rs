//! Carriers as things: labels, counting by scanning, where a secret is and who had a carrier (B 5.2; H 9.2.1).

use axum::{Json, response::Response};
use jingui_app::carriers::{
    count::{Answer as ScanAnswer, Scan, View as StockCount},
    labels::LabelAsk,
    whereabouts::{Circulation, Whereabouts},
};
use jingui_model::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::{At, Body},
    transfer::attachment,
    wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("carriers", "Labels, stock counts, circulation.")
        .add(__path_print_labels, print_labels)
        .add(__path_get_stock_count, get_stock_count)
        .add(__path_count_scans, count_scans)
        .add(__path_secret_whereabouts, secret_whereabouts)
        .add(__path_carrier_circulation, carrier_circulation)
}

/// Labels wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelRequest {
    /// The records, in the order of the labels; 500 at most.
    #[schema(value_type = Vec<Id>)]
    ids: Vec<String>,
    /// `a4_3x8`, `a4_5x13`, `60x40` or `50x30`.
    stock: String,
    /// Places of the first sheet that are used up.
    #[serde(default)]
    skip: u32,
    /// With the name of the thing.
    #[serde(default)]
    names: bool,
}

/// Labels with a matrix code as PDF.
#[utoipa::path(
    post, path = "/api/records/{kind}/labels", params(("kind" = String, Path)), request_body = LabelRequest,
    responses((status = 200, description = "The labels", content_type = "application/pdf"))
)]
async fn print_labels(auth: Auth, At(kind): At<String>, Body(body): Body<LabelRequest>) -> Answer<Response> {
    let ids = body.ids.iter().map(|id| wire::id(id)).collect::<Result<Vec<_>, _>>()?;
    let ask = LabelAsk { stock: body.stock, skip: usize::try_from(body.skip).unwrap_or(usize::MAX), names: body.names };
    let bytes = auth.live.labels(&auth.caller, &kind, &ids, &ask, auth.lang).await?;
    Ok(attachment("application/pdf", &format!("labels-{}.pdf", ask.stock), bytes))
}

/// How far a stock count is.
#[utoipa::path(get, path = "/api/stock-counts/{id}", params(("id" = Id, Path)), responses((status = 200, body = StockCount)))]
async fn get_stock_count(auth: Auth, At(id): At<String>) -> Answer<Json<StockCount>> {
    Ok(Json(auth.live.stock_count(&auth.caller, wire::id(&id)?).await?))
}

/// One code that was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanBody {
    /// Made by the page: the same scan sent twice is one.
    key: String,
    /// What was read.
    code: String,
    /// The zone in which the counter stands.
    #[schema(value_type = Option<Id>)]
    zone: Option<String>,
}

/// Codes that were read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScansBody {
    /// In the order in which they were read; 500 at most.
    scans: Vec<ScanBody>,
}

/// What they were.
#[derive(Serialize, ToSchema)]
pub struct ScanAnswers {
    /// One for each scan.
    scans: Vec<ScanAnswer>,
}

/// Keeps codes that were read during a count, each once.
#[utoipa::path(
    post, path = "/api/stock-counts/{id}/scans", params(("id" = Id, Path)), request_body = ScansBody,
    responses((status = 200, body = ScanAnswers))
)]
async fn count_scans(auth: Auth, At(id): At<String>, Body(body): Body<ScansBody>) -> Answer<Json<ScanAnswers>> {
    let mut scans = vec![];
    for scan in body.scans {
        let zone = scan.zone.filter(|z| !z.is_empty()).map(|z| wire::id(&z)).transpose()?;
        scans.push(Scan { key: scan.key, code: scan.code, zone });
    }
    Ok(Json(ScanAnswers { scans: auth.live.count_scans(&auth.caller, wire::id(&id)?, &scans).await? }))
}

/// Which carriers hold a secret, who has them, where they are.
#[utoipa::path(get, path = "/api/secrets/{id}/carriers", params(("id" = Id, Path)), responses((status = 200, body = Whereabouts)))]
async fn secret_whereabouts(auth: Auth, At(id): At<String>) -> Answer<Json<Whereabouts>> {
    Ok(Json(auth.live.whereabouts(&auth.caller, wire::id(&id)?).await?))
}

/// Through whose hands a carrier went, from when to when.
#[utoipa::path(get, path = "/api/carriers/{id}/circulation", params(("id" = Id, Path)), responses((status = 200, body = Circulation)))]
async fn carrier_circulation(auth: Auth, At(id): At<String>) -> Answer<Json<Circulation>> {
    Ok(Json(auth.live.circulation(&auth.caller, wire::id(&id)?).await?))
}
