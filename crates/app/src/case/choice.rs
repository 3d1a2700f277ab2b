//! What shall stand in a package, and with it what stays closed.

use std::collections::BTreeSet;

use jingui_evidence::dossier::{Kinds, Matter};
use jingui_kinds::kind::{FieldType, Kind};
use jingui_ledger::OpenField;
use jingui_model::{Day, Id, Instant, Problem, Zone};
use serde_json::Value;

use super::chronicle::{Chronicle, Step};

/// Circumstances of an act that are opened with it: who, by which door and device, from which state to which.
/// Remarks of those who decided are not: they may say more than the point that is shown.
const CIRCUMSTANCES: [&str; 8] = ["actor", "actor_name", "door", "address", "device", "from", "to", "number"];

/// Acts by which somebody came to see what a secret says.
pub(super) const READINGS: [&str; 7] = ["read", "view_file", "open_file", "print_file", "export", "exported", "document"];
/// An attempt that was refused.
const REFUSED: &str = "denied";

/// What a package is made of.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What it is for.
    pub matter: Matter,
    /// The state of the end of which day; of now without one.
    pub as_of: Option<Day>,
    /// The secrets.
    pub secrets: Vec<Id>,
    /// Their points.
    pub points: Only,
    /// Their files.
    pub files: Only,
    /// Fields that stay closed although evidence could be made of them.
    pub hidden: BTreeSet<String>,
    /// Whose readings come in; without anybody the first and the last of each reader.
    pub persons: BTreeSet<Id>,
    /// Readings from this day on.
    pub from: Option<Day>,
    /// Readings until this day.
    pub to: Option<Day>,
}

/// All, or those that are named.
#[derive(Debug, Clone, Default)]
pub enum Only {
    /// All.
    #[default]
    All,
    /// These.
    These(BTreeSet<Named>),
}

/// A point or file of a secret, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The secret.
    pub secret: Id,
    /// The name of its point or file.
    pub name: String,
}

impl Only {
    /// Whether something of this name belongs to it, of a record that is about these secrets.
    fn has(&self, about: &[Id], name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(named) => about.iter().any(|secret| named.contains(&Named { secret: *secret, name: name.to_owned() })),
        }
    }
}

impl Choice {
    /// Nothing later comes in.
    pub(super) fn until(&self, now: Instant, zone: Zone) -> Instant {
        self.as_of.map_or(now, |day| day.plus_days(1).start(zone).plus_seconds(-1)).min(now)
    }

    /// The fields of a step that are opened.
    ///
    /// # Errors
    /// `case.undivided` when points were chosen that this step committed to only all together.
    pub(super) fn opened(&self, kinds: &Kinds, chronicle: &Chronicle, step: &Step) -> Result<Vec<OpenField>, Problem> {
        let mut open = vec![];
        let openable = kinds.openable(&chronicle.kind.kind);
        let unasked = kinds.frame(&chronicle.kind.kind).is_some_and(|frame| frame.whole_files);
        for field in &step.opened.fields {
            let Some(name) = field.name.strip_prefix("data.") else {
                if CIRCUMSTANCES.contains(&field.name.as_str()) {
                    open.push(field.clone());
                }
                continue;
            };
            let name = name.split('[').next().unwrap_or(name);
            let Some(definition) = chronicle.kind.field(name).filter(|f| !f.internal && openable.contains(name)) else { continue };
            let parts = match &definition.ty {
                FieldType::Rows { .. } => &self.points,
                FieldType::Files {} if unasked => &Only::All,
                FieldType::Files {} => &self.files,
                _ => {
                    if !self.hidden.contains(name) {
                        open.push(field.clone());
                    }
                    continue;
                }
            };
            let whole = field.value.as_array();
            let named = |item: &Value| item.get("name").and_then(Value::as_str).is_some_and(|n| parts.has(&chronicle.about, n));
            let all = whole.map_or_else(|| named(&field.value), |items| items.iter().all(named));
            if all {
                open.push(field.clone());
            } else if whole.is_some_and(|items| items.iter().any(named)) {
                return Err(Problem::conflict("case.undivided").arg("number", chronicle.called()).arg("index", step.index));
            }
        }
        Ok(open)
    }

    /// The steps that come in: everything that changed the record, and the readings that matter.
    pub(super) fn steps<'a>(&self, chronicle: &'a Chronicle, zone: Zone) -> Vec<&'a Step> {
        let in_range = |step: &Step| {
            let day = step.at.day(zone);
            self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
        };
        let (mut first, mut last) = (BTreeSet::new(), BTreeSet::new());
        if self.persons.is_empty() {
            let mut seen = BTreeSet::new();
            let readings = || chronicle.steps.iter().filter(|s| READINGS.contains(&s.act.as_str()) && in_range(s));
            first.extend(readings().filter(|s| seen.insert(s.actor)).map(|s| s.index));
            seen.clear();
            last.extend(readings().rev().filter(|s| seen.insert(s.actor)).map(|s| s.index));
        }
        let comes = |step: &&Step| match step.act.as_str() {
            act if READINGS.contains(&act) => {
                first.contains(&step.index) || last.contains(&step.index) || (self.persons.contains(&step.actor) && in_range(step))
            }
            REFUSED => self.persons.contains(&step.actor) && in_range(step),
            _ => step.changes_something(),
        };
        chronicle.steps.iter().filter(comes).collect()
    }

    /// The names of points that are opened, of a record as it stood.
    pub(super) fn points_of(&self, kind: &Kind, chronicle: &Chronicle) -> Vec<String> {
        let rows = kind.fields.iter().filter(|f| matches!(f.ty, FieldType::Rows { .. })).filter_map(|f| chronicle.data.get(&f.name));
        let names = rows.filter_map(Value::as_array).flatten().filter_map(|row| row.get("name")?.as_str());
        names.filter(|name| self.points.has(&chronicle.about, name)).map(str::to_owned).collect()
    }
}
