//! Small rules for the text of cells: names of cells, comparing headers, numbers, and the escape
//! against formula injection in CSV.
//!
//! The escape. A spreadsheet takes a CSV field for a formula when it begins with `=`, `+`, `-`
//! or `@` (full-width forms too, and behind blanks), and TAB, CR and LF can shift text into
//! another cell. Such a field, a *hot* one, is written with a `'` in front. So that reading can
//! take away exactly what writing added, a field that already begins with `'` followed by a hot
//! text or by another `'` gets one more. Reading removes one leading `'` when what follows is hot
//! or begins with `'`, and nothing else; `'quoted` from elsewhere stays as it is.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// The letters of a column counted from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn column_name(col: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = col;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.iter().rev().collect()
}

/// The name of a cell as a spreadsheet shows it; row counted from 1, column from 0: `C7`.
#[must_use]
pub fn cell_name(row: u32, col: usize) -> String {
    format!("{}{row}", column_name(col))
}

/// The form in which headers are compared: NFKC (which folds full-width forms), no blanks, lower
/// case, without the `*` that marks a required column.
#[must_use]
pub fn header_key(header: &str) -> String {
    let plain: String = header.nfkc().filter(|c| !c.is_whitespace() && !is_invisible(*c)).flat_map(char::to_lowercase).collect();
    let bare = plain.trim_matches('*');
    if bare.is_empty() { plain } else { bare.to_owned() }
}

/// Whether a cell holds nothing that can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Whether a spreadsheet could take the text for a formula.
pub(crate) fn is_hot(text: &str) -> bool {
    let begins = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    text.starts_with(['\t', '\r', '\n']) || text.trim_start_matches([' ', '\u{A0}', '\u{3000}']).starts_with(begins)
}

fn sheds(text: &str) -> Option<&str> {
    text.strip_prefix('\'').filter(|rest| rest.starts_with('\'') || is_hot(rest))
}

/// The field to write into CSV.
pub(crate) fn armour(text: &str) -> Cow<'_, str> {
    if is_hot(text) || sheds(text).is_some() { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text of a field read from CSV; undoes [`armour`] exactly.
pub(crate) fn unarmour(field: &str) -> &str {
    sheds(field).unwrap_or(field)
}

/// A number as a spreadsheet shows it: 15 significant digits, no exponent, no `.0`. `None` when it
/// is not finite or its integer part is longer than what a spreadsheet can hold exactly.
pub(crate) fn number_text(value: f64) -> Option<String> {
    if !value.is_finite() || value.abs() >= 1e15 {
        return None;
    }
    let shown: f64 = format!("{value:.14e}").parse().ok()?;
    Some(if shown == 0.0 { "0".to_owned() } else { shown.to_string() })
}

/// At most so many UTF-16 units, which is how Excel counts; ends with `…` when cut.
pub(crate) fn clip(text: &str, units: usize) -> Cow<'_, str> {
    if text.encode_utf16().count() <= units {
        return Cow::Borrowed(text);
    }
    let mut room = units.saturating_sub(1);
    let mut out = String::new();
    for c in text.chars() {
        let Some(left) = room.checked_sub(c.len_utf16()) else { break };
        room = left;
        out.push(c);
    }
    out.push('…');
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_are_named_as_on_the_sheet() {
        assert_eq!([cell_name(7, 2), cell_name(1, 25), cell_name(2, 26), cell_name(1, 16383)], ["C7", "Z1", "AA2", "XFD1"]);
    }

    #[test]
    fn headers_are_compared_without_width_blanks_and_marks() {
        assert_eq!(header_key(" 秘密点 名称\n＊"), header_key("秘密点名称"));
        assert_eq!(header_key("ＣＲＭ（系统）"), header_key("crm(系统) *"));
        assert_eq!(header_key("*"), "*");
    }

    #[test]
    fn numbers_read_as_they_are_shown() {
        let shown = [5.0, 0.1 + 0.2, -0.0, 1_234.5 + 0.07 - 0.000_000_000_000_1, 1e-7].map(|n| number_text(n).unwrap());
        assert_eq!(shown, ["5", "0.3", "0", "1234.57", "0.0000001"]);
        assert_eq!([number_text(1e15), number_text(f64::NAN)], [None, None]);
    }

    #[test]
    fn clipping_counts_as_excel_does() {
        assert_eq!(clip("abc", 3), "abc");
        assert_eq!(clip("a𠮷𠮷", 4), "a𠮷…");
    }

    proptest! {
        #[test]
        fn the_escape_is_undone_exactly(text in "['=+@\\-\t\r\n \u{3000}＝a秘]{0,6}") {
            let written = armour(&text);
            prop_assert!(!is_hot(&written));
            prop_assert_eq!(unarmour(&written), &text);
        }
    }
}
