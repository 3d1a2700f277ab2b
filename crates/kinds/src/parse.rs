//! Cells of Excel and CSV, read as values. Generous about how people write (`3年`, `３ 年`,
//! `2026年1月2日`, `是/√`), exact about what it means; what is unclear is refused with advice.

use jingui_model::{Data, Id, Problem};
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    kind::{ChoiceOption, Exchange, ExchangeColumn, Field, FieldType, Kind},
    text::{COLUMN_MARK, MARKS, Words, level},
    validate::about,
};

/// What a resolver found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing of that name.
    None,
    /// Exactly one.
    One(Id),
    /// Several; the name does not decide.
    Many,
}

/// Finds records by title or number.
pub trait Resolver {
    /// A record of a kind whose title or number is exactly this text (trimmed).
    fn find(&self, kind: &str, text: &str) -> Found;
}

/// Reads a cell. An empty cell is `null`.
///
/// # Errors
/// A problem with a `cell.*` code, the field's label in its arguments.
pub fn parse_cell(text: &str, field: &Field, words: Words<'_>, resolver: &dyn Resolver) -> Result<Value, Problem> {
    match cell(text, field, words, resolver) {
        Ok(Value::Array(list)) if list.is_empty() => Ok(Value::Null),
        other => other.map_err(|p| about(p, field, &field.name)),
    }
}

fn cell(text: &str, field: &Field, words: Words<'_>, resolver: &dyn Resolver) -> Result<Value, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match &field.ty {
        FieldType::Text { .. } | FieldType::Note { .. } => Ok(json!(text)),
        FieldType::Tags { .. } => Ok(json!(items(text, &|_| false))),
        FieldType::Integer { unit, .. } => {
            let digits = number(text, unit.as_ref().map(|u| [u.zh.as_str(), u.en.as_str()]));
            digits.parse::<i64>().map(|n| json!(n)).map_err(|_| bad("cell.integer", text))
        }
        FieldType::Decimal { scale, unit } => {
            let digits = number(text, unit.as_ref().map(|u| [u.zh.as_str(), u.en.as_str()]));
            crate::validate::decimal(&digits, *scale).map(|d| json!(d)).map_err(|_| bad("cell.decimal", text).arg("scale", scale))
        }
        FieldType::Money {} => money(text),
        FieldType::Day {} => folded(text).parse::<jingui_model::Day>().map(|d| json!(d)).map_err(|_| bad("cell.day", text)),
        FieldType::Flag {} => match folded(text).to_lowercase().as_str() {
            "是" | "有" | "对" | "√" | "✓" | "yes" | "y" | "true" | "1" => Ok(json!(true)),
            "否" | "无" | "不" | "×" | "✗" | "no" | "n" | "false" | "0" => Ok(json!(false)),
            _ => Err(bad("cell.flag", text)),
        },
        FieldType::Choice { options } => option(options, text).map(|c| json!(c)).ok_or_else(|| known(options, text)),
        FieldType::Choices { options } => {
            let list = items(text, &|item| option(options, item).is_some());
            list.iter()
                .map(|item| option(options, item).map(|c| json!(c)).ok_or_else(|| known(options, item)))
                .collect::<Result<Vec<_>, _>>()
                .map(Value::Array)
        }
        FieldType::Taxonomy { of } => {
            let path: Vec<_> = text.split(['>', '＞']).map(str::trim).collect();
            node(words, of, &path).map(|c| json!(c)).ok_or_else(|| bad("cell.taxonomy", text))
        }
        FieldType::Grade {} => grade(words, text).map(|c| json!(c)).ok_or_else(|| {
            let names: Vec<_> = words.scheme.levels.iter().map(|l| l.name.get(words.lang)).collect();
            bad("cell.grade", text).arg("known", names.join("、"))
        }),
        FieldType::Term {} => term(text),
        FieldType::Ref { kind } => resolve(kind, &unquoted(text), resolver).map(|id| json!(id)),
        FieldType::Refs { kind } => {
            let list = items(text, &|item| resolver.find(kind, item) != Found::None);
            list.iter().map(|item| resolve(kind, item, resolver).map(|id| json!(id))).collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        FieldType::Rows { fields, .. } => rows(text, fields, words, resolver),
        FieldType::Files {} => Ok(Value::Null),
    }
}

