//! The matrix of points and kinds of evidence, and its table against the registers.

use std::{fs, path::Path};

use jingui_evidence::dossier::{
    Kinds, Outcome, Trusted,
    matrix::{Fact, Matrix, Row, Subject, WhyNot, is_sound, matrix},
    verify,
};
use jingui_model::{Day, Id};

use crate::dossier_world::{World, other, secret};

fn day(text: &str) -> Option<Day> {
    text.parse().ok()
}

fn fact(kind: &str, label: &str, on: &str, state: &str, fields: &[&str]) -> Fact {
    Fact {
        kind: kind.to_owned(),
        id: secret(),
        label: label.to_owned(),
        entry: None,
        day: day(on),
        state: state.to_owned(),
        secret: Some(secret()),
        point: None,
        fields: fields.iter().map(|f| (*f).to_owned()).collect(),
    }
}

fn of(facts: &[Fact], alleged_on: &str, as_of: &str) -> Matrix {
    let subjects = [Subject { record: secret(), point: Some("保温".to_owned()) }, Subject { record: other(), point: None }];
    matrix(&Kinds::shipped().expect("table"), &subjects, facts, day(alleged_on), day(as_of))
}

fn row<'a>(matrix: &'a Matrix, part: usize, element: &str) -> &'a Row {
    matrix.points[part].rows.iter().find(|row| row.element == element).expect(element)
}

fn missing(row: &Row) -> Vec<&str> {
    row.missing.iter().map(|m| m.code.as_str()).collect()
}

/// 法释〔2020〕7号 art. 5: 在被诉侵权行为发生以前所采取的合理保密措施; H 10.2.3.
#[test]
fn only_measures_before_the_alleged_act_count() {
    let facts = [
        fact("secret", "一", "2026-05-31", "effective", &["measures"]),
        fact("secret", "二", "2026-06-01", "effective", &["measures"]),
        fact("secret", "三", "2026-07-01", "effective", &["measures"]),
        fact("secret", "四", "", "effective", &["measures"]),
        fact("secret", "五", "2026-01-01", "draft", &["measures"]),
    ];
    let told = |matrix: &Matrix| {
        row(matrix, 0, "confidentiality").items.iter().map(|i| (i.about.clone(), i.counts, i.why_not)).collect::<Vec<_>>()
    };
    let late = Some(WhyNot::NotBeforeAct);
    let expected = [
        ("一", true, None),
        ("五", false, Some(WhyNot::State)),
        ("二", false, late),
        ("三", false, late),
        ("四", false, Some(WhyNot::NoDay)),
    ];
    let found = of(&facts, "2026-06-01", "");
    assert_eq!(told(&found), expected.map(|(about, counts, why)| (about.to_owned(), counts, why)));
    assert!(is_sound(&found) && !missing(row(&found, 0, "confidentiality")).contains(&"measure"));
    // Without an act everything in force counts; with an earlier one nothing does, and that is said.
    assert_eq!(told(&of(&facts, "", "")).iter().filter(|(_, counts, _)| *counts).count(), 4);
    let early = of(&facts, "2026-01-01", "");
    assert!(told(&early).iter().all(|(_, counts, _)| !counts) && missing(row(&early, 0, "confidentiality")).contains(&"measure"));
    // Value and ownership are not asked for before the act.
    let found = of(&[fact("secret", "一", "2026-07-01", "effective", &["value_note", "files"])], "2026-06-01", "");
    assert!(row(&found, 0, "value").items[0].counts && row(&found, 0, "ownership").items[0].counts);
}

