//! What acts do: the rules of the guides, on the kinds that ship.

use crate::support::{World, act, catalog, id, person, system};
use jingui_kinds::{ActorView, Kind, Record, TodoWhat, available, once::Unique, required_missing, todos};
use jingui_model::{Day, Zone};
use serde_json::{Value, json};

fn kind(name: &str) -> &'static Kind {
    catalog().kind(name).unwrap()
}

fn full(grade: &str) -> Value {
    json!({
        "name": "风电轴承热处理工艺参数", "category": "process_heat", "grade": grade, "department": id(101), "responsible": id(5),
        "points": [{"name": "淬火介质配方", "content": "甲", "difference": "乙"}], "carrier_forms": ["电子文档"], "circle_posts": [id(201)],
        "term": if grade == "core" { json!({"open": true}) } else { json!({"months": 36}) },
        "declassification_condition": "技术公开后", "exclusion": "none",
    })
}

fn created(world: &World, kind: &Kind, input: Value, by: &ActorView) -> Record {
    act(world, kind, None, "create", input, by, 0).unwrap().record
}

fn code(result: Result<jingui_kinds::Decision, jingui_model::Problem>) -> String {
    result.unwrap_err().code().to_owned()
}

/// B 4.1.1 step 5; H 9.5.2: the office assesses, two of the committee agree on a core secret, never the applicant.
#[test]
fn a_core_secret_needs_the_office_and_two_of_the_committee() {
    let (world, secret) = (World::new(), kind("secret"));
    let officer = person(1, &["department_officer", "office", "committee"]);
    let draft = created(&world, secret, full("core"), &officer);
    assert_eq!((draft.state.as_str(), draft.version), ("draft", 1));
    let asked = act(&world, secret, Some(&draft), "submit", json!({"note": "请审批"}), &officer, 1).unwrap();
    assert_eq!(asked.record.state, "pending");
    assert_eq!(asked.record.data, draft.data);
    let vote = |record: &Record, n, roles: &[&str], at| act(&world, secret, Some(record), "approve", json!({}), &person(n, roles), at);
    assert_eq!(code(vote(&asked.record, 1, &["office"], 2)), "approval.own_request");
    assert_eq!(code(vote(&asked.record, 2, &["committee"], 2)), "approval.not_asked");
    let assessed = vote(&asked.record, 2, &["office", "committee"], 2).unwrap().record;
    assert_eq!(code(vote(&assessed, 2, &["office", "committee"], 3)), "approval.earlier_approver");
    assert_eq!(code(act(&world, secret, Some(&assessed), "approve", json!({}), &system(), 3)), "approval.person_needed");
    let one = vote(&assessed, 3, &["committee_chair"], 3).unwrap();
    assert_eq!(one.record.state, "pending");
    assert_eq!(code(vote(&one.record, 3, &["committee_chair"], 4)), "approval.voted_already");
    let two = vote(&one.record, 4, &["committee"], 4).unwrap();
    assert_eq!((two.record.state.as_str(), two.record.version), ("effective", 5));
    assert_eq!(two.happenings.iter().map(|h| h.act.as_str()).collect::<Vec<_>>(), ["approve", "approved"]);
    assert_eq!(two.record.data["approver"], json!(id(4)));
    assert_eq!(two.record.data["classified_on"], json!("2026-11-21"));
    assert!(!two.record.data.contains_key("term_end"), "an open term has no end (B 4.1.2)");
}