/// Reads a row of an Excel form into fields. Columns of internal and file fields, and `row`,
/// `number`, `state`, are passed over. A column of several fields gives each item to the first field
/// that knows it; columns of one category (`category@1`, `category@2`) are read together.
///
/// # Errors
/// Each problem with the index of its column.
pub fn parse_row(
    kind: &Kind,
    exchange: &Exchange,
    cells: &[String],
    words: Words<'_>,
    resolver: &dyn Resolver,
) -> Result<Data, Vec<(usize, Problem)>> {
    let (mut data, mut problems) = (Data::new(), vec![]);
    let mut paths: Vec<(&Field, usize, Vec<&str>)> = vec![];
    for (i, column) in exchange.columns.iter().enumerate() {
        let text = cells.get(i).map_or("", |c| c.trim());
        let fields = importable(kind, column);
        let leveled = column.fields.iter().find(|f| level(f).1.is_some());
        match (leveled, fields.as_slice()) {
            (_, []) => {}
            (Some(_), [field, ..]) => {
                if !text.is_empty() {
                    match paths.iter_mut().find(|(f, ..)| f.name == field.name) {
                        Some((.., path)) => path.push(text),
                        None => paths.push((field, i, vec![text])),
                    }
                }
            }
            (None, [field]) => match parse_cell(text, field, words, resolver) {
                Ok(Value::Null) => {}
                Ok(value) => {
                    data.insert(field.name.clone(), value);
                }
                Err(problem) => problems.push((i, problem)),
            },
            (None, several) => match shared(text, several, words, resolver) {
                Ok(values) => data.extend(values),
                Err(found) => problems.extend(found.into_iter().map(|p| (i, p))),
            },
        }
    }
    for (field, i, path) in paths {
        let FieldType::Taxonomy { of } = &field.ty else { continue };
        match node(words, of, &path) {
            Some(code) => {
                data.insert(field.name.clone(), json!(code));
            }
            None => problems.push((i, about(bad("cell.taxonomy", &path.join(" > ")), field, &field.name))),
        }
    }
    if problems.is_empty() { Ok(data) } else { Err(problems) }
}

/// The fields of a column that an import may fill.
#[must_use]
pub fn importable<'a>(kind: &'a Kind, column: &ExchangeColumn) -> Vec<&'a Field> {
    let fields = column.fields.iter().filter_map(|name| kind.field(level(name).0));
    fields.filter(|f| !f.internal && !matches!(f.ty, FieldType::Files {})).collect()
}

/// One cell for several fields: items go to the first field that knows them.
fn shared(text: &str, fields: &[&Field], words: Words<'_>, resolver: &dyn Resolver) -> Result<Data, Vec<Problem>> {
    let fits = |item: &str, field: &Field| match &field.ty {
        FieldType::Ref { kind } | FieldType::Refs { kind } => resolver.find(kind, item) != Found::None,
        _ => cell(item, field, words, resolver).is_ok(),
    };
    let (mut given, mut problems) = (Map::new(), vec![]);
    for item in items(text, &|item| fields.iter().any(|f| fits(item, f))) {
        let Some(field) = fields.iter().find(|f| fits(&item, f)).or_else(|| fields.first()) else { continue };
        let single = match &field.ty {
            FieldType::Ref { kind } | FieldType::Refs { kind } => {
                resolve(kind, &item, resolver).map(|id| json!(id)).map_err(|p| about(p, field, &field.name))
            }
            _ => parse_cell(&item, field, words, resolver),
        };
        match single {
            Ok(value) if matches!(field.ty, FieldType::Refs { .. }) => {
                let list = given.entry(field.name.clone()).or_insert_with(|| json!([]));
                if let Some(list) = list.as_array_mut() {
                    list.push(value);
                }
            }
            Ok(value) => {
                given.insert(field.name.clone(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(given.into_iter().collect()) } else { Err(problems) }
}

/// The items of a list in a cell. Quoted items are kept whole; a stroke (`/`) separates only where
/// the text around it is not itself known.
fn items(text: &str, known: &dyn Fn(&str) -> bool) -> Vec<String> {
    if !text.contains('"') && known(text) {
        return vec![text.to_owned()];
    }
    let (mut out, mut current, mut quoted, mut was_quoted) = (vec![], String::new(), false, false);
    let mut end = |current: &mut String, was_quoted: &mut bool| {
        let item = std::mem::take(current);
        if std::mem::take(was_quoted) {
            out.push(item);
        } else if item.contains('/') && !known(item.trim()) {
            out.extend(item.split('/').map(|p| p.trim().to_owned()));
        } else {
            out.push(item.trim().to_owned());
        }
    };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                current.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if current.trim().is_empty() => {
                current.clear();
                (quoted, was_quoted) = (true, true);
            }
            c if !quoted && c != '/' && c != '"' && MARKS.contains(&c) => end(&mut current, &mut was_quoted),
            c if !quoted && was_quoted && c.is_whitespace() => {}
            c => current.push(c),
        }
    }
    end(&mut current, &mut was_quoted);
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|i| !i.is_empty() && seen.insert(i.clone()));
    out
}

fn unquoted(text: &str) -> String {
    text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).map_or_else(|| text.to_owned(), |t| t.replace("\"\"", "\""))
}

