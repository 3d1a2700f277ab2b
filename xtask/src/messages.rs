//! Every problem code that Rust raises has a text in `catalog/messages/*.yaml`, in both languages.
//!
//! A code is raised where it stands as a literal: `Problem::invalid("a.b")`, `Problem::of(class, "a.b")`, or
//! `code: "a.b"`. Texts are lines `a.b: {zh: "…", en: "…"}`, or the same over three lines; nothing else of YAML is
//! needed in these files, and the reader here refuses what it does not understand rather than guess.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    lexer::{Token, What, closing, tokens, without_tests},
    sources::is_test_file,
    tree::{File, Finding, Tree},
};

const MAKERS: &[&str] =
    &["invalid", "unauthenticated", "denied", "missing", "conflict", "too_large", "too_many", "locked", "unavailable", "internal"];

/// Where something stands.
type Place = (String, usize);

/// A text in both languages, as far as it could be read.
#[derive(Debug, Default)]
struct Entry {
    path: String,
    line: usize,
    zh: String,
    en: String,
}

/// Every rule of this module.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut raised: BTreeMap<String, Place> = BTreeMap::new();
    let mut mentioned: BTreeSet<String> = BTreeSet::new();
    for file in tree.ending(".rs").filter(|f| !is_test_file(&f.path)) {
        let code = without_tests(&tokens(&file.text));
        for (name, line) in raises(&code) {
            raised.entry(name).or_insert_with(|| (file.path.clone(), line));
        }
        // A code may travel through a constant, or be looked up by its beginning (`words.` and a name).
        let literals = code.iter().filter_map(Token::text);
        mentioned.extend(literals.filter(|t| is_code(t.trim_end_matches('.')) || is_code(&format!("{t}x"))).map(str::to_owned));
    }
    // Kinds and policies, and the console, may name a text too.
    let data = |f: &&File| (f.path.starts_with("catalog/") && !is_messages(&f.path)) || f.path.starts_with("web/src/");
    let others: Vec<&File> = tree.files.iter().filter(data).collect();

    let mut texts: BTreeMap<String, Entry> = BTreeMap::new();
    for file in tree.files.iter().filter(|f| is_messages(&f.path)) {
        for (name, entry) in read(file, &mut found) {
            if let Some(first) = texts.get(&name) {
                found.push(Finding::fail(&file.path, entry.line, format!("`{name}` has a text already in {}:{}", first.path, first.line)));
                continue;
            }
            found.extend(complete(&name, &entry));
            texts.insert(name, entry);
        }
    }
    for (name, (path, line)) in &raised {
        if !texts.contains_key(name) {
            found.push(Finding::fail(path, *line, format!("the code `{name}` has no text in catalog/messages")));
        }
    }
    for (name, entry) in &texts {
        let begun = || name.match_indices('.').any(|(at, _)| name.get(..=at).is_some_and(|begin| mentioned.contains(begin)));
        if !mentioned.contains(name) && !begun() && !others.iter().any(|f| f.text.contains(name.as_str())) {
            found.push(Finding::warn(&entry.path, entry.line, format!("nobody raises `{name}`")));
        }
    }
    found
}

fn is_messages(path: &str) -> bool {
    path.starts_with("catalog/messages/") && (path.ends_with(".yaml") || path.ends_with(".yml"))
}

/// `words.with_dots`: at least two parts of small letters, digits and `_`.
fn is_code(text: &str) -> bool {
    text.split('.').count() > 1
        && text.split('.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
}

/// The codes that these tokens raise, with their lines.
fn raises(code: &[Token]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut take = |token: Option<&Token>| {
        if let Some((text, line)) = token.and_then(|t| t.text().map(|text| (text, t.line)))
            && is_code(text)
        {
            found.push((text.to_owned(), line));
        }
    };
    for at in 0..code.len() {
        match code.get(at..at + 5) {
            Some([owner, a, b, maker, open])
                if (owner.is("Problem") || owner.is("Self")) && a.mark(':') && b.mark(':') && open.mark('(') =>
            {
                if maker.word().is_some_and(|m| MAKERS.contains(&m)) {
                    take(code.get(at + 5));
                } else if maker.is("of") {
                    let inside = code.get(at + 5..closing(code, at + 4)).unwrap_or_default();
                    take(second(inside));
                }
            }
            _ => {}
        }
        if let Some([name, colon, value]) = code.get(at..at + 3)
            && name.is("code")
            && colon.mark(':')
        {
            take(Some(value));
        }
    }
    found
}

/// The first token of the second argument.
fn second(arguments: &[Token]) -> Option<&Token> {
    let mut at = 0;
    loop {
        match arguments.get(at)?.what {
            What::Mark(',') => return arguments.get(at + 1),
            What::Mark('(' | '[' | '{') => at = closing(arguments, at),
            _ => at += 1,
        }
    }
}

/// Both languages are there and fill in the same arguments.
fn complete(name: &str, entry: &Entry) -> Vec<Finding> {
    let mut found = Vec::new();
    for (lang, text) in [("zh", &entry.zh), ("en", &entry.en)] {
        if text.trim().is_empty() {
            found.push(Finding::fail(&entry.path, entry.line, format!("`{name}` has no text in {lang}")));
        }
    }
    if found.is_empty() && arguments(&entry.zh) != arguments(&entry.en) {
        found.push(Finding::fail(&entry.path, entry.line, format!("`{name}`: the two languages fill in different arguments")));
    }
    found
}

/// The arguments that a text fills in; `field_zh` and `field_en` are one argument in two languages.
fn arguments(text: &str) -> BTreeSet<&str> {
    let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    names.map(|name| name.strip_suffix("_zh").or_else(|| name.strip_suffix("_en")).unwrap_or(name)).collect()
}

/// Reads one file of texts; what it does not understand becomes a finding.
fn read(file: &File, found: &mut Vec<Finding>) -> Vec<(String, Entry)> {
    let mut entries: Vec<(String, Entry)> = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let number = number + 1;
        let body = line.trim();
        if body.is_empty() || body.starts_with('#') || body == "---" {
            continue;
        }
        let parsed = body.split_once(':').map(|(key, value)| (unquote(key.trim()), value.trim()));
        match parsed {
            Some((key, value)) if !line.starts_with(' ') && (is_code(&key)) => {
                let mut entry = Entry { path: file.path.clone(), line: number, ..Entry::default() };
                if !value.is_empty() && !value.starts_with('#') && !flow(value, &mut entry) {
                    found.push(Finding::fail(&file.path, number, "write `{zh: \"…\", en: \"…\"}`"));
                }
                entries.push((key, entry));
            }
            Some((key, value)) if line.starts_with(' ') && (key == "zh" || key == "en") && !entries.is_empty() => {
                let text = quoted(value).map_or_else(|| value.to_owned(), |(text, _)| text);
                if let Some((_, entry)) = entries.last_mut() {
                    set(entry, &key, text);
                }
            }
            _ => found.push(Finding::fail(&file.path, number, "not a line `code: {zh: \"…\", en: \"…\"}`")),
        }
    }
    entries
}