/// B 4.1.2: a general secret has one to three years.
#[test]
fn the_end_of_the_term_counts_from_the_approval() {
    let (world, secret) = (World::new(), kind("secret"));
    let author = person(1, &[]);
    let draft = created(&world, secret, full("general"), &author);
    let asked = act(&world, secret, Some(&draft), "submit", json!({}), &author, 1).unwrap().record;
    let assessed = act(&world, secret, Some(&asked), "approve", json!({}), &person(2, &["office"]), 2).unwrap().record;
    let done = act(&world, secret, Some(&assessed), "approve", json!({}), &person(3, &["committee"]), 13).unwrap().record;
    // 01:00 of the 22nd in China.
    assert_eq!(done.data["classified_on"], json!("2026-11-22"));
    assert_eq!(done.data["term_end"], json!("2029-11-22"));
    let office = person(2, &["office"]);
    let day = |text: &str| text.parse::<Day>().unwrap();
    assert!(todos(secret, &done, &office, day("2029-10-22")).is_empty());
    let near = todos(secret, &done, &office, day("2029-10-23"));
    assert_eq!(near.iter().map(|t| (t.what, t.due)).collect::<Vec<_>>(), [(TodoWhat::Expiring, Some(day("2029-11-22")))]);
}

#[test]
fn everything_that_is_missing_is_said_at_once() {
    let (world, secret) = (World::new(), kind("secret"));
    let author = person(1, &[]);
    let draft = created(&world, secret, json!({"name": "某参数"}), &author);
    let missing: Vec<_> = required_missing(secret, &draft, "submit").iter().map(|f| f.name.as_str()).collect();
    assert_eq!(missing, ["grade", "department", "responsible", "carrier_forms", "term", "declassification_condition", "exclusion"]);
    let refused = act(&world, secret, Some(&draft), "submit", json!({}), &author, 1).unwrap_err();
    assert_eq!(refused.parts().len(), missing.len());
    let mut input = full("important");
    input["term"] = json!({"months": 12});
    input["exclusion"] = json!("published_patent");
    input["points"] = json!([]);
    input["circle_posts"] = json!([]);
    let bad = created(&world, secret, input, &author);
    let refused = act(&world, secret, Some(&bad), "submit", json!({}), &author, 1).unwrap_err();
    let codes: Vec<_> = refused.parts().iter().map(|p| p.code()).collect();
    assert_eq!(codes, ["guard.min_rows", "guard.excluded", "guard.any_of", "guard.term_fits_grade"]);
    assert!(refused.parts().iter().all(|p| p.field().is_some()));
}

#[test]
fn a_refusal_or_withdrawal_leaves_the_data_as_it_was() {
    let (world, secret) = (World::new(), kind("secret"));
    let author = person(1, &[]);
    let draft = created(&world, secret, full("core"), &author);
    let asked = act(&world, secret, Some(&draft), "submit", json!({}), &author, 1).unwrap().record;
    let office = person(2, &["office"]);
    assert_eq!(code(act(&world, secret, Some(&asked), "reject", json!({"note": "  "}), &office, 2)), "approval.reason_needed");
    let rejected = act(&world, secret, Some(&asked), "reject", json!({"note": "依据不足"}), &office, 2).unwrap().record;
    assert_eq!((rejected.state.as_str(), &rejected.data), ("rejected", &draft.data));
    assert_eq!(code(act(&world, secret, Some(&asked), "withdraw", json!({}), &office, 2)), "approval.not_applicant");
    let back = act(&world, secret, Some(&asked), "withdraw", json!({}), &author, 2).unwrap().record;
    assert_eq!((back.state.as_str(), &back.data, back.pending), ("draft", &draft.data, None));
    assert_eq!(code(act(&world, secret, Some(&draft), "approve", json!({}), &office, 2)), "approval.none_pending");
}

