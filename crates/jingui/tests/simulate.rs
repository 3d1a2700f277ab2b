//! `jingui simulate`: the duties of the guides arise on their days, for people who may do what they ask for (B 5, 7, 10; H 5.3, 12.3).

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};

use serde_json::{Value, json};

fn simulate(folder: &std::path::Path, more: &[&str]) -> Output {
    let data = folder.display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
    command.args(["simulate", "--sample", "bearing", "--data", &data, "--json"]).args(more);
    command.env("LANG", "en_US.UTF-8").env_remove("JINGUI_DATABASE").output().expect("the program")
}

/// The weeks around the turn of the year 2026: a quarter, a half-year and a year begin in them, after a holiday.
#[test]
fn every_duty_arises_once_on_its_day_and_can_be_done_by_those_it_asks() {
    let folder = tempfile::tempdir().expect("folder");
    let out = simulate(&folder.path().join("data"), &["--days", "24", "--from", "2026-12-14"]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let body: Value = serde_json::from_slice(&out.stdout).expect("json");
    let report = &body["report"];
    assert_eq!((&report["duplicated"], &report["missing"], &report["off_their_day"]), (&json!(0), &json!([]), &json!([])), "{report}");
    assert_eq!(report["failures"], json!({}), "what the script lets happen");
    assert!(report["persons"].as_u64().is_some_and(|n| n >= 300), "{report}");
    let count = |rule: &str| report["rules"][rule].as_u64().unwrap_or(0);
    // B 7.2.2: 24 days; B 10.1.1: seventeen departments, the Fridays of 18 and 25 December, and what is raised for 8 January.
    assert_eq!(count("daily_core_backup"), 24);
    assert!(count("weekly_self_check") >= 34 && count("weekly_self_check") % 17 == 0, "{}", count("weekly_self_check"));
    for rule in ["monthly_special_check", "quarterly_passwords", "yearly_plan", "person_joins", "trip_reminder"] {
        assert!(count(rule) > 0, "{rule}");
    }
    assert_eq!((count("yearly_plan"), count("quarterly_passwords")), (1, 1));
    let (raised, done) = (report["raised"].as_u64().unwrap_or(0), report["done"].as_u64().unwrap_or(0));
    assert!(done * 10 > raised * 6, "people do what is asked of them: {done} of {raised}");
}

#[test]
fn it_never_touches_a_folder_that_holds_something() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("notes.txt"), "mine").expect("file");
    let out = simulate(folder.path(), &["--days", "1"]);
    assert_eq!(out.status.code(), Some(1));
    let words = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(words.contains("not empty"), "{words}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 1);
}
