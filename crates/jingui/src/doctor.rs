//! `jingui doctor`: is everything around the node as it should be? Changes nothing.

use std::{
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ArgMatches;
use jingui_app::{
    catalog,
    keys::device::KeyDevice,
    verify::{Elsewhere, verify},
};
use jingui_ledger::Outcome;
use jingui_model::{Clock, Instant, Problem, clock::SystemClock};
use jingui_vault::SystemRng;
use serde_json::json;

use crate::{device, terminal::Terminal};

/// Below this much free space the doctor warns.
const LOW_MIB: u64 = 1024;
/// Below this much it fails: the ledger would stand still soon.
const TOO_LOW_MIB: u64 = 64;
/// No clock that is right says less: 2026-01-01.
const EARLIEST: i64 = 1_767_225_600_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Ok,
    Warn,
    Fail,
}

impl Grade {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

struct Finding {
    grade: Grade,
    code: &'static str,
    args: Vec<(&'static str, String)>,
}

fn finding(grade: Grade, code: &'static str, args: &[(&'static str, String)]) -> Finding {
    Finding { grade, code, args: args.to_vec() }
}

/// Looks at everything and says what it found.
///
/// # Errors
/// None: what fails is exit code 1.
pub async fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    let data = args.get_one::<PathBuf>("data").cloned().unwrap_or_default();
    let mut found = vec![folder(&data)];
    if data.is_dir() {
        found.push(space(&data));
        found.extend(contents(&data, &crate::verify::elsewhere(args), terminal).await);
        found.push(overlay(&data, terminal));
    }
    if let Some(path) = args.get_one::<PathBuf>("key-file") {
        found.extend(secret_file(path, &data, &KEY_FILE));
    }
    match device::given(args) {
        Ok(None) => {}
        Ok(Some(own)) => {
            found.push(key_device(&own, terminal));
            found.extend(own.pin_file.iter().flat_map(|path| secret_file(path, &data, &PIN_FILE)));
        }
        Err(problem) => found.push(unusable(&problem, terminal)),
    }
    let words = terminal.words();
    if args.get_flag("json") {
        let items: Vec<_> =
            found.iter().map(|f| json!({ "grade": f.grade.name(), "code": f.code, "text": words.say(f.code, &f.args) })).collect();
        terminal.line(&json!({ "findings": items }).to_string());
    } else {
        for f in &found {
            terminal.line(&format!("[{}] {}", words.text(&["cli.doctor.", f.grade.name()].concat()), words.say(f.code, &f.args)));
        }
    }
    Ok(u8::from(found.iter().any(|f| f.grade == Grade::Fail)))
}

fn shown(path: &Path) -> (&'static str, String) {
    ("path", path.display().to_string())
}

fn mode(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|m| m.permissions().mode() & 0o7777)
}

fn folder(data: &Path) -> Finding {
    match mode(data) {
        None => finding(Grade::Fail, "cli.doctor.folder.missing", &[shown(data)]),
        Some(mode) if mode & 0o077 != 0 => finding(Grade::Warn, "cli.doctor.folder.open", &[shown(data), ("mode", format!("{mode:04o}"))]),
        Some(_) => finding(Grade::Ok, "cli.doctor.folder.ok", &[shown(data)]),
    }
}

fn space(data: &Path) -> Finding {
    let Ok(stat) = rustix::fs::statvfs(data) else { return finding(Grade::Warn, "cli.doctor.space.unknown", &[]) };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize) / (1 << 20);
    let args = [("free", free.to_string())];
    match free {
        f if f < TOO_LOW_MIB => finding(Grade::Fail, "cli.doctor.space.low", &args),
        f if f < LOW_MIB => finding(Grade::Warn, "cli.doctor.space.low", &args),
        _ => finding(Grade::Ok, "cli.doctor.space.ok", &args),
    }
}

