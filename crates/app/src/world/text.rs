//! Folding of text for search and sorting: full-width and half-width, case and spacing are one.

use unicode_normalization::UnicodeNormalization;

/// Appends the folded form of a text: NFKC, lower case, white space removed between CJK characters
/// and otherwise reduced to one blank.
pub fn fold(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.chars().map(|c| if c.is_ascii_whitespace() { ' ' } else { c.to_ascii_lowercase() }));
        return;
    }
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if c.is_whitespace() {
            if out.chars().next_back().is_some_and(|p| p.is_ascii_graphic()) {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
}

/// The folded form of a text.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold(text, &mut out);
    out.trim().to_owned()
}

/// Each pair of neighbouring characters and each single character, as numbers, sorted and without
/// duplicates. A single character `c` is `c`; a pair is `first << 32 | second`.
#[must_use]
pub fn grams(folded: &str) -> Vec<u64> {
    let mut out = Vec::with_capacity(folded.len());
    let mut before: Option<char> = None;
    for c in folded.chars() {
        if c == '\n' {
            before = None;
            continue;
        }
        if !c.is_ascii() {
            out.push(u64::from(u32::from(c)));
        }
        if let Some(b) = before {
            out.push((u64::from(u32::from(b)) << 32) | u64::from(u32::from(c)));
        }
        before = Some(c);
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// The pairs (or the single character) that a query needs; empty when the query is too short to narrow anything.
#[must_use]
pub fn query_grams(folded: &str) -> Vec<u64> {
    let mut chars = folded.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_ascii() => vec![u64::from(u32::from(c))],
        (Some(_), Some(_)) => {
            let all: Vec<char> = folded.chars().collect();
            let mut pairs: Vec<u64> =
                all.windows(2).filter_map(|w| Some((u64::from(u32::from(*w.first()?)) << 32) | u64::from(u32::from(*w.get(1)?)))).collect();
            pairs.sort_unstable();
            pairs.dedup();
            pairs
        }
        _ => vec![],
    }
}

/// The first sixteen bytes of the folded text, so that numbers compare as texts do.
#[must_use]
pub fn sort_key(text: &str) -> u128 {
    let mut folded = String::with_capacity(text.len().min(32));
    let head: String = text.chars().take(16).collect();
    fold(&head, &mut folded);
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(folded.bytes()) {
        *to = from;
    }
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_cases_and_blanks_fold_together() {
        assert_eq!(folded("ＣＡＤ 三维　模型"), "cad 三维模型");
        assert_eq!(folded("热 处 理"), "热处理");
        assert_eq!(folded("  Wind  Bearing "), "wind  bearing");
    }

    #[test]
    fn every_part_of_a_text_is_found_by_its_pairs() {
        let all = grams(&folded("风电轴承热处理"));
        for part in ["轴承", "热处理", "风电轴承热处理", "理"] {
            assert!(query_grams(&folded(part)).iter().all(|g| all.contains(g)), "{part}");
        }
        assert!(!query_grams("磨削").iter().all(|g| all.contains(g)));
    }

    #[test]
    fn sort_keys_compare_as_texts() {
        assert!(sort_key("SM-2026-0002") > sort_key("SM-2026-0001"));
        assert!(sort_key("a") < sort_key("b") && sort_key("") < sort_key("a"));
    }
}
