//! Rules about Rust files one by one: heads, lengths, attributes, language; and host names in any file.

use crate::{
    lexer::{Token, What, closing, tokens, without_tests},
    tree::{File, Finding, Tree},
};

/// A file above this many lines is questioned.
const FILE_WARN: usize = 500;
/// A file above this many lines fails.
const FILE_FAIL: usize = 1000;
/// A function above this many lines is questioned.
const FUNCTION_WARN: usize = 120;
/// A run of this many Chinese characters in a string is taken for a sentence.
const SENTENCE: usize = 5;

/// The only folder whose files may hold `unsafe`.
const UNSAFE_HOME: &str = "crates/sm4/src/kernel/";

/// Every rule of this module.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found: Vec<Finding> = tree.files.iter().flat_map(hosts).collect();
    for file in tree.ending(".rs") {
        let all = tokens(&file.text);
        found.extend(head(file));
        found.extend(length(file));
        found.extend(functions(file, &all));
        found.extend(attributes(file, &all));
        found.extend(unsafes(file, &all));
        if !is_test_file(&file.path) {
            found.extend(language(file, &without_tests(&all)));
        }
    }
    found
}

/// Whether a file holds only tests or an example (and may speak any language, and raise codes that nobody sees).
pub fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "benches" | "examples")) || path.ends_with("tests.rs") || path.starts_with("xtask/")
}

/// Every file says first why it exists.
fn head(file: &File) -> Option<Finding> {
    (!file.text.starts_with("//!"))
        .then(|| Finding::fail(&file.path, 1, "open the file with `//!`: why it exists, which clause it follows"))
}

fn length(file: &File) -> Option<Finding> {
    let lines = file.text.lines().count();
    match lines {
        0..=FILE_WARN => None,
        n if n <= FILE_FAIL => Some(Finding::warn(&file.path, 0, format!("{lines} lines: is this one thought?"))),
        _ => Some(Finding::fail(&file.path, 0, format!("{lines} lines, more than {FILE_FAIL}: split it"))),
    }
}

/// Long functions, by the lines of their body.
fn functions(file: &File, tokens: &[Token]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, t)| t.is("fn")) {
        let Some(name) = tokens.get(at + 1).and_then(Token::word) else { continue };
        let mut next = at + 2;
        let body = loop {
            match tokens.get(next).map(|t| &t.what) {
                None | Some(What::Mark(';')) => break None,
                Some(What::Mark('{')) => break Some(next),
                Some(What::Mark('(' | '[')) => next = closing(tokens, next),
                Some(_) => next += 1,
            }
        };
        let last = body.map(|open| closing(tokens, open)).and_then(|end| tokens.get(end.saturating_sub(1)));
        let lines = last.map_or(0, |end| end.line - token.line + 1);
        if lines > FUNCTION_WARN {
            found.push(Finding::warn(&file.path, token.line, format!("function `{name}` has {lines} lines")));
        }
    }
    found
}

/// `#[allow(…)]` hides a lint for ever; `#[expect(…, reason = "…")]` says why and speaks up when it is no longer needed.
fn attributes(file: &File, tokens: &[Token]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, _) in tokens.iter().enumerate().filter(|(_, t)| t.mark('#')) {
        let open = if tokens.get(at + 1).is_some_and(|t| t.mark('!')) { at + 2 } else { at + 1 };
        if !tokens.get(open).is_some_and(|t| t.mark('[')) {
            continue;
        }
        let inside = tokens.get(open..closing(tokens, open)).unwrap_or_default();
        let has = |word: &str| inside.windows(2).any(|w| matches!(w, [a, b] if a.is(word) && b.mark('(')));
        let line = tokens.get(at).map_or(0, |t| t.line);
        // A macro of a test may bring names that not every test uses; `expect` would then complain itself.
        let excused = is_test_file(&file.path) && inside.iter().any(|t| t.is("reason"));
        if has("allow") && !excused {
            found.push(Finding::fail(&file.path, line, "`allow`: use `#[expect(lint, reason = \"…\")]`"));
        }
        if has("expect") && !inside.iter().any(|t| t.is("reason")) {
            found.push(Finding::fail(&file.path, line, "`expect` without a reason"));
        }
    }
    found
}

