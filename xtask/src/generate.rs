//! Files that are made from code: the OpenAPI document (by the binary) and the console's types (from that document).

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
};

use crate::tree::{Tree, root};

const OPENAPI: &str = "docs/openapi.json";
const TYPES: &str = "web/typegen";

/// Writes every generated file.
pub fn write() -> Result<(), String> {
    let root = root()?;
    let document = openapi(&root)?;
    std::fs::write(root.join(OPENAPI), document).map_err(|e| format!("{OPENAPI}: {e}"))?;
    types(&root)
}

/// Writes every generated file and names those that changed by it; true when none did.
pub fn check() -> Result<bool, String> {
    let root = root()?;
    let before = snapshot(&root)?;
    write()?;
    let after = snapshot(&root)?;
    let stale = changed(&before, &after);
    for path in &stale {
        println!("{path}:1: error: was stale and is now regenerated: look at the change and commit it");
    }
    Ok(stale.is_empty())
}

/// Runs a command and gives what it printed.
fn run(root: &Path, program: &str, args: &[&str]) -> Result<Vec<u8>, String> {
    let line = format!("{program} {}", args.join(" "));
    let out = Command::new(program)
        .args(args)
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("{line}: {e}"))?;
    if out.status.success() { Ok(out.stdout) } else { Err(format!("{line}: {}", out.status)) }
}

/// The document, as the binary prints it; only whole JSON is taken.
fn openapi(root: &Path) -> Result<Vec<u8>, String> {
    let document = run(root, "cargo", &["run", "--locked", "--quiet", "-p", "jingui", "--", "openapi"])?;
    serde_json::from_slice::<serde_json::Value>(&document).map_err(|e| format!("`jingui openapi` printed no JSON: {e}"))?;
    Ok(document)
}

fn types(root: &Path) -> Result<(), String> {
    if !root.join(TYPES).join("package.json").is_file() {
        println!("generate: {TYPES} is not there, no types written");
        return Ok(());
    }
    if !root.join(TYPES).join("node_modules").is_dir() {
        run(root, "npm", &["--prefix", TYPES, "ci", "--no-fund", "--no-audit", "--loglevel=error"])?;
    }
    let printed = run(root, "npm", &["--prefix", TYPES, "run", "--silent", "types"])?;
    print!("{}", String::from_utf8_lossy(&printed));
    Ok(())
}

/// The files that a generator may write.
fn snapshot(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let tree = Tree::read(root)?;
    Ok(tree.files.into_iter().filter(|f| f.path == OPENAPI || f.path.starts_with("web/")).map(|f| (f.path, f.text)).collect())
}

fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_changed_and_gone_files_are_stale() {
        let of = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(changed(&of(&[("a", "1"), ("b", "1"), ("c", "1")]), &of(&[("a", "1"), ("b", "2"), ("d", "1")])), ["b", "c", "d"]);
    }
}
