//! A disclosed value in words: what a court reads instead of JSON. The exact bytes stand in the package.

use jingui_docs::paper::{Block, Span};
use serde_json::{Map, Value};

use super::voice::{Voice, place};

/// Values inside values up to this depth; deeper ones are shown as they are written.
const MAX_DEPTH: usize = 3;

/// The value of a field of an entry.
pub fn blocks(voice: &Voice<'_>, kind: &str, field: &str, value: &Value) -> Vec<Block> {
    let path = field.strip_prefix("data.").map_or(field, |own| place(own).0);
    Teller { voice, kind }.tell(path, value, 0)
}

struct Teller<'a> {
    voice: &'a Voice<'a>,
    kind: &'a str,
}

impl Teller<'_> {
    fn tell(&self, path: &str, value: &Value, depth: usize) -> Vec<Block> {
        if let Some(line) = self.line(path, value) {
            return vec![Block::spans(line)];
        }
        match value {
            Value::Array(items) if depth < MAX_DEPTH => items.iter().flat_map(|item| self.tell(path, item, depth + 1)).collect(),
            Value::Object(map) if depth < MAX_DEPTH => map.iter().flat_map(|(name, value)| self.part(path, name, value, depth)).collect(),
            _ => vec![Block::spans(vec![Span::code(value.to_string())])],
        }
    }

    /// A named part of a value.
    fn part(&self, path: &str, name: &str, value: &Value, depth: usize) -> Vec<Block> {
        let inner = format!("{path}.{name}");
        let label = self.voice.labels.field(self.kind, &inner).map_or_else(|| name.to_owned(), |label| self.voice.text(&label));
        let head = Span::small([label, self.voice.word("paper.colon")].concat());
        match self.line(&inner, value) {
            Some(line) => vec![Block::spans([vec![head], line].concat())],
            None => [vec![Block::spans(vec![head])], self.tell(&inner, value, depth + 1)].concat(),
        }
    }

    /// A value that fits a line.
    fn line(&self, path: &str, value: &Value) -> Option<Vec<Span>> {
        let plain = |text: String| Some(vec![Span::plain(text)]);
        match value {
            Value::Null => plain(self.voice.word("paper.none")),
            Value::Bool(yes) => plain(self.voice.word(if *yes { "paper.yes" } else { "paper.no" })),
            Value::Number(number) => plain(number.to_string()),
            Value::String(text) => plain(self.word(path, text)),
            Value::Array(items) if items.is_empty() => plain(self.voice.word("paper.none")),
            Value::Array(items) => {
                let words: Option<Vec<String>> = items.iter().map(|item| Some(self.word(path, item.as_str()?))).collect();
                plain(self.voice.list(&words?))
            }
            Value::Object(map) => self.shape(map),
        }
    }

    fn word(&self, path: &str, text: &str) -> String {
        self.voice.labels.option(self.kind, path, text).map_or_else(|| text.to_owned(), |label| self.voice.text(&label))
    }

    /// Money, terms and files.
    fn shape(&self, map: &Map<String, Value>) -> Option<Vec<Span>> {
        let text = |name: &str| map.get(name).and_then(Value::as_str);
        let number = |name: &str| map.get(name).and_then(Value::as_i64);
        if let (Some(cents), Some(currency), 2) = (number("cents"), text("currency"), map.len()) {
            return Some(vec![Span::plain(money(cents, currency))]);
        }
        if let (Some(months), 1) = (number("months"), map.len()) {
            return Some(vec![Span::plain(self.voice.say("paper.months", &[("n", &months)]))]);
        }
        if let (Some(true), 1) = (map.get("open").and_then(Value::as_bool), map.len()) {
            return Some(vec![Span::plain(self.voice.word("paper.open_term"))]);
        }
        let (name, size, sha256) = (text("name")?, number("size")?, text("sha256")?);
        let head = self.voice.say("paper.file", &[("name", &name), ("size", &size)]);
        Some(vec![Span::plain(head), Span::plain(" "), Span::code(sha256)])
    }
}

/// An amount with its thousands apart.
fn money(cents: i64, currency: &str) -> String {
    let (whole, rest) = ((cents.unsigned_abs() / 100).to_string(), cents.unsigned_abs() % 100);
    let mut grouped = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}{grouped}.{rest:02} {currency}", if cents < 0 { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn amounts_are_grouped_and_exact() {
        for (cents, text) in [(0, "0.00 CNY"), (99_999, "999.99 CNY"), (100_000, "1,000.00 CNY"), (-123_456_789, "-1,234,567.89 CNY")] {
            assert_eq!(money(cents, "CNY"), text);
        }
    }
}
