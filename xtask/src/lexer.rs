//! Just enough of Rust's lexical grammar to tell code from comments and strings, so that no rule is fooled by either.
//!
//! Follows the Rust Reference, chapter "Tokens": nested block comments, raw, byte and C strings, lifetimes against
//! character literals. Numbers are taken as words; nothing here needs their value.

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Identifier, keyword or number.
    Word(String),
    /// String literal: its content as written, without quotes.
    Text(String),
    /// A single character that is none of the others.
    Mark(char),
}

/// A token and its line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub what: What,
    /// Line of its first character.
    pub line: usize,
}

impl Token {
    /// Whether it is this word.
    pub fn is(&self, word: &str) -> bool {
        matches!(&self.what, What::Word(w) if w == word)
    }

    /// Whether it is this character.
    pub fn mark(&self, mark: char) -> bool {
        self.what == What::Mark(mark)
    }

    /// The content of a string literal.
    pub fn text(&self) -> Option<&str> {
        match &self.what {
            What::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The word.
    pub fn word(&self) -> Option<&str> {
        match &self.what {
            What::Word(word) => Some(word),
            _ => None,
        }
    }
}

struct Cursor<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let hit = self.peek() == Some(wanted);
        if hit {
            self.next();
        }
        hit
    }

    /// The rest of a block comment after its `/*`.
    fn block_comment(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                None => return,
                Some('/') if self.eat('*') => depth += 1,
                Some('*') if self.eat('/') => depth -= 1,
                Some(_) => {}
            }
        }
    }

    /// The rest of a quoted string after its opening quote.
    fn quoted(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => break,
                '\\' => {
                    text.push(c);
                    text.extend(self.next());
                }
                _ => text.push(c),
            }
        }
        text
    }

    /// The rest of a raw string after its opening quote, with this many `#`.
    fn raw(&mut self, hashes: usize) -> String {
        let end = format!("\"{}", "#".repeat(hashes));
        let mut text = String::new();
        while let Some(c) = self.next() {
            text.push(c);
            if text.ends_with(&end) {
                text.truncate(text.len() - end.len());
                break;
            }
        }
        text
    }

    /// The rest of a word after its first character.
    fn word(&mut self, first: char) -> String {
        let mut word = String::from(first);
        while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || *c == '_') {
            word.push(c);
            self.next();
        }
        word
    }
}

/// The tokens of a file; comments are left out.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut cursor = Cursor { rest: source.chars().peekable(), line: 1 };
    let mut found = Vec::new();
    while let Some(c) = {
        let line = cursor.line;
        cursor.next().map(|c| (c, line))
    } {
        let (c, line) = c;
        let what = match c {
            _ if c.is_whitespace() => continue,
            '/' if cursor.eat('/') => {
                while cursor.peek().is_some_and(|c| c != '\n') {
                    cursor.next();
                }
                continue;
            }
            '/' if cursor.eat('*') => {
                cursor.block_comment();
                continue;
            }
            '"' => What::Text(cursor.quoted()),
            '\'' => match quote(&mut cursor) {
                Some(what) => what,
                None => continue,
            },
            _ if c.is_alphanumeric() || c == '_' => {
                let word = cursor.word(c);
                prefixed(&mut cursor, word, &mut found, line)
            }
            _ => What::Mark(c),
        };
        found.push(Token { what, line });
    }
    found
}

/// After `'`: nothing for a character literal, the word for a lifetime.
fn quote(cursor: &mut Cursor<'_>) -> Option<What> {
    let first = cursor.next()?;
    if first == '\\' {
        cursor.next();
        while cursor.next().is_some_and(|c| c != '\'') {}
        return None;
    }
    if cursor.eat('\'') {
        return None;
    }
    Some(What::Word(format!("'{}", cursor.word(first))))
}

