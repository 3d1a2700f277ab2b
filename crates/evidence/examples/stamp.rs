//! Time stamps (RFC 3161) on the command line, for `scripts/interop.sh`.
//!
//! - `stamp request <data> <file>`: writes a request for a token over the data
//! - `stamp check <data> <reply> <roots>`: checks an authority's reply to that request against roots in PEM
#![expect(clippy::print_stdout, reason = "a program that prints findings")]

use std::{fs, process::ExitCode};

use jingui_evidence::time::{HashAlgorithm, Imprint, Reply, Request, Stamped, TrustRoots};
use jingui_model::Problem;

/// Its first bit is set, so that the INTEGER needs a leading zero.
const NONCE: u64 = 0x9e37_79b9_7f4a_7c15;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let said = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["request", data, file] => request(data).and_then(|request| fs::write(file, request.to_der()).map_err(failed)),
        ["check", data, reply, roots] => check(data, reply, roots),
        _ => return ExitCode::from(2),
    };
    match said {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("{}", problem.code());
            ExitCode::FAILURE
        }
    }
}

fn request(data: &str) -> Result<Request, Problem> {
    Request::new(Imprint::of(HashAlgorithm::Sha256, &read(data)?), Some(NONCE), None, true)
}

fn check(data: &str, reply: &str, roots: &str) -> Result<(), Problem> {
    let token = Reply::parse(&read(reply)?)?.token;
    request(data)?.check(&token)?;
    let verdict = token.verify(Stamped::Data(&read(data)?), Some(NONCE), &TrustRoots::from_pem(&read(roots)?)?, &[])?;
    if verdict.is_trusted() { Ok(()) } else { Err(Problem::invalid("stamp.unknown_authority")) }
}

fn read(path: &str) -> Result<Vec<u8>, Problem> {
    fs::read(path).map_err(failed)
}

fn failed(error: std::io::Error) -> Problem {
    Problem::unavailable("node.io").detail(error)
}
