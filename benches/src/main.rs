//! Generates a large company reproducibly, and measures a running server over HTTP.
//!
//! `generate DIR SECRETS EVENTS [DATABASE]` fills a data folder through the real pipeline (no back door);
//! `load DIR` opens such a folder as a server would and says what that costs;
//! `measure URL LOGIN PASSWORD` asks a server on this machine and prints percentiles. `run.sh`
//! does both in order and prints the table; `ledger DIR ITEMS [DATABASE]` measures the ledger by itself, `count DIR CARRIERS` a
//! stock count, `documents DIR COUNT` the forms of a sample company, `view DIR PAGES` reading files page by page,
//! `files DIR COUNT` a company with many small files for backups, `import DIR ROWS` long lists on their way in. Nothing here is a test: no time is asserted.

mod client;
mod company;
mod count;
mod documents;
mod files;
mod generate;
mod import;
mod ledger;
mod load;
mod measure;
mod view;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["generate", dir, secrets, events] => generate::run(dir, None, number(secrets), number(events)),
        ["generate", dir, secrets, events, database] => generate::run(dir, Some(database), number(secrets), number(events)),
        ["load", dir] => load::run(dir),
        ["measure", url, login, password] => measure::run(url, login, password),
        ["acts", url, login, password, clients, seconds] => measure::acts(url, login, password, number(clients), number(seconds)),
        ["count", dir, carriers] => count::run(dir, number(carriers)),
        ["ledger", dir, items] => ledger::run(dir, number(items), None),
        ["ledger", dir, items, database] => ledger::run(dir, number(items), Some(database)),
        ["import", dir, rows] => import::run(dir, number(rows)),
        ["documents", dir, count] => documents::run(dir, number(count)),
        ["files", dir, count] => files::run(dir, number(count)),
        ["view", dir, pages] => view::run(dir, number(pages)),
        _ => Err("usage: generate DIR SECRETS EVENTS [DATABASE] | load DIR | measure URL LOGIN PASSWORD | acts URL LOGIN PASSWORD CLIENTS SECONDS | ledger DIR ITEMS [DATABASE] | count DIR CARRIERS | documents DIR COUNT | files DIR COUNT | view DIR PAGES | import DIR ROWS".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> u64 {
    text.replace('_', "").parse().unwrap_or(0)
}
