//! Does a kind make sense? Names, fields, references, layout and exchange; states and transitions
//! are looked at in `check_flow`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    diagnose::Report,
    kind::{Field, FieldType, Kind},
    names::{COLUMNS, GROUPS, RESERVED, SECTIONS},
    number,
    taxonomy::Taxonomy,
};

/// Is it a name: a small letter, then small letters, digits and underscores, at most 40?
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Checks everything about a kind but its flow.
pub(crate) fn kind(kind: &Kind, all: &BTreeMap<String, Kind>, taxonomies: &BTreeMap<String, Taxonomy>, shipped: bool, report: &mut Report) {
    if !is_name(&kind.kind) {
        report.add("kind", "kind.bad_name", &[("name", &kind.kind)]);
    }
    if !GROUPS.contains(&kind.group.as_str()) {
        report.add("group", "kind.unknown_word", &[("value", &kind.group), ("known", &GROUPS.join(", "))]);
    } else if !shipped && kind.group != "register" {
        report.add("group", "overlay.group", &[("value", &kind.group)]);
    }
    if !shipped && kind.authority {
        report.add("authority", "overlay.authority", &[]);
    }
    if !SECTIONS.contains(&kind.menu.section.as_str()) {
        report.add("menu.section", "kind.unknown_word", &[("value", &kind.menu.section), ("known", &SECTIONS.join(", "))]);
    }
    if let Some(pattern) = &kind.number
        && !number::well_formed(pattern)
    {
        report.add("number", "kind.number_pattern", &[("pattern", pattern)]);
    }
    if kind.fields.is_empty() {
        report.add("fields", "kind.empty_list", &[]);
    }
    fields(&kind.fields, "fields", Some(kind), all, taxonomies, report);
    roles(kind, report);
    layout(kind, report);
}

fn fields(
    list: &[Field],
    path: &str,
    kind: Option<&Kind>,
    all: &BTreeMap<String, Kind>,
    taxonomies: &BTreeMap<String, Taxonomy>,
    report: &mut Report,
) {
    let mut seen = BTreeSet::new();
    for (i, field) in list.iter().enumerate() {
        let at = format!("{path}[{i}]");
        if !is_name(&field.name) {
            report.add(format!("{at}.name"), "kind.bad_name", &[("name", &field.name)]);
        }
        if RESERVED.contains(&field.name.as_str()) && kind.is_some() {
            report.add(format!("{at}.name"), "kind.reserved", &[("name", &field.name)]);
        }
        if !seen.insert(&field.name) {
            report.add(format!("{at}.name"), "kind.duplicate", &[("name", &field.name)]);
        }
        field_type(field, &format!("{at}.type"), kind.is_some(), all, taxonomies, report);
        default(field, &format!("{at}.default"), report);
        match kind {
            Some(kind) => {
                for (j, name) in field.required_for.iter().enumerate() {
                    if kind.transition(name).is_none() {
                        report.add(format!("{at}.required_for[{j}]"), "kind.unknown_transition", &[("name", name)]);
                    }
                }
                if field.typed && (!field.internal || field.fixed || field.unique || field.search) {
                    report.add(format!("{at}.typed"), "kind.typed", &[("name", &field.name)]);
                }
                if field.required && (field.fixed || (field.internal && !field.typed)) && !kind.arises && field.default.is_none() {
                    report.add(format!("{at}.required"), "kind.required_fixed", &[("name", &field.name)]);
                }
                if field.unique && !matches!(field.ty, FieldType::Text { .. } | FieldType::Integer { .. } | FieldType::Ref { .. }) {
                    report.add(format!("{at}.unique"), "kind.unique_type", &[("name", &field.name)]);
                }
            }
            None => {
                if !field.required_for.is_empty() || field.unique || field.fixed || field.internal || field.typed {
                    report.add(at, "kind.column_option", &[("name", &field.name)]);
                }
            }
        }
    }
}

fn field_type(
    field: &Field,
    at: &str,
    top: bool,
    all: &BTreeMap<String, Kind>,
    taxonomies: &BTreeMap<String, Taxonomy>,
    report: &mut Report,
) {
    match &field.ty {
        FieldType::Choice { options } | FieldType::Choices { options } => {
            if options.is_empty() {
                report.add(format!("{at}.options"), "kind.empty_list", &[]);
            }
            let (mut codes, mut labels) = (BTreeSet::new(), BTreeSet::new());
            for (i, option) in options.iter().enumerate() {
                if !is_name(&option.code) {
                    report.add(format!("{at}.options[{i}].code"), "kind.bad_name", &[("name", &option.code)]);
                }
                let fresh = codes.insert(&option.code);
                if !(labels.insert(&option.label.zh) & fresh) {
                    report.add(format!("{at}.options[{i}]"), "kind.duplicate", &[("name", &option.code)]);
                }
            }
        }
        FieldType::Taxonomy { of } if !taxonomies.contains_key(of) => {
            report.add(format!("{at}.of"), "kind.unknown_taxonomy", &[("name", of)])
        }
        FieldType::Ref { kind } | FieldType::Refs { kind } if !all.contains_key(kind) => {
            report.add(format!("{at}.kind"), "kind.unknown_kind", &[("name", kind)]);
        }
        FieldType::Rows { fields: columns, .. } => {
            if !top {
                report.add(at, "kind.nested_rows", &[("name", &field.name)]);
            }
            if columns.is_empty() {
                report.add(format!("{at}.fields"), "kind.empty_list", &[]);
            }
            fields(columns, &format!("{at}.fields"), None, all, taxonomies, report);
        }
        FieldType::Files {} | FieldType::Refs { .. } | FieldType::Tags { .. } if !top => {
            report.add(at, "kind.nested_rows", &[("name", &field.name)]);
        }
        FieldType::Integer { min: Some(min), max: Some(max), .. } if min > max => report.add(at, "kind.min_max", &[]),
        FieldType::Decimal { scale, .. } if *scale > 9 => report.add(format!("{at}.scale"), "kind.min_max", &[]),
        _ => {}
    }
}