fn set(entry: &mut Entry, lang: &str, text: String) {
    match lang {
        "zh" => entry.zh = text,
        _ => entry.en = text,
    }
}

fn unquote(text: &str) -> String {
    quoted(text).map_or_else(|| text.to_owned(), |(inner, _)| inner)
}

/// A quoted scalar at the start, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut inner = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            inner.extend(chars.next().map(|(_, c)| c));
        } else if c == quote {
            if quote == '\'' && chars.next_if(|(_, c)| *c == quote).is_some() {
                inner.push(quote);
                continue;
            }
            return Some((inner, text.get(at + 1..).unwrap_or_default()));
        } else {
            inner.push(c);
        }
    }
    None
}

/// `{zh: "…", en: "…"}`; false when it is something else.
fn flow(value: &str, entry: &mut Entry) -> bool {
    let Some(mut rest) = value.strip_prefix('{').map(str::trim_start) else { return false };
    loop {
        let Some((key, after)) = rest.split_once(':') else { return false };
        let key = unquote(key.trim());
        if key != "zh" && key != "en" {
            return false;
        }
        let after = after.trim_start();
        let (text, after) = match quoted(after) {
            Some(done) => done,
            // A plain scalar ends at the comma or the brace.
            None => match after.find([',', '}']) {
                Some(end) => (after.get(..end).unwrap_or_default().trim().to_owned(), after.get(end..).unwrap_or_default()),
                None => return false,
            },
        };
        set(entry, &key, text);
        let after = after.trim_start();
        match after.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None => return after.starts_with('}'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines;

    const GOOD: &str = "a.b: {zh: \"甲{n}\", en: \"A {n}\"}\n";

    fn both(rust: &str, yaml: &str) -> Vec<String> {
        lines(&check(&Tree::of(&[("crates/a/src/lib.rs", rust), ("catalog/messages/a.yaml", yaml)])))
    }

    #[test]
    fn every_form_of_raising_is_seen() {
        for rust in [
            "fn f() { Problem::invalid(\"a.b\") }",
            "fn f() { jingui_model::Problem::denied(\"a.b\").arg(\"n\", 1) }",
            "fn f() { Problem::of(class(1, 2), \"a.b\") }",
            "fn f() { Problem::of(Class::Invalid,\n \"a.b\") }",
            "fn f() { Diagnostic { code: \"a.b\", line: 1 } }",
        ] {
            assert!(both(rust, GOOD).is_empty(), "{rust}");
            assert!(both(rust, "").concat().contains("the code `a.b` has no text"), "{rust}");
        }
    }

    #[test]
    fn what_only_tests_raise_needs_no_text() {
        assert!(both("#[cfg(test)] mod tests { fn f() { Problem::invalid(\"x.y\") } }", "").is_empty());
        assert!(both("// Problem::invalid(\"x.y\")", "").is_empty());
    }

    #[test]
    fn both_languages_are_needed_with_the_same_arguments() {
        let rust = "fn f() { Problem::invalid(\"a.b\") }";
        assert!(both(rust, "a.b: {zh: \"甲\"}\n").concat().contains("no text in en"));
        assert!(both(rust, "a.b: {zh: \"\", en: \"A\"}\n").concat().contains("no text in zh"));
        assert!(both(rust, "a.b: {zh: \"甲{n}\", en: \"A {m}\"}\n").concat().contains("different arguments"));
        assert!(both(rust, "a.b:\n  zh: \"甲\"\n  en: 'it''s'\n").is_empty());
        assert!(both(rust, "# c\n\"a.b\": { en: \"say \\\"a\\\", b\", zh: 甲 }\n").is_empty());
    }

    #[test]
    fn double_unused_and_unreadable_texts_are_reported() {
        let rust = "fn f() { Problem::invalid(\"a.b\") }";
        assert!(both(rust, &GOOD.repeat(2)).concat().contains("has a text already"));
        assert_eq!(both("", GOOD), ["catalog/messages/a.yaml:1: warning: nobody raises `a.b`"]);
        assert!(both("const C: &str = \"a.b\";", GOOD).is_empty(), "a code may go through a constant");
        assert!(both("const C: &str = \"a.\";", GOOD).is_empty(), "or be looked up by its beginning");
        assert!(both(rust, &format!("{GOOD}a.c: |\n")).concat().contains("error: write"));
        assert!(both(rust, &format!("{GOOD}free text\n")).concat().contains("a.yaml:2: error: not a line"));
    }
}
