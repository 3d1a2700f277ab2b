//! The grading aid (H 8.1.1, B 2.3) and the score of the measures (H 6.2.1, 8.1.2).

use crate::support::{World, catalog, data, id};
use jingui_kinds::{
    Record,
    assess::{AssessFacts, assess},
    grading::Answers,
};
use jingui_model::{Instant, Protection};
use serde_json::json;

fn answers(all: u8, loss: Option<i64>, crown_jewel: bool) -> Answers {
    let factors = catalog().grading.factors.iter().map(|f| (f.code.clone(), all)).collect();
    Answers { factors, loss_cents: loss, revenue_cents: Some(100_000), crown_jewel }
}

fn suggested(answers: &Answers) -> Protection {
    catalog().grading.suggest(&catalog().schemes["three"], answers).unwrap().protection
}

/// B 2.3: from 10 % of the year's revenue core, from 3 % important, below general.
#[test]
fn losses_are_weighed_at_their_exact_bounds() {
    for (loss, wanted) in [
        (0, Protection::General),
        (2_999, Protection::General),
        (3_000, Protection::Important),
        (9_999, Protection::Important),
        (10_000, Protection::Core),
        (1_000_000, Protection::Core),
    ] {
        assert_eq!(suggested(&answers(1, Some(loss), false)), wanted, "{loss}");
    }
}

/// H 8.1.1: six factors, and what competitiveness hangs on belongs in a higher grade.
#[test]
fn the_highest_of_factors_loss_and_crown_jewel_is_suggested() {
    assert_eq!(catalog().grading.factors.len(), 6);
    assert_eq!(suggested(&answers(1, None, false)), Protection::General);
    assert_eq!(suggested(&answers(3, None, false)), Protection::Important);
    assert_eq!(suggested(&answers(5, None, false)), Protection::Core);
    assert_eq!(suggested(&answers(1, None, true)), Protection::Important);
    let all = catalog().grading.suggest(&catalog().schemes["levels123"], &answers(5, Some(3_500), true)).unwrap();
    assert_eq!((all.suggested.as_deref(), all.score, all.reasons.len()), (Some("level1"), 100, 3));
    assert!(all.reasons.iter().any(|r| r.zh.contains("3.5%") && r.en.contains("3.5%")));
}

#[test]
fn wrong_answers_are_refused() {
    let scheme = &catalog().schemes["three"];
    let suggest = |a: &Answers| catalog().grading.suggest(scheme, a);
    assert!(suggest(&answers(0, None, false)).is_err());
    assert!(suggest(&answers(6, None, false)).is_err());
    assert!(suggest(&answers(1, Some(-1), false)).is_err());
    assert!(suggest(&Answers { revenue_cents: Some(0), ..answers(1, Some(1), false) }).is_err());
    assert!(suggest(&Answers { loss_cents: Some(i64::MAX), ..answers(1, None, false) }).is_ok());
    let mut unknown = answers(1, None, false);
    unknown.factors.insert("mood".into(), 3);
    assert!(suggest(&unknown).is_err());
}

fn secret(grade: &str, more: serde_json::Value) -> Record {
    let mut all = data(json!({
        "name": "淬火介质配方", "grade": grade, "points": [{"name": "配方", "content": "甲", "difference": "乙"}], "exclusion": "none",
        "not_public_basis": "检索未见", "value_note": "降低废品率", "value_score": 80, "responsible": id(5), "term": {"open": true},
        "declassification_condition": "公开后", "approver": id(3), "classified_on": "2026-11-21", "carrier_forms": ["电子文档"], "storage": "离线服务器",
    }));
    all.extend(data(more));
    Record {
        id: id(1),
        kind: "secret".into(),
        number: None,
        state: "effective".into(),
        version: 1,
        created: Instant::default(),
        creator: id(1),
        updated: Instant::default(),
        data: all,
        pending: None,
        acknowledged: Default::default(),
        batch: None,
    }
}

/// H 8.1.2: the higher the grade, the more is asked; H 6.2.1: three elements.
#[test]
fn the_same_measures_weigh_less_under_a_higher_grade() {
    let scheme = &World::new().scheme;
    let facts =
        AssessFacts { knowers: 3, headcount: 300, rules_owed: 6, rules_given: 6, files: 1, access_logged: true, ..AssessFacts::default() };
    let declared = json!({"measures": ["keeper", "marked", "agreements", "checked"]});
    let of = |grade: &str| assess(catalog(), scheme, &secret(grade, declared.clone()), &facts);
    let (general, important, core) = (of("general"), of("important"), of("core"));
    assert_eq!(general.percent, 100);
    assert!(general.elements.iter().all(|e| e.met));
    assert!(general.percent > important.percent && important.percent > core.percent, "{} {}", important.percent, core.percent);
    let not_public = &core.elements[0];
    assert!(!not_public.met && not_public.items.iter().any(|i| i.code == "novelty" && !i.met), "B 4.1.1: core needs a novelty search");
    assert!(core.measures.iter().any(|m| m.code == "dual_control" && m.needed && !m.met));
    assert!(general.measures.iter().any(|m| m.code == "dual_control" && !m.needed));
}

/// B 2.4: a core secret that half the staff may know is not kept by need.
#[test]
fn a_wide_circle_costs_points() {
    let scheme = &World::new().scheme;
    let met = |knowers| {
        let facts = AssessFacts { knowers, headcount: 100, ..AssessFacts::default() };
        assess(catalog(), scheme, &secret("core", json!({})), &facts).measures.into_iter().find(|m| m.code == "circle_narrow").unwrap().met
    };
    assert_eq!([met(0), met(5), met(10), met(11)], [false, true, true, false]);
}