fn resolve(kind: &str, text: &str, resolver: &dyn Resolver) -> Result<Id, Problem> {
    match resolver.find(kind, text) {
        Found::One(id) => Ok(id),
        Found::Many => Err(bad("cell.ref_many", text).arg("kind", kind)),
        Found::None => text.parse().map_err(|_| bad("cell.ref_missing", text).arg("kind", kind)),
    }
}

fn option(options: &[ChoiceOption], text: &str) -> Option<String> {
    let folded = folded(text).to_lowercase();
    let is = |label: &str| self::folded(label).to_lowercase() == folded;
    options.iter().find(|o| is(&o.label.zh) || is(&o.label.en) || is(&o.code)).map(|o| o.code.clone())
}

fn known(options: &[ChoiceOption], text: &str) -> Problem {
    let zh: Vec<_> = options.iter().map(|o| o.label.zh.as_str()).collect();
    let en: Vec<_> = options.iter().map(|o| o.label.en.as_str()).collect();
    bad("cell.choice", text).arg("known_zh", zh.join("、")).arg("known_en", en.join(", "))
}

/// The one node whose labels end with a path, or whose code it is.
fn node(words: Words<'_>, of: &str, path: &[&str]) -> Option<String> {
    let all = words.catalog.taxonomies.get(of)?.all();
    if let [code] = path
        && let Some((node, _)) = all.iter().find(|(n, _)| n.code == *code)
    {
        return Some(node.code.clone());
    }
    let is =
        |label: &jingui_model::Text, text: &str| folded(&label.zh) == folded(text) || folded(&label.en).eq_ignore_ascii_case(&folded(text));
    let mut fitting = all.iter().filter(|(node, above)| {
        let labels: Vec<_> = above.iter().copied().chain([&node.label]).collect();
        path.len() <= labels.len() && labels.iter().rev().zip(path.iter().rev()).all(|(label, text)| is(label, text))
    });
    let first = fitting.next()?;
    fitting.next().is_none().then(|| first.0.code.clone())
}

/// A level by code or name; a beginning of the name that only one level has is enough (核心 for 核心秘密).
fn grade(words: Words<'_>, text: &str) -> Option<String> {
    let text = folded(text).to_lowercase();
    let names =
        |l: &jingui_model::GradeLevel| [l.code.to_lowercase(), folded(&l.name.zh).to_lowercase(), folded(&l.name.en).to_lowercase()];
    let levels = &words.scheme.levels;
    if let Some(level) = levels.iter().find(|l| names(l).contains(&text)) {
        return Some(level.code.clone());
    }
    let mut starting = levels.iter().filter(|l| names(l).iter().any(|n| n.starts_with(&text)));
    let first = starting.next()?;
    starting.next().is_none().then(|| first.code.clone())
}

/// A protection term (B 4.1.2). A range is no term: one of its ends must be chosen.
fn term(text: &str) -> Result<Value, Problem> {
    let plain: String = folded(text).to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    if ["长期", "永久", "不限", "无限期", "open", "open-ended"].contains(&plain.as_str()) || plain.starts_with("长期") {
        return Ok(json!({ "open": true }));
    }
    if plain.contains(['-', '~', '～', '至', '—', '–', '到']) {
        return Err(bad("cell.term_range", text));
    }
    let (mut months, mut rest, mut any) = (0_i64, plain.as_str(), false);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && !"一二两三四五六七八九十.".contains(c)).unwrap_or(rest.len());
        let (digits, tail) = rest.split_at(end);
        let units = [("个月", 1), ("月", 1), ("months", 1), ("month", 1), ("m", 1), ("年", 12), ("years", 12), ("year", 12), ("y", 12)];
        let Some((unit, factor)) = units.iter().find(|(u, _)| tail.starts_with(u)) else {
            return Err(bad(if tail.is_empty() { "cell.term_unit" } else { "cell.term" }, text));
        };
        let tenths = tenths(digits).ok_or_else(|| bad("cell.term", text))?;
        let part = tenths.checked_mul(*factor).filter(|m| m % 10 == 0).ok_or_else(|| bad("cell.term", text))?;
        months = months.saturating_add(part / 10);
        rest = tail.strip_prefix(unit).unwrap_or("");
        any = true;
    }
    if !any || !(1..=crate::validate::TERM_MAX).contains(&months) {
        return Err(bad("cell.term", text));
    }
    Ok(json!({ "months": months }))
}

