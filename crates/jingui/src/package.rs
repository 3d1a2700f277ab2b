//! `jingui verify PACKAGE.zip`: an evidence package, checked without server, keys or network. Exit 0 whole, 1 damaged, 2 cannot be read.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::ArgMatches;
use jingui_evidence::dossier::{Findings, Outcome, Standing, Trusted, verify};
use jingui_model::Problem;

use crate::terminal::Terminal;

/// Claims of one sort that are said one by one.
const MOST_ALIKE: usize = 3;

/// Examines a package and says what is proven, what is only claimed, and by which key and authority.
///
/// # Errors
/// `cli.verify.file` when it cannot be read; `ledger.key_malformed`, `stamp.root` for what the reader says he trusts.
pub fn run(terminal: &Terminal, args: &ArgMatches, path: &Path) -> Result<u8, Problem> {
    let read = |path: &Path| std::fs::read(path).map_err(|e| Problem::invalid("cli.verify.file").arg("path", path.display()).detail(e));
    let keys: Vec<&str> = args.get_many::<String>("key").into_iter().flatten().map(String::as_str).collect();
    let roots = args.get_one::<PathBuf>("roots").map(|path| read(path)).transpose()?;
    let trusted = Trusted::read(&keys, roots.as_deref())?;
    let found = verify(&read(path)?, &trusted);
    if args.get_flag("json") {
        terminal.line(&serde_json::to_string_pretty(&found).map_err(|e| Problem::internal("request.failed").detail(e))?);
    } else {
        say(terminal, &found);
    }
    Ok(crate::verify::code(found.outcome))
}

fn say(terminal: &Terminal, found: &Findings) {
    let words = terminal.words();
    let standing = |standing: Standing| {
        words.text(match standing {
            Standing::Trusted => "cli.package.trusted",
            Standing::Claimed => "cli.package.claimed",
            Standing::Unknown => "cli.package.unknown",
        })
    };
    terminal.say(
        match found.outcome {
            Outcome::Whole => "cli.package.whole",
            Outcome::Damaged => "cli.verify.damaged",
            Outcome::Unreadable => "cli.verify.unreadable",
        },
        &[("entries", found.proven.len().to_string())],
    );
    for fault in &found.faults {
        terminal.line(&format!("  {}", terminal.explain(&fault.problem())));
    }
    for tree in found.ledger.iter().chain(&found.twin) {
        let args =
            [("origin", tree.origin.clone()), ("size", tree.size.to_string()), ("root", tree.root.clone()), ("key", tree.vkey.clone())];
        terminal.say("cli.package.tree", &[&args[..], &[("standing", standing(tree.standing))]].concat());
    }
    for stamp in &found.stamps {
        let args = [("authority", stamp.authority.clone()), ("time", stamp.time.to_string()), ("size", stamp.size.to_string())];
        terminal.say("cli.package.stamp", &[&args[..], &[("standing", standing(stamp.standing))]].concat());
    }
    for seen in &found.cosigned {
        let args = [("witness", seen.witness.clone()), ("time", seen.at.to_string()), ("size", seen.size.to_string())];
        terminal.say("cli.package.cosigned", &[&args[..], &[("standing", standing(seen.standing))]].concat());
    }
    for seal in &found.sealed {
        let args = [("path", seal.path.clone()), ("time", seal.verdict.time.to_string()), ("standing", standing(seal.standing))];
        terminal.say("cli.package.seal", &args);
    }
    if found.outcome == Outcome::Whole {
        let bounded = found.proven.iter().filter(|p| p.time.is_some()).count();
        terminal.say("cli.package.times", &[("with", bounded.to_string()), ("entries", found.proven.len().to_string())]);
        terminal.say("cli.package.only_claimed", &[]);
        let mut said = BTreeMap::new();
        for claim in found.claimed.iter().filter(|c| c.code != "package.claim.time") {
            let times = said.entry(claim.code).or_insert(0_usize);
            *times += 1;
            if *times > MOST_ALIKE {
                continue;
            }
            let args: Vec<(&'static str, String)> = claim.args().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
            terminal.line(&format!("  {}", words.say(claim.code, &args)));
        }
        let more: usize = said.values().map(|times| times.saturating_sub(MOST_ALIKE)).sum();
        if more > 0 {
            terminal.line(&format!("  {}", words.say("cli.package.more", &[("count", more.to_string())])));
        }
    }
}
