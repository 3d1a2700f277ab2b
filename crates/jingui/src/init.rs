//! `jingui init`: a filled company without the wizard.

use std::{
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ArgMatches;
use jingui_app::{
    identity::standing::new_password,
    node::Node,
    setup::{FirstPerson, SetupDone, SetupRequest, SignIn},
};
use jingui_model::{Problem, clock::SystemClock};
use jingui_vault::{SystemRng, suite};
use serde_json::json;

use crate::{serve::node_config, terminal::Terminal};

/// Makes the company.
///
/// # Errors
/// Whatever set-up refuses with.
pub async fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    let path = args.get_one::<PathBuf>("key-file").cloned().unwrap_or_default();
    if path.exists() {
        return Err(exists(&path));
    }
    let company = args.get_one::<String>("company").cloned().unwrap_or_else(|| terminal.words().text("cli.init.company_name"));
    let node = Node::open(node_config(args, None), Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    let done = fill(terminal, args, &node, &company, &path).await;
    node.stop().await;
    let (done, people) = done?;
    report(terminal, args, &company, &path, &done, people);
    Ok(0)
}

async fn fill(
    terminal: &Terminal,
    args: &ArgMatches,
    node: &Arc<Node>,
    company: &str,
    path: &Path,
) -> Result<(SetupDone, Vec<FirstPerson>), Problem> {
    let suite = args.get_one::<String>("suite").map_or(Ok(suite::DEFAULT), |name| suite::by_name(name))?;
    let request = request(terminal, company, args.get_one::<String>("sample").cloned(), suite);
    // The key must be somewhere before anything is sealed under it: an empty file takes the place first.
    let mut file = reserve(path)?;
    let done = match node.setup(&request).await {
        Ok(done) => done,
        Err(problem) => {
            drop(std::fs::remove_file(path));
            return Err(problem);
        }
    };
    let text = done.key_file.clone().unwrap_or_default();
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| failed(path, &e))?;
    let people = vec![request.system, request.security, request.auditor, request.office];
    Ok((done, people))
}

/// A company with a key file, and four first people with passwords of their own.
pub fn request(terminal: &Terminal, company: &str, sample: Option<String>, suite: u16) -> SetupRequest {
    let person = |login: &str, name: &str| FirstPerson {
        name: terminal.words().text(name),
        login: login.to_owned(),
        password: new_password(&SystemRng),
    };
    SetupRequest {
        company: company.to_owned(),
        zone_minutes: 480,
        scheme: "three".to_owned(),
        system: person("system", "cli.init.person.system"),
        security: person("security", "cli.init.person.security"),
        auditor: person("auditor", "cli.init.person.auditor"),
        office: person("office", "cli.init.person.office"),
        suite,
        passphrase: None,
        key_file: true,
        pin: None,
        sample,
    }
}

/// A new file that its owner alone reads.
pub fn reserve(path: &Path) -> Result<std::fs::File, Problem> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => exists(path),
        _ => failed(path, &e),
    })
}

fn exists(path: &Path) -> Problem {
    Problem::conflict("cli.init.key_file_exists").arg("path", path.display())
}

/// The key file could not be written.
pub fn failed(path: &Path, error: &std::io::Error) -> Problem {
    Problem::unavailable("cli.init.key_file_failed").arg("path", path.display()).detail(error)
}

fn report(terminal: &Terminal, args: &ArgMatches, company: &str, path: &Path, done: &SetupDone, people: Vec<FirstPerson>) {
    let own: std::collections::HashMap<String, String> = people.into_iter().map(|p| (p.login, p.password)).collect();
    let password = |s: &SignIn| s.password.clone().or_else(|| own.get(&s.login).cloned()).unwrap_or_default();
    if args.get_flag("json") {
        let sign_ins: Vec<_> =
            done.sign_ins.iter().map(|s| json!({ "name": s.name, "login": s.login, "password": password(s), "roles": s.roles })).collect();
        let body = json!({ "company": company, "key_file": path, "sign_ins": sign_ins, "recovery_code": done.recovery_code });
        terminal.line(&body.to_string());
        return;
    }
    terminal.say("cli.init.done", &[("company", company.to_owned())]);
    terminal.say("cli.init.sign_ins", &[]);
    for s in &done.sign_ins {
        terminal.line(&format!("  {:<16} {:<22} {}  {}", s.login, password(s), s.name, s.roles.join(",")));
    }
    terminal.say("cli.init.recovery", &[("code", done.recovery_code.clone())]);
    let data = args.get_one::<PathBuf>("data").map(|d| d.display().to_string()).unwrap_or_default();
    terminal.say("cli.init.next", &[("data", data), ("key_file", path.display().to_string())]);
}
