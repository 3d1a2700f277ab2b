//! `jingui backup`, `jingui restore`, `jingui backup-key` (B 7.2.2, H 9.6.2 d and g).
//!
//! Exit codes: 0 all is right; 1 the backup, the restore or the drill is not.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ArgMatches;
use jingui_app::{
    backup::{self, Drill, Report, Request, Restored, Taking, Way},
    node::Node,
};
use jingui_model::{Instant, Problem, clock::SystemClock};
use jingui_vault::{Method, Recipient, RecipientSecret, SystemRng, envelope::Algorithm, suite};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{device, init, serve::node_config, terminal::Terminal, verify::elsewhere};

/// Takes a backup.
///
/// # Errors
/// Whatever keeps it from being taken.
pub async fn take(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    let recipients =
        args.get_many::<String>("recipient").into_iter().flatten().map(|text| Recipient::parse(text)).collect::<Result<_, _>>()?;
    let own = jingui_app::backup::Keep::default();
    let taking = Taking {
        data: path(args, "data"),
        elsewhere: elsewhere(args),
        to: text(args, "to"),
        recipients,
        keep: backup::Keep {
            key_days: args.get_one::<u32>("key-days").copied().unwrap_or(own.key_days),
            content_days: args.get_one::<u32>("content-days").copied().unwrap_or(own.content_days),
            thin: args.get_one::<u32>("all-days").map(|all_days| backup::Thin {
                all_days: *all_days,
                weekly_days: args.get_one::<u32>("weekly-days").copied().unwrap_or(backup::Thin::WEEKLY_DAYS),
            }),
        },
    };
    let (data, elsewhere, to) = (taking.data.clone(), taking.elsewhere.clone(), taking.to.clone());
    let taken = backup::take(taking, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    // The backup is made whether or not it can be noted here.
    if let Err(problem) = backup::leave(&data, &elsewhere, &Report::of_backup(&taken, &to), &SystemClock, Arc::new(SystemRng)).await {
        terminal.problem(&problem);
    }
    if args.get_flag("json") {
        print(terminal, &taken)?;
    } else {
        let args = [
            ("at", taken.at.to_string()),
            ("records", taken.records.to_string()),
            ("objects", taken.objects.to_string()),
            ("entries", taken.entries.to_string()),
            ("recipients", taken.recipients.to_string()),
            ("mib", mib(taken.written)),
            ("new", taken.new.to_string()),
            ("kept", taken.kept.to_string()),
        ];
        terminal.say("cli.backup.done", &args);
        if taken.keys_deleted > 0 || taken.snapshots_deleted > 0 {
            let args = [("keys", taken.keys_deleted.to_string()), ("snapshots", taken.snapshots_deleted.to_string())];
            terminal.say("cli.backup.deleted", &args);
        }
        for name in &taken.unsound {
            terminal.say("cli.backup.unsound", &[("name", name.clone())]);
        }
    }
    Ok(u8::from(!taken.unsound.is_empty()))
}

/// Restores a backup, or rehearses it.
///
/// # Errors
/// Whatever keeps it from being restored.
pub async fn restore(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    let request = Request {
        from: text(args, "from"),
        data: path(args, "data"),
        elsewhere: elsewhere(args),
        at: args.get_one::<String>("at").map(|text| text.parse::<Instant>()).transpose()?,
        way: way(args)?,
    };
    if args.get_flag("drill") {
        return rehearse(terminal, args, request).await;
    }
    let restored = backup::restore(request, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    if args.get_flag("json") {
        print(terminal, &restored)?;
    } else {
        said(terminal, &restored);
    }
    Ok(u8::from(!restored.whole()))
}

async fn rehearse(terminal: &Terminal, args: &ArgMatches, request: Request) -> Result<u8, Problem> {
    let scratch = args.get_one::<PathBuf>("scratch").cloned();
    let drill = backup::drill(request.clone(), scratch, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    let filed = file(args, &request, &drill).await?;
    if args.get_flag("json") {
        print(terminal, &drill)?;
    } else {
        told(terminal, &drill);
        terminal.say(if filed { "cli.drill.filed" } else { "cli.drill.left" }, &[]);
    }
    Ok(u8::from(!drill.passed))
}

/// Files the report as evidence: at once where no server runs and the key unlocks, else the server enters it. False when it
/// waits for that.
async fn file(args: &ArgMatches, request: &Request, drill: &Drill) -> Result<bool, Problem> {
    let report = Report::of_drill(drill, &request.from);
    if !request.data.join("jingui.db").is_file() && request.elsewhere.database.is_none() {
        return Ok(false);
    }
    backup::leave(&request.data, &request.elsewhere, &report, &SystemClock, Arc::new(SystemRng)).await?;
    let Some(unlock) = request.way.unlock() else { return Ok(false) };
    let node = match Node::prepare(node_config(args, None), Arc::new(SystemClock), Arc::new(SystemRng)).await {
        Err(problem) if problem.code() == "store.folder_in_use" => return Ok(false),
        node => node?,
    };
    let unsealed = node.unseal(unlock).await;
    node.stop().await;
    unsealed.map(|()| true)
}

/// Makes a recipient's pair: the secret half into a file, the public half on the terminal.
///
/// # Errors
/// `cli.init.key_file_exists`, `cli.init.key_file_failed`.
pub fn key(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    use std::io::Write as _;
    let out = path(args, "out");
    let suite = args.get_one::<String>("suite").map_or(Ok(suite::DEFAULT), |name| suite::by_name(name))?;
    let secret = RecipientSecret::generate(Algorithm::of(suite::suite(suite)?), &SystemRng)?;
    let mut file = init::reserve(&out)?;
    file.write_all(secret.to_text().as_bytes()).and_then(|()| file.sync_all()).map_err(|e| init::failed(&out, &e))?;
    terminal.line(&secret.public().to_string());
    Ok(0)
}

/// What the arguments bring to open a backup with.
fn way(args: &ArgMatches) -> Result<Way, Problem> {
    let ways = [
        ("key-file", Method::KeyFile),
        ("passphrase-file", Method::Passphrase),
        ("recovery-file", Method::Recovery),
        ("sheets-file", Method::Shares),
    ];
    for (name, method) in ways {
        if let Some(file) = args.get_one::<PathBuf>(name) {
            return line(file).map(|text| Way::Vault(method, text));
        }
    }
    if let Some(file) = args.get_one::<PathBuf>("recipient-key") {
        return RecipientSecret::parse(&line(file)?).map(Way::Outside);
    }
    if let Some(device) = device::given(args)?.map(|device| device.by_file()).transpose()?.flatten() {
        return Ok(Way::Device(device));
    }
    match std::env::var_os("JINGUI_KEY_FILE").filter(|file| !file.is_empty()) {
        Some(file) => line(Path::new(&file)).map(|text| Way::Vault(Method::KeyFile, text)),
        None => Err(Problem::invalid("restore.no_key")),
    }
}

/// A file's content; `-` is what comes in.
fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let mut bytes = Zeroizing::new(vec![]);
    let done = if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    done.map_err(|e| Problem::unavailable("node.key_file").arg("path", file.display()).detail(e))?;
    Ok(bytes)
}

fn line(file: &Path) -> Result<Zeroizing<String>, Problem> {
    let bytes = read(file)?;
    let text = str::from_utf8(&bytes).map_err(|_| Problem::invalid("restore.no_key"))?;
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn said(terminal: &Terminal, restored: &Restored) {
    let args = [
        ("at", restored.at.to_string()),
        ("records", restored.records.to_string()),
        ("objects", restored.objects.to_string()),
        ("entries", restored.entries.to_string()),
    ];
    terminal.say(if restored.whole() { "cli.restore.whole" } else { "cli.restore.damaged" }, &args);
    if restored.destroyed > 0 {
        terminal.say("cli.restore.destroyed", &[("count", restored.destroyed.to_string())]);
    }
    if let Some(at) = restored.keys_of {
        terminal.say("cli.restore.keys_of", &[("at", at.to_string())]);
    }
    if restored.missing_entries > 0 {
        terminal.say("cli.restore.missing", &[("count", restored.missing_entries.to_string())]);
    }
    if let Some(found) = &restored.verification {
        crate::verify::say(terminal, found);
    }
}

fn told(terminal: &Terminal, drill: &Drill) {
    let seconds = drill.ended.micros().saturating_sub(drill.began.micros()) / 1_000_000;
    let head = if drill.passed { "cli.drill.passed" } else { "cli.drill.failed" };
    terminal.say(head, &[("seconds", seconds.to_string())]);
    if let Some(restored) = &drill.restored {
        said(terminal, restored);
    }
    if let Some(problem) = &drill.problem {
        terminal.line(&terminal.explain(problem));
    }
    if let Some(opened) = drill.opened {
        terminal.say("cli.drill.opened", &[("count", opened.to_string()), ("failed", drill.unopened.len().to_string())]);
    }
    for record in &drill.unopened {
        terminal.line(&format!("  {record}"));
    }
    match drill.continues {
        Some(true) => terminal.say("cli.drill.continues", &[]),
        Some(false) => terminal.say("cli.drill.differs", &[]),
        None => {}
    }
}

fn print(terminal: &Terminal, report: &impl Serialize) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(report).map_err(|e| Problem::internal("request.failed").detail(e))?;
    terminal.line(&text);
    Ok(())
}

fn path(args: &ArgMatches, name: &str) -> PathBuf {
    args.get_one::<PathBuf>(name).cloned().unwrap_or_default()
}

fn text(args: &ArgMatches, name: &str) -> String {
    args.get_one::<String>(name).cloned().unwrap_or_default()
}

fn mib(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) / (1 << 20);
    format!("{}.{}", tenths / 10, tenths % 10)
}
