//! `jingui witness`: cosigning the checkpoints of other companies' ledgers (C2SP tlog-witness).

use std::{path::PathBuf, sync::Arc};

use clap::ArgMatches;
use jingui_model::{Problem, clock::SystemClock};
use jingui_server::witness::{Witness, serve};
use jingui_vault::SystemRng;
use tokio::{net::TcpListener, sync::watch};

use crate::{log, serve::until_told, terminal::Terminal};

const LISTEN: &str = "127.0.0.1:8610";

/// Serves until a signal comes.
///
/// # Errors
/// Whatever keeps it from starting.
pub async fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    log::start(false);
    let text = |name: &str| args.get_one::<String>(name).map(String::as_str);
    let logs: Vec<String> = args.get_many::<String>("log").into_iter().flatten().cloned().collect();
    let folder = args.get_one::<PathBuf>("data").cloned().unwrap_or_default();
    let witness = Arc::new(Witness::open(&folder, text("name").unwrap_or_default(), &logs, Arc::new(SystemClock), &SystemRng)?);
    let address = text("listen").unwrap_or(LISTEN);
    let listener =
        TcpListener::bind(address).await.map_err(|e| Problem::unavailable("witness.listen").arg("address", address).detail(e))?;
    let bound = listener.local_addr().map_or_else(|_| address.to_owned(), |a| a.to_string());
    // Lines that scripts wait for; the same in every language.
    terminal.line(&format!("key: {}\nlistening on http://{bound}", witness.key()));
    let (stop, stopping) = watch::channel(false);
    let serving = tokio::spawn(serve(witness, listener, stopping));
    until_told().await;
    let _ = stop.send(true);
    serving.await.map_err(|e| Problem::internal("server.io").detail(e))?;
    Ok(0)
}
