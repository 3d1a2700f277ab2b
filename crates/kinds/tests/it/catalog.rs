//! The catalog that ships: it loads, and says what the guides ask for.

use std::collections::BTreeSet;

use crate::support::catalog;
use jingui_kinds::{FieldType, Kind, Who, assess::How};
use jingui_model::{Protection, Text};
use serde_json::Value;

fn kind(name: &str) -> &'static Kind {
    catalog().kind(name).unwrap()
}

#[test]
fn the_shipped_catalog_and_the_example_overlay_are_right() {
    for name in [
        "account",
        "api_token",
        "campaign",
        "campaign_list",
        "candidate",
        "corrective_action",
        "declassification",
        "department",
        "grade_change",
        "import_batch",
        "mould_cabinet_key",
        "notice",
        "person",
        "post",
        "rule",
        "saved_view",
        "secret",
        "stuck_effect",
        "term_extension",
    ] {
        assert!(catalog().kind(name).is_some(), "{name}");
    }
    assert_eq!(catalog().overlay, [("mould_cabinet_key.yaml".to_owned(), vec!["mould_cabinet_key".to_owned()])]);
}

#[test]
fn appendix_4_has_exactly_its_ten_headings_and_appendix_3_its_six() {
    let headings =
        |name: &str| -> Vec<&str> { kind("secret").exchange(name).unwrap().columns.iter().map(|c| c.header.zh.as_str()).collect() };
    assert_eq!(
        headings("appendix4"),
        ["序号", "秘密点名称", "密级", "载体形式", "知悉范围", "保密期限", "解密条件", "定密日期", "定密审批人", "备注"]
    );
    assert_eq!(headings("appendix3"), ["类别", "一级事项", "二级事项", "密级", "载体形式", "知悉范围"]);
}

#[test]
fn terms_are_those_of_b_4_1_2() {
    let three = &catalog().schemes["three"];
    let bounds: Vec<_> = three.levels.iter().map(|l| (l.protection, l.term_min_months, l.term_max_months)).collect();
    assert_eq!(
        bounds,
        [(Protection::Core, None, None), (Protection::Important, Some(36), Some(60)), (Protection::General, Some(12), Some(36))]
    );
    assert_eq!(catalog().schemes["levels123"].levels.len(), 3); // H 8.1.2
}

#[test]
fn classification_and_its_changes_are_assessed_by_the_office_and_decided_by_the_committee() {
    // B 4.1.1 step 5, 4.3.1, 4.3.2; two of the committee for core (1.2 of the product's map).
    for name in ["secret", "grade_change", "term_extension", "declassification"] {
        let rule = kind(name).transition("submit").unwrap().approval.as_ref().unwrap();
        let by: Vec<_> = rule.steps.iter().map(|s| s.by.clone()).collect();
        assert_eq!(by, [Who::Role("office".into()), Who::Role("committee".into())], "{name}");
        assert_eq!(rule.steps[1].quorum_core, Some(2), "{name}");
    }
}

#[test]
fn declared_measures_are_the_options_of_the_secrets_field() {
    let Some(FieldType::Choices { options }) = kind("secret").field("measures").map(|f| &f.ty) else { panic!() };
    let options: BTreeSet<_> = options.iter().map(|o| o.code.as_str()).collect();
    let declared: BTreeSet<_> = catalog().assessing.measures.iter().filter(|m| m.how == How::Declared).map(|m| m.code.as_str()).collect();
    assert_eq!(options, declared);
    assert!(catalog().assessing.measures.iter().all(|m| (m.how == How::Computed) == m.check.is_some()));
}

#[test]
fn the_scope_of_b_appendix_3_is_there_with_its_grades() {
    let bearing = &catalog().taxonomies["bearing"];
    let items: Vec<_> = bearing.all().into_iter().filter(|(n, _)| n.clause.as_deref() == Some("B App 3")).collect();
    assert_eq!(items.len(), 21);
    assert_eq!(items.iter().filter(|(n, _)| n.grade_hint == Some(Protection::Core)).count(), 12);
    assert!(items.iter().all(|(n, above)| above.len() == 2 && !n.carriers.is_empty() && !n.posts.is_empty()));
}

#[test]
fn a_candidate_carries_what_the_secret_needs() {
    for name in [
        "name",
        "category",
        "category_internet",
        "summary",
        "points",
        "grade",
        "grading_basis",
        "department",
        "responsible",
        "carrier_forms",
        "storage",
        "circle_posts",
        "circle_persons",
        "term",
        "declassification_condition",
        "classified_on",
        "approver",
        "exclusion",
        "not_public_basis",
        "novelty_report",
        "value_note",
        "value_amount",
        "development_cost",
        "value_score",
        "remark",
    ] {
        let (a, b) = (kind("candidate").field(name).unwrap(), kind("secret").field(name).unwrap());
        let is = |f: &jingui_kinds::Field| serde_json::to_value(&f.ty).unwrap()["is"].clone();
        assert_eq!(is(a), is(b), "{name}");
    }
}

/// Every text of every kind has Chinese in its Chinese half (a code or a unit may do without).
#[test]
fn chinese_is_complete() {
    fn walk(value: &Value, path: &str, out: &mut Vec<String>) {
        match value {
            Value::Object(map) if map.len() == 2 && map.contains_key("zh") && map.contains_key("en") => {
                let text: Text = serde_json::from_value(value.clone()).unwrap();
                if !text.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) || text.en.trim().is_empty() {
                    out.push(format!("{path}: {} / {}", text.zh, text.en));
                }
            }
            Value::Object(map) => map.iter().for_each(|(k, v)| walk(v, &format!("{path}.{k}"), out)),
            Value::Array(list) => list.iter().for_each(|v| walk(v, path, out)),
            _ => {}
        }
    }
    let mut out = vec![];
    for (name, kind) in &catalog().kinds {
        walk(&serde_json::to_value(kind).unwrap(), name, &mut out);
    }
    assert_eq!(out, Vec::<String>::new());
}

/// Every code that the crate raises has a text in both languages, and no text is left over.
#[test]
fn every_code_has_a_text() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts: std::collections::BTreeMap<String, Text> =
        serde_saphyr::from_str(&std::fs::read_to_string(root.join("../../catalog/messages/kinds.yaml")).unwrap()).unwrap();
    let mut raised = BTreeSet::new();
    for entry in ["src", "src/form"].into_iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap()) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let source = std::fs::read_to_string(path).unwrap();
        let families =
            ["act", "record", "state", "approval", "acknowledge", "field", "file", "guard", "cell", "grading", "kind", "overlay", "form"];
        for literal in source.split('"').skip(1).step_by(1) {
            let Some((family, rest)) = literal.split_once('.') else { continue };
            if families.contains(&family) && rest != "yaml" && !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            {
                raised.insert(literal.to_owned());
            }
        }
    }
    raised.remove("acknowledge.by");
    let written: BTreeSet<_> = texts.keys().cloned().collect();
    assert_eq!(raised, written);
}
