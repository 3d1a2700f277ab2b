//! Times as certificates and time stamps write them (RFC 5280 4.1.2.5, RFC 3161 2.4.2), as instants.

use jingui_model::{Day, Instant, Zone};

use super::der::{Malformed, Value, tag};

/// The last second that an [`Instant`] can write down. Certificates without an end say 9999-12-31T23:59:59Z (RFC 5280 4.1.2.5).
const LATEST: i64 = 253_402_207_200_000_000;

/// `YYYYMMDDHHMMSS[.digits]Z`. RFC 3161 allows any number of digits; an [`Instant`] keeps the first six of them.
pub fn generalized(text: &[u8]) -> Option<Instant> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, "0"),
    };
    if whole.len() != 14 || fraction.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| whole.get(range);
    let number = |range| part(range).and_then(|digits| digits.parse::<i64>().ok());
    let day: Day = format!("{}-{}-{}", part(0..4)?, part(4..6)?, part(6..8)?).parse().ok()?;
    let (hour, minute, second) = (number(8..10)?, number(10..12)?, number(12..14)?);
    // A leap second is written 60; it counts as the first of the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6).fold(0, |sum, b| sum * 10 + i64::from(b - b'0'));
    let seconds = (hour * 60 + minute) * 60 + second;
    let instant = day.start(Zone(0)).plus_seconds(seconds).micros() + micros;
    Some(Instant::from_micros(instant.min(LATEST)))
}

/// The `Time` of a certificate: `YYMMDDHHMMSSZ` from 1950 to 2049, or without fraction as above.
pub fn certificate(value: Value<'_>) -> Result<Instant, Malformed> {
    let read = match value.tag {
        tag::UTC_TIME => {
            let century: &[u8] = if value.body.first().is_some_and(|b| *b >= b'5') { b"19" } else { b"20" };
            generalized(&[century, value.body].concat())
        }
        tag::GENERALIZED_TIME if value.body.len() == 15 => generalized(value.body),
        _ => None,
    };
    read.ok_or(Malformed("validity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_any_length_are_times() {
        for (text, read) in [
            ("20261121101215Z", "2026-11-21T10:12:15.000000Z"),
            ("20261121101215.3Z", "2026-11-21T10:12:15.300000Z"),
            ("20261121101215.382263Z", "2026-11-21T10:12:15.382263Z"),
            ("20261121101215.3822639999999999999999999Z", "2026-11-21T10:12:15.382263Z"),
            ("20261121101215.000Z", "2026-11-21T10:12:15.000000Z"),
            ("20161231235960Z", "2017-01-01T00:00:00.000000Z"),
            ("99991231235959Z", "9999-12-30T22:00:00.000000Z"),
        ] {
            assert_eq!(generalized(text.as_bytes()).map(|t| t.to_string()).as_deref(), Some(read), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_in_utc_with_seconds_is_refused() {
        for text in [
            "",
            "Z",
            "20261121101215",
            "202611211012Z",
            "20261121101215.Z",
            "20261121101215,5Z",
            "20261121101215+0800",
            "20261321101215Z",
            "20260230101215Z",
            "20261121241215Z",
            "20261121106015Z",
            "20261121101261Z",
            "2026112110121５Z",
            "-0261121101215Z",
        ] {
            assert_eq!(generalized(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn two_digits_of_a_year_lie_between_1950_and_2049() {
        let utc = |text: &str| certificate(Value { tag: tag::UTC_TIME, body: text.as_bytes(), whole: &[] }).map(|t| t.to_string());
        assert_eq!(utc("491231235959Z"), Ok("2049-12-31T23:59:59.000000Z".to_owned()));
        assert_eq!(utc("500101000000Z"), Ok("1950-01-01T00:00:00.000000Z".to_owned()));
        assert!(utc("4912312359Z").is_err());
    }
}
