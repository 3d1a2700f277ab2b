//! Guards that look beyond the record: how many, which of the choices, what others say of the same person (B 4.2, 5.1).

use crate::support::{World, act, catalog, data, id, person};
use jingui_kinds::{ActorView, Brief, Facts, Kind, Record};
use jingui_model::{GradeScheme, Id, Problem, Zone};
use serde_json::{Value, json};

/// The small world, and what fields of its records say.
struct Told {
    world: World,
    fields: Vec<(Id, &'static str, Value)>,
}

impl Facts for Told {
    fn brief(&self, id: Id) -> Option<Brief> {
        self.world.brief(id)
    }
    fn scheme(&self) -> &GradeScheme {
        self.world.scheme()
    }
    fn zone(&self) -> Zone {
        self.world.zone()
    }
    fn count(&self, kind: &str, field: &str, id: Id, states: &[&str]) -> u64 {
        self.world.count(kind, field, id, states)
    }
    fn field(&self, record: Id, name: &str) -> Option<Value> {
        self.fields.iter().find(|(id, field, _)| *id == record && *field == name).map(|(.., v)| v.clone())
    }
}

fn kind(name: &str) -> &'static Kind {
    catalog().kind(name).unwrap()
}

fn office() -> ActorView {
    person(2, &["office"])
}

/// A record in a state, as if it had come there.
fn record(world: &World, name: &str, state: &str, input: Value) -> Record {
    let made = act(world, kind(name), None, "create", input, &person(1, &["staff"]), 0).unwrap();
    Record { state: state.to_owned(), ..made.record }
}

fn codes(problem: &Problem) -> Vec<String> {
    if problem.parts().is_empty() { vec![problem.code().to_owned()] } else { problem.parts().iter().map(|p| p.code().to_owned()).collect() }
}

/// Does an act with facts about fields.
fn told(facts: &dyn Facts, record: &Record, action: &str, input: Value, actor: &ActorView) -> Result<Record, Vec<String>> {
    let input = data(input);
    let at = crate::support::hour(1);
    let act = jingui_kinds::Act { action, input: &input, actor, at, new_id: id(1000), batch: None };
    jingui_kinds::decide(catalog(), kind(&record.kind), Some(record), &act, facts).map(|d| d.record).map_err(|p| codes(&p))
}

/// B 5.2.2: a core carrier is handed over by two, in person; another by one.
#[test]
fn b_5_2_2_a_core_carrier_is_handed_over_by_two_in_person() {
    let world = World::new().with(700, "carrier", "stored");
    let issue = |grade: &str| {
        let input = json!({"name": "试制", "carrier": id(700), "grade": grade, "department": id(101), "receiver": id(5), "return_due": "2026-12-31"});
        record(&world, "carrier_issue", "approved", input)
    };
    let hand = |grade: &str, handers: Value, channel: &str| {
        told(&world, &issue(grade), "hand_over", json!({"handers": handers, "channel": channel}), &office())
    };
    assert_eq!(hand("core", json!([id(2)]), "in_person").unwrap_err(), ["guard.at_least"]);
    assert_eq!(hand("core", json!([id(2), id(3)]), "internal_courier").unwrap_err(), ["guard.among"]);
    assert_eq!(hand("important", json!([id(2)]), "normal").unwrap_err(), ["guard.among"]);
    for (grade, handers, channel) in [
        ("core", json!([id(2), id(3)]), "in_person"),
        ("important", json!([id(2)]), "internal_courier"),
        ("general", json!([id(2)]), "normal"),
    ] {
        assert_eq!(hand(grade, handers, channel).unwrap().state, "out", "{grade}");
    }
}

/// B 5.1.1, 5.1.2; feature 4.1: no access without an agreement and a valid exam.
#[test]
fn b_5_1_1_access_is_asked_for_with_an_agreement_and_a_valid_exam_only() {
    let mut world = World::new();
    let input = json!({"name": "查阅淬火工艺", "applicant": id(1), "department": id(101), "purpose": "改进", "until": "2026-12-31", "device": "A 室终端"});
    let request = record(&world, "access_request", "draft", input);
    let ask = |world: &World| told(world, &request, "submit", json!({}), &person(1, &["staff"]));
    assert_eq!(ask(&world).unwrap_err(), ["guard.some_for", "guard.some_for"]);
    world.counts.insert("agreement.person:in_force".into(), 1);
    assert_eq!(ask(&world).unwrap_err(), ["guard.some_for"]);
    world.counts.insert("exam_result.person:valid".into(), 1);
    assert_eq!(ask(&world).unwrap().state, "received");
}

