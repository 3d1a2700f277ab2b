//! Values of fields: checked, and brought into the one form in which they are stored.
//!
//! Every problem of an input is found at once and names its field (`points[2].name`). Text is
//! trimmed and NFC (Unicode Annex 15); an empty text or list is the same as none.

use std::collections::BTreeSet;

use jingui_model::{Data, Day, Id, Problem};
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    act::Facts,
    kind::{Field, FieldType},
    load::Catalog,
};

/// Longest line of text, in characters, unless the field says otherwise.
pub const TEXT_MAX: u32 = 200;
/// Longest note.
pub const NOTE_MAX: u32 = 4000;
/// Most tags in a field, and the longest of them.
pub const TAGS_MAX: (usize, u32) = (50, 100);
/// Most references in a field.
pub const REFS_MAX: usize = 5000;
/// Most rows in a field.
pub const ROWS_MAX: usize = 500;
/// Longest protection term in months.
pub const TERM_MAX: i64 = 1200;

/// What checking needs besides the value.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Taxonomies.
    pub catalog: &'a Catalog,
    /// Records and the grade scheme.
    pub facts: &'a dyn Facts,
    /// The system may write fixed and internal fields, and files.
    pub system: bool,
    /// An import may write fixed fields of new records.
    pub import: bool,
}

/// Checks the fields of an input. `null` stays `null`, which removes a value. Unknown fields and
/// fields that may not be typed are refused. Required fields are not looked at here.
///
/// Problems are added to `out`; the returned values are those that were right.
#[must_use]
pub fn data(fields: &[Field], input: &Data, cx: Context<'_>, out: &mut Vec<Problem>) -> Data {
    let mut clean = Data::new();
    for (name, value) in input {
        let Some(field) = fields.iter().find(|f| f.name == *name) else {
            out.push(Problem::invalid("field.unknown").arg("name", clip(name)).at(clip(name)));
            continue;
        };
        if let Err(problem) = writable(field, cx) {
            out.push(problem);
            continue;
        }
        if let Some(value) = one(field, value, cx, name, out) {
            clean.insert(name.clone(), value);
        }
    }
    clean
}

fn writable(field: &Field, cx: Context<'_>) -> Result<(), Problem> {
    if cx.system {
        return Ok(());
    }
    let typed = field.typed && !cx.import;
    if (field.internal && !typed) || (field.fixed && !cx.import) {
        return Err(about(Problem::invalid("field.fixed"), field, &field.name));
    }
    if matches!(field.ty, FieldType::Files {}) {
        return Err(about(Problem::invalid("field.files_by_attach"), field, &field.name));
    }
    Ok(())
}

/// Checks one value; `path` names it in problems. `None` when it was wrong.
pub fn one(field: &Field, value: &Value, cx: Context<'_>, path: &str, out: &mut Vec<Problem>) -> Option<Value> {
    if value.is_null() {
        return Some(Value::Null);
    }
    let before = out.len();
    let clean = match &field.ty {
        FieldType::Rows { fields, .. } => rows(field, fields, value, cx, path, out),
        FieldType::Refs { kind } => refs(field, kind, value, cx, path, out),
        _ => match simple(field, value, cx) {
            Ok(clean) => clean,
            Err(problem) => {
                out.push(about(problem, field, path));
                return None;
            }
        },
    };
    (out.len() == before).then_some(clean)
}

/// Adds the field's label and place to a problem.
#[must_use]
pub fn about(problem: Problem, field: &Field, path: &str) -> Problem {
    problem.arg("field_zh", &field.label.zh).arg("field_en", &field.label.en).at(path)
}

