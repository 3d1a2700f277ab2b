//! Carriers as things: labels on them, counting them by scanning, where they are and who had them (B 5.2; H 9.2.1).

pub mod count;
pub mod labels;
pub mod reconcile;
pub mod whereabouts;

/// What stands before a number in a code of ours.
const SCHEME: &str = "jingui:";

/// What a matrix code on a thing says: the kind and the number, which say nothing to a stranger.
#[must_use]
pub fn code_of(kind: &str, number: &str) -> String {
    format!("{SCHEME}{kind}:{number}")
}

/// Kind and number of a scanned code; a bare number is of the kind that is looked for.
#[must_use]
pub fn read_code<'a>(text: &'a str, kind: &'a str) -> (&'a str, &'a str) {
    let text = text.trim();
    text.strip_prefix(SCHEME).and_then(|rest| rest.split_once(':')).unwrap_or((kind, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_and_a_bare_number_is_a_carriers() {
        assert_eq!(read_code(&code_of("zone", "QY-001"), "carrier"), ("zone", "QY-001"));
        assert_eq!(read_code(" ZT-2026-0001\r\n", "carrier"), ("carrier", "ZT-2026-0001"));
        assert_eq!(read_code("jingui:broken", "carrier"), ("carrier", "jingui:broken"));
    }
}
