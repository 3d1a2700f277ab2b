//! Packages on the command line, for `scripts/interop.sh`: `package write <file>` writes a bag with awkward names, `package check <file>`
//! prints what is wrong with one, a line for each damage.
#![expect(clippy::print_stdout, reason = "a program that prints findings")]

use std::{fs, process::ExitCode};

use jingui_evidence::package::{Bag, Limits, OpenBag};
use jingui_model::Problem;

fn sample() -> Result<Vec<u8>, Problem> {
    let mut bag = Bag::new("JG-2026-0001", &[("Source-Organization", "某某公司"), ("Bagging-Date", "2026-11-21")])?;
    for name in ["热处理 曲线.csv", "a  b.txt", "深/层/目录/x", "empty"] {
        bag.payload(name, if name == "empty" { Vec::new() } else { name.as_bytes().repeat(100) })?;
    }
    bag.tag("report.txt", b"report\n".to_vec())?;
    bag.stamp("1.tst", b"token".to_vec())?;
    bag.write()
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(what), Some(path)) = (arguments.next(), arguments.next()) else { return ExitCode::from(2) };
    let said = match what.as_str() {
        "write" => sample().map(|bytes| fs::write(&path, bytes).map_err(|e| e.to_string()).err().into_iter().collect()),
        "check" => OpenBag::read(&fs::read(&path).unwrap_or_default(), &Limits::default())
            .map(|bag| bag.damages().iter().map(|damage| format!("{} {}", damage.kind.code(), damage.path)).collect()),
        _ => return ExitCode::from(2),
    };
    let lines: Vec<String> = said.unwrap_or_else(|problem| vec![problem.to_string()]);
    lines.iter().for_each(|line| println!("{line}"));
    if lines.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