fn simple(field: &Field, value: &Value, cx: Context<'_>) -> Result<Value, Problem> {
    let wrong = |wanted: &'static str| Problem::invalid("field.type").arg("wanted", wanted);
    let text = |wanted| value.as_str().ok_or_else(|| wrong(wanted));
    match &field.ty {
        FieldType::Text { max } => Ok(line(text("text")?, max.unwrap_or(TEXT_MAX))?.map_or(Value::Null, Value::String)),
        FieldType::Note { max } => Ok(lines(text("text")?, max.unwrap_or(NOTE_MAX))?.map_or(Value::Null, Value::String)),
        FieldType::Tags { .. } => tags(value.as_array().ok_or_else(|| wrong("list"))?),
        FieldType::Integer { min, max, .. } => {
            let n = value.as_i64().ok_or_else(|| wrong("integer"))?;
            let (low, high) = (min.unwrap_or(-(1 << 53)), max.unwrap_or(1 << 53));
            if n < low || n > high {
                return Err(Problem::invalid("field.range").arg("min", low).arg("max", high));
            }
            Ok(json!(n))
        }
        FieldType::Decimal { scale, .. } => match value {
            Value::String(s) => decimal(s, *scale).map(Value::String),
            Value::Number(n) if n.is_i64() => decimal(&n.to_string(), *scale).map(Value::String),
            _ => Err(wrong("decimal")),
        },
        FieldType::Money {} => money(value),
        FieldType::Day {} => text("day")?.parse::<Day>().map(|d| json!(d)),
        FieldType::Flag {} => value.as_bool().map(Value::Bool).ok_or_else(|| wrong("flag")),
        FieldType::Choice { options } => {
            let code = text("choice")?;
            if options.iter().any(|o| o.code == code) {
                Ok(json!(code))
            } else {
                Err(Problem::invalid("field.choice").arg("value", clip(code)))
            }
        }
        FieldType::Choices { options } => {
            let given = value.as_array().ok_or_else(|| wrong("list"))?;
            let mut codes = BTreeSet::new();
            for item in given {
                let code = item.as_str().ok_or_else(|| wrong("choice"))?;
                let Some(at) = options.iter().position(|o| o.code == code) else {
                    return Err(Problem::invalid("field.choice").arg("value", clip(code)));
                };
                codes.insert(at);
            }
            let list: Vec<Value> = codes.into_iter().filter_map(|i| options.get(i)).map(|o| json!(o.code)).collect();
            Ok(if list.is_empty() { Value::Null } else { Value::Array(list) })
        }
        FieldType::Taxonomy { of } => {
            let code = text("taxonomy")?;
            let known = cx.catalog.taxonomies.get(of).is_some_and(|t| t.node(code).is_some());
            if known { Ok(json!(code)) } else { Err(Problem::invalid("field.taxonomy").arg("value", clip(code))) }
        }
        FieldType::Grade {} => {
            let code = text("grade")?;
            if cx.facts.scheme().level(code).is_some() {
                Ok(json!(code))
            } else {
                Err(Problem::invalid("field.grade").arg("value", clip(code)))
            }
        }
        FieldType::Term {} => term(value),
        FieldType::Ref { kind } => reference(value, kind, cx).map(|id| json!(id)),
        FieldType::Files {} => Ok(value.clone()),
        FieldType::Rows { .. } | FieldType::Refs { .. } => Err(wrong("list")),
    }
}

/// A trimmed NFC line without control characters, or nothing.
///
/// # Errors
/// `field.control` and `field.too_long`.
pub fn line(text: &str, max: u32) -> Result<Option<String>, Problem> {
    let clean: String = text.trim().nfc().collect();
    if clean.chars().any(|c| c.is_control() || invisible(c)) {
        return Err(Problem::invalid("field.control"));
    }
    short(clean, max)
}

/// Several lines: as [`line`], with line breaks and tabs allowed.
///
/// # Errors
/// `field.control` and `field.too_long`.
pub fn lines(text: &str, max: u32) -> Result<Option<String>, Problem> {
    let clean: String = text.replace("\r\n", "\n").replace('\r', "\n").trim().nfc().collect();
    if clean.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || invisible(c)) {
        return Err(Problem::invalid("field.control"));
    }
    short(clean, max)
}

fn short(clean: String, max: u32) -> Result<Option<String>, Problem> {
    let length = clean.chars().count();
    if length > max as usize {
        return Err(Problem::invalid("field.too_long").arg("max", max).arg("length", length));
    }
    Ok((!clean.is_empty()).then_some(clean))
}

/// Characters that turn or hide text: bidirectional overrides, zero-width space, byte order mark.
const fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn tags(given: &[Value]) -> Result<Value, Problem> {
    let mut list: Vec<String> = vec![];
    for item in given {
        let text = item.as_str().ok_or_else(|| Problem::invalid("field.type").arg("wanted", "text"))?;
        if let Some(tag) = line(text, TAGS_MAX.1)?
            && !list.contains(&tag)
        {
            list.push(tag);
        }
    }
    if list.len() > TAGS_MAX.0 {
        return Err(Problem::invalid("field.too_many").arg("max", TAGS_MAX.0));
    }
    Ok(if list.is_empty() { Value::Null } else { json!(list) })
}

