//! The console speaks both languages completely: its locale files have the same keys and no empty text.
//!
//! A locale file is JSON under `web/src` whose name or folder is `zh-CN` (or `zh`) or `en`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::tree::{File, Finding, Tree};

/// Endings by which i18next tells plural forms apart; Chinese has one form, English two.
const PLURALS: &[&str] = &["_zero", "_one", "_two", "_few", "_many", "_other"];

/// Every rule of this module.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut groups: BTreeMap<String, BTreeMap<&str, &File>> = BTreeMap::new();
    for file in tree.ending(".json").filter(|f| f.path.starts_with("web/src/")) {
        if let Some((lang, group)) = place(&file.path) {
            groups.entry(group).or_default().insert(lang, file);
        }
    }
    for langs in groups.values() {
        let mut keys: BTreeMap<&str, (&File, BTreeSet<String>)> = BTreeMap::new();
        for (lang, file) in langs {
            match serde_json::from_str::<Value>(&file.text) {
                Err(error) => found.push(Finding::fail(&file.path, error.line(), format!("not JSON: {error}"))),
                Ok(value) => {
                    let mut flat = BTreeMap::new();
                    flatten("", &value, &mut flat);
                    for (key, _) in flat.iter().filter(|(_, text)| text.trim().is_empty()) {
                        found.push(Finding::fail(&file.path, line_of(file, key), format!("`{key}` is empty")));
                    }
                    keys.insert(lang, (file, flat.keys().map(|key| singular(key).to_owned()).collect()));
                }
            }
        }
        for lang in ["zh", "en"] {
            if !langs.contains_key(lang)
                && let Some(other) = langs.values().next()
            {
                found.push(Finding::fail(&other.path, 0, format!("there is no such file in {lang}")));
            }
        }
        if let (Some((zh, zh_keys)), Some((en, en_keys))) = (keys.get("zh"), keys.get("en")) {
            let missing = |from: &BTreeSet<String>, to: &BTreeSet<String>, have: &File, lack: &File| -> Vec<Finding> {
                from.difference(to)
                    .map(|key| Finding::fail(&have.path, line_of(have, key), format!("`{key}` is missing in {}", lack.path)))
                    .collect()
            };
            found.extend(missing(zh_keys, en_keys, zh, en));
            found.extend(missing(en_keys, zh_keys, en, zh));
        }
    }
    found
}

/// The language of a path, and the path with the language taken out.
fn place(path: &str) -> Option<(&'static str, String)> {
    let stem = path.strip_suffix(".json")?;
    let mut lang = None;
    let parts: Vec<&str> = stem
        .split('/')
        .map(|part| match part {
            "zh" | "zh-CN" | "zh_CN" => {
                lang = Some("zh");
                "*"
            }
            "en" | "en-US" => {
                lang = Some("en");
                "*"
            }
            other => other,
        })
        .collect();
    lang.map(|lang| (lang, parts.join("/")))
}

fn flatten(prefix: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let join = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(&join(key), value, into)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| flatten(&join(&at.to_string()), value, into)),
        Value::String(text) => {
            into.insert(prefix.to_owned(), text.clone());
        }
        other => {
            into.insert(prefix.to_owned(), other.to_string());
        }
    }
}

fn singular(key: &str) -> &str {
    PLURALS.iter().find_map(|end| key.strip_suffix(end)).unwrap_or(key)
}

/// The line of a key: the first line that holds its last part as a key.
fn line_of(file: &File, key: &str) -> usize {
    let last = key.rsplit('.').next().unwrap_or(key);
    file.text.lines().position(|line| line.trim_start().starts_with(&format!("\"{last}"))).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines;

    fn two(zh: &str, en: &str) -> Vec<String> {
        lines(&check(&Tree::of(&[("web/src/locales/zh-CN/a.json", zh), ("web/src/locales/en/a.json", en)])))
    }

    #[test]
    fn both_files_have_the_same_keys() {
        assert!(two(r#"{"a": {"b": "甲"}}"#, r#"{"a": {"b": "A"}}"#).is_empty());
        assert_eq!(
            two("{\n \"a\": \"甲\",\n \"b\": \"乙\"}", "{\"a\": \"A\"}"),
            ["web/src/locales/zh-CN/a.json:3: error: `b` is missing in web/src/locales/en/a.json"]
        );
        assert!(two(r#"{"a": "甲"}"#, r#"{"a": "A", "c": "C"}"#).concat().contains("`c` is missing in web/src/locales/zh-CN/a.json"));
    }

    #[test]
    fn plural_forms_are_one_key() {
        assert!(two(r#"{"n_other": "{{count}} 项"}"#, r#"{"n_one": "one item", "n_other": "{{count}} items"}"#).is_empty());
    }

    #[test]
    fn empty_texts_and_missing_files_fail() {
        assert!(two(r#"{"a": " "}"#, r#"{"a": "A"}"#).concat().contains("`a` is empty"));
        let alone = check(&Tree::of(&[("web/src/i18n/en.json", "{}")]));
        assert!(lines(&alone).concat().contains("no such file in zh"));
        assert!(two("{", "{}").concat().contains("not JSON"));
    }
}
