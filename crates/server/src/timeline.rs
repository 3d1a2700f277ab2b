//! Time lines on the wire: what was done to a record, in words, with values before and after.

use std::collections::BTreeMap;

use jingui_app::records::{self, Line};
use jingui_kinds::kind::Kind;
use jingui_model::{Data, Id, Instant, Text};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{auth::Auth, wire::Names};

/// A page of a time line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct History {
    /// Newest first.
    pub items: Vec<HistoryItem>,
    /// Titles of everything that is referred to, by id.
    #[schema(value_type = BTreeMap<String, String>)]
    pub names: Names,
    /// Ask for what is before this index.
    pub next: Option<u64>,
}

/// One line of a time line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryItem {
    /// Ledger index.
    pub index: u64,
    /// What was done.
    pub act: String,
    /// What people read.
    pub label: Text,
    /// When.
    pub at: Instant,
    /// By whom.
    pub actor: Option<Id>,
    /// Their name at the time.
    pub actor_name: Option<String>,
    /// Fields that it changed.
    pub changes: Vec<Change>,
    /// What the person wrote.
    pub note: Option<String>,
    /// State before.
    pub from: Option<String>,
    /// State after.
    pub to: Option<String>,
    /// The same as `index`: the leaf of the ledger that proves it.
    pub leaf: u64,
    /// Under a signed checkpoint already?
    pub logged: bool,
    /// Everything else that was committed to: address, device, file …
    #[schema(value_type = Object)]
    pub circumstances: BTreeMap<String, Value>,
}

/// A field that changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Change {
    /// Its name.
    pub field: String,
    /// What people read.
    pub label: Text,
    /// The value before, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub from: Option<Value>,
    /// The value after.
    #[schema(value_type = Value)]
    pub to: Value,
}

/// A time line in words; `lines` has one more than is shown when there is more.
#[must_use]
pub fn history(auth: &Auth, kind: &Kind, lines: Vec<Line>, shown: usize) -> History {
    let next = lines.get(shown).and_then(|_| lines.get(shown.saturating_sub(1))).map(|l| l.index);
    let mut items = vec![];
    for line in lines.iter().take(shown) {
        let changes = line.changes.iter().map(|(field, to)| Change {
            field: field.clone(),
            label: kind.field(field).map_or_else(|| Text::new(field, field), |f| f.label.clone()),
            from: line.before.get(field).cloned(),
            to: to.clone(),
        });
        let mut rest = line.circumstances.clone();
        let mut take = |name: &str| rest.remove(name).and_then(|v| v.as_str().map(str::to_owned));
        let (note, from, to) = (take("note"), take("from"), take("to"));
        items.push(HistoryItem {
            index: line.index,
            act: line.act.clone(),
            label: act_label(auth, kind, &line.act),
            at: line.at,
            actor: Some(line.actor).filter(|id| *id != Id::nil()),
            actor_name: Some(line.actor_name.clone()).filter(|n| !n.is_empty()),
            changes: changes.collect(),
            note,
            from,
            to,
            leaf: line.index,
            logged: line.logged,
            circumstances: rest,
        });
    }
    let names = names_in(auth, kind, &items);
    History { items, names, next }
}

fn names_in(auth: &Auth, kind: &Kind, items: &[HistoryItem]) -> Names {
    let world = auth.live.world.read();
    let mut names = Names::new();
    for change in items.iter().flat_map(|i| &i.changes) {
        for value in [change.from.as_ref(), Some(&change.to)].into_iter().flatten() {
            let data = Data::from([(change.field.clone(), value.clone())]);
            records::name_refs(&world, &kind.fields, &data, &mut names);
        }
    }
    names
}

/// What people read for an act.
#[must_use]
pub fn act_label(auth: &Auth, kind: &Kind, act: &str) -> Text {
    kind.transition(act).map_or_else(|| auth.text(&["verb.", act].concat()), |t| t.label.clone())
}
