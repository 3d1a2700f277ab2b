//! Sends one letter over the real way out, for `scripts/interop/mail.py`: a mail server and a letter as JSON come in on standard
//! input, `sent` or the code of the problem goes out.

use std::io::Read as _;

use jingui_app::notify::carrier::{Carrier as _, Channel, Encryption, MailServer};
use jingui_model::{Clock as _, Problem, clock::SystemClock};
use jingui_notify::Letter;
use jingui_server::carrier::Messenger;
use serde_json::Value;

fn run() -> Result<(), Problem> {
    let mut text = String::new();
    let wrong = |e: &dyn std::fmt::Display| Problem::invalid("request.body_json").detail(e);
    std::io::stdin().read_to_string(&mut text).map_err(|e| wrong(&e))?;
    let input: Value = serde_json::from_str(&text).map_err(|e| wrong(&e))?;
    let get = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let letter: Letter = serde_json::from_value(input.get("letter").cloned().unwrap_or_default()).map_err(|e| wrong(&e))?;
    let server = MailServer {
        server: get("server"),
        port: input.get("port").and_then(Value::as_u64).and_then(|p| u16::try_from(p).ok()).unwrap_or_default(),
        encryption: match get("encryption").as_str() {
            "implicit" => Encryption::Implicit,
            "none" => Encryption::None,
            _ => Encryption::StartTls,
        },
        sign_in: Some((get("user"), get("password"))).filter(|(user, _)| !user.is_empty()),
        sender: get("sender"),
        roots: get("roots"),
    };
    let local = input.get("local").and_then(Value::as_bool).unwrap_or(false);
    Messenger::new().carry(&Channel::Mail(server), &letter, local, SystemClock.now())
}

#[expect(clippy::print_stdout, reason = "the answer to the script that called")]
fn main() {
    match run() {
        Ok(()) => println!("sent"),
        Err(problem) => println!("{}", problem.code()),
    }
}