/// A small number in tenths: `3`, `1.5`, `三`, `十二`.
fn tenths(digits: &str) -> Option<i64> {
    if digits.is_ascii() {
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let fraction = if fraction.len() == 1 { fraction.parse::<i64>().ok()? } else { return None };
        return whole.parse::<i64>().ok()?.checked_mul(10)?.checked_add(fraction);
    }
    let one = |c: char| {
        "一二三四五六七八九".chars().position(|d| d == c).and_then(|i| i64::try_from(i + 1).ok()).or_else(|| (c == '两').then_some(2))
    };
    let value = match digits.split_once('十') {
        None => {
            let mut chars = digits.chars();
            let value = one(chars.next()?)?;
            if chars.next().is_some() {
                return None;
            }
            value
        }
        Some((tens, ones)) => {
            let part = |s: &str, none: i64| {
                if s.is_empty() { Some(none) } else { s.chars().next().and_then(one).filter(|_| s.chars().count() == 1) }
            };
            part(tens, 1)? * 10 + part(ones, 0)?
        }
    };
    Some(value * 10)
}

fn money(text: &str) -> Result<Value, Problem> {
    let mut plain = folded(text).to_uppercase().replace([',', ' ', '¥', '￥'], "");
    let mut currency = "CNY".to_owned();
    let letters: String = plain.chars().filter(char::is_ascii_uppercase).collect();
    if letters.len() == 3 {
        plain = plain.replace(&letters, "");
        currency = if letters == "RMB" { currency } else { letters };
    }
    let (plain, factor) = match plain.strip_suffix("万元").or_else(|| plain.strip_suffix('万')) {
        Some(rest) => (rest.to_owned(), 10_000),
        None => (plain.trim_end_matches('元').to_owned(), 1),
    };
    let exact = crate::validate::decimal(&plain, if factor == 1 { 2 } else { 6 }).map_err(|_| bad("cell.money", text))?;
    let digits: i128 = exact.replace('.', "").parse().map_err(|_| bad("cell.money", text))?;
    // Six digits behind the point of 万元 are cents, two behind the point of 元 as well.
    let cents = i64::try_from(digits).ok().filter(|c| c.unsigned_abs() <= 1 << 53).ok_or_else(|| bad("cell.money", text))?;
    Ok(json!({ "cents": cents, "currency": currency }))
}

fn rows(text: &str, fields: &[Field], words: Words<'_>, resolver: &dyn Resolver) -> Result<Value, Problem> {
    let mut list = vec![];
    for (i, line) in text.lines().filter(|l| !l.trim().is_empty()).enumerate() {
        let cells = split_row(line);
        if cells.len() > fields.len() {
            return Err(bad("cell.rows_columns", line).arg("line", i + 1).arg("max", fields.len()));
        }
        let mut row = Map::new();
        for (field, text) in fields.iter().zip(&cells) {
            let value = parse_cell(text, field, words, resolver)?;
            if !value.is_null() {
                row.insert(field.name.clone(), value);
            }
        }
        list.push(Value::Object(row));
    }
    Ok(Value::Array(list))
}

fn split_row(line: &str) -> Vec<String> {
    let (mut out, mut current, mut chars) = (vec![], String::new(), line.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => current.push('\n'),
                Some(other) => current.push(other),
                None => current.push('\\'),
            },
            '|' | COLUMN_MARK => out.push(std::mem::take(&mut current)),
            c => current.push(c),
        }
    }
    out.push(current);
    out
}

fn number(text: &str, unit: Option<[&str; 2]>) -> String {
    let mut plain = folded(text).replace([',', ' '], "");
    for unit in unit.into_iter().flatten() {
        let unit = folded(unit).replace(' ', "");
        if let Some(rest) = plain.strip_suffix(&unit) {
            plain = rest.to_owned();
        }
    }
    plain
}

/// Full-width and half-width letters and digits are the same.
fn folded(text: &str) -> String {
    text.trim().nfkc().collect()
}

fn bad(code: &'static str, text: &str) -> Problem {
    Problem::invalid(code).arg("value", text.chars().filter(|c| !c.is_control()).take(40).collect::<String>())
}
