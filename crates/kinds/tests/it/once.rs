//! What makes two records one and the same.

use jingui_kinds::once::unique;
use jingui_model::Data;
use serde_json::{Value, json};

use crate::support::catalog;

fn values(kind: &str, data: Value) -> Vec<String> {
    let data: Data = data.as_object().unwrap().clone().into_iter().collect();
    unique(catalog().kind(kind).unwrap(), &data).into_iter().filter_map(|u| u.value).collect()
}

#[test]
fn b_5_3_2_a_passage_is_the_same_when_zone_card_day_and_time_are() {
    let first = values("door_record", json!({ "zone": "z", "card": "C01", "passed_on": "2026-11-20", "entered": "08:00:01" }));
    assert_eq!(first.len(), 1);
    let again = json!({ "zone": "z", "card": " c01", "passed_on": "2026-11-20", "entered": "08:00:01", "reason": "送样" });
    assert_eq!(first, values("door_record", again));
    assert_ne!(first, values("door_record", json!({ "zone": "z", "card": "C01", "passed_on": "2026-11-20", "entered": "08:00:02" })));
}

#[test]
fn what_was_written_by_hand_without_a_time_may_be_another_one() {
    assert!(values("door_record", json!({ "zone": "z", "passed_on": "2026-11-20" })).is_empty());
}

#[test]
fn a_unique_field_counts_by_itself() {
    assert_eq!(
        values("person", json!({ "name": "甲", "employee_no": "b01" })),
        values("person", json!({ "name": "乙", "employee_no": "B01 " }))
    );
}