#[test]
fn a_record_in_force_is_changed_through_its_transitions_only() {
    let (world, secret) = (World::new(), kind("secret"));
    let mut record = created(&world, secret, full("core"), &person(1, &[]));
    record.state = "effective".into();
    let refused = act(&world, secret, Some(&record), "edit", json!({"name": "别名"}), &person(1, &[]), 1).unwrap_err();
    assert_eq!(refused.code(), "state.not_editable");
    assert!(
        refused.args().iter().any(|(n, v)| n == "state_zh" && v == "有效")
            && refused.args().iter().any(|(n, v)| n == "from_zh" && v == "草稿、已退回")
    );
    assert!(act(&world, secret, Some(&record), "edit", json!({"grade": "general"}), &system(), 1).is_ok(), "an effect may");
    let refused = act(&world, secret, Some(&record), "submit", json!({}), &person(1, &[]), 1).unwrap_err();
    assert_eq!(refused.code(), "state.not_allowed");
    assert_eq!(code(act(&world, secret, Some(&record), "declassify", json!({}), &person(1, &["office"]), 1)), "act.system_only");
    let names: Vec<_> = available(secret, &record).iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["amend", "declare", "assign"]);
    let amended = act(&world, secret, Some(&record), "amend", json!({"remark": "新版", "name": "别名"}), &person(1, &[]), 1);
    assert_eq!(code(amended), "field.not_in_input");
    let waiting = act(&world, secret, Some(&record), "amend", json!({"remark": "新版"}), &person(1, &[]), 1).unwrap().record;
    assert!(!waiting.data.contains_key("remark") && available(secret, &waiting).is_empty());
    let done = act(&world, secret, Some(&waiting), "approve", json!({}), &person(2, &["office"]), 2).unwrap();
    assert_eq!(done.record.data["remark"], "新版");
    assert_eq!(done.happenings[1].changes.keys().collect::<Vec<_>>(), ["remark"]);
}

#[test]
fn edits_keep_only_what_changed_and_refuse_what_is_not_for_people() {
    let (world, secret) = (World::new(), kind("secret"));
    let author = person(1, &[]);
    let draft = created(&world, secret, full("core"), &author);
    let same = act(&world, secret, Some(&draft), "edit", json!({"name": " 风电轴承热处理工艺参数 ", "remark": ""}), &author, 1);
    assert_eq!(code(same), "act.nothing_changed");
    let edited = act(&world, secret, Some(&draft), "edit", json!({"remark": "含回火时间", "term": null}), &author, 1).unwrap();
    assert_eq!(edited.happenings[0].changes, [("remark".to_owned(), json!("含回火时间")), ("term".to_owned(), Value::Null)].into());
    assert_eq!(edited.record.version, 2);
    for (input, wanted) in [
        (json!({"term_end": "2030-01-01"}), "field.fixed"),
        (json!({"files": []}), "field.files_by_attach"),
        (json!({"nonsense": 1}), "field.unknown"),
        (json!({"name": ""}), "field.required"),
        (json!({"grade": "top"}), "field.grade"),
        (json!({"category": "x"}), "field.taxonomy"),
        (json!({"department": id(999)}), "field.ref_missing"),
        (json!({"department": id(1)}), "field.ref_kind"),
        (json!({"term": {"months": 0}}), "field.term"),
        (json!({"value_amount": {"cents": 1.5}}), "field.money"),
        (json!({"name": "a\u{202e}b"}), "field.control"),
        (json!({"points": [{"content": "x"}]}), "field.required"),
    ] {
        let refused = act(&world, secret, Some(&draft), "edit", input.clone(), &author, 1).unwrap_err();
        assert_eq!(refused.code(), wanted, "{input}");
    }
    let nested =
        act(&world, secret, Some(&draft), "edit", json!({"points": [{"name": "a"}, {"name": "b", "content": 5}]}), &author, 1).unwrap_err();
    assert_eq!(nested.field(), Some("points[1].content"));
}

