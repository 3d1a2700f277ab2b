//! `jingui serve`

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::ArgMatches;
use jingui_app::node::{Node, NodeConfig, Phase};
use jingui_model::{Problem, clock::SystemClock};
use jingui_server::{ServerConfig, carrier::Messenger, courier::HttpCourier};
use jingui_vault::{Cost, SystemRng};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::{mpsc, watch},
};

use crate::{device, log, terminal::Terminal};

/// Where it listens when nobody says.
const LISTEN: &str = "127.0.0.1:8600";
/// A small company is loaded before anyone could ask; a large one tells how far it is instead.
const HEAD_START: Duration = Duration::from_secs(2);
/// Requests that have not ended by then are given up.
const LAST_CALL: Duration = Duration::from_secs(20);

/// Where a node keeps its things, by the arguments.
pub fn node_config(args: &ArgMatches, key_file: Option<PathBuf>) -> NodeConfig {
    let text = |name: &str| args.get_one::<String>(name).cloned();
    NodeConfig {
        data: args.try_get_one::<PathBuf>("data").ok().flatten().cloned().unwrap_or_default(),
        database: text("database").or_else(|| std::env::var("JINGUI_DATABASE").ok().filter(|v| !v.is_empty())),
        objects: text("objects"),
        ledger: text("ledger").or_else(|| std::env::var("JINGUI_LEDGER").ok().filter(|v| !v.is_empty())),
        key_file,
        device: None,
        cost: Cost::Normal,
    }
}

/// Serves until a signal comes.
///
/// # Errors
/// Whatever keeps the node from starting.
pub async fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    log::start(args.get_one::<String>("log").is_some_and(|l| l == "json"));
    let address = args.get_one::<String>("listen").map_or(LISTEN, String::as_str);
    let key_file = args.get_one::<PathBuf>("key-file").cloned();
    let config = NodeConfig { device: device::given(args)?, ..node_config(args, key_file.clone()) };
    let alone = config.device.as_ref().is_some_and(|device| device.pin_file.is_some());
    let node = Node::prepare(config, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    if args.get_flag("accept-restore") {
        node.accept_restore();
    }
    node.employ(Arc::new(HttpCourier::new()));
    node.employ_carrier(Arc::new(Messenger::new()));
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(reason) => {
            node.stop().await;
            let args = [("address", address.to_owned()), ("reason", reason.to_string())];
            terminal.aside(&format!("{}: {}", terminal.words().text("cli.error"), terminal.words().say("cli.error.listen", &args)));
            return Ok(1);
        }
    };
    if key_file.is_some() {
        terminal.aside(&terminal.words().text("cli.serve.key_file_warning"));
    }
    if alone {
        terminal.aside(&terminal.words().text("cli.serve.pin_file_warning"));
    }
    let (failed, mut failure) = mpsc::channel(1);
    let (shut, mut sealed) = mpsc::channel(1);
    let opening = {
        let node = Arc::clone(&node);
        tokio::spawn(async move {
            if let Err(problem) = node.unseal_by_key_file().await {
                let _ = failed.send(problem).await;
                return;
            }
            // A device that is not there, or a wrong PIN: a person can still unseal, and nothing is tried again.
            if let Err(problem) = node.unseal_by_pin_file().await {
                tracing::error!(%problem, "the device did not unseal this node");
                let _ = shut.send(problem).await;
            }
        })
    };
    let _ = tokio::time::timeout(HEAD_START, opening).await;
    if let Ok(problem) = failure.try_recv() {
        node.stop().await;
        return Err(problem);
    }
    if let Ok(problem) = sealed.try_recv() {
        terminal.problem(&problem);
    }
    // Whoever reads the address may send a signal at once.
    let signals = signals();
    announce(terminal, &listener, &node)?;
    let (stop, stopping) = watch::channel(false);
    let mut serving = tokio::spawn(jingui_server::serve(Arc::clone(&node), listener, server_config(args), stopping));
    let ended = tokio::select! {
        () = signalled(signals) => None,
        Some(problem) = failure.recv() => Some(problem),
        result = &mut serving => match result {
            Ok(Err(problem)) => Some(problem),
            _ => Some(Problem::unavailable("server.io")),
        },
    };
    let _ = stop.send(true);
    if ended.is_none() && tokio::time::timeout(LAST_CALL, &mut serving).await.is_err() {
        tracing::warn!("some requests did not end in time");
        serving.abort();
    }
    node.stop().await;
    match ended {
        Some(problem) => Err(problem),
        None => {
            terminal.aside(&terminal.words().text("cli.serve.stopped"));
            Ok(0)
        }
    }
}

fn server_config(args: &ArgMatches) -> ServerConfig {
    let own = ServerConfig::default();
    ServerConfig {
        upload_max: args.get_one::<u64>("upload-max").map_or(own.upload_max, |mib| mib << 20),
        rate: args.get_one::<u32>("rate").copied().unwrap_or(own.rate),
        rate_person: args.get_one("rate-person").copied(),
        rate_token: args.get_one("rate-token").copied(),
        secure_cookies: args.get_flag("secure-cookies"),
        behind_proxy: args.get_flag("behind-proxy"),
        ..own
    }
}

/// Waits for a signal that ends the process.
pub async fn until_told() {
    signalled(signals()).await;
}

/// The lines that scripts wait for; they are the same in every language.
fn announce(terminal: &Terminal, listener: &TcpListener, node: &Node) -> Result<(), Problem> {
    let address = listener.local_addr().map_err(|e| Problem::unavailable("server.io").detail(e))?;
    if let (Phase::Setup, Some(code)) = (node.phase(), node.setup_code()) {
        terminal.line(&format!("listening on http://{address}\nsetup code: {code}"));
    } else {
        terminal.line(&format!("listening on http://{address}"));
    }
    Ok(())
}

fn signals() -> Option<(Signal, Signal)> {
    Some((signal(SignalKind::terminate()).ok()?, signal(SignalKind::interrupt()).ok()?))
}

async fn signalled(signals: Option<(Signal, Signal)>) {
    let Some((mut terminate, mut interrupt)) = signals else {
        // Without signals there is nothing to wait for: the process is ended from outside.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
