//! `jingui document render`: a form filled from one record of a data folder whose server does not run (B appendices 5 and 6).
//!
//! Whoever has the key file may open everything; that something graded was printed is in the ledger all the same.

use std::{path::PathBuf, sync::Arc};

use clap::ArgMatches;
use jingui_app::{document::Format, exchange::ExportFile, node::Node, world::caller::Caller};
use jingui_model::{Problem, Text, clock::SystemClock};
use jingui_vault::SystemRng;
use serde_json::json;

use crate::{evidence::write, log, serve::node_config, terminal::Terminal};

/// Fills the form and writes it.
///
/// # Errors
/// Whatever keeps the folder from being opened, or the document from being made or written.
pub async fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    match args.subcommand() {
        Some(("render", args)) => render(terminal, args).await,
        _ => Ok(2),
    }
}

async fn render(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    log::start(false);
    let key_file = args.get_one::<PathBuf>("key-file").cloned();
    let node = Node::open(node_config(args, key_file), Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    let made = make(terminal, args, &node).await;
    node.stop().await;
    let (file, missing) = made?;
    let out = args.get_one::<PathBuf>("out").cloned().unwrap_or_default();
    write(&out, &file.bytes).map_err(|e| Problem::unavailable("cli.evidence.out").arg("path", out.display()).detail(e))?;
    let missing: Vec<&str> = missing.iter().map(|label| label.get(terminal.lang())).collect();
    if args.get_flag("json") {
        terminal.line(&json!({ "document": out, "bytes": file.bytes.len(), "name": file.name, "missing": missing }).to_string());
        return Ok(0);
    }
    terminal.say("cli.document.done", &[("path", out.display().to_string()), ("bytes", file.bytes.len().to_string())]);
    if !missing.is_empty() {
        terminal.say("cli.document.missing", &[("terms", missing.join(", "))]);
    }
    Ok(0)
}

async fn make(terminal: &Terminal, args: &ArgMatches, node: &Arc<Node>) -> Result<(ExportFile, Vec<Text>), Problem> {
    node.unseal_by_key_file().await?;
    let live = node.live()?;
    let text = |name: &str| args.get_one::<String>(name).map(String::as_str);
    let (kind, format) = (text("kind").unwrap_or_default(), Format::named(text("format").unwrap_or_default())?);
    let id = live.numbered(kind, text("id").unwrap_or_default())?;
    let caller = Caller { name: terminal.words().text("cli.evidence.maker"), ..Caller::system() };
    live.document(&caller, kind, id, text("form"), format, terminal.lang()).await
}