/// B 4.3.1: a fall from core is decided as core, and so is a rise to it.
#[test]
fn a_change_of_grade_is_decided_at_the_higher_of_both() {
    let (world, change) = (World::new().with(500, "secret", "effective"), kind("grade_change"));
    let head = person(1, &["department_head"]);
    let input = json!({"name": "降级", "secret": id(500), "department": id(101), "new_grade": "general", "new_term": {"months": 24}, "reason": "outdated", "explanation": "工艺已被替代"});
    let made = act(&world, change, None, "create", input, &head, 0).unwrap();
    assert_eq!(made.effects[0].effect, "copy_circle");
    let copied = act(&world, change, Some(&made.record), "edit", json!({"old_grade": "core", "circle_persons": [id(8)]}), &system(), 0)
        .unwrap()
        .record;
    let asked = act(&world, change, Some(&copied), "submit", json!({}), &head, 1).unwrap().record;
    let assessed = act(&world, change, Some(&asked), "approve", json!({}), &person(2, &["office"]), 2).unwrap().record;
    let one = act(&world, change, Some(&assessed), "approve", json!({}), &person(3, &["committee"]), 3).unwrap();
    assert!(one.effects.is_empty() && one.record.state == "pending");
    let two = act(&world, change, Some(&one.record), "approve", json!({}), &person(4, &["committee"]), 4).unwrap();
    assert_eq!(two.effects.iter().map(|e| e.effect.as_str()).collect::<Vec<_>>(), ["apply_grade_change", "notify_circle"]);
    // Those who know confirm that they know of the change; others are not asked.
    assert_eq!(code(act(&world, change, Some(&two.record), "acknowledge", json!({}), &person(7, &[]), 5)), "acknowledge.not_asked");
    let read = act(&world, change, Some(&two.record), "acknowledge", json!({}), &person(8, &[]), 5).unwrap().record;
    assert_eq!(code(act(&world, change, Some(&read), "acknowledge", json!({}), &person(8, &[]), 6)), "acknowledge.already");
}

/// B 4.1.1 step 2: reviewers are named for the campaign, and nobody reviews the own department.
#[test]
fn cross_review_is_by_others() {
    let world = World::new().with(600, "campaign", "cross_review").with(601, "campaign_list", "submitted");
    let candidate = kind("candidate");
    let input = json!({"list": id(601), "department": id(101), "name": "磨削进给量"});
    let made = act(&world, candidate, None, "create", input, &system(), 0).unwrap();
    assert_eq!(made.number_series.as_deref(), Some("HX-2026-{seq:4}"));
    let set = json!({"campaign": id(600), "reviewers": [id(6), id(7)]});
    let set = act(&world, candidate, Some(&made.record), "edit", set, &system(), 0).unwrap().record;
    let listed = act(&world, candidate, Some(&set), "list", json!({}), &system(), 1).unwrap().record;
    let review = |who: &ActorView, input: Value| act(&world, candidate, Some(&listed), "keep", input, who, 2);
    let own = ActorView { department: Some(id(101)), ..person(6, &[]) };
    let other = ActorView { department: Some(id(102)), ..person(7, &[]) };
    assert_eq!(todos(candidate, &listed, &other, Zone::default_day()).len(), 1);
    assert_eq!(code(review(&own, json!({"exclusion": "none"}))), "guard.other_department");
    assert_eq!(code(review(&person(5, &["office"]), json!({"exclusion": "none"}))), "guard.actor_in");
    assert_eq!(code(review(&other, json!({"exclusion": "published_patent"}))), "guard.excluded");
    assert_eq!(review(&other, json!({"exclusion": "none"})).unwrap().record.data["reviewed_by"], json!(id(7)));
    let out = json!({"exclusion": "published_patent", "exclusion_reason": "已公开"});
    let refused = act(&world, candidate, Some(&listed), "exclude", out, &other, 2).unwrap_err();
    assert_eq!((refused.code(), refused.field()), ("field.required", Some("exclusion_source")));
}

trait SomeDay {
    fn default_day() -> Day;
}
impl SomeDay for Zone {
    fn default_day() -> Day {
        Day::from_number(20_000)
    }
}

/// B 10.1.3: the person responsible puts it right, somebody else of the office accepts.
#[test]
fn a_corrective_action_is_accepted_by_somebody_else() {
    let (world, action) = (World::new(), kind("corrective_action"));
    let office = person(2, &["office"]);
    let input = json!({"name": "样品库门禁失效", "source": "weekly", "severity": "serious", "department": id(101), "responsible": id(5), "due": "2026-12-01"});
    let open = created(&world, action, input, &office);
    assert_eq!(code(act(&world, action, Some(&open), "start", json!({}), &office, 1)), "guard.actor_in");
    let responsible = person(5, &["office"]);
    let doing = act(&world, action, Some(&open), "start", json!({}), &responsible, 1).unwrap().record;
    let done = act(&world, action, Some(&doing), "finish", json!({"action_taken": "已更换"}), &responsible, 2).unwrap().record;
    let note = json!({"acceptance_note": "现场复查合格"});
    assert_eq!(code(act(&world, action, Some(&done), "accept", note.clone(), &responsible, 3)), "guard.actor_not");
    assert_eq!(code(act(&world, action, Some(&done), "accept", note.clone(), &person(9, &["department_head"]), 3)), "guard.actor_role");
    assert_eq!(act(&world, action, Some(&done), "accept", note, &office, 3).unwrap().record.state, "accepted");
}

