//! Canonical JSON: one sequence of bytes for one value (a subset of RFC 8785, JCS).
//!
//! Keys are sorted by their UTF-16 code units, no white space is written, strings use the
//! shortest escapes. Fractions are refused: an exact amount is an integer of a smaller unit or
//! a decimal string, so that no two implementations can disagree on the digits.

use std::fmt::Write as _;

use serde_json::Value;

use crate::Problem;

/// The canonical bytes of a value.
///
/// # Errors
/// `canonical.fraction` when a number is not an integer of at most 53 bits.
pub fn to_bytes(value: &Value) -> Result<Vec<u8>, Problem> {
    let mut out = String::new();
    write_value(value, &mut out)?;
    Ok(out.into_bytes())
}

fn write_value(value: &Value, out: &mut String) -> Result<(), Problem> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => {
            let whole = n
                .as_i64()
                .filter(|i| i.unsigned_abs() <= 1 << 53)
                .ok_or_else(|| Problem::invalid("canonical.fraction").arg("value", n.to_string()))?;
            let _ = write!(out, "{whole}");
        }
        Value::String(s) => write_string(s, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(item, out)?;
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            out.push('{');
            for (i, (key, item)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write_value(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{9}' => out.push_str("\\t"),
            '\u{a}' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\u{d}' => out.push_str("\\r"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(value: &Value) -> String {
        to_bytes(value).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default()
    }

    #[test]
    fn keys_sort_by_utf16_and_escapes_are_short() {
        // RFC 8785 section 3.2.3: the emoji sorts before U+FB33 in UTF-16 units.
        assert_eq!(
            text(&json!({"\u{fb33}": 1, "\u{1f600}": 2, "b": [true, null], "a": "\n\u{1}é密"})),
            "{\"a\":\"\\n\\u0001é密\",\"b\":[true,null],\"\u{1f600}\":2,\"\u{fb33}\":1}"
        );
    }

    #[test]
    fn fractions_are_refused() {
        assert!(to_bytes(&json!(0.5)).is_err());
        assert!(to_bytes(&json!(1e3)).is_err());
        assert!(to_bytes(&json!(9_007_199_254_740_993_i64)).is_err());
        assert_eq!(text(&json!(-9_007_199_254_740_992_i64)), "-9007199254740992");
    }
}