/// `unsafe`, and asking for it, belong to the vector kernels; each block there has its reason (clippy) and its review (docs/sm4-review.md).
fn unsafes(file: &File, tokens: &[Token]) -> Vec<Finding> {
    if file.path.starts_with(UNSAFE_HOME) {
        return Vec::new();
    }
    tokens
        .iter()
        .filter(|token| token.is("unsafe") || token.is("unsafe_code"))
        .map(|token| Finding::fail(&file.path, token.line, format!("`unsafe` outside `{UNSAFE_HOME}`")))
        .collect()
}

/// What a person reads stands in `catalog/` and in the console's locale files, not in code.
fn language(file: &File, tokens: &[Token]) -> Vec<Finding> {
    tokens
        .iter()
        .filter(|token| token.text().is_some_and(is_sentence))
        .map(|token| Finding::fail(&file.path, token.line, "a Chinese sentence in code: put it into catalog/messages and raise its code"))
        .collect()
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

fn is_sentence(text: &str) -> bool {
    let mut run = 0;
    let mut any = false;
    // Numerals are what a reader of numbers knows, not what a person reads.
    for c in text.chars().filter(|c| !"〇零一二两三四五六七八九十百千万亿".contains(*c)) {
        run = if is_han(c) { run + 1 } else { 0 };
        any |= is_han(c);
        if run >= SENTENCE || (any && matches!(c, '，' | '。' | '；' | '！' | '？')) {
            return true;
        }
    }
    false
}

/// Hosts of package registries, in two parts each so that this file does not hold them.
const HOSTS: &[(&str, &str)] = &[
    ("crates", ".io"),
    ("npmjs", ".org"),
    ("npmjs", ".com"),
    ("yarnpkg", ".com"),
    ("npmmirror", ".com"),
    ("pypi", ".org"),
    ("pythonhosted", ".org"),
    ("proxy.golang", ".org"),
    ("sum.golang", ".org"),
    ("goproxy", ".cn"),
    ("rsproxy", ".cn"),
    ("deb.debian", ".org"),
    ("security.debian", ".org"),
    ("tuna.tsinghua.edu", ".cn"),
    ("mirrors.ustc.edu", ".cn"),
    ("mirrors.aliyun", ".com"),
];

/// Which registry serves a machine is the business of its owner: no file names one.
fn hosts(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        // Cargo writes the identity of the registry into its lock file; it is a name there, not an address to ask.
        if file.path == "Cargo.lock" && line.starts_with("source = \"registry+") {
            continue;
        }
        for (front, back) in HOSTS {
            if line.contains(&format!("{front}{back}")) {
                found.push(Finding::fail(&file.path, number + 1, format!("names a package registry ({front} …)")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines;

    fn check_one(path: &str, text: &str) -> Vec<String> {
        lines(&check(&Tree::of(&[(path, text)])))
    }

    #[test]
    fn a_file_opens_with_a_head() {
        assert!(check_one("crates/a/src/lib.rs", "//! Why.\nfn a() {}\n").is_empty());
        assert!(check_one("crates/a/src/lib.rs", "// Why.\nfn a() {}\n").concat().contains("a/src/lib.rs:1: error: open the file"));
    }

    #[test]
    fn long_files_are_questioned_and_very_long_ones_fail() {
        let of = |n: usize| format!("//! Why.\n{}", "\n".repeat(n - 1));
        assert!(check_one("a.rs", &of(500)).is_empty());
        assert!(check_one("a.rs", &of(501)).concat().contains("warning: 501 lines"));
        assert!(check_one("a.rs", &of(1001)).concat().contains("error: 1001 lines"));
    }

    #[test]
    fn long_functions_are_questioned() {
        let of = |n: usize| format!("//! Why.\nfn long(a: [u8; 2]) -> u8\n{{{}}}\n", "\n".repeat(n - 2));
        assert!(check_one("a.rs", &of(120)).is_empty());
        assert_eq!(check_one("a.rs", &of(121)), ["a.rs:2: warning: function `long` has 121 lines"]);
    }

    #[test]
    fn unsafe_stands_in_the_kernels_alone() {
        let code = "//! Why.\n#[expect(unsafe_code, reason = \"x\")]\nfn a() { unsafe { b() } }\n";
        let elsewhere = check_one("crates/vault/src/a.rs", code).concat();
        assert!(elsewhere.contains("a.rs:2: error: `unsafe` outside") && elsewhere.contains("a.rs:3: error"));
        assert!(!check_one("crates/sm4/src/gcm.rs", code).is_empty());
        assert!(!check_one("crates/sm4/tests/it/main.rs", code).is_empty(), "in tests neither");
        assert!(check_one("crates/sm4/src/kernel/x86/memory.rs", code).is_empty());
        assert!(check_one("a.rs", "//! Not unsafe.\nconst A: &str = \"unsafe\";\n").is_empty());
    }

    #[test]
    fn allow_fails_and_expect_wants_a_reason() {
        assert!(check_one("a.rs", "//! Why.\n#[allow(dead_code)]\nfn a() {}\n").concat().contains("a.rs:2: error: `allow`"));
        assert!(check_one("a.rs", "//! Why.\n#![allow(dead_code)]\n").concat().contains("`allow`"));
        assert!(check_one("a.rs", "//! Why.\n#[cfg_attr(test, allow(dead_code))]\nfn a() {}\n").concat().contains("`allow`"));
        assert!(check_one("a.rs", "//! Why.\n#[expect(dead_code)]\nfn a() {}\n").concat().contains("without a reason"));
        assert!(check_one("a.rs", "//! Why.\n#[expect(dead_code, reason = \"later\")]\nfn allow() { allow(1) }\n").is_empty());
        assert!(check_one("crates/a/tests/all.rs", "//! Why.\n#[allow(unused_mut, reason = \"some need it\")]\nfn a() {}\n").is_empty());
        assert!(!check_one("crates/a/tests/all.rs", "//! Why.\n#[allow(unused_mut)]\nfn a() {}\n").is_empty());
        assert!(check_one("a.rs", "//! Why: #[allow(x)] is bad.\nconst A: &str = \"#[allow(x)]\";\n").is_empty());
    }

    #[test]
    fn sentences_in_chinese_stand_in_the_catalog() {
        assert!(
            check_one("a.rs", "//! Why.\nconst A: &str = \"没有权限，请联系保密员\";\n")
                .concat()
                .contains("a.rs:2: error: a Chinese sentence")
        );
        assert!(
            check_one("a.rs", "//! 台账的说明都可以写在注释里。\nconst A: &str = \"年月日\";\nconst B: &str = \"一二三四五六七八九\";\n")
                .is_empty()
        );
        for file in ["crates/a/tests/all.rs", "crates/a/examples/b.rs"] {
            assert!(check_one(file, "//! Why.\nconst A: &str = \"没有权限，请联系保密员\";\n").is_empty());
        }
        assert!(check_one("a.rs", "//! Why.\n#[cfg(test)]\nmod tests { const A: &str = \"没有权限，请联系保密员\"; }\n").is_empty());
    }

    #[test]
    fn no_file_names_a_registry() {
        let text = format!("get it from https://static.{}{}/x\n", "crates", ".io");
        assert_eq!(check_one("docs/a.md", &text), ["docs/a.md:1: error: names a package registry (crates …)"]);
        let lock = format!("source = \"registry+https://github.com/rust-lang/{}{}-index\"\n", "crates", ".io");
        assert!(check_one("Cargo.lock", &lock).is_empty());
        assert!(!check_one("a/Cargo.lock", &lock).is_empty());
    }
}