/// H 5.2; B 10.3.2: everyone confirms a rule, and confirms a new edition anew.
#[test]
fn a_new_edition_is_confirmed_anew() {
    let (world, rule) = (World::new(), kind("rule"));
    let office = person(2, &["office"]);
    let draft = created(
        &world,
        rule,
        json!({"name": "涉密载体管理规定", "category": "objects", "body": "正文", "effective_on": "2026-12-01"}),
        &office,
    );
    assert_eq!(draft.data["edition"], "1.0");
    let asked = act(&world, rule, Some(&draft), "submit", json!({}), &office, 1).unwrap().record;
    let issued = act(&world, rule, Some(&asked), "approve", json!({}), &person(3, &["committee"]), 2).unwrap().record;
    let read = act(&world, rule, Some(&issued), "acknowledge", json!({}), &person(9, &["staff"]), 3).unwrap().record;
    assert!(todos(rule, &read, &person(9, &["staff"]), Day::from_number(20_000)).is_empty());
    let revised = act(&world, rule, Some(&read), "revise", json!({"edition": "2.0", "changes": "按新法修订"}), &office, 4).unwrap().record;
    assert_eq!(revised.acknowledged.len(), 1, "the old edition stays confirmed while the new one waits");
    let renewed = act(&world, rule, Some(&revised), "approve", json!({}), &person(3, &["committee"]), 5).unwrap().record;
    assert!(renewed.acknowledged.is_empty());
    assert_eq!(todos(rule, &renewed, &person(9, &["staff"]), Day::from_number(20_000))[0].what, TodoWhat::Acknowledge);
}

#[test]
fn files_are_added_as_versions_while_the_record_allows_it() {
    let (world, secret) = (World::new(), kind("secret"));
    let author = person(1, &[]);
    let draft = created(&world, secret, full("core"), &author);
    let file = |n: u64, name: &str| {
        json!({"field": "files", "file": {"id": id(n), "series": id(70), "version": 9, "name": name, "size": 3, "sha256": "ab".repeat(32),
               "media": "text/plain", "object": "o", "key": "k", "added": "2020-01-01T00:00:00Z", "by": id(9)}})
    };
    let one = act(&world, secret, Some(&draft), "attach", file(71, "图纸.dwg"), &author, 1).unwrap().record;
    let two = act(&world, secret, Some(&one), "attach", file(72, "图纸.dwg"), &author, 2).unwrap().record;
    let versions: Vec<_> = two.data["files"].as_array().unwrap().iter().map(|f| (f["version"].clone(), f["by"].clone())).collect();
    assert_eq!(versions, [(json!(1), json!(id(1))), (json!(2), json!(id(1)))]);
    assert_eq!(code(act(&world, secret, Some(&two), "attach", file(72, "a"), &author, 3)), "file.exists");
    for name in ["../a", "a/b", "a\\b", "..", " ", "a\u{0}"] {
        assert!(act(&world, secret, Some(&two), "attach", file(73, name), &author, 3).is_err(), "{name}");
    }
    let gone = act(&world, secret, Some(&two), "detach", json!({"field": "files", "file": id(71)}), &author, 3).unwrap().record;
    assert_eq!(gone.data["files"].as_array().unwrap().len(), 1);
    let asked = act(&world, secret, Some(&two), "submit", json!({}), &author, 4).unwrap().record;
    assert_eq!(code(act(&world, secret, Some(&asked), "attach", file(74, "a"), &author, 5)), "state.not_editable");
}

