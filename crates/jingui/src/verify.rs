//! `jingui verify`: exit 0 whole, 1 damaged, 2 cannot be read.

use std::{path::PathBuf, sync::Arc};

use clap::ArgMatches;
use jingui_app::ledger::TWIN;
use jingui_app::node::NodeConfig;
use jingui_app::verify::{Elsewhere, TwinReport, Verification, verify};
use jingui_ledger::{Outcome, Report};
use jingui_model::{Class, Problem, clock::SystemClock};
use jingui_vault::SystemRng;
use serde_json::json;

use crate::{serve::node_config, terminal::Terminal};

/// Database and sealed files outside the folder, by the arguments and the environment, as `serve` has them.
pub fn elsewhere(args: &ArgMatches) -> Elsewhere {
    let NodeConfig { database, objects, ledger, .. } = node_config(args, None);
    Elsewhere { database, objects, ledger }
}

/// Examines a folder.
///
/// # Errors
/// None: what keeps it from being read is exit code 2.
pub async fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    let folder = args.get_one::<PathBuf>("dir").cloned().unwrap_or_default();
    let json = args.get_flag("json");
    if folder.is_file() {
        return unread(terminal, json, crate::package::run(terminal, args, &folder));
    }
    // A database of its own says where it is; the environment speaks for a folder without one.
    let mut elsewhere = elsewhere(args);
    if folder.join("jingui.db").is_file() && args.value_source("database").is_none() {
        elsewhere.database = None;
    }
    if folder.join("ledger/vkey").is_file() && args.value_source("ledger").is_none() {
        elsewhere.ledger = None;
    }
    match verify(&folder, &elsewhere, Arc::new(SystemClock), &SystemRng).await {
        Ok(found) => {
            if json {
                let text = serde_json::to_string_pretty(&found).map_err(|e| Problem::internal("request.failed").detail(e))?;
                terminal.line(&text);
            } else {
                say(terminal, &found);
            }
            Ok(code(found.outcome))
        }
        Err(problem) => unread(terminal, json, Err(problem)),
    }
}

/// The exit code that scripts rely on.
pub const fn code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Whole => 0,
        Outcome::Damaged => 1,
        Outcome::Unreadable => 2,
    }
}

/// Says what kept it from being read.
fn unread(terminal: &Terminal, json: bool, done: Result<u8, Problem>) -> Result<u8, Problem> {
    done.or_else(|problem| {
        if json {
            terminal.line(&json!({ "outcome": "unreadable", "code": problem.code(), "text": terminal.explain(&problem) }).to_string());
        } else {
            terminal.problem(&problem);
        }
        Ok(if problem.class() == Class::Internal { 1 } else { 2 })
    })
}

/// Says what an examination found.
pub fn say(terminal: &Terminal, found: &Verification) {
    let head = match found.outcome {
        Outcome::Whole => "cli.verify.whole",
        Outcome::Damaged => "cli.verify.damaged",
        Outcome::Unreadable => "cli.verify.unreadable",
    };
    let ledger = &found.ledger;
    terminal.say(
        head,
        &[
            ("entries", ledger.entries.to_string()),
            ("objects", found.objects.to_string()),
            ("root", ledger.root.clone().unwrap_or_default()),
        ],
    );
    let places = |report: &Report, folder: &str| {
        for damage in &report.damages {
            let number = |n: Option<u64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
            terminal.say(
                "cli.verify.place",
                &[
                    ("file", format!("{folder}{}", damage.file)),
                    ("entry", number(damage.entry)),
                    ("offset", number(damage.offset)),
                    ("text", terminal.explain(&damage.problem())),
                ],
            );
        }
    };
    places(ledger, "");
    if let Some(TwinReport { report, .. }) = &found.twin {
        if report.whole() && ledger.whole() {
            let root = report.root.clone().unwrap_or_default();
            terminal.say("cli.verify.twin", &[("entries", report.entries.to_string()), ("root", root)]);
        }
        places(report, &format!("{TWIN}/"));
    }
    for finding in &found.findings {
        terminal.line(&terminal.explain(&finding.problem()));
    }
    if ledger.more || found.twin.as_ref().is_some_and(|twin| twin.report.more) {
        terminal.say("cli.verify.more", &[]);
    }
    if let (Some(events), Some(records), Outcome::Whole) = (found.events, found.records, found.outcome) {
        terminal.say("cli.verify.database", &[("events", events.to_string()), ("records", records.to_string())]);
    }
}
