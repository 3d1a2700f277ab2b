//! The script of a year, as it stands in `catalog/simulation`: what there is, what happens, how duties are done.

use std::collections::BTreeMap;

use jingui_model::Problem;
use serde::Deserialize;
use serde_json::Value;

use crate::embed;

/// A year.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    /// So many persons.
    pub people: usize,
    /// What people write when a duty is done by a note.
    pub note: String,
    /// Rules of which every third duty is forgotten for two months, so that what follows from that is seen too.
    pub forgotten: Vec<String>,
    /// Family names.
    pub family: Vec<String>,
    /// Given names.
    pub given: Vec<String>,
    /// What there is on the first day.
    pub start: Vec<Item>,
    /// What there is for each person.
    pub each_person: Vec<Item>,
    /// What happens.
    pub happens: Vec<Item>,
    /// How a duty is done, by its rule; nothing for what settles itself.
    pub done: BTreeMap<String, Vec<Item>>,
}

/// Something that is made, or done to a record.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Item {
    /// Makes a record of this kind …
    pub kind: Option<String>,
    /// … with these fields …
    pub data: Value,
    /// … remembered under this name …
    #[serde(rename = "as")]
    pub alias: Option<String>,
    /// … to which this is then done …
    pub acts: Vec<Act>,
    /// … and after which this follows.
    pub then: Vec<Self>,
    /// Or does something to a record.
    pub on: Option<String>,
    /// What.
    pub act: Option<String>,
    /// With this input.
    pub input: Value,
    /// By whom.
    pub by: Option<String>,
    /// So many of them.
    pub times: u32,
    /// Every so many days …
    pub every: i32,
    /// … from this day on.
    pub from: i32,
    /// A person: what each person has, this one has too.
    pub each: bool,
}

/// Something that is done to a record just made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    /// What.
    pub act: String,
    /// With this input.
    #[serde(default)]
    pub input: Value,
    /// By whom.
    pub by: Option<String>,
}

impl Script {
    /// The script that ships under a name.
    ///
    /// # Errors
    /// `simulate.unknown`, `simulate.script`.
    pub fn shipped(name: &str) -> Result<Self, Problem> {
        let text = embed::below(&format!("simulation/{name}.yaml")).into_iter().next().map(|(_, text)| text);
        let text = text.ok_or_else(|| Problem::missing("simulate.unknown").arg("name", name))?;
        serde_saphyr::from_str(&text).map_err(|e| Problem::internal("simulate.script").arg("item", name).detail(e))
    }
}
