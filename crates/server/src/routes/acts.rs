//! Acts: the built-in verbs and the transitions of each kind, on one record or on many.

use axum::{Json, http::StatusCode, response::Response};
use jingui_app::pipeline::Command;
use jingui_model::{Class, Problem};

use super::records::after;
use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::{At, Body},
    wire::{self, ActInput, BulkDone, BulkFailure, BulkInput, Detail},
};

/// Most records of a bulk act.
const MOST: usize = 500;
/// Verbs that carry a file and have routes of their own.
const WITH_FILES: [&str; 2] = ["attach", "mark"];

pub(super) fn routes(routes: Routes) -> Routes {
    routes.add(__path_act_on_record, act_on_record).add(__path_act_on_many, act_on_many)
}

fn plain_verb(action: &str) -> Result<(), Problem> {
    // A file enters sealed, through its own route; a create has no record yet.
    if WITH_FILES.contains(&action) || action == "create" {
        return Err(Problem::missing("act.unknown").arg("act", action));
    }
    Ok(())
}

/// Does something with a record: `edit`, `approve`, `reject`, `withdraw`, `detach`, `acknowledge`, or a transition of its kind.
#[utoipa::path(
    post, path = "/api/records/{kind}/{id}/acts/{action}", request_body = ActInput,
    params(("kind" = String, Path), ("id" = jingui_model::Id, Path), ("action" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = Detail), (status = 204, description = "Done; the record is out of the caller's sight now"))
)]
async fn act_on_record(auth: Auth, At((kind, id, action)): At<(String, String, String)>, Body(body): Body<ActInput>) -> Answer<Response> {
    plain_verb(&action)?;
    let mut command = Command::on(&auth.caller, &kind, wire::id(&id)?, &action, body.input);
    command.expected_version = body.expected_version;
    command.idempotency_key.clone_from(&auth.key);
    let outcome = auth.live.pipeline.change(command).await?;
    after(&auth, outcome.record.id, StatusCode::OK)
}

/// Does the same with several records, each by itself; says which failed and why.
#[utoipa::path(
    post, path = "/api/records/{kind}/acts/{action}", request_body = BulkInput,
    params(("kind" = String, Path), ("action" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BulkDone))
)]
async fn act_on_many(auth: Auth, At((kind, action)): At<(String, String)>, Body(body): Body<BulkInput>) -> Answer<Json<BulkDone>> {
    plain_verb(&action)?;
    auth.live.world.read().kind(&kind)?;
    if body.ids.is_empty() || body.ids.len() > MOST {
        return Err(Problem::invalid("act.bulk_size").at("ids").arg("most", MOST).into());
    }
    let mut done = BulkDone { done: 0, failed: vec![] };
    for id in body.ids {
        let mut command = Command::on(&auth.caller, &kind, id, &action, body.input.clone());
        command.idempotency_key = auth.key.as_ref().map(|key| format!("{key}/{id}"));
        match auth.live.pipeline.change(command).await {
            Ok(_) => done.done += 1,
            // Faults of the server are not the record's.
            Err(problem) if matches!(problem.class(), Class::Internal | Class::Unavailable) => return Err(problem.into()),
            Err(problem) => done.failed.push(BulkFailure { id, problem: auth.explain(&problem) }),
        }
    }
    Ok(Json(done))
}
