//! The grammar of catalog files: which keys exist where, and what may stand behind them.
//!
//! A file is checked against its shape key by key, so that several mistakes are found at once and
//! each has its line. Short forms are written out on the way: a text as `[中文, English]`, a type as
//! `text` for `{is: text}`, a guard as `circle_not_empty` or `{min_rows: points}`.

use serde_json::{Map, Value, json};

use crate::{
    diagnose::Report,
    node::{Body, Node},
};

/// What may stand in a place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Str,
    Int,
    Bool,
    Any,
    /// A bilingual text, `{zh, en}` or `[zh, en]`.
    Text,
    List(&'static Self),
    Struct(&'static [KeyShape]),
    /// One of these words.
    Word(&'static [&'static str]),
    FieldType,
    Who,
    Guard,
    /// Names to values that a transition sets.
    Sets,
    /// Names to texts.
    Names,
}

/// A key of a map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyShape {
    pub name: &'static str,
    pub need: bool,
    pub shape: Shape,
}

/// A key that must be there.
pub(crate) const fn need(name: &'static str, shape: Shape) -> KeyShape {
    KeyShape { name, need: true, shape }
}

/// A key that may be there.
pub(crate) const fn may(name: &'static str, shape: Shape) -> KeyShape {
    KeyShape { name, need: false, shape }
}

use Shape::{Any, Bool, Int, List, Str, Struct, Text, Word};

const PROTECTIONS: &[&str] = &["none", "general", "important", "core"];
pub(crate) const PROTECTION: Shape = Word(PROTECTIONS);
const STRS: Shape = List(&Str);

pub(crate) const FIELD: Shape = Struct(&[
    need("name", Str),
    need("label", Text),
    may("help", Text),
    need("type", Shape::FieldType),
    may("required", Bool),
    may("required_for", STRS),
    may("unique", Bool),
    may("search", Bool),
    may("personal", Bool),
    may("internal", Bool),
    may("typed", Bool),
    may("fixed", Bool),
    may("default", Any),
    may("clause", Str),
]);
const OPTION: Shape = Struct(&[need("code", Str), need("label", Text), may("clause", Str)]);
const STATE: Shape = Struct(&[
    need("name", Str),
    need("label", Text),
    may("tone", Word(&["neutral", "active", "waiting", "good", "bad", "ended"])),
    may("editable", Bool),
    may("todo", Struct(&[need("label", Text), need("by", Shape::Who), may("due", Str), may("days_before", Int), may("urgent", Bool)])),
    may("ends", Struct(&[need("after", Str), need("by", Str)])),
]);
const STEP: Shape = Struct(&[
    need("label", Text),
    need("by", Shape::Who),
    may("quorum", Int),
    may("quorum_core", Int),
    may("from_protection", PROTECTION),
    may("never", List(&Word(&["applicant", "creator", "earlier_approver"]))),
]);
const TRANSITION: Shape = Struct(&[
    need("name", Str),
    need("label", Text),
    need("from", STRS),
    need("to", Str),
    need("action", Str),
    may("input", STRS),
    may("requires", List(&Shape::Guard)),
    may("approval", Struct(&[need("during", Str), need("rejected", Str), need("steps", List(&STEP))])),
    may("effects", STRS),
    may("follow", List(&Struct(&[may("on", Str), may("act", Str), may("make", Str), may("with", Shape::Names)]))),
    may("sets", Shape::Sets),
    may("confirm", Text),
    may("danger", Bool),
    may("system", Bool),
]);
const SECTION: Shape = Struct(&[need("label", Text), need("fields", STRS), may("help", Text)]);
const EXCHANGE: Shape =
    Struct(&[need("name", Str), need("label", Text), need("columns", List(&Struct(&[need("header", Text), need("fields", STRS)])))]);

/// A kind file.
pub(crate) const KIND: Shape = Struct(&[
    need("kind", Str),
    need("label", Text),
    need("plural", Text),
    need("group", Str),
    may("menu", Struct(&[may("section", Str), may("order", Int), may("icon", Str)])),
    may("clauses", STRS),
    may("number", Str),
    need("title", Str),
    may("graded", Str),
    may("department", Str),
    may("circle", STRS),
    may("once", List(&STRS)),
    may("about", Str),
    may("authority", Bool),
    may("arises", Bool),
    may("checklist", Bool),
    may("holds", List(&Shape::Guard)),
    may("on_create", STRS),
    need("fields", List(&FIELD)),
    need("states", List(&STATE)),
    may("transitions", List(&TRANSITION)),
    may("acknowledge", Struct(&[need("states", STRS), need("by", Shape::Who), need("label", Text), may("anew_after", STRS)])),
    may("list", Struct(&[may("columns", STRS), may("filters", STRS), may("sort", Str)])),
    may("form", List(&SECTION)),
    may("exchanges", List(&EXCHANGE)),
]);