/// B 5.1.3: nobody is through with leaving while a carrier or a notebook is out, and whoever leaves does not witness the hand-over.
#[test]
fn b_5_1_3_everything_is_back_before_leaving_goes_on() {
    let mut world = World::new();
    let input = json!({"name": "离职", "person": id(5), "department": id(101), "handlers": [id(3)], "last_day": "2026-11-30"});
    let leaving = record(&world, "departure", "interviewed", input);
    let back =
        |world: &World, to: u64| told(world, &leaving, "return_all", json!({"hand_over_to": id(to), "computer_cleared": true}), &office());
    assert_eq!(back(&world, 5).unwrap_err(), ["guard.differs"]);
    assert_eq!(back(&world, 3).unwrap().state, "returned");
    world.counts.insert("carrier.holder:issued".into(), 2);
    assert_eq!(back(&world, 3).unwrap_err(), ["guard.none_for"]);
}

/// H 8.3.4: outside only under the recipient's own agreement, in force and not over on the day.
#[test]
fn h_8_3_4_a_transfer_outside_needs_the_recipients_valid_agreement() {
    let world = World::new().with(700, "secret", "effective").with(701, "partner", "admitted").with(702, "agreement", "in_force");
    let input = json!({"name": "送检", "secrets": [id(700)], "grade": "important", "department": id(101), "purpose": "检测", "content": "图纸一份",
        "channel": "courier", "partner": id(701), "contact": "王工", "agreement": id(702), "return_due": "2026-12-31"});
    let transfer = record(&world, "transfer", "draft", input);
    let send = |of: u64, until: Option<&str>| {
        let mut fields = vec![(id(702), "partner", json!(id(of)))];
        fields.extend(until.map(|day| (id(702), "until", json!(day))));
        let world = World::new().with(700, "secret", "effective").with(701, "partner", "admitted").with(702, "agreement", "in_force");
        told(&Told { world, fields }, &transfer, "send_outside", json!({}), &person(1, &["staff"]))
    };
    assert_eq!(send(9, None).unwrap_err(), ["guard.ref_same"]);
    assert_eq!(send(701, Some("2026-11-20")).unwrap_err(), ["guard.ref_valid"]);
    assert_eq!(send(701, Some("2026-11-21")).unwrap().state, "pending");
    assert_eq!(send(701, None).unwrap().state, "pending");
}

/// A mistake in a new word of the files is named where it stands.
#[test]
fn mistakes_in_guards_ends_and_follow_are_named() {
    let file = |extra: &str, state: &str| jingui_kinds::Source {
        file: "x.yaml".into(),
        text: format!(
            "kind: x\nlabel: [甲, X]\nplural: [甲, X]\ngroup: register\ntitle: name\nfields:\n  - {{name: name, label: [名, N], type: text, required: true}}\n  - {{name: who, label: [人, W], type: {{is: ref, kind: person}}}}\nstates:\n  - {{name: a, label: [甲, A]{state}}}\ntransitions:\n  - {{name: go, label: [走, Go], from: [a], to: a, action: advance, {extra}}}\n"
        ),
    };
    let found = |extra: &str, state: &str| -> Vec<String> {
        match jingui_kinds::Catalog::load(&crate::support::sources(), &[file(extra, state)]) {
            Ok(_) => vec![],
            Err(found) => found.into_iter().map(|d| format!("{} {}", d.path, d.code)).collect(),
        }
    };
    let at = "transitions[0].requires[0].arg";
    assert_eq!(found("requires: [{at_least: \"who: 2\"}]", ""), [format!("{at} kind.field_type")]);
    assert_eq!(found("requires: [{at_least: \"who\"}]", ""), [format!("{at} kind.guard_argument")]);
    assert_eq!(found("requires: [{among: \"name: a\"}]", ""), [format!("{at} kind.field_type")]);
    assert_eq!(found("requires: [{some_for: \"who: agreement.partner: in_force\"}]", ""), [format!("{at} kind.unknown_field")]);
    assert_eq!(found("requires: [{some_for: \"who: agreement.person: gone\"}]", ""), [format!("{at} kind.unknown_state")]);
    assert_eq!(found("requires: [{ref_same: \"who.age, name\"}]", ""), [format!("{at} kind.unknown_field")]);
    assert_eq!(found("requires: [{ref_valid: \"who: name\"}]", ""), [format!("{at} kind.unknown_field")]);
    assert_eq!(found("follow: [{on: who, act: leave}]", ""), ["transitions[0] kind.follow_effect"]);
    assert_eq!(found("effects: [follow], follow: [{on: who, act: fly}]", ""), ["transitions[0].follow[0].act kind.unknown_transition"]);
    assert_eq!(found("effects: [follow], follow: [{make: nothing}]", ""), ["transitions[0].follow[0].make kind.unknown_kind"]);
    assert_eq!(found("effects: [follow], follow: [{on: name, act: edit}]", ""), ["transitions[0].follow[0] kind.follow_form"]);
    assert_eq!(
        found("effects: [follow], follow: [{on: who, act: edit, with: {age: name}}]", ""),
        ["transitions[0].follow[0].with.age kind.unknown_field"]
    );
    assert_eq!(found("input: [name]", ", ends: {after: name, by: go}"), ["states[0].ends.after kind.field_type"]);
}
