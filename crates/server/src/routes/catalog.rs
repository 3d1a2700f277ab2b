//! What the company's registers are: kinds, grade scheme, taxonomies, roles, measures.

use std::sync::Arc;

use axum::Json;
use jingui_app::authority::Word;
use jingui_kinds::{Kind, assess::Measure, taxonomy::Taxonomy};
use jingui_model::GradeScheme;
use jingui_policy::Role;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{auth::Auth, docs::Routes, error::Answer};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.tag("catalog", "What the registers are.").add(__path_get_catalog, get_catalog)
}

/// What the registers are.
#[derive(Serialize, ToSchema)]
pub struct CatalogBody {
    /// All kinds.
    #[schema(value_type = Vec<Kind>)]
    kinds: Vec<Arc<Kind>>,
    /// The grade scheme in force.
    scheme: GradeScheme,
    /// Taxonomies.
    taxonomies: Vec<Taxonomy>,
    /// Roles.
    roles: Vec<Word>,
    /// Protective measures.
    measures: Vec<Measure>,
    /// The company's own files, and the kinds that each brought or extended.
    overlay: Vec<OverlayBody>,
}

/// A file of the company's own.
#[derive(Serialize, ToSchema)]
pub struct OverlayBody {
    /// The file.
    file: String,
    /// The kinds that it brought or extended.
    kinds: Vec<String>,
}

/// What the registers are.
#[utoipa::path(get, path = "/api/catalog", responses((status = 200, body = CatalogBody)))]
async fn get_catalog(auth: Auth) -> Answer<Json<CatalogBody>> {
    let (catalog, scheme) = {
        let world = auth.live.world.read();
        (Arc::clone(&world.catalog), GradeScheme::clone(world.grade_scheme()))
    };
    let file_name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(Json(CatalogBody {
        kinds: catalog.kinds.values().cloned().collect(),
        scheme,
        taxonomies: catalog.taxonomies.values().cloned().collect(),
        roles: Role::ALL.iter().map(|r| Word { code: r.code().to_owned(), label: auth.text(&r.text_code()) }).collect(),
        measures: catalog.assessing.measures.clone(),
        overlay: catalog.overlay.iter().map(|(f, k)| OverlayBody { file: file_name(f), kinds: k.clone() }).collect(),
    }))
}
