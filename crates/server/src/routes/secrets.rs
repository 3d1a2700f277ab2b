//! Secrets: the three elements and the measures, who knows, the grading aid; how far a campaign is.

use axum::Json;
use jingui_app::{assessment::Knower, campaign::CampaignProgress};
use jingui_kinds::{
    assess::Assessment,
    grading::{Answers, Grading, Suggestion},
};
use jingui_model::{Id, Text};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::{At, Body},
    wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("secrets", "What is special about secrets and campaigns.")
        .add(__path_assess_secret, assess_secret)
        .add(__path_secret_knowers, secret_knowers)
        .add(__path_grading_form, grading_form)
        .add(__path_suggest_grade, suggest_grade)
        .add(__path_campaign_progress, campaign_progress)
}

/// The three legal elements, and the measures against the grade, with what is missing.
#[utoipa::path(get, path = "/api/secrets/{id}/assessment", params(("id" = Id, Path)), responses((status = 200, body = Assessment)))]
async fn assess_secret(auth: Auth, At(id): At<String>) -> Answer<Json<Assessment>> {
    Ok(Json(auth.live.assessment(&auth.caller, wire::id(&id)?).await?))
}

/// Who knows.
#[derive(Serialize, ToSchema)]
pub struct Knowers {
    /// Persons, by name or by post.
    persons: Vec<Knower>,
}

/// Who is on a secret's need-to-know list, person by person.
#[utoipa::path(get, path = "/api/secrets/{id}/knowers", params(("id" = Id, Path)), responses((status = 200, body = Knowers)))]
async fn secret_knowers(auth: Auth, At(id): At<String>) -> Answer<Json<Knowers>> {
    Ok(Json(Knowers { persons: auth.live.knowers(&auth.caller, wire::id(&id)?).await? }))
}

/// A question of the grading aid.
#[derive(Serialize, ToSchema)]
pub struct Question {
    /// Code of the factor.
    code: String,
    /// The question.
    label: Text,
    /// What to think of.
    help: Text,
    /// Clause behind it.
    clause: String,
    /// What 1 to 5 mean.
    levels: Vec<Text>,
}

/// The questionnaire.
#[derive(Serialize, ToSchema)]
pub struct GradingForm {
    /// The factors.
    form: Vec<Question>,
    /// The question about what the company's competitiveness hangs on.
    crown_jewel: Question,
}

fn questions(form: &Grading) -> GradingForm {
    let factors = form.factors.iter().map(|f| Question {
        code: f.code.clone(),
        label: f.label.clone(),
        help: f.help.clone(),
        clause: f.clause.clone(),
        levels: f.levels.clone(),
    });
    let jewel = &form.crown_jewel;
    let crown_jewel = Question {
        code: "crown_jewel".to_owned(),
        label: jewel.label.clone(),
        help: jewel.help.clone(),
        clause: "H 8.1.1".to_owned(),
        levels: vec![],
    };
    GradingForm { form: factors.collect(), crown_jewel }
}

/// The questionnaire of the grading aid.
#[utoipa::path(get, path = "/api/grading", responses((status = 200, body = GradingForm)))]
async fn grading_form(auth: Auth) -> Answer<Json<GradingForm>> {
    Ok(Json(questions(&auth.live.grading_form())))
}

/// Suggests a grade, with reasons. Nothing is kept.
#[utoipa::path(post, path = "/api/grading", request_body = Answers, responses((status = 200, body = Suggestion)))]
async fn suggest_grade(auth: Auth, Body(body): Body<Answers>) -> Answer<Json<Suggestion>> {
    Ok(Json(auth.live.suggest_grade(&auth.caller, body)?))
}

/// How far a campaign is, step by step and department by department.
#[utoipa::path(get, path = "/api/campaigns/{id}/progress", params(("id" = Id, Path)), responses((status = 200, body = CampaignProgress)))]
async fn campaign_progress(auth: Auth, At(id): At<String>) -> Answer<Json<CampaignProgress>> {
    Ok(Json(auth.live.campaign_progress(&auth.caller, wire::id(&id)?)?))
}