/// An exact decimal with exactly `scale` digits behind the point.
///
/// # Errors
/// `field.decimal` when it is no decimal, has too many digits, or more than `scale` behind the point.
pub fn decimal(text: &str, scale: u8) -> Result<String, Problem> {
    let bad = || Problem::invalid("field.decimal").arg("scale", scale);
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let fraction = if digits.contains('.') && fraction.is_empty() { return Err(bad()) } else { fraction };
    let kept = fraction.trim_end_matches('0');
    if whole.is_empty() || whole.len() > 15 || !all(whole) || !all(fraction) || kept.len() > usize::from(scale) {
        return Err(bad());
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && kept.is_empty() { "" } else { sign };
    Ok(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{kept:0<width$}", width = usize::from(scale)) })
}

fn money(value: &Value) -> Result<Value, Problem> {
    let bad = || Problem::invalid("field.money");
    let map = value.as_object().ok_or_else(bad)?;
    if map.keys().any(|k| k != "cents" && k != "currency") {
        return Err(bad());
    }
    let cents = map.get("cents").and_then(Value::as_i64).filter(|c| c.unsigned_abs() <= 1 << 53).ok_or_else(bad)?;
    let currency = match map.get("currency") {
        None => "CNY",
        Some(c) => c.as_str().filter(|c| c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase())).ok_or_else(bad)?,
    };
    Ok(json!({ "cents": cents, "currency": currency }))
}

fn term(value: &Value) -> Result<Value, Problem> {
    let bad = || Problem::invalid("field.term").arg("max", TERM_MAX);
    let map = value.as_object().filter(|m| m.len() == 1).ok_or_else(bad)?;
    if map.get("open") == Some(&Value::Bool(true)) {
        return Ok(json!({ "open": true }));
    }
    let months = map.get("months").and_then(Value::as_i64).filter(|m| (1..=TERM_MAX).contains(m)).ok_or_else(bad)?;
    Ok(json!({ "months": months }))
}

fn reference(value: &Value, kind: &str, cx: Context<'_>) -> Result<Id, Problem> {
    let id: Id = value.as_str().ok_or_else(|| Problem::invalid("field.type").arg("wanted", "id"))?.parse()?;
    match cx.facts.brief(id) {
        None => Err(Problem::invalid("field.ref_missing")),
        Some(brief) if brief.kind != kind => Err(Problem::invalid("field.ref_kind").arg("wanted", kind)),
        Some(_) => Ok(id),
    }
}

fn refs(field: &Field, kind: &str, value: &Value, cx: Context<'_>, path: &str, out: &mut Vec<Problem>) -> Value {
    let Some(given) = value.as_array().filter(|g| g.len() <= REFS_MAX) else {
        let problem = if value.is_array() {
            Problem::invalid("field.too_many").arg("max", REFS_MAX)
        } else {
            Problem::invalid("field.type").arg("wanted", "list")
        };
        out.push(about(problem, field, path));
        return Value::Null;
    };
    let (mut seen, mut list) = (BTreeSet::new(), vec![]);
    for (i, item) in given.iter().enumerate() {
        match reference(item, kind, cx) {
            Ok(id) => {
                if seen.insert(id) {
                    list.push(json!(id));
                }
            }
            Err(problem) => out.push(about(problem, field, &format!("{path}[{i}]"))),
        }
    }
    if list.is_empty() { Value::Null } else { Value::Array(list) }
}

fn rows(field: &Field, columns: &[Field], value: &Value, cx: Context<'_>, path: &str, out: &mut Vec<Problem>) -> Value {
    let Some(given) = value.as_array().filter(|g| g.len() <= ROWS_MAX) else {
        let problem = if value.is_array() {
            Problem::invalid("field.too_many").arg("max", ROWS_MAX)
        } else {
            Problem::invalid("field.type").arg("wanted", "rows")
        };
        out.push(about(problem, field, path));
        return Value::Null;
    };
    let mut list = vec![];
    for (i, item) in given.iter().enumerate() {
        let at = format!("{path}[{i}]");
        let Some(row) = item.as_object() else {
            out.push(about(Problem::invalid("field.type").arg("wanted", "row"), field, &at));
            continue;
        };
        let mut clean = Map::new();
        for (name, cell) in row {
            let inner = format!("{at}.{name}");
            match columns.iter().find(|c| c.name == *name) {
                None => out.push(Problem::invalid("field.unknown").arg("name", clip(name)).at(clip(&inner))),
                Some(column) => {
                    if let Some(value) = one(column, cell, cx, &inner, out).filter(|v| !v.is_null()) {
                        clean.insert(name.clone(), value);
                    }
                }
            }
        }
        if clean.is_empty() && row.values().all(empty) {
            continue;
        }
        for column in columns.iter().filter(|c| c.required && !clean.contains_key(&c.name)) {
            if row.get(&column.name).is_none_or(empty) {
                out.push(about(Problem::invalid("field.required"), column, &format!("{at}.{}", column.name)));
            }
        }
        list.push(Value::Object(clean));
    }
    if list.is_empty() { Value::Null } else { Value::Array(list) }
}

/// Is there nothing in it?
#[must_use]
pub fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.trim().is_empty(),
        Value::Array(a) => a.is_empty(),
        _ => false,
    }
}

fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
