//! Which crate may use which: arrows point down only (`docs/architecture.md`, "Map"), read from `cargo metadata`.

use std::{collections::BTreeMap, path::Path, process::Command};

use serde_json::Value;

use crate::tree::Finding;

/// The crates of the project from the bottom to the top. A crate uses those of lower lines, never its own line.
const LAYERS: &[&[&str]] = &[
    &["jingui-model"],
    &["jingui-content", "jingui-sm4"],
    &[
        "jingui-kinds",
        "jingui-policy",
        "jingui-ledger",
        "jingui-vault",
        "jingui-calendar",
        "jingui-law",
        "jingui-notify",
        "jingui-detect",
        "jingui-mark",
        "jingui-passkey",
        "jingui-pkcs11",
    ],
    &["jingui-evidence", "jingui-docs", "jingui-backup"],
    &["jingui-view"],
    &["jingui-store"],
    &["jingui-app"],
    &["jingui-server", "jingui-gateway", "jingui-agent"],
    &["jingui", "jingui-benches"],
];

/// Up to this line (with it) crates do no input and output: they are pure libraries.
const PURE_UP_TO: usize = 4;
/// What would bring input and output into an engine.
const IMPURE: &[&str] = &["tokio", "sqlx", "axum", "hyper", "reqwest", "tower", "tower-http"];
/// Measures our stores beside tables of other databases, so it may use what those need.
const MEASURES: &str = "jingui-benches";
/// Heavy dependencies and the one crate that holds each.
const HEAVY: &[(&str, &str)] = &[
    ("cedar-policy", "jingui-policy"),
    ("sqlx", "jingui-store"),
    ("axum", "jingui-server"),
    ("tower-http", "jingui-server"),
    ("calamine", "jingui-docs"),
    ("rust_xlsxwriter", "jingui-docs"),
    ("typst", "jingui-docs"),
    ("krilla", "jingui-docs"),
    ("lopdf", "jingui-mark"),
    ("argon2", "jingui-vault"),
    ("clap", "jingui"),
];

/// Runs `cargo metadata` for the crates of the project only.
pub fn metadata(root: &Path) -> Result<Value, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    if !out.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&out.stderr).trim()));
    }
    serde_json::from_slice(&out.stdout).map_err(|e| format!("cargo metadata: {e}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Checks direction, purity and the place of heavy dependencies.
pub fn check(metadata: &Value) -> Vec<Finding> {
    let layer: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(at, names)| names.iter().map(move |name| (*name, at))).collect();
    let mut found = Vec::new();
    for package in list(metadata, "packages") {
        let name = text(package, "name");
        let root = text(metadata, "workspace_root");
        let path = text(package, "manifest_path").strip_prefix(root).unwrap_or_default().trim_start_matches('/').to_owned();
        let own = layer.get(name).copied();
        if own.is_none() && name != "xtask" {
            found.push(Finding::fail(
                &path,
                0,
                format!("`{name}` has no place in the layers: add it in xtask/src/layers.rs and docs/architecture.md"),
            ));
        }
        for dependency in list(package, "dependencies") {
            let other = text(dependency, "name");
            if let Some(below) = layer.get(other) {
                if own.is_none_or(|own| *below >= own) {
                    found.push(Finding::fail(&path, 0, format!("`{name}` uses `{other}`, which is not below it")));
                }
                continue;
            }
            // Tests may use what they like from outside.
            if text(dependency, "kind") == "dev" {
                continue;
            }
            if own.is_some_and(|own| own <= PURE_UP_TO) && IMPURE.contains(&other) {
                found.push(Finding::fail(&path, 0, format!("`{name}` is an engine and must not use `{other}`")));
            } else if let Some((_, home)) = HEAVY.iter().find(|(heavy, home)| *heavy == other && *home != name && name != MEASURES) {
                found.push(Finding::fail(&path, 0, format!("`{other}` belongs into `{home}` alone")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines;

    fn one(name: &str, dependency: &str, kind: Option<&str>) -> Vec<String> {
        lines(&check(&serde_json::json!({
            "workspace_root": "/w",
            "packages": [{
                "name": name,
                "manifest_path": "/w/crates/x/Cargo.toml",
                "dependencies": [{ "name": dependency, "kind": kind }],
            }],
        })))
    }

    #[test]
    fn arrows_point_down_never_up_never_sideways() {
        assert!(one("jingui-app", "jingui-store", None).is_empty());
        assert!(
            one("jingui-policy", "jingui-app", None).concat().contains("crates/x/Cargo.toml:1: error: `jingui-policy` uses `jingui-app`")
        );
        assert!(one("jingui-policy", "jingui-kinds", None).concat().contains("not below"));
        assert!(one("jingui-policy", "jingui-kinds", Some("dev")).concat().contains("not below"), "tests obey the direction too");
        assert!(one("xtask", "jingui-model", None).concat().contains("not below"));
    }

    #[test]
    fn engines_do_no_io() {
        assert!(one("jingui-ledger", "tokio", None).concat().contains("is an engine"));
        assert!(one("jingui-ledger", "tokio", Some("dev")).is_empty());
        assert!(one("jingui-store", "tokio", None).is_empty());
    }

    #[test]
    fn heavy_dependencies_have_one_home() {
        assert!(one("jingui-policy", "cedar-policy", None).is_empty());
        assert!(one("jingui-app", "cedar-policy", None).concat().contains("belongs into `jingui-policy` alone"));
    }

    #[test]
    fn a_new_crate_needs_a_place() {
        assert!(one("jingui-other", "serde", None).concat().contains("no place in the layers"));
    }
}
