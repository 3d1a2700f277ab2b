//! The shipped duties: right against the shipped kinds, and complete against the guides.

use std::collections::BTreeMap;

use jingui_calendar::{Known, Rhythm, Severity, Who, duty::Moves, duty::Within};
use serde_json::Value;

use crate::support::{shipped, text};

struct Kinds(BTreeMap<String, Value>);

impl Kinds {
    fn read() -> Self {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/kinds");
        let names = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
        let yaml = names.filter_map(|n| n.strip_suffix(".yaml").map(str::to_owned));
        Self(yaml.map(|n| (n.clone(), serde_saphyr::from_str(&text(&format!("kinds/{n}.yaml"))).unwrap())).collect())
    }

    fn has(&self, kind: &str, part: &str, name: &str) -> bool {
        let list = self.0.get(kind).and_then(|k| k.get(part)).and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|item| item.get("name").and_then(Value::as_str) == Some(name)))
    }
}

impl Known for Kinds {
    fn role(&self, role: &str) -> bool {
        const ROLES: [&str; 10] = [
            "committee_chair",
            "committee",
            "office",
            "department_head",
            "department_officer",
            "legal",
            "staff",
            "system_admin",
            "security_admin",
            "auditor",
        ];
        ROLES.contains(&role)
    }
    fn kind(&self, kind: &str) -> bool {
        self.0.contains_key(kind)
    }
    fn state(&self, kind: &str, state: &str) -> bool {
        self.has(kind, "states", state)
    }
    fn transition(&self, kind: &str, transition: &str) -> bool {
        transition == "create" || self.has(kind, "transitions", transition)
    }
    fn field(&self, kind: &str, field: &str) -> bool {
        self.has(kind, "fields", field)
    }
}

#[test]
fn every_kind_state_transition_field_and_role_that_a_duty_names_is_there() {
    let found: Vec<String> = shipped().check_against(&Kinds::read()).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Each period that the guides name, by clause.
#[test]
fn what_the_guides_ask_for_by_the_calendar_is_there() {
    let wanted = [
        ("B 7.2.2", "daily", "daily_core_backup"),
        ("B 7.3.1", "daily", "daily_it_check"),
        ("B 10.1.1", "weekly", "weekly_self_check"),
        ("B 5.3.3", "weekly", "weekly_zone_check"),
        ("B 7.2.2", "weekly", "weekly_log_audit"),
        ("B 7.2.2", "weekly", "weekly_important_backup"),
        ("B 7.2.1", "weekly", "weekly_virus_base"),
        ("B 10.1.1", "monthly", "monthly_special_check"),
        ("B 7.2.1", "monthly", "monthly_virus_scan"),
        ("B App 6 2", "monthly", "monthly_non_compete_pay"),
        ("B App 6 2", "monthly", "monthly_non_compete_proof"),
        ("B 5.1.2", "quarterly", "quarterly_training"),
        ("B 5.1.3", "quarterly", "quarterly_non_compete_check"),
        ("B 7.3.1", "quarterly", "quarterly_security_test"),
        ("B 10.1.2", "quarterly", "quarterly_joint_check"),
        ("B 10.3.3", "quarterly", "quarterly_improvement_review"),
        ("B 5.1.2", "half_yearly", "half_yearly_rights_review"),
        ("B 4.1.1", "yearly", "yearly_identification"),
        ("B 4.3.2", "yearly", "yearly_declassification_review"),
        ("B 5.1.2", "yearly", "yearly_undertaking"),
        ("B 5.1.2", "yearly", "yearly_external_training"),
        ("B 7.1.1", "yearly", "yearly_security_assessment"),
        ("B 7.3.1", "yearly", "yearly_third_party_test"),
        ("B 7.3.2", "yearly", "yearly_drill"),
        ("B 10.1.2", "yearly", "yearly_check"),
        ("B 10.2.1", "yearly", "yearly_assessment"),
        ("B 6.3.1", "event", "partner_assessment"),
        ("B 5.3.2", "event", "video_check"),
        ("H 7.3.3", "event", "preservation_review"),
    ];
    for (clause, rhythm, code) in wanted {
        let duty = shipped().get(code).unwrap_or_else(|| panic!("{code}"));
        assert!(duty.clause.starts_with(clause), "{code}: {}", duty.clause);
        let value = serde_json::to_value(&duty.rhythm).unwrap();
        assert!(value.get(rhythm).is_some(), "{code}: {value}");
    }
}

#[test]
fn the_events_of_the_guides_are_there() {
    let about = |kind: &str| shipped().iter().filter(|d| matches!(&d.rhythm, Rhythm::Event(e) if e.kind == kind)).count();
    for kind in ["person", "onboarding", "post_transfer", "departure", "non_compete", "cooling_off", "exam_result", "trip", "secret"] {
        assert!(about(kind) > 0, "{kind}");
    }
    for kind in
        ["agreement", "rule", "outside_change", "carrier_issue", "transfer", "disclosure", "incident", "corrective_action", "department"]
    {
        assert!(about(kind) > 0, "{kind}");
    }
    let Rhythm::Event(ends) = &shipped().get("agreement_ends").unwrap().rhythm else { panic!() };
    assert_eq!(ends.days_before, Some(30));
    // B 5.1.3: at once, whatever day it is.
    let rights = shipped().get("leaving_rights").unwrap();
    assert_eq!((rights.within, rights.severity, rights.moves), (Some(Within::AtOnce), Severity::Urgent, Moves::Stays));
}

#[test]
fn every_duty_has_somebody_above_who_hears_of_it_and_wages_are_paid_early() {
    for duty in shipped().iter() {
        assert!(!duty.escalate.is_empty(), "{}", duty.code);
        assert!(duty.by != Who::Everyone && !duty.label.en.is_empty(), "{}", duty.code);
        assert!(duty.clause.starts_with("B ") || duty.clause.starts_with("H "), "{}: {}", duty.code, duty.clause);
    }
    for code in ["monthly_non_compete_pay", "monthly_cooling_off_pay"] {
        assert_eq!(shipped().get(code).unwrap().moves, Moves::Earlier, "{code}"); // 工资支付暂行规定 7
    }
}

#[test]
fn the_engine_says_what_it_must_be_told() {
    let needs = shipped().needs();
    assert!(needs["agreement"].days.contains("until") && needs["agreement"].states.contains("in_force"));
    assert!(needs["person"].transitions.contains("leave") && needs["equipment"].values.contains("type"));
    assert!(needs.contains_key("department") && needs["zone"].states.contains("active"));
}