/// An overlay file that adds fields to a shipped kind.
pub(crate) const EXTENSION: Shape = Struct(&[need("extends", Str), need("label", Text), need("fields", List(&FIELD))]);

const TYPES: &[(&str, &[KeyShape])] = &[
    ("text", &[may("max", Int)]),
    ("note", &[may("max", Int)]),
    ("tags", &[may("suggest", List(&Text))]),
    ("integer", &[may("min", Int), may("max", Int), may("unit", Text)]),
    ("decimal", &[may("scale", Int), may("unit", Text)]),
    ("money", &[]),
    ("day", &[]),
    ("flag", &[]),
    ("choice", &[need("options", List(&OPTION))]),
    ("choices", &[need("options", List(&OPTION))]),
    ("taxonomy", &[need("of", Str)]),
    ("grade", &[]),
    ("term", &[]),
    ("ref", &[need("kind", Str)]),
    ("refs", &[need("kind", Str)]),
    ("rows", &[need("fields", List(&FIELD)), may("min", Int)]),
    ("files", &[]),
];

/// Checks a node against a shape; returns it as JSON with all short forms written out.
pub(crate) fn check(node: &Node, shape: Shape, path: &str, report: &mut Report) -> Value {
    report.place(path, node.line, node.column);
    match (shape, &node.body) {
        (Shape::Str, Body::Str(s)) => json!(s),
        (Shape::Int, Body::Int(i)) => json!(i),
        (Shape::Bool, Body::Bool(b)) => json!(b),
        (Shape::Any, _) => plain(node),
        (Shape::Text, _) => text(node, path, report),
        (Shape::List(inner), Body::List(items)) => {
            Value::Array(items.iter().enumerate().map(|(i, item)| check(item, *inner, &format!("{path}[{i}]"), report)).collect())
        }
        (Shape::Struct(keys), Body::Map(_)) => structure(node, keys, &[], path, report),
        (Shape::Word(words), Body::Str(s)) => {
            if !words.contains(&s.as_str()) {
                report.add(path, "kind.unknown_word", &[("value", s), ("known", &words.join(", "))]);
            }
            json!(s)
        }
        (Shape::FieldType, Body::Str(_) | Body::Map(_)) => field_type(node, path, report),
        (Shape::Who, Body::Str(_) | Body::Map(_)) => variant(node, WHO, path, report),
        (Shape::Guard, Body::Str(_) | Body::Map(_)) => guard(node, path, report),
        (Shape::Sets, Body::Map(entries)) => {
            let mut out = Map::new();
            for (key, item) in entries {
                let inner = join(path, &key.name);
                report.place(&inner, item.line, item.column);
                out.insert(key.name.clone(), variant(item, SETS, &inner, report));
            }
            Value::Object(out)
        }
        (Shape::Names, Body::Map(entries)) => {
            let mut out = Map::new();
            for (key, item) in entries {
                out.insert(key.name.clone(), check(item, Str, &join(path, &key.name), report));
            }
            Value::Object(out)
        }
        _ => {
            report.add(path, "kind.wrong_type", &[("wanted", wanted(shape)), ("found", found(&node.body))]);
            Value::Null
        }
    }
}

const WHO: &[(&str, Option<Shape>)] = &[
    ("role", Some(Str)),
    ("role_in", Some(Struct(&[need("role", Str), need("field", Str)]))),
    ("field", Some(Str)),
    ("creator", None),
    ("circle", None),
    ("everyone", None),
];
const SETS: &[(&str, Option<Shape>)] = &[
    ("today", None),
    ("actor", None),
    ("applicant", None),
    ("last_approver", None),
    ("term_end", Some(Str)),
    ("term_end_from", Some(Struct(&[need("term", Str), need("from", Str)]))),
    ("text", Some(Str)),
    ("flag", Some(Bool)),
];

/// An externally tagged value: a word, or a map with one key.
fn variant(node: &Node, known: &[(&str, Option<Shape>)], path: &str, report: &mut Report) -> Value {
    let names = || known.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(", ");
    match &node.body {
        Body::Str(word) => {
            if !known.iter().any(|(n, inner)| n == word && inner.is_none()) {
                report.add(path, "kind.unknown_word", &[("value", word), ("known", &names())]);
            }
            json!(word)
        }
        Body::Map(entries) => match entries.as_slice() {
            [(key, item)] => match known.iter().find(|(n, _)| *n == key.name) {
                Some((name, Some(inner))) => json!({ *name: check(item, *inner, &join(path, name), report) }),
                _ => {
                    report.place(&join(path, &key.name), key.line, key.column);
                    report.add(join(path, &key.name), "kind.unknown_word", &[("value", &key.name), ("known", &names())]);
                    Value::Null
                }
            },
            _ => {
                report.add(path, "kind.one_key", &[("known", &names())]);
                Value::Null
            }
        },
        _ => {
            report.add(path, "kind.unknown_word", &[("value", found(&node.body)), ("known", &names())]);
            Value::Null
        }
    }
}

