//! `jingui overlay check`: an enterprise's own registers and policies, before they are put in force.

use std::path::PathBuf;

use clap::ArgMatches;
use jingui_app::catalog;
use jingui_model::Problem;

use crate::terminal::Terminal;

/// Checks a folder.
///
/// # Errors
/// None: mistakes are exit code 1, a missing folder is 2.
pub fn run(terminal: &Terminal, args: &ArgMatches) -> Result<u8, Problem> {
    let Some(("check", args)) = args.subcommand() else { return Ok(2) };
    let folder = args.get_one::<PathBuf>("dir").cloned().unwrap_or_default();
    if !folder.is_dir() {
        terminal.aside(&terminal.words().say("cli.overlay.missing", &[("path", folder.display().to_string())]));
        return Ok(2);
    }
    match catalog::load(&folder) {
        Ok(loaded) => {
            let (kinds, policies) = (loaded.catalog.kinds.len(), loaded.authority.policies().count());
            let args = [("kinds", kinds.to_string()), ("policies", policies.to_string())];
            terminal.say("cli.overlay.valid", &args);
            Ok(0)
        }
        Err(problem) if !problem.parts().is_empty() => {
            for line in terminal.mistakes(&problem) {
                terminal.line(&line);
            }
            Ok(1)
        }
        Err(problem) => {
            terminal.problem(&problem);
            Ok(2)
        }
    }
}