/// A word may turn out to be the prefix of a string: `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `c"…"`.
fn prefixed(cursor: &mut Cursor<'_>, word: String, found: &mut Vec<Token>, line: usize) -> What {
    let raw = matches!(word.as_str(), "r" | "br" | "cr");
    let plain = matches!(word.as_str(), "b" | "c");
    if (raw || plain) && cursor.eat('"') {
        return What::Text(if raw { cursor.raw(0) } else { cursor.quoted() });
    }
    if word == "b" && cursor.peek() == Some('\'') {
        cursor.next();
        let _ = quote(cursor);
        return What::Word(word);
    }
    if raw && cursor.peek() == Some('#') {
        let mut hashes = 0;
        while cursor.eat('#') {
            hashes += 1;
        }
        if cursor.eat('"') {
            return What::Text(cursor.raw(hashes));
        }
        // A raw identifier such as `r#type`.
        found.push(Token { what: What::Word(word), line });
        return What::Mark('#');
    }
    What::Word(word)
}

/// The index after the bracket that closes the one at `open`; the end when it is never closed.
pub fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.what {
            What::Mark('(' | '[' | '{') => depth += 1,
            What::Mark(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// The tokens that are not under `#[cfg(test)]` or `#[test]`.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.mark('#') && tokens.get(at + 1).is_some_and(|t| t.mark('[')) {
            let end = closing(tokens, at + 1);
            let inside = tokens.get(at + 2..end.saturating_sub(1)).unwrap_or_default();
            if is_test_attribute(inside) {
                at = end_of_item(tokens, end);
                continue;
            }
            kept.extend_from_slice(tokens.get(at..end).unwrap_or_default());
            at = end;
            continue;
        }
        kept.push(token.clone());
        at += 1;
    }
    kept
}

/// `test`, `tokio::test`, `cfg(test)`, `cfg(all(test, …))`; not `cfg(not(test))`.
fn is_test_attribute(inside: &[Token]) -> bool {
    let cfg = inside.first().is_some_and(|t| t.is("cfg"));
    let test = inside.iter().any(|t| t.is("test"));
    if cfg {
        test && !inside.iter().any(|t| t.is("not"))
    } else {
        test && inside.iter().all(|t| t.is("test") || t.is("tokio") || t.mark(':'))
    }
}

/// The index after the item that starts here: past its block, or its semicolon.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match token.what {
            What::Mark(';') => return at + 1,
            What::Mark('{') => return closing(tokens, at),
            What::Mark('(' | '[') => at = closing(tokens, at),
            _ => at += 1,
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        tokens(source).iter().filter_map(|t| t.text().map(str::to_owned)).collect()
    }

    #[test]
    fn comments_are_left_out_and_lines_are_counted() {
        let found = tokens("// \"no\"\n/* \"no /* nested */ \" */\nlet a = \"yes\";");
        assert_eq!(texts("// \"no\"\n/* \"no\" */ \"yes\""), ["yes"]);
        assert_eq!(found.iter().find(|t| t.text().is_some()).map(|t| t.line), Some(3));
    }

    #[test]
    fn every_form_of_string_is_a_string() {
        assert_eq!(texts(r###"r"a\" b"b\"c" br#"d"e"# c"f" r##"g"#h"##"###), ["a\\", "b\\\"c", "d\"e", "f", "g\"#h"]);
    }

    #[test]
    fn lifetimes_and_characters_do_not_open_strings() {
        assert_eq!(texts("fn f<'a>(x: &'a str) { let q = '\"'; let n = '\\n'; let b = b'\"'; \"s\" }"), ["s"]);
    }

    #[test]
    fn what_stands_under_cfg_test_is_taken_out() {
        let code = "fn a() { \"one\" } #[cfg(test)] mod t { fn b() { \"two\" } } #[cfg(not(test))] fn c() { \"three\" }";
        let kept: Vec<_> = without_tests(&tokens(code)).iter().filter_map(|t| t.text().map(str::to_owned)).collect();
        assert_eq!(kept, ["one", "three"]);
    }
}
