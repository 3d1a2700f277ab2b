//! The shipped rules, on terms as the guides' own forms have them (law.md, "Where the seeds would lead a user astray").

#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

use jingui_law::{Case, Finding, Laws, Others, Weight};
use jingui_model::Data;
use serde_json::{Value, json};

struct Nobody;
impl Others for Nobody {
    fn sum(&self, _: &str, _: &str, _: &Value, _: &[String], _: &str) -> i64 {
        0
    }
}
struct Cooling(i64);
impl Others for Cooling {
    fn sum(&self, kind: &str, by: &str, _: &Value, states: &[String], field: &str) -> i64 {
        assert_eq!((kind, by, field), ("cooling_off", "person", "months"));
        assert!(states.contains(&"running".to_owned()));
        self.0
    }
}

fn shipped() -> Laws {
    let text = include_str!("../../../catalog/laws/checks.yaml").to_owned();
    Laws::load(&[("laws/checks.yaml".to_owned(), text)]).unwrap_or_else(|m| panic!("{m:?}"))
}

fn judge_with(kind: &str, data: Value, others: &dyn Others) -> Vec<Finding> {
    let data: Data = serde_json::from_value(data).expect("fields");
    shipped().judge(&Case { kind, data: &data, today: "2026-11-21".parse().expect("day") }, others)
}

fn codes(kind: &str, data: Value) -> Vec<String> {
    judge_with(kind, data, &Nobody).into_iter().map(|f| f.code).collect()
}

/// B App 5 art. 4: two to five times the wage for a breach of confidentiality does not hold against an employee (劳动合同法 25).
#[test]
fn b_app_5_damages_against_an_employee_for_confidentiality_do_not_hold() {
    let breach = "违反保密义务的，支付月工资二至五倍的违约金";
    let found = judge_with("agreement", json!({ "type": "employee", "breach": breach, "signed_day": "2026-01-05" }), &Nobody);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((one.code.as_str(), one.weight, one.at.as_str()), ("staff_damages", Weight::Void, "breach"));
    assert!(one.law.zh.contains("第二十五条"));
    assert!(codes("agreement", json!({ "type": "cooperation", "breach": breach })).is_empty(), "with a partner they may be agreed on");
    assert!(codes("agreement", json!({ "type": "employee", "breach": "依法赔偿实际损失" })).is_empty());
    // Before the law there was none.
    assert!(codes("agreement", json!({ "type": "employee", "breach": breach, "signed_day": "2007-06-01" })).is_empty());
}

/// B App 6: 30 % for two years is below the guidance of 2025, and was not before it.
#[test]
fn b_app_6_thirty_per_cent_for_two_years_is_below_the_guidance_of_2025() {
    let terms = |months: i64, pay: i64, from: &str| json!({ "months": months, "average_wage": { "cents": 1_000_000 }, "compensation": { "cents": pay }, "starts_on": from, "person": "p" });
    assert_eq!(codes("non_compete", terms(24, 300_000, "2026-01-01")), ["non_compete_long_below_half"]);
    assert!(codes("non_compete", terms(24, 300_000, "2024-01-01")).is_empty(), "judged by the law of its day");
    assert!(codes("non_compete", terms(12, 300_000, "2026-01-01")).is_empty());
    assert!(codes("non_compete", terms(24, 500_000, "2026-01-01")).is_empty());
    assert_eq!(codes("non_compete", terms(12, 299_999, "2026-01-01")), ["non_compete_below_floor"]);
    let mut heavy = terms(12, 500_000, "2026-01-01");
    heavy["penalty"] = json!({ "cents": 30_000_001 });
    assert_eq!(codes("non_compete", heavy.clone()), ["non_compete_penalty"]);
    heavy["penalty"] = json!({ "cents": 30_000_000 });
    assert!(codes("non_compete", heavy).is_empty(), "five times twelve months is the bound itself");
}

/// B 5.1.3: a cooling-off after leaving counts within the two years of a non-compete (劳动合同法 24).
#[test]
fn b_5_1_3_cooling_off_counts_within_the_two_years() {
    let terms = json!({ "months": 22, "average_wage": { "cents": 100 }, "compensation": { "cents": 60 }, "starts_on": "2026-01-01", "person": "p" });
    let code = |months: i64| judge_with("non_compete", terms.clone(), &Cooling(months)).into_iter().map(|f| f.code).collect::<Vec<_>>();
    assert_eq!(code(3), ["non_compete_with_cooling_off"]);
    assert!(code(2).is_empty());
    assert_eq!(codes("cooling_off", json!({ "months": 3, "starts_on": "2026-01-01" })), ["cooling_off_unpaid"]);
}

/// B 8.2.1 calls 500,000 CNY major; B 5.3.2 asks for fingerprint and face.
#[test]
fn b_8_2_1_and_5_3_2_thresholds_and_biometrics() {
    let loss = |yuan: i64| json!({ "loss": { "cents": yuan * 100 }, "happened_on": "2026-02-01" });
    assert_eq!(codes("incident", loss(300_000)), ["criminal_threshold"]);
    assert!(codes("incident", loss(299_999)).is_empty());
    assert_eq!(codes("zone", json!({ "access_means": ["card", "face"] })), ["biometrics_alone"]);
    assert!(codes("zone", json!({ "access_means": ["card", "face"], "consent": true })).is_empty());
    assert!(codes("zone", json!({ "access_means": ["card", "pin"] })).is_empty());
}

/// The office corrects or drops a rule without a release, and a mistake is named.
#[test]
fn an_enterprises_file_replaces_rules_and_leaves_some_out() {
    let text = include_str!("../../../catalog/laws/checks.yaml").to_owned();
    let own = "rules:\n  - {code: criminal_threshold, kind: incident, law: fs_2025_5, weight: note, at: loss, at_least: {loss: 500000}, says: {zh: 甲, en: a}, instead: {zh: 乙, en: b}}\nwithout: [biometrics_alone]\n";
    let laws = Laws::load(&[("shipped".to_owned(), text.clone()), ("own.yaml".to_owned(), own.to_owned())]).expect("laws");
    let judge = |kind: &str, data: Value| {
        let data: Data = serde_json::from_value(data).expect("fields");
        laws.judge(&Case { kind, data: &data, today: "2026-11-21".parse().expect("day") }, &Nobody).len()
    };
    assert_eq!(judge("incident", json!({ "loss": { "cents": 40_000_000 } })), 0);
    assert_eq!(judge("incident", json!({ "loss": { "cents": 50_000_000 } })), 1);
    assert_eq!(judge("zone", json!({ "access_means": ["face"] })), 0);
    let wrong =
        "rules:\n  - {code: x, kind: zone, law: nowhere, weight: note, at: name, says: {zh: 甲, en: a}, instead: {zh: 乙, en: b}}\n";
    let found = Laws::load(&[("own.yaml".to_owned(), wrong.to_owned())]).expect_err("no such law");
    assert_eq!((found.len(), found.first().map(|m| m.code)), (1, Some("law.unknown_law")));
    let found = Laws::load(&[("own.yaml".to_owned(), "rules: [{code: 1".to_owned())]).expect_err("no YAML");
    assert_eq!(found.first().map(|m| (m.file.as_str(), m.code)), Some(("own.yaml", "law.syntax")));
}
