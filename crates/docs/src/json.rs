//! A table as JSON (RFC 8259): an array of objects, one member for each column, all values text.

use std::{collections::HashMap, fmt};

use jingui_model::Problem;
use serde::{
    Deserialize, Deserializer, Serializer as _,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap as _,
};

use crate::{
    csv_in::cell_too_long,
    grid::{GridRow, Limits, Raw},
    looks::{too_long, too_wide},
    table::Table,
    text::{cell_name, number_text},
};

/// Writes an array with one object per line; the member names are the keys of the columns.
#[must_use]
pub fn write_json(table: &Table) -> Vec<u8> {
    let mut out = b"[".to_vec();
    for (i, row) in table.rows.iter().enumerate() {
        out.extend_from_slice(if i == 0 { b"\n" } else { b",\n" });
        // Writing text into memory cannot fail.
        let _ = write_row(table, row, &mut out);
    }
    out.extend_from_slice(b"\n]\n");
    out
}

fn write_row(table: &Table, row: &[String], out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let mut serializer = serde_json::Serializer::new(out);
    let mut object = serializer.serialize_map(Some(table.columns.len()))?;
    for (i, column) in table.columns.iter().enumerate() {
        object.serialize_entry(&column.key, row.get(i).map_or("", String::as_str))?;
    }
    object.end()
}

/// Reads an array of objects; the member names, in the order of their first appearance, are row 1.
pub(crate) fn load(bytes: &[u8], limits: &Limits) -> Result<Raw, Problem> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let records: Vec<Record> =
        serde_json::from_slice(bytes).map_err(|e| Problem::invalid("table.not_json").arg("line", e.line()).arg("column", e.column()))?;
    if records.len() > limits.max_rows {
        return Err(too_long(limits.max_rows));
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut headers = vec![];
    let mut raw = Raw::default();
    let mut cells_in_all = 0_usize;
    for (number, Record(members)) in (2_u32..).zip(records) {
        let mut cells: Vec<String> = vec![];
        for (key, value) in members {
            let at = *places.entry(key).or_insert_with_key(|key| {
                headers.push(key.clone());
                headers.len() - 1
            });
            if at >= limits.max_columns {
                return Err(too_wide(limits.max_columns));
            }
            if cells.len() <= at {
                cells.resize(at + 1, String::new());
            }
            let cell = cell_name(number, at);
            let text = match value {
                Value::Text(text) => text,
                Value::Nested => {
                    raw.wrong.push((number, Problem::invalid("table.nested_value").at(cell.clone()).arg("cell", cell)));
                    String::new()
                }
                Value::Inexact => {
                    raw.wrong.push((number, Problem::invalid("table.number_too_long").at(cell.clone()).arg("cell", cell)));
                    String::new()
                }
            };
            if text.chars().count() > limits.max_cell_chars {
                return Err(cell_too_long(number, at, limits));
            }
            if let Some(place) = cells.get_mut(at) {
                *place = text;
            }
        }
        cells_in_all += cells.len();
        if cells_in_all > limits.max_cells {
            return Err(Problem::too_large("table.too_many_cells").arg("max", limits.max_cells));
        }
        raw.wrong.truncate(100);
        raw.rows.push(GridRow { number, cells });
    }
    raw.rows.insert(0, GridRow { number: 1, cells: headers });
    Ok(raw)
}

/// An object with its members in order. A name that comes twice is refused (RFC 8259, 4: names
/// should be unique; readers disagree on which value counts).
struct Record(Vec<(String, Value)>);

/// A value as the text of a cell.
enum Value {
    Text(String),
    Nested,
    Inexact,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Record;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut members: Vec<(String, Value)> = vec![];
                let mut names = std::collections::HashSet::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    if !names.insert(key.clone()) {
                        return Err(serde::de::Error::custom("a name twice"));
                    }
                    members.push((key, value));
                }
                Ok(Record(members))
            }
        }
        d.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Cell;
        impl<'de> Visitor<'de> for Cell {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_str<E>(self, v: &str) -> Result<Value, E> {
                Ok(Value::Text(v.to_owned()))
            }
            fn visit_string<E>(self, v: String) -> Result<Value, E> {
                Ok(Value::Text(v))
            }
            fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
                Ok(Value::Text(if v { "TRUE" } else { "FALSE" }.to_owned()))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
                Ok(Value::Text(v.to_string()))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
                Ok(Value::Text(v.to_string()))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
                Ok(number_text(v).map_or(Value::Inexact, Value::Text))
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Text(String::new()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Nested)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Nested)
            }
        }
        d.deserialize_any(Cell)
    }
}
