//! What the read model needs of one record, drawn out of it once, when it is committed or loaded.
//!
//! This is pure and runs on several threads while a node loads; only [`super::table`] changes shared state.

use jingui_kinds::{
    kind::{FieldType, Kind},
    record::Record,
};
use jingui_model::{Data, Day, GradeScheme, Id, Instant};
use serde_json::Value;

use super::{
    layout::{Layout, Post, SortBy},
    text::{fold, grams, sort_key},
    who::WhoKey,
};

/// One record, ready to be put into its table.
#[derive(Debug)]
pub struct Extract {
    /// Its identifier.
    pub id: Id,
    /// State.
    pub state: Box<str>,
    /// 0 to 3.
    pub protection: u8,
    /// Version.
    pub version: u64,
    /// Made at.
    pub created: Instant,
    /// Changed at.
    pub updated: Instant,
    /// Number.
    pub number: Option<Box<str>>,
    /// Title.
    pub title: Box<str>,
    /// The record as JSON, as it was sealed.
    pub doc: Box<[u8]>,
    /// Folded text that the search box looks through.
    pub search: Box<str>,
    /// Character pairs of it.
    pub grams: Vec<u64>,
    /// Values it is listed under.
    pub posts: Vec<(Post, Box<str>)>,
    /// Sort keys, one for each sortable column of the layout.
    pub sorts: Vec<u128>,
}

/// Draws out of a record what its table needs. `doc` is the record's JSON.
#[must_use]
pub fn extract(kind: &Kind, layout: &Layout, scheme: &GradeScheme, record: &Record, doc: Box<[u8]>) -> Extract {
    let protection = protection(kind, scheme, &record.data).rank();
    let title = text_of(record.data.get(&kind.title)).unwrap_or_default();
    let mut search = String::new();
    if let Some(number) = &record.number {
        fold(number, &mut search);
        search.push('\n');
    }
    fold(&title, &mut search);
    for index in &layout.search {
        if let Some(field) = kind.fields.get(*index).filter(|f| f.name != kind.title) {
            collect_text(record.data.get(&field.name), &mut search);
        }
    }
    let mut posts = vec![(Post::State, record.state.as_str().into()), (Post::Creator, record.creator.to_string().into_boxed_str())];
    for (index, field) in kind.fields.iter().enumerate() {
        if let Some(value) = record.data.get(&field.name) {
            post_values(&field.ty, value, &mut |v| posts.push((Post::Field(u16::try_from(index).unwrap_or(u16::MAX)), v.into())));
        }
    }
    for name in &kind.circle {
        post_people(kind, &record.data, name, &mut |id| posts.push((Post::Knows, id)));
    }
    if let Some(about) = &kind.about {
        post_people(kind, &record.data, about, &mut |id| posts.push((Post::About, id)));
    }
    if let Some(batch) = record.batch {
        posts.push((Post::Batch, batch.to_string().into()));
    }
    for key in super::who::asked_keys(kind, record) {
        posts.push((Post::Asked, key.text()));
    }
    for key in super::who::todo_keys(kind, record) {
        posts.push((Post::Todo, key.text()));
    }
    for key in super::who::confirm_keys(kind, record) {
        posts.push((Post::Confirm, key.text()));
    }
    posts.sort_unstable();
    posts.dedup();
    let sorts = layout.sorts.iter().map(|s| sort_value(kind, scheme, record, &title, s.by)).collect();
    Extract {
        id: record.id,
        state: record.state.as_str().into(),
        protection,
        version: record.version,
        created: record.created,
        updated: record.updated,
        number: record.number.as_deref().map(Into::into),
        title: title.into(),
        doc,
        grams: grams(&search),
        search: search.into_boxed_str(),
        posts,
        sorts,
    }
}

/// The protection that a record's grade field gives it; none for kinds without one.
#[must_use]
pub fn protection(kind: &Kind, scheme: &GradeScheme, data: &Data) -> jingui_model::Protection {
    match &kind.graded {
        None => jingui_model::Protection::None,
        Some(field) => match data.get(field).and_then(Value::as_str) {
            Some(code) => scheme.protection(code),
            // Not classified yet: guarded and witnessed like the lowest grade.
            None => jingui_model::Protection::General,
        },
    }
}

