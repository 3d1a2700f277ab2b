//! Training: the own courses and exams, what came of them, and how many of whom are trained (B 5.1; H 12.1).

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json, response::Response};
use jingui_app::training::{
    courses::ExamCourse,
    coverage::{Coverage, CoverageAsk, Trained},
    sitting::ExamSitting,
};
use jingui_model::{Id, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Auth,
    docs::Routes,
    error::Answer,
    extract::{Ask, At, Body},
    transfer::attachment,
    wire,
};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .tag("training", "Courses, exams, certificates, coverage.")
        .add(__path_my_exams, my_exams)
        .add(__path_begin_exam, begin_exam)
        .add(__path_get_exam_sitting, get_exam_sitting)
        .add(__path_save_exam, save_exam)
        .add(__path_hand_in_exam, hand_in_exam)
        .add(__path_exam_certificate, exam_certificate)
        .add(__path_training_coverage, training_coverage)
}

/// The own courses.
#[derive(Serialize, ToSchema)]
pub struct MyExams {
    /// By name.
    courses: Vec<ExamCourse>,
}

/// The courses that the reader has to take, and how it stands with each exam.
#[utoipa::path(get, path = "/api/training/exams", responses((status = 200, body = MyExams)))]
async fn my_exams(auth: Auth) -> Answer<Json<MyExams>> {
    Ok(Json(MyExams { courses: auth.live.my_exams(&auth.caller)? }))
}

/// Begins the exam of a course, or goes on with the one that is open.
#[utoipa::path(post, path = "/api/training/exams/{course}", params(("course" = Id, Path)), responses((status = 200, body = ExamSitting)))]
async fn begin_exam(auth: Auth, At(course): At<String>) -> Answer<Json<ExamSitting>> {
    Ok(Json(auth.live.begin_exam(&auth.caller, wire::id(&course)?).await?))
}

/// A sitting: its questions while it is open to the person who sits it, afterwards what came of it.
#[utoipa::path(get, path = "/api/training/sittings/{id}", params(("id" = Id, Path)), responses((status = 200, body = ExamSitting)))]
async fn get_exam_sitting(auth: Auth, At(id): At<String>) -> Answer<Json<ExamSitting>> {
    Ok(Json(auth.live.exam_sitting(&auth.caller, wire::id(&id)?).await?))
}

/// One answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExamAnswer {
    /// The question's place, from 1.
    place: u32,
    /// Codes of the options chosen; none takes the answer back.
    chosen: Vec<String>,
}

/// Answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExamAnswers {
    /// One for each question that changed.
    answers: Vec<ExamAnswer>,
}

impl ExamAnswers {
    fn by_place(self) -> Result<BTreeMap<u32, BTreeSet<char>>, Problem> {
        let mut all = BTreeMap::new();
        for answer in self.answers {
            let mut codes = BTreeSet::new();
            for code in &answer.chosen {
                let mut letters = code.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => codes.insert(letter),
                    _ => return Err(Problem::invalid("exam.choice").arg("place", answer.place)),
                };
            }
            all.insert(answer.place, codes);
        }
        Ok(all)
    }
}

/// Keeps answers while the sitting is open; questions not named stay as they are.
#[utoipa::path(
    put, path = "/api/training/sittings/{id}/answers", params(("id" = Id, Path)), request_body = ExamAnswers,
    responses((status = 204, description = "Kept"))
)]
async fn save_exam(auth: Auth, At(id): At<String>, Body(body): Body<ExamAnswers>) -> Answer<axum::http::StatusCode> {
    auth.live.save_exam(&auth.caller, wire::id(&id)?, &body.by_place()?).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Hands in; it is marked at once.
#[utoipa::path(post, path = "/api/training/sittings/{id}/hand-in", params(("id" = Id, Path)), responses((status = 200, body = ExamSitting)))]
async fn hand_in_exam(auth: Auth, At(id): At<String>) -> Answer<Json<ExamSitting>> {
    Ok(Json(auth.live.hand_in_exam(&auth.caller, wire::id(&id)?).await?))
}

/// The certificate of a passed exam.
#[utoipa::path(
    get, path = "/api/training/results/{id}/certificate", params(("id" = Id, Path)),
    responses((status = 200, description = "The certificate", content_type = "application/pdf"))
)]
async fn exam_certificate(auth: Auth, At(id): At<String>) -> Answer<Response> {
    let id = wire::id(&id)?;
    let bytes = auth.live.exam_certificate(&auth.caller, id, auth.lang).await?;
    Ok(attachment("application/pdf", &format!("exam-{id}.pdf"), bytes))
}

/// Of whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CoverageParams {
    /// One course only.
    #[param(value_type = Option<Id>)]
    course: Option<String>,
    /// With the persons of one department.
    #[param(value_type = Option<Id>)]
    department: Option<String>,
    /// With the persons who are so trained.
    trained: Option<Trained>,
    /// With the persons behind the numbers.
    persons: Option<bool>,
}

/// How many of those who have to are trained, department by department.
#[utoipa::path(get, path = "/api/training/coverage", params(CoverageParams), responses((status = 200, body = Coverage)))]
async fn training_coverage(auth: Auth, Ask(ask): Ask<CoverageParams>) -> Answer<Json<Coverage>> {
    let id = |text: Option<String>| text.filter(|t| !t.is_empty()).map(|t| wire::id(&t)).transpose();
    let wanted = CoverageAsk {
        course: id(ask.course)?,
        department: id(ask.department)?,
        trained: ask.trained,
        persons: ask.persons.unwrap_or_default() || ask.trained.is_some(),
    };
    Ok(Json(auth.live.training_coverage(&auth.caller, &wanted)?))
}
