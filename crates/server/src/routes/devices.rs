//! Devices that report by themselves: door systems and machines (B 5.3.2, 6.2.1).

use axum::Json;
use jingui_app::devices::{Direction, Passage, Reading, Reported};
use jingui_model::{Instant, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::{auth::Auth, docs::Routes, error::Answer, extract::Body};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("devices", "What door systems and machines report.")
        .add(__path_report_passages, report_passages)
        .add(__path_report_readings, report_readings)
}

/// Somebody went through a door.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassageBody {
    /// Number of the zone, or its name.
    zone: String,
    /// Number of the card; may be empty when the employee number is given.
    #[serde(default)]
    card: String,
    /// Employee number.
    person: Option<String>,
    /// When, RFC 3339 with an offset.
    at: String,
    /// In or out.
    direction: Direction,
    /// Why, when it is asked for at the door.
    reason: Option<String>,
}

/// What a door system reports.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassagesBody {
    /// Oldest first; 500 at most.
    passages: Vec<PassageBody>,
}

/// A decimal, as text or as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Decimal {
    Text(String),
    Number(Number),
}

/// A value that a machine measured.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadingBody {
    /// Number of the parameter set.
    set: String,
    /// Name of the parameter.
    parameter: String,
    /// The value, `"845.2"`; a JSON number is taken too.
    #[schema(value_type = String)]
    value: Decimal,
    /// When, RFC 3339 with an offset.
    at: String,
    /// Number of the equipment.
    equipment: Option<String>,
}

/// What machines measured.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadingsBody {
    /// 500 at most.
    readings: Vec<ReadingBody>,
}

/// What became of the reports.
#[derive(Serialize, ToSchema)]
pub struct Reports {
    /// One for each, in their order.
    reports: Vec<Reported>,
}

/// Takes passages at doors, each by itself and each once; who is not admitted is questioned.
#[utoipa::path(post, path = "/api/devices/passages", request_body = PassagesBody, responses((status = 200, body = Reports)))]
async fn report_passages(auth: Auth, Body(body): Body<PassagesBody>) -> Answer<Json<Reports>> {
    let mut all = vec![];
    for (n, p) in body.passages.into_iter().enumerate() {
        let at = when(&p.at, "passages", n)?;
        all.push(Passage { zone: p.zone, card: p.card, person: p.person, at, direction: p.direction, reason: p.reason });
    }
    Ok(Json(Reports { reports: auth.live.passages(&auth.caller, &all, auth.lang).await? }))
}

/// Compares measured values with the limits of their parameter set; outside of them an alarm arises.
#[utoipa::path(post, path = "/api/devices/readings", request_body = ReadingsBody, responses((status = 200, body = Reports)))]
async fn report_readings(auth: Auth, Body(body): Body<ReadingsBody>) -> Answer<Json<Reports>> {
    let mut all = vec![];
    for (n, r) in body.readings.into_iter().enumerate() {
        let at = when(&r.at, "readings", n)?;
        let value = match r.value {
            Decimal::Text(text) => text,
            Decimal::Number(number) => number.to_string(),
        };
        all.push(Reading { set: r.set, parameter: r.parameter, value, at, equipment: r.equipment });
    }
    Ok(Json(Reports { reports: auth.live.readings(&auth.caller, &all, auth.lang).await? }))
}

fn when(text: &str, list: &str, n: usize) -> Result<Instant, Problem> {
    text.parse().map_err(|p: Problem| p.at(format!("{list}[{n}].at")))
}