/// The department that owns a record.
#[must_use]
pub fn department(kind: &Kind, data: &Data) -> Option<Id> {
    data.get(kind.department.as_ref()?)?.as_str()?.parse().ok()
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(s) => Some(s.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

fn collect_text(value: Option<&Value>, out: &mut String) {
    match value {
        Some(Value::String(s)) => {
            out.push('\n');
            fold(s, out);
        }
        Some(Value::Array(items)) => items.iter().for_each(|i| collect_text(Some(i), out)),
        Some(Value::Object(map)) => map.values().for_each(|i| collect_text(Some(i), out)),
        _ => {}
    }
}

fn post_values(ty: &FieldType, value: &Value, put: &mut dyn FnMut(&str)) {
    match (ty, value) {
        (FieldType::Choice { .. } | FieldType::Grade {} | FieldType::Taxonomy { .. } | FieldType::Ref { .. }, Value::String(s)) => put(s),
        (FieldType::Choices { .. } | FieldType::Refs { .. } | FieldType::Tags { .. }, Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).for_each(put);
        }
        (FieldType::Flag {}, Value::Bool(b)) => put(if *b { "true" } else { "false" }),
        _ => {}
    }
}

fn post_people(kind: &Kind, data: &Data, name: &str, put: &mut dyn FnMut(Box<str>)) {
    if let (Some(field), Some(value)) = (kind.fields.iter().find(|f| f.name == name), data.get(name)) {
        post_values(&field.ty, value, &mut |v| put(v.into()));
    }
}

/// A whole number as a sort key: the sign turned, so that keys compare as numbers do. 0 is kept for “no value”.
#[must_use]
pub const fn whole(n: i64) -> u128 {
    ((n as u64) ^ (1 << 63)) as u128
}

/// A day as a sort key.
#[must_use]
pub fn day_key(day: Day) -> u128 {
    whole(i64::from(day.number()))
}

fn sort_value(kind: &Kind, scheme: &GradeScheme, record: &Record, title: &str, by: SortBy) -> u128 {
    match by {
        SortBy::Created => whole(record.created.micros()),
        SortBy::Updated => whole(record.updated.micros()),
        SortBy::Number => sort_key(record.number.as_deref().unwrap_or_default()),
        SortBy::State => kind.states.iter().position(|s| s.name == record.state).unwrap_or(0) as u128,
        SortBy::Title => sort_key(title),
        SortBy::Field(index) => {
            let Some(field) = kind.fields.get(index) else { return 0 };
            match (&field.ty, record.data.get(&field.name)) {
                (_, None | Some(Value::Null)) => 0,
                (FieldType::Grade {}, Some(v)) => v.as_str().map_or(0, |c| u128::from(scheme.protection(c).rank())),
                (FieldType::Choice { options }, Some(v)) => {
                    options.iter().position(|o| Some(o.code.as_str()) == v.as_str()).map_or(0, |p| p as u128 + 1)
                }
                (FieldType::Day {}, Some(v)) => v.as_str().and_then(|s| s.parse::<Day>().ok()).map_or(0, day_key),
                (FieldType::Integer { .. }, Some(v)) => v.as_i64().map_or(0, whole),
                (FieldType::Money {}, Some(v)) => v.get("cents").and_then(Value::as_i64).map_or(0, whole),
                (FieldType::Flag {}, Some(v)) => u128::from(v.as_bool().unwrap_or(false)) + 1,
                (FieldType::Term {}, Some(v)) => v.get("months").and_then(Value::as_i64).map_or(u128::MAX, whole),
                (_, Some(v)) => text_of(Some(v)).map_or(0, |s| sort_key(&s)),
            }
        }
    }
}

/// The keys under which a person is found in [`Post::Asked`], [`Post::Todo`] and [`Post::Confirm`].
#[must_use]
pub fn keys_text(keys: &[WhoKey]) -> Vec<Box<str>> {
    keys.iter().map(WhoKey::text).collect()
}