fn guard(node: &Node, path: &str, report: &mut Report) -> Value {
    match &node.body {
        Body::Str(name) => json!({ "guard": name }),
        Body::Map(_) if node.get("guard").is_some() => structure(node, &[need("guard", Str), may("arg", Str)], &[], path, report),
        Body::Map(entries) => match entries.as_slice() {
            [(key, item)] => json!({ "guard": key.name, "arg": check(item, Str, &join(path, "arg"), report) }),
            _ => {
                report.add(path, "kind.one_key", &[("known", "guard")]);
                Value::Null
            }
        },
        _ => Value::Null,
    }
}

fn field_type(node: &Node, path: &str, report: &mut Report) -> Value {
    let name = node.as_str().or_else(|| node.get("is").and_then(Node::as_str));
    let Some(name) = name else {
        report.add(path, "kind.missing_key", &[("key", "is")]);
        return Value::Null;
    };
    let Some((_, keys)) = TYPES.iter().find(|(n, _)| *n == name) else {
        let known: Vec<_> = TYPES.iter().map(|(n, _)| *n).collect();
        let at = if node.as_str().is_some() { path.to_owned() } else { join(path, "is") };
        if let Some(is) = node.get("is") {
            report.place(&at, is.line, is.column);
        }
        report.add(at, "kind.unknown_type", &[("value", name), ("known", &known.join(", "))]);
        return Value::Null;
    };
    let mut out = match &node.body {
        Body::Map(_) => structure(node, keys, &["is"], path, report),
        _ => {
            for key in keys.iter().filter(|k| k.need) {
                report.add(path, "kind.missing_key", &[("key", key.name)]);
            }
            json!({})
        }
    };
    if let Value::Object(map) = &mut out {
        map.insert("is".to_owned(), json!(name));
    }
    out
}

fn structure(node: &Node, keys: &[KeyShape], also: &[&str], path: &str, report: &mut Report) -> Value {
    let Body::Map(entries) = &node.body else { return Value::Null };
    let mut out = Map::new();
    for (key, item) in entries {
        let inner = join(path, &key.name);
        match keys.iter().find(|k| k.name == key.name) {
            Some(known) => {
                if !matches!(item.body, Body::Null) || matches!(known.shape, Any) {
                    out.insert(key.name.clone(), check(item, known.shape, &inner, report));
                }
            }
            None if also.contains(&key.name.as_str()) => {}
            None => {
                report.place(&inner, key.line, key.column);
                let known: Vec<_> = keys.iter().map(|k| k.name).collect();
                report.add(inner, "kind.unknown_key", &[("key", &key.name), ("known", &known.join(", "))]);
            }
        }
    }
    for key in keys.iter().filter(|k| k.need && !out.contains_key(k.name)) {
        report.add(path, "kind.missing_key", &[("key", key.name)]);
    }
    Value::Object(out)
}

fn text(node: &Node, path: &str, report: &mut Report) -> Value {
    let parts = match &node.body {
        Body::List(items) => match items.as_slice() {
            [zh, en] => (zh.as_str(), en.as_str()),
            _ => (None, None),
        },
        Body::Map(entries) if entries.iter().all(|(k, _)| k.name == "zh" || k.name == "en") => {
            (node.get("zh").and_then(Node::as_str), node.get("en").and_then(Node::as_str))
        }
        _ => (None, None),
    };
    let (Some(zh), Some(en)) = parts else {
        report.add(path, "kind.text_form", &[]);
        return json!({ "zh": "", "en": "" });
    };
    for (lang, part) in [("zh", zh), ("en", en)] {
        if part.trim().is_empty() {
            report.add(path, "kind.empty_text", &[("lang", lang)]);
        }
    }
    json!({ "zh": zh.trim(), "en": en.trim() })
}

fn plain(node: &Node) -> Value {
    match &node.body {
        Body::Null => Value::Null,
        Body::Bool(b) => json!(b),
        Body::Int(i) => json!(i),
        Body::Float(f) => json!(f),
        Body::Str(s) => json!(s),
        Body::List(items) => Value::Array(items.iter().map(plain).collect()),
        Body::Map(entries) => Value::Object(entries.iter().map(|(k, n)| (k.name.clone(), plain(n))).collect()),
    }
}

const fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Str | Shape::Word(_) => "text",
        Shape::Int => "integer",
        Shape::Bool => "true/false",
        Shape::List(_) => "list",
        _ => "map",
    }
}

const fn found(body: &Body) -> &'static str {
    match body {
        Body::Null => "nothing",
        Body::Bool(_) => "true/false",
        Body::Int(_) => "integer",
        Body::Float(_) => "fraction",
        Body::Str(_) => "text",
        Body::List(_) => "list",
        Body::Map(_) => "map",
    }
}

/// A path one key deeper.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
