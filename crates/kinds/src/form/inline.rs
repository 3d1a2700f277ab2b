//! What stands inside a text of a form: words, and placeholders in braces.
//!
//! `{field}` a value, marked when it is missing; `{field?}` a value, or a line to write on; `{ref.field}` a field of what a
//! reference points to; `{_ label}` a line to write on by hand, `{_ label:40}` of so many millimetres; `{[] field=code}` and
//! `{[] flag}` a box, ticked or not.

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words.
    Text(&'a str),
    /// A value.
    Value {
        /// Field names from the record on, or one built-in name.
        path: Vec<&'a str>,
        /// May be empty: then there is a line to write on.
        optional: bool,
    },
    /// A line to write on.
    Line {
        /// What belongs there; may be empty.
        label: &'a str,
        /// Millimetres.
        width: u16,
    },
    /// A box.
    Tick {
        /// The field.
        field: &'a str,
        /// The code that it must hold; none for a flag.
        code: Option<&'a str>,
    },
}

/// How long a line to write on is unless it says so.
const WIDTH: u16 = 32;

/// Cuts a text into its pieces.
///
/// # Errors
/// The words around a brace that does not close, closes nothing, or holds nothing that is understood.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let around = |at: usize| {
        let start = text.get(..at).map_or(0, |before| before.char_indices().rev().nth(11).map_or(0, |(i, _)| i));
        text.get(start..).unwrap_or_default().chars().take(36).collect::<String>()
    };
    let (mut found, mut rest, mut at) = (vec![], text, 0);
    while let Some(open) = rest.find(['{', '}']) {
        let (before, tail) = rest.split_at(open);
        if !before.is_empty() {
            found.push(Piece::Text(before));
        }
        let here = at + open;
        let inner = tail.strip_prefix('{').and_then(|t| t.split_once('}')).filter(|(inner, _)| !inner.contains('{'));
        let Some((inner, after)) = inner else { return Err(around(here)) };
        found.push(placeholder(inner).ok_or_else(|| around(here))?);
        at = here + inner.len() + 2;
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    Ok(found)
}

fn placeholder(inner: &str) -> Option<Piece<'_>> {
    if let Some(line) = inner.strip_prefix('_') {
        let (label, width) = match line.rsplit_once(':') {
            Some((label, width)) => (label, width.parse().ok().filter(|w| (4..=160).contains(w))?),
            None => (line, WIDTH),
        };
        return Some(Piece::Line { label: label.trim(), width });
    }
    if let Some(tick) = inner.strip_prefix("[]") {
        let (field, code) = tick.trim().split_once('=').map_or((tick.trim(), None), |(field, code)| (field.trim(), Some(code.trim())));
        return (!field.is_empty() && code != Some("")).then_some(Piece::Tick { field, code });
    }
    let (path, optional) = inner.strip_suffix('?').map_or((inner, false), |path| (path, true));
    let path: Vec<&str> = path.trim().split('.').collect();
    let named = |step: &&str| !step.is_empty() && step.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    path.iter().all(named).then_some(Piece::Value { path, optional })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_words_and_placeholders() {
        let found = pieces("甲方{company}（{person.name?}）{_ 身份证号:50}{[] type=staff}{[] told}").unwrap();
        let value = |path: &[&'static str], optional| Piece::Value { path: path.to_vec(), optional };
        assert_eq!(
            found,
            [
                Piece::Text("甲方"),
                value(&["company"], false),
                Piece::Text("（"),
                value(&["person", "name"], true),
                Piece::Text("）"),
                Piece::Line { label: "身份证号", width: 50 },
                Piece::Tick { field: "type", code: Some("staff") },
                Piece::Tick { field: "told", code: None },
            ]
        );
    }

    #[test]
    fn a_broken_brace_is_named_by_the_words_around_it() {
        for bad in ["甲方{company，乙方", "甲方}", "{}", "{a..b}", "{a {b}}", "{[]}", "{_x:9999}", "{甲方}"] {
            assert!(pieces(bad).is_err(), "{bad}");
        }
        assert_eq!(
            pieces("本协议由甲方与乙方于某日在某地订立，甲方为{company，乙方为某人").unwrap_err(),
            "于某日在某地订立，甲方为{company，乙方为某人"
        );
    }
}
