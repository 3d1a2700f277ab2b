//! `jingui evidence export`: an evidence package of a data folder whose server does not run (H 10.2, B 8.1.2).
//!
//! Whoever has the key file may open everything; that a package was made is in the ledger all the same.

use std::{
    collections::BTreeSet,
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ArgMatches;
use jingui_app::{
    case::{Choice, Extras, Made, Named, Only},
    live::Live,
    node::Node,
    world::caller::Caller,
};
use jingui_evidence::dossier::Matter;
use jingui_model::{Day, Id, Problem, clock::SystemClock};
use jingui_vault::SystemRng;
use serde_json::json;

use crate::{log, serve::node_config, terminal::Terminal};

/// Makes the package and writes it.
///
/// # Errors
/// Whatever keeps the folder from being opened, or the package from being made or written.
pub async fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    match args.subcommand() {
        Some(("export", args)) => export(terminal, args).await,
        _ => Ok(2),
    }
}

async fn export(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    log::start(false);
    let key_file = args.get_one::<PathBuf>("key-file").cloned();
    let node = Node::open(node_config(args, key_file), Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    let made = make(terminal, args, &node).await;
    node.stop().await;
    let made = made?;
    let out = args.get_one::<PathBuf>("out").cloned().unwrap_or_default();
    write(&out, &made.bytes).map_err(|e| Problem::unavailable("cli.evidence.out").arg("path", out.display()).detail(e))?;
    if args.get_flag("json") {
        let findings = &made.findings;
        let body = json!({
            "package": out, "sha256": made.sha256, "bytes": made.bytes.len(), "entries": findings.proven.len(),
            "stamps": findings.stamps.len(), "ledger": findings.ledger, "twin": findings.twin, "made_entry": made.entry,
        });
        terminal.line(&body.to_string());
    } else {
        let count = |n: usize| n.to_string();
        let args = [
            ("path", out.display().to_string()),
            ("entries", count(made.findings.proven.len())),
            ("stamps", count(made.findings.stamps.len())),
            ("bytes", count(made.bytes.len())),
            ("sha256", made.sha256.clone()),
        ];
        terminal.say("cli.evidence.done", &args);
    }
    Ok(0)
}

async fn make(terminal: &Terminal, args: &ArgMatches, node: &Arc<Node>) -> Result<Made, Problem> {
    node.unseal_by_key_file().await?;
    let live = node.live()?;
    let choice = choice(&live, args)?;
    let caller = Caller { name: terminal.words().text("cli.evidence.maker"), ..Caller::system() };
    let extras = Extras { lang: terminal.lang(), verify_page: jingui_server::verify_page() };
    live.make_package(&caller, None, &choice, extras).await
}

/// What the arguments choose.
fn choice(live: &Live, args: &ArgMatches) -> Result<Choice, Problem> {
    let texts = |name: &str| args.get_many::<String>(name).into_iter().flatten().cloned().collect::<Vec<_>>();
    let day = |name: &str| args.get_one::<String>(name).map(|text| text.parse::<Day>()).transpose();
    let world = live.world.read();
    let table = world.table("secret")?;
    let find = |number: &str| {
        let row = table
            .live()
            .iter()
            .filter_map(|row| table.row(row))
            .find(|row| row.record().is_ok_and(|r| r.number.as_deref() == Some(number)));
        row.map(|row| row.id).ok_or_else(|| Problem::missing("case.unknown_number").arg("number", number))
    };
    let secrets: Vec<Id> = if args.get_flag("all") {
        table.live().iter().filter_map(|row| table.row(row)).map(|row| row.id).collect()
    } else {
        let wanted: BTreeSet<String> = texts("secret").into_iter().collect();
        wanted.iter().map(|number| find(number)).collect::<Result<_, _>>()?
    };
    let named = |names: Vec<String>| {
        let one = |text: &String| {
            let (number, name) = text.split_once('/').ok_or_else(|| Problem::invalid("case.named").arg("text", text))?;
            Ok(Named { secret: find(number)?, name: name.to_owned() })
        };
        names.iter().map(one).collect::<Result<BTreeSet<_>, Problem>>().map(Only::These)
    };
    let only = |list: &str, none: &str| match texts(list) {
        _ if args.get_flag(none) => Ok(Only::These(BTreeSet::new())),
        names if names.is_empty() => Ok(Only::All),
        names => named(names),
    };
    Ok(Choice {
        matter: Matter {
            name: args.get_one::<String>("matter").cloned().unwrap_or_default(),
            case_no: args.get_one::<String>("case-no").cloned(),
            alleged_on: day("alleged-on")?,
        },
        as_of: day("as-of")?,
        secrets,
        points: only("point", "no-points")?,
        files: only("file", "no-files")?,
        hidden: texts("hide").into_iter().collect(),
        ..Choice::default()
    })
}

/// Writes the whole file or none; only its owner may read it.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    let new = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}