/// Database, ledger and clock, from one examination.
async fn contents(data: &Path, elsewhere: &Elsewhere, terminal: &Terminal) -> Vec<Finding> {
    let clock = |last: Option<Instant>| clock(SystemClock.now(), last);
    let present = data.join("jingui.db").is_file() || elsewhere.database.is_some();
    let none = || finding(Grade::Ok, "cli.doctor.database.none", &[]);
    if !data.join("ledger/vkey").is_file() && elsewhere.ledger.is_none() {
        // Without a ledger there is nothing to compare with, but whether it can be reached shows.
        if let Some(Err(problem)) = reach(elsewhere).await {
            return vec![unreachable(&problem, terminal), clock(None)];
        }
        let database = if present { finding(Grade::Ok, "cli.doctor.database.ok", &[]) } else { none() };
        return vec![database, finding(Grade::Ok, "cli.doctor.ledger.none", &[]), clock(None)];
    }
    let report = match verify(data, elsewhere, Arc::new(SystemClock), &SystemRng).await {
        Ok(report) => report,
        Err(problem) => {
            return vec![unreachable(&problem, terminal), clock(None)];
        }
    };
    let twin = report.twin.as_ref().map_or(0, |twin| twin.report.damages.len());
    let (mut database, mut other) = (vec![], report.ledger.damages.len() + twin);
    for found in &report.findings {
        if found.code == "verify.database" {
            database.push(found.what.clone());
        } else {
            other += 1;
        }
    }
    let database = match database.first() {
        None if present => finding(Grade::Ok, "cli.doctor.database.ok", &[]),
        None => none(),
        Some(what) if what.contains("store.folder_in_use") => finding(Grade::Warn, "cli.doctor.database.in_use", &[]),
        Some(what) => finding(Grade::Fail, "cli.doctor.database.fail", &[("what", what.clone())]),
    };
    let ledger = if other == 0 && report.ledger.outcome == Outcome::Whole {
        finding(Grade::Ok, "cli.doctor.ledger.ok", &[("entries", report.ledger.entries.to_string())])
    } else {
        finding(Grade::Fail, "cli.doctor.ledger.fail", &[("count", other.max(1).to_string())])
    };
    let mut all = vec![database, ledger];
    if elsewhere.objects.is_some() && !report.findings.iter().any(|f| f.code.starts_with("verify.object")) {
        all.push(finding(Grade::Ok, "cli.doctor.objects.ok", &[("count", report.objects.to_string())]));
    }
    all.push(clock(report.ledger.last_at));
    all
}

/// Opens the database that is elsewhere, and closes it; none when there is none.
async fn reach(elsewhere: &Elsewhere) -> Option<Result<(), Problem>> {
    let url = elsewhere.database.as_ref()?;
    Some(jingui_app::verify::reach(url).await)
}

/// What is elsewhere and does not answer.
fn unreachable(problem: &Problem, terminal: &Terminal) -> Finding {
    let code = if problem.code().starts_with("store.object") { "cli.doctor.objects.fail" } else { "cli.doctor.database.fail" };
    finding(Grade::Fail, code, &[("what", terminal.explain(problem))])
}

fn clock(now: Instant, last: Option<Instant>) -> Finding {
    let mut args = vec![("now", now.to_string())];
    if now.micros() < EARLIEST {
        return finding(Grade::Fail, "cli.doctor.clock.absurd", &args);
    }
    match last {
        Some(last) if now < last => {
            args.push(("last", last.to_string()));
            finding(Grade::Warn, "cli.doctor.clock.behind", &args)
        }
        _ => finding(Grade::Ok, "cli.doctor.clock.ok", &args),
    }
}

fn overlay(data: &Path, terminal: &Terminal) -> Finding {
    match catalog::load(&data.join("overlay")) {
        Ok(_) => finding(Grade::Ok, "cli.doctor.overlay.ok", &[]),
        Err(problem) => {
            let first = terminal.mistakes(&problem).into_iter().next().unwrap_or_else(|| terminal.explain(&problem));
            finding(Grade::Fail, "cli.doctor.overlay.fail", &[("what", first)])
        }
    }
}

/// Does the device that keeps keys answer? No PIN is used, so none is used up.
fn key_device(device: &KeyDevice, terminal: &Terminal) -> Finding {
    let found = match device.place.look() {
        Ok(found) => found,
        Err(problem) => return unusable(&problem, terminal),
    };
    let (grade, code) = match () {
        () if found.pin_refused => (Grade::Fail, "cli.doctor.device.locked"),
        () if found.pin_low => (Grade::Warn, "cli.doctor.device.low"),
        () => (Grade::Ok, "cli.doctor.device.ok"),
    };
    let cipher = ("cipher", found.cipher.to_owned());
    finding(grade, code, &[("label", found.label), ("model", found.model), ("serial", found.serial), cipher])
}

fn unusable(problem: &Problem, terminal: &Terminal) -> Finding {
    finding(Grade::Fail, "cli.doctor.device.fail", &[("what", terminal.explain(problem))])
}

/// What is said of a file with a secret: missing, its owner's alone, open to others, inside the data folder.
type Sayings = [&'static str; 4];
const KEY_FILE: Sayings =
    ["cli.doctor.key_file.missing", "cli.doctor.key_file.ok", "cli.doctor.key_file.open", "cli.doctor.key_file.inside"];
const PIN_FILE: Sayings =
    ["cli.doctor.pin_file.missing", "cli.doctor.pin_file.ok", "cli.doctor.pin_file.open", "cli.doctor.pin_file.inside"];

fn secret_file(path: &Path, data: &Path, [missing, own, open, within]: &Sayings) -> Vec<Finding> {
    let Ok(meta) = std::fs::metadata(path) else { return vec![finding(Grade::Fail, missing, &[shown(path)])] };
    let mode = meta.mode() & 0o7777;
    let mut found = vec![if mode & 0o077 == 0 {
        finding(Grade::Ok, own, &[shown(path)])
    } else {
        finding(Grade::Warn, open, &[shown(path), ("mode", format!("{mode:04o}"))])
    }];
    let inside = path.canonicalize().ok().zip(data.canonicalize().ok()).is_some_and(|(p, d)| p.starts_with(d));
    if inside {
        found.push(finding(Grade::Warn, within, &[shown(path)]));
    }
    found
}
