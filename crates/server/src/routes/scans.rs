//! Signed scans filed back by the codes on their pages (B 4.4, H 10.2.3).

use axum::{
    Json,
    extract::{Multipart, State, multipart::MultipartRejection},
};
use jingui_app::document::scan::{ByHand, ScanReport};
use jingui_model::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use super::files::FileForm;
use crate::{auth::Auth, docs::Routes, error::Answer, extract::Ask, state::App, transfer, wire};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.tag("scans", "Signed papers from the scanner, filed with their records.").stream(__path_file_scan, file_scan)
}

/// Where a person says that it belongs; absent: the codes on the pages say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ScanParams {
    /// The register.
    #[serde(default)]
    kind: String,
    /// The record.
    #[param(value_type = Option<jingui_model::Id>)]
    #[serde(default)]
    record: String,
    /// The form that was signed.
    #[serde(default)]
    form: String,
    /// Pages of the file, such as `2-3,5`; absent: all.
    #[serde(default)]
    pages: String,
}

/// `2-3,5` as numbers, in the order in which they stand.
fn pages(text: &str) -> Result<Vec<u32>, Problem> {
    let wrong = || Problem::invalid("scan.page_list").at("pages");
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| (1..=10_000).contains(n)).ok_or_else(wrong);
    let mut found = vec![];
    for piece in text.split(',').filter(|p| !p.trim().is_empty()) {
        let (first, last) = piece.split_once('-').unwrap_or((piece, piece));
        found.extend(number(first)?..=number(last)?);
        if found.len() > 10_000 {
            return Err(wrong());
        }
    }
    Ok(found)
}

/// Files a scan (PDF, PNG, JPEG, TIFF), in the part `file` of a form: each paper in it with the record that its code names.
#[utoipa::path(
    post, path = "/api/scans", request_body(content = FileForm, content_type = "multipart/form-data"), params(ScanParams),
    responses((status = 200, body = ScanReport, description = "What became of each page"))
)]
async fn file_scan(
    auth: Auth,
    State(app): State<App>,
    Ask(ask): Ask<ScanParams>,
    form: Result<Multipart, MultipartRejection>,
) -> Answer<Json<ScanReport>> {
    let by_hand = if ask.record.is_empty() {
        None
    } else {
        Some(ByHand { record: wire::id(&ask.record)?, pages: pages(&ask.pages)?, kind: ask.kind, form: ask.form })
    };
    let mut form = form.map_err(|_| Problem::invalid("request.form"))?;
    let part = transfer::file_part(&mut form).await?;
    let (reader, pump) = transfer::incoming(part, app.config.upload_max, auth.proof.clone());
    let (filed, pumped) = tokio::join!(auth.live.file_scan(&auth.caller, by_hand, Box::new(reader), auth.lang), pump);
    pumped?;
    Ok(Json(filed?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_named_one_by_one_or_from_to() {
        assert_eq!(pages("2-4, 7").unwrap(), [2, 3, 4, 7]);
        assert_eq!(pages("").unwrap(), Vec::<u32>::new());
        for bad in ["0", "x", "1-", "-2", "1-99999999999", "99999"] {
            assert_eq!(pages(bad).unwrap_err().code(), "scan.page_list", "{bad}");
        }
    }
}
