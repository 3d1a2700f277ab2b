//! The catalog that ships: it loads, and says what the guides ask for.

use crate::support::catalog;
use jingui_kinds::{FieldType, assess::How};
use jingui_model::Protection;

#[test]
fn the_shipped_catalog_and_the_example_overlay_are_right() {
    let names: Vec<_> = catalog().kinds.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "account", "api_token", "campaign", "campaign_list", "candidate", "corrective_action", "declassification", "department",
            "grade_change", "import_batch", "mould_cabinet_key", "notice", "person", "post", "rule", "saved_view", "secret", "term_extension",
        ]
    );
    assert_eq!(catalog().overlay, [("mould_cabinet_key.yaml".to_owned(), vec!["mould_cabinet_key".to_owned()])]);
}
