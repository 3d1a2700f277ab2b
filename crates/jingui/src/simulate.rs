//! `jingui simulate`: a sample company lives through a year, day by day through the real pipeline, in a folder of its own.

use std::{io::Write as _, path::PathBuf, sync::Arc, time::Instant as Moment};

use clap::ArgMatches;
use jingui_app::{node::Node, simulate};
use jingui_model::{Day, Problem, Zone, clock::FixedClock};
use jingui_vault::SystemRng;
use serde_json::json;

use crate::{init, log, serve::node_config, terminal::Terminal};

const ZONE: Zone = Zone(480);
/// The key file of the simulated company: its data are invented, and it lies beside them.
const KEY: &str = "simulation.key";

/// Plays the days and prints what came of them. Exit code 1 when a duty is missing, doubled or off its day.
///
/// # Errors
/// `simulate.not_empty`; whatever set-up or the first day is refused with.
pub async fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    log::start(false);
    let begun = Moment::now();
    let data = args.get_one::<PathBuf>("data").cloned().unwrap_or_default();
    if std::fs::read_dir(&data).is_ok_and(|mut files| files.next().is_some()) {
        return Err(Problem::conflict("simulate.not_empty").arg("path", data.display()));
    }
    let sample = args.get_one::<String>("sample").cloned().unwrap_or_default();
    let days = args.get_one::<u32>("days").copied().unwrap_or(365);
    let from: Day = args.get_one::<String>("from").map_or("2026-01-01", String::as_str).parse()?;
    let clock = Arc::new(FixedClock::at(from.plus_days(-1).start(ZONE).plus_seconds(9 * 3600)));
    let node = Node::open(node_config(args, None), Arc::<FixedClock>::clone(&clock), Arc::new(SystemRng)).await?;
    let result = play(terminal, args, &node, &clock, &sample, days).await;
    node.stop().await;
    let (report, sign_ins) = result?;
    let seconds = begun.elapsed().as_secs();
    let whole = report.duplicated == 0 && report.missing.is_empty() && report.off_their_day.is_empty();
    if args.get_flag("json") {
        let body = json!({ "report": report, "seconds": seconds, "key_file": data.join(KEY), "sign_ins": sign_ins });
        terminal.line(&body.to_string());
    } else {
        let count = |n: usize| n.to_string();
        let args = [
            ("days", report.days.to_string()),
            ("persons", count(report.persons)),
            ("raised", count(report.raised)),
            ("done", count(report.done)),
            ("late", count(report.late)),
            ("missing", count(report.missing.len())),
            ("duplicated", count(report.duplicated)),
            ("seconds", seconds.to_string()),
        ];
        terminal.say("cli.simulate.done", &args);
    }
    Ok(u8::from(!whole))
}

async fn play(
    terminal: &Terminal,
    args: &ArgMatches,
    node: &Arc<Node>,
    clock: &FixedClock,
    sample: &str,
    days: u32,
) -> Result<(simulate::Report, Vec<serde_json::Value>), Problem> {
    let company = terminal.words().text("cli.init.company_name");
    let request = init::request(terminal, &company, Some(sample.to_owned()), jingui_vault::suite::DEFAULT);
    let done = node.setup(&request).await?;
    let path = args.get_one::<PathBuf>("data").cloned().unwrap_or_default().join(KEY);
    let text = done.key_file.clone().unwrap_or_default();
    init::reserve(&path)?.write_all(text.as_bytes()).map_err(|e| init::failed(&path, &e))?;
    let own = [&request.system, &request.security, &request.auditor, &request.office];
    let password = |login: &str| own.iter().find(|p| p.login == login).map(|p| p.password.clone());
    let sign_ins = done.sign_ins.iter().map(|s| json!({ "login": s.login, "password": s.password.clone().or_else(|| password(&s.login)) }));
    let sign_ins = sign_ins.collect();
    let month = |day: Day| terminal.aside(&day.to_string());
    let report = simulate::run(&node.live()?, clock, sample, days, &month).await?;
    Ok((report, sign_ins))
}