fn default(field: &Field, at: &str, report: &mut Report) {
    let Some(value) = &field.default else { return };
    let good = match (&field.ty, value) {
        (FieldType::Text { .. } | FieldType::Note { .. }, Value::String(s)) => !s.is_empty(),
        (FieldType::Flag {}, Value::Bool(_)) => true,
        (FieldType::Integer { .. }, Value::Number(n)) => n.is_i64(),
        (FieldType::Choice { options }, Value::String(s)) => options.iter().any(|o| o.code == *s),
        (FieldType::Choices { options }, Value::Array(a)) => {
            !a.is_empty() && a.iter().all(|v| options.iter().any(|o| Some(o.code.as_str()) == v.as_str()))
        }
        _ => false,
    };
    if !good {
        report.add(at, "kind.bad_default", &[("name", &field.name)]);
    }
}

/// Title, grade, department, circle and person: fields that exist and can carry the part.
fn roles(kind: &Kind, report: &mut Report) {
    let mut wants = |path: String, name: &str, wanted: &str, good: fn(&FieldType) -> bool| match kind.field(name) {
        None => report.add(path, "kind.unknown_field", &[("name", name)]),
        Some(field) if !good(&field.ty) => report.add(path, "kind.field_type", &[("name", name), ("wanted", wanted)]),
        Some(_) => {}
    };
    wants("title".into(), &kind.title, "text", |t| matches!(t, FieldType::Text { .. }));
    if let Some(name) = &kind.graded {
        wants("graded".into(), name, "grade", |t| matches!(t, FieldType::Grade {}));
    }
    if let Some(name) = &kind.department {
        wants("department".into(), name, "ref department", |t| matches!(t, FieldType::Ref { kind } if kind == "department"));
    }
    for (i, name) in kind.once.iter().enumerate().flat_map(|(i, names)| names.iter().map(move |n| (i, n))) {
        let plain = |ty: &FieldType| {
            matches!(
                ty,
                FieldType::Text { .. }
                    | FieldType::Integer { .. }
                    | FieldType::Ref { .. }
                    | FieldType::Day { .. }
                    | FieldType::Choice { .. }
            )
        };
        wants(format!("once[{i}]"), name, "text, integer, day, choice, ref", plain);
    }
    for (i, name) in kind.circle.iter().enumerate() {
        let person = |t: &FieldType| matches!(t, FieldType::Ref { kind } | FieldType::Refs { kind } if kind == "person" || kind == "post");
        wants(format!("circle[{i}]"), name, "ref(s) person, post", person);
    }
    if let Some(name) = &kind.about {
        wants("about".into(), name, "ref person", |t| matches!(t, FieldType::Ref { kind } if kind == "person"));
    }
}

fn layout(kind: &Kind, report: &mut Report) {
    let known = |name: &str, also: &[&str]| kind.field(name).is_some_and(|f| !f.internal) || also.contains(&name);
    for (i, name) in kind.list.columns.iter().enumerate() {
        if !known(name, COLUMNS) {
            report.add(format!("list.columns[{i}]"), "kind.unknown_field", &[("name", name)]);
        }
    }
    for (i, name) in kind.list.filters.iter().enumerate() {
        if !known(name, &["state"]) {
            report.add(format!("list.filters[{i}]"), "kind.unknown_field", &[("name", name)]);
        }
    }
    if let Some(sort) = &kind.list.sort
        && !known(sort.trim_start_matches('-'), COLUMNS)
    {
        report.add("list.sort", "kind.unknown_field", &[("name", sort)]);
    }
    let mut shown = BTreeSet::new();
    for (i, section) in kind.form.iter().enumerate() {
        for (j, name) in section.fields.iter().enumerate() {
            let path = format!("form[{i}].fields[{j}]");
            if !known(name, &[]) && !kind.field(name).is_some_and(|f| f.typed) {
                report.add(path, "kind.unknown_field", &[("name", name)]);
            } else if !shown.insert(name) {
                report.add(path, "kind.duplicate", &[("name", name)]);
            }
        }
    }
    if !kind.form.is_empty() {
        for field in kind.fields.iter().filter(|f| (!f.internal || f.typed) && !shown.contains(&f.name)) {
            report.add("form", "kind.not_in_form", &[("name", &field.name)]);
        }
    }
    let mut names = BTreeSet::new();
    for (i, exchange) in kind.exchanges.iter().enumerate() {
        let path = format!("exchanges[{i}]");
        if exchange.name == "full" || !is_name(&exchange.name) || !names.insert(&exchange.name) {
            report.add(format!("{path}.name"), "kind.duplicate", &[("name", &exchange.name)]);
        }
        for (j, column) in exchange.columns.iter().enumerate() {
            for (k, name) in column.fields.iter().enumerate() {
                let (field, depth) = crate::text::level(name);
                let leveled = |f: &Field| matches!(f.ty, FieldType::Taxonomy { .. });
                if !known(field, &["row", "number", "state"]) || (depth.is_some() && !kind.field(field).is_some_and(leveled)) {
                    report.add(format!("{path}.columns[{j}].fields[{k}]"), "kind.unknown_field", &[("name", name)]);
                }
            }
        }
    }
}