/// B 4.2, 4.3: the files of a secret in force change as its other content does: asked for, agreed to by another, the old version kept.
#[test]
fn files_of_a_secret_in_force_change_by_request_only() {
    let (world, secret) = (World::new(), kind("secret"));
    let (author, office) = (person(1, &["department_officer"]), person(2, &["office"]));
    let file = |n: u64| {
        json!({"field": "files", "file": {"id": id(n), "series": id(70), "version": 9, "name": "图纸.dwg", "size": 3, "sha256": "ab".repeat(32),
               "media": "text/plain", "object": "o", "key": "k", "added": "2020-01-01T00:00:00Z", "by": id(9)}})
    };
    let data = json!({"name": "a", "points": [{"name": "b"}]});
    let draft = act(&world, secret, None, "create", data, &author, 0).unwrap().record;
    let mut effective = act(&world, secret, Some(&draft), "attach", file(71), &author, 1).unwrap().record;
    effective.state = "effective".into();
    let count = |record: &Record| record.data.get("files").and_then(Value::as_array).map_or(0, Vec::len);
    let asked = act(&world, secret, Some(&effective), "attach", file(72), &author, 2).unwrap();
    assert_eq!((asked.record.state.as_str(), count(&asked.record), asked.happenings[0].act.as_str()), ("amending", 1, "amend"));
    // The applicant adds to the own request; nobody else does, and nobody after the first vote.
    let more = act(&world, secret, Some(&asked.record), "attach", file(73), &author, 3).unwrap().record;
    assert_eq!((more.state.as_str(), count(&more)), ("amending", 1));
    assert_eq!(code(act(&world, secret, Some(&more), "attach", file(74), &office, 4)), "state.not_editable");
    assert_eq!(code(act(&world, secret, Some(&more), "approve", json!({}), &author, 4)), "approval.own_request");
    let done = act(&world, secret, Some(&more), "approve", json!({}), &office, 4).unwrap().record;
    let versions: Vec<_> = done.data["files"].as_array().unwrap().iter().map(|f| f["version"].clone()).collect();
    assert_eq!((done.state.as_str(), versions), ("effective", vec![json!(1), json!(2), json!(3)]), "the old version stays");
    let refused = act(&world, secret, Some(&more), "reject", json!({"note": "不是本工艺"}), &office, 4).unwrap().record;
    assert_eq!((refused.state.as_str(), count(&refused)), ("effective", 1));
    // To take one away is a request too.
    let away = act(&world, secret, Some(&done), "detach", json!({"field": "files", "file": id(72)}), &author, 5).unwrap().record;
    assert_eq!((away.state.as_str(), count(&away)), ("amending", 3));
    let away = act(&world, secret, Some(&away), "approve", json!({}), &office, 6).unwrap().record;
    assert_eq!(count(&away), 2);
    // What an amendment requires is required: a secret without points takes no file either.
    let mut bare = effective;
    bare.data.remove("points");
    assert_eq!(code(act(&world, secret, Some(&bare), "attach", file(75), &author, 7)), "guard.min_rows");
}

#[test]
fn what_arises_by_itself_is_not_made_by_hand_and_numbers_follow_the_pattern() {
    let world = World::new().with(600, "campaign", "self_review");
    let input = json!({"name": "研发部", "campaign": id(600), "department": id(101)});
    assert_eq!(code(act(&world, kind("campaign_list"), None, "create", input.clone(), &person(1, &["office"]), 0)), "act.arises");
    assert!(act(&world, kind("campaign_list"), None, "create", input, &system(), 0).is_ok());
    let key = json!({"cabinet": "三号柜", "key_no": "K-7", "department": id(101)});
    let made = act(&world, kind("mould_cabinet_key"), None, "create", key, &person(1, &[]), 0).unwrap();
    assert_eq!(made.number_series.as_deref(), Some("YS-YF-{seq:3}"));
    assert_eq!(made.unique, [Unique { fields: vec!["key_no".to_owned()], value: Some("k-7".to_owned()) }]);
    assert_eq!(made.record.data["copies"], 1);
}