/// H 10.2.1 to 10.2.5 for each point, 10.2.6 to 10.2.9 when something is given.
#[test]
fn each_point_has_the_five_elements_and_says_what_is_missing() {
    let rule = Fact { secret: None, ..fact("rule", "保密管理规定", "2025-01-01", "issued", &["issued_on"]) };
    let elsewhere = Fact { point: Some("回火".to_owned()), ..fact("secret", "别的", "2025-01-01", "effective", &["points"]) };
    let later = fact("outside_evidence", "鉴定意见书", "2026-09-01", "filed", &["type=identity_opinion"]);
    let found = of(&[rule.clone(), elsewhere.clone(), later.clone()], "2026-06-01", "2026-08-01");
    let clauses: Vec<_> = found.points[0].rows.iter().map(|row| row.clause.as_str()).collect();
    assert_eq!(clauses, ["H 10.2.1", "H 10.2.2", "H 10.2.3", "H 10.2.4", "H 10.2.5"]);
    // A company's rule is for every secret, a fact about another point for none of these.
    for part in [0, 1] {
        assert_eq!(row(&found, part, "confidentiality").items.len(), 1);
        assert_eq!(missing(row(&found, part, "secrecy")), ["point_stated", "not_public", "novelty_report"]);
    }
    assert!(found.points[0].rows.iter().flat_map(|row| &row.missing).all(|m| !m.text.zh.is_empty() && !m.text.en.is_empty()));
    // What came after the day of the package is not looked at; before, it opens two more rows.
    let found = of(&[later], "2026-06-01", "2026-09-01");
    let elements: Vec<_> = found.points[0].rows.iter().map(|row| row.element.as_str()).skip(5).collect();
    assert_eq!(elements, ["infringement", "appraisal"]);
    assert_eq!(found.points[1].rows.len(), 5);
    assert_eq!(of(&[rule.clone(), elsewhere.clone()], "", ""), of(&[elsewhere, rule], "", ""), "the order of facts does not matter");
}

#[test]
fn a_package_carries_the_matrix_and_the_reader_checks_what_it_counts() {
    let world = World::new();
    let facts = [Fact { entry: Some(3), ..fact("secret", "热处理曲线", "2026-01-01", "effective", &["measures", "points"]) }];
    let mut dossier = world.dossier();
    dossier.matrix = Some(of(&facts, "2026-06-01", ""));
    let found = verify(&dossier.clone().pack().expect("packed"), &Trusted::default());
    assert_eq!(found.outcome, Outcome::Whole);
    assert!(found.claimed.iter().any(|claim| claim.code == "package.claim.matrix"));
    for change in [
        &(|m: &mut Matrix| m.alleged_on = None) as &dyn Fn(&mut Matrix),
        &|m| m.points[0].record = Id::from_bytes([1; 16]),
        &|m| m.points[0].rows[2].items[0].entry = Some(4),
        &|m| m.points[0].rows[2].items[0].day = day("2026-06-01"),
        &|m| m.points[0].rows[2].items[0].why_not = Some(WhyNot::NoDay),
    ] {
        let mut lying = dossier.clone();
        lying.matrix.as_mut().map(change);
        assert_eq!(lying.pack().map_err(|p| p.code().to_owned()).err().as_deref(), Some("package.fault.matrix"));
    }
}

/// Kinds, states and fields that the table names are those of the registers.
#[test]
fn the_table_speaks_of_registers_that_are_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/kinds");
    let table = Kinds::shipped().expect("table");
    let text = |kind: &str| fs::read_to_string(folder.join(format!("{kind}.yaml"))).expect("a kind");
    let is_there = |kind: &str, name: &str| {
        let (name, option) = name.split_once('=').map_or((name, None), |(name, option)| (name, Some(format!("code: {option},"))));
        let named = [format!("name: {name},"), format!("name: {name}\n")];
        let text = text(kind);
        assert!(named.iter().any(|named| text.contains(named)), "{kind} has no {name}");
        assert!(option.is_none_or(|option| text.contains(&option)), "{kind} has no such choice of {name}");
    };
    for source in &table.sources {
        let fields = source.has.iter().filter(|field| !field.starts_with("act="));
        source.states.iter().chain(fields).for_each(|name| is_there(&source.kind, name));
    }
    for frame in &table.frames {
        frame.states.iter().chain(&frame.fields).chain(&frame.day).for_each(|name| is_there(&frame.kind, name));
    }
}
