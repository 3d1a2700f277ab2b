//! A value as it is written in an agreement: days and amounts in full, whole numbers with their unit.

use jingui_kinds::{
    kind::{Field, FieldType},
    text::{Names, Words, display},
};
use jingui_model::{Day, Lang};
use serde_json::Value;

/// The value in words; empty for nothing.
pub fn value(field: &Field, value: &Value, words: Words<'_>, names: &dyn Names) -> String {
    let lang = words.lang;
    match (&field.ty, value) {
        (FieldType::Day {}, Value::String(text)) => text.parse().map_or_else(|_| text.clone(), |found| day(found, lang)),
        (FieldType::Money {}, Value::Object(_)) => money(&display(value, field, words, names), lang),
        (
            FieldType::Integer { unit: Some(unit), .. } | FieldType::Decimal { unit: Some(unit), .. },
            Value::Number(_) | Value::String(_),
        ) => {
            format!("{} {}", display(value, field, words, names), unit.get(lang))
        }
        (FieldType::Refs { .. } | FieldType::Tags { .. } | FieldType::Choices { .. } | FieldType::Files {}, Value::Array(items)) => {
            let one = |item: &Value| display(&Value::Array(vec![item.clone()]), field, words, names).trim_matches('"').to_owned();
            let items: Vec<String> = items.iter().map(one).filter(|w| !w.is_empty()).collect();
            items.join(if lang == Lang::Zh { "、" } else { ", " })
        }
        _ => display(value, field, words, names),
    }
}

/// A day in full.
pub fn day(day: Day, lang: Lang) -> String {
    let (year, month, date) = day.parts();
    match lang {
        Lang::Zh => format!("{year} 年 {month} 月 {date} 日"),
        Lang::En => day.to_string(),
    }
}

/// An amount with its thousands apart and its currency: `12,500.00 元`.
fn money(text: &str, lang: Lang) -> String {
    let (amount, currency) = text.split_once(' ').map_or((text, None), |(amount, currency)| (amount, Some(currency)));
    let (whole, cents) = amount.split_once('.').unwrap_or((amount, "00"));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut grouped = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let currency = match (currency, lang) {
        (None, Lang::Zh) => "元",
        (None, Lang::En) => "CNY",
        (Some(currency), _) => currency,
    };
    format!("{sign}{grouped}.{cents} {currency}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_days_are_written_in_full() {
        assert_eq!(money("1234567.50", Lang::Zh), "1,234,567.50 元");
        assert_eq!(money("-999.00 USD", Lang::En), "-999.00 USD");
        assert_eq!(day("2026-02-03".parse().unwrap(), Lang::Zh), "2026 年 2 月 3 日");
    }
}
