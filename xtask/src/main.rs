//! The habits of the house as a program: `cargo run -p xtask -- tidy | generate [--check]`.
//!
//! `tidy` checks what no compiler checks (direction of the crates, heads of files, texts of problem codes, links) and
//! `generate` writes the files that are made from code. Standard library and `serde_json` only, so that it builds in
//! seconds and before anything else.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal of a developer")]

mod generate;
mod layers;
mod lexer;
mod links;
mod locales;
mod messages;
mod sources;
mod tree;

use std::process::ExitCode;

use tree::{Level, Tree};

const USAGE: &str = "usage: cargo run -p xtask -- tidy | generate [--check]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["tidy"] => tidy(),
        ["generate"] => generate::write().map(|()| true),
        ["generate", "--check"] => generate::check(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::from(2)
        }
    }
}

/// Runs every rule and prints what it found; true when nothing failed (warnings do not fail).
fn tidy() -> Result<bool, String> {
    let tree = Tree::read(&tree::root()?)?;
    let mut found = layers::check(&layers::metadata(&tree.root)?);
    found.extend(sources::check(&tree));
    found.extend(messages::check(&tree));
    found.extend(locales::check(&tree));
    found.extend(links::check(&tree));
    found.sort_by(|a, b| (a.level, &a.path, a.line).cmp(&(b.level, &b.path, b.line)));
    for finding in &found {
        println!("{finding}");
    }
    let count = |level: Level| found.iter().filter(|f| f.level == level).count();
    println!("tidy: {} files, {} to repair, {} to think about", tree.files.len(), count(Level::Fail), count(Level::Warn));
    Ok(count(Level::Fail) == 0)
}

/// One line that names the finding, for tests of the rules.
#[cfg(test)]
fn lines(found: &[tree::Finding]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}
