//! What a record shows, since when, and by which entry: facts for the matrix of evidence (H 10.2).
//!
//! A fact holds from the entry after which its fields were filled in and the record stood in a state in which they count;
//! a later change of those fields is a fact of its own with a later day. So a measure that was improved after the
//! alleged act still counts as it was before (法释〔2020〕7号 art. 5), and only as it was before.

use std::collections::BTreeSet;

use jingui_evidence::dossier::{
    Kinds, Source,
    matrix::{Fact, Subject},
};
use jingui_kinds::kind::FieldType;
use jingui_model::{Data, Zone};
use serde_json::Value;

use super::{
    Choice,
    choice::READINGS,
    chronicle::{Chronicle, Step},
};

const READING: &str = "act=read";

/// Where facts are looked for.
pub(super) struct Finder<'a> {
    pub kinds: &'a Kinds,
    pub choice: &'a Choice,
    pub zone: Zone,
}

impl Finder<'_> {
    /// The points that are asked about; a secret without any as a whole.
    pub fn subjects(&self, secret: &Chronicle) -> Vec<Subject> {
        let points = self.choice.points_of(&secret.kind, secret);
        if points.is_empty() {
            return vec![Subject { record: secret.id, point: None }];
        }
        points.into_iter().map(|point| Subject { record: secret.id, point: Some(point) }).collect()
    }

    /// The facts that a record supplies; `steps` are those that come into the package.
    pub fn facts(&self, chronicle: &Chronicle, steps: &[&Step]) -> Vec<Fact> {
        let mut facts = vec![];
        for source in self.kinds.sources.iter().filter(|s| s.kind == chronicle.kind.kind) {
            if source.has.iter().any(|has| has == READING) {
                facts.extend(steps.iter().filter(|s| READINGS.contains(&s.act.as_str())).map(|s| self.reading(chronicle, source, s)));
                continue;
            }
            let rows = source.has.iter().any(|name| chronicle.kind.field(name).is_some_and(|f| matches!(f.ty, FieldType::Rows { .. })));
            let points = if rows { self.choice.points_of(&chronicle.kind, chronicle) } else { vec![] };
            if points.is_empty() {
                self.found(chronicle, source, None, &mut facts);
            }
            for point in &points {
                self.found(chronicle, source, Some(point), &mut facts);
            }
        }
        // A record may be about several secrets; about all of them without any.
        let about = |fact: &Fact| chronicle.about.iter().map(|secret| Fact { secret: Some(*secret), ..fact.clone() }).collect::<Vec<_>>();
        if chronicle.about.is_empty() { facts } else { facts.iter().flat_map(about).collect() }
    }

    fn reading(&self, chronicle: &Chronicle, source: &Source, step: &Step) -> Fact {
        let who = step.opened.get("actor_name").and_then(Value::as_str).unwrap_or_default();
        Fact { label: format!("{} · {who}", self.label(chronicle)), ..self.fact(chronicle, source, None, step, "") }
    }

    fn found(&self, chronicle: &Chronicle, source: &Source, point: Option<&str>, facts: &mut Vec<Fact>) {
        let fields: Vec<&str> = source.has.iter().map(|has| has.split('=').next().unwrap_or(has)).collect();
        let (mut data, mut state, mut waiting) = (Data::new(), "", None);
        for (place, step) in chronicle.steps.iter().enumerate() {
            let changes = step.opened.changes();
            let touched = fields.iter().any(|f| changes.contains_key(*f)) || (fields.is_empty() && place == 0);
            data.extend(changes);
            state = step.state().unwrap_or(state);
            if touched {
                let all = source.has.iter().all(|has| filled(&data, has, point));
                waiting = all.then_some(step);
            }
            if (source.states.is_empty() || source.states.iter().any(|s| s == state))
                && let Some(filled_in) = waiting.take()
            {
                facts.push(Fact {
                    day: self.outside_day(chronicle).or_else(|| Some(step.at.day(self.zone))),
                    ..self.fact(chronicle, source, point, filled_in, state)
                });
            }
        }
        if let Some(step) = waiting {
            facts.push(self.fact(chronicle, source, point, step, state));
        }
    }

    fn fact(&self, chronicle: &Chronicle, source: &Source, point: Option<&str>, step: &Step, state: &str) -> Fact {
        Fact {
            kind: chronicle.kind.kind.clone(),
            id: chronicle.id,
            label: self.label(chronicle),
            entry: Some(step.index),
            day: Some(step.at.day(self.zone)),
            state: state.to_owned(),
            secret: None,
            point: point.map(str::to_owned),
            fields: source.has.iter().cloned().collect::<BTreeSet<_>>(),
        }
    }

    /// The day that somebody outside gave the record, where the table names such a field.
    fn outside_day(&self, chronicle: &Chronicle) -> Option<jingui_model::Day> {
        let field = self.kinds.frame(&chronicle.kind.kind)?.day.as_ref()?;
        chronicle.text(field)?.parse().ok()
    }

    /// The record's title, when that is opened.
    fn label(&self, chronicle: &Chronicle) -> String {
        let title = &chronicle.kind.title;
        let open = !self.choice.hidden.contains(title) && self.kinds.openable(&chronicle.kind.kind).contains(title.as_str());
        match (open, &chronicle.number) {
            (true, Some(number)) => format!("{number} {}", chronicle.title()),
            (true, None) => chronicle.title().to_owned(),
            (false, _) => chronicle.called(),
        }
    }
}

/// Whether a field is filled in, or has the value that is asked for; of a point, whether there is that point.
fn filled(data: &Data, has: &str, point: Option<&str>) -> bool {
    let (name, wanted) = has.split_once('=').map_or((has, None), |(name, value)| (name, Some(value)));
    match data.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::Array(items)) => match (wanted, point) {
            (Some(wanted), _) => items.iter().any(|i| i.as_str() == Some(wanted)),
            (None, Some(point)) => items.iter().any(|i| i.get("name").and_then(Value::as_str) == Some(point)),
            (None, None) => !items.is_empty(),
        },
        Some(Value::String(text)) => wanted.map_or(!text.trim().is_empty(), |wanted| text == wanted),
        Some(_) => wanted.is_none(),
    }
}
