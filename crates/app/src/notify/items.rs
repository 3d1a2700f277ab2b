//! What is to be told to a person: the work that waits for them now, from the read model, with the stage that it has reached.
//!
//! Nothing is remembered here; whether it was told already is the outbox's business, by the digests `key` and `threads`.

use jingui_calendar::Severity;
use jingui_kinds::{TodoItem, TodoWhat, act::Facts, record::Record};
use jingui_model::{Day, Id, Problem, Text};
use jingui_vault::Vault;

use crate::{attest::text, duties, live::Live, world::caller::Caller};

/// Days before the due day on which a person is reminded.
const REMIND_DAYS: i32 = 3;

/// How far it has come. A later stage is told instead of an earlier one, never after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// It waits.
    New,
    /// Its day comes near.
    Soon,
    /// Its day has passed.
    Late,
}

/// Something to tell.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Of person, record, what is asked, stage and due day.
    pub key: [u8; 32],
    /// Of person and record: first with what is asked in words, then without.
    pub threads: [[u8; 32]; 2],
    pub kind: String,
    pub record: Id,
    /// Its number, or what register it stands in. Never its title: a message goes through the hands of others.
    pub name: Text,
    pub label: Text,
    pub due: Option<Day>,
    pub stage: Stage,
    pub severity: Severity,
}

impl Item {
    /// What the message lasts as long as: a new piece of work as long as it is asked for in these words; that a day comes near or
    /// has passed is told once, in whatever state that finds the record.
    pub fn thread(&self) -> [u8; 32] {
        let [asked, whole] = self.threads;
        if self.stage == Stage::New { asked } else { whole }
    }
}

/// A piece of work as it was found.
struct Found {
    kind: String,
    record: Id,
    name: Text,
    todo: TodoItem,
    severity: Severity,
    /// The record on which an act settles it, if it is such a duty.
    about: Option<Id>,
}

fn stage(due: Option<Day>, today: Day) -> Stage {
    match due {
        Some(due) if due < today => Stage::Late,
        Some(due) if due <= today.plus_days(REMIND_DAYS) => Stage::Soon,
        _ => Stage::New,
    }
}

/// How much hangs on it, as far as the record or its kind says.
fn severity(record: &Record, todo: &TodoItem) -> Severity {
    let said = if record.kind == duties::DUTY { text(record, "severity") } else { "" };
    match said {
        _ if todo.urgent => Severity::Urgent,
        "urgent" => Severity::Urgent,
        "high" => Severity::High,
        _ => Severity::Normal,
    }
}

/// A duty that an act on a record settles, and the work that the record itself means, are one: the record's, by the duty's last day.
fn merge(found: Vec<Found>) -> Vec<Found> {
    let (duties, mut others): (Vec<Found>, Vec<Found>) = found.into_iter().partition(|f| f.about.is_some());
    for duty in duties {
        let same = |f: &&mut Found| Some(f.record) == duty.about && matches!(f.todo.what, TodoWhat::Do | TodoWhat::Expiring);
        match others.iter_mut().find(same) {
            Some(work) => {
                work.todo.due = work.todo.due.into_iter().chain(duty.todo.due).min();
                work.severity = work.severity.max(duty.severity);
            }
            None => others.push(duty),
        }
    }
    others
}

fn item(vault: &Vault, person: Id, found: Found, today: Day) -> Item {
    let Found { kind, record, name, todo, severity, .. } = found;
    let stage = stage(todo.due, today);
    let mut whole = Vec::with_capacity(96);
    whole.extend_from_slice(person.as_bytes());
    whole.extend_from_slice(record.as_bytes());
    whole.push(match todo.what {
        TodoWhat::Decide => 1,
        TodoWhat::Do => 2,
        TodoWhat::Acknowledge => 3,
        TodoWhat::Expiring => 4,
    });
    let mut asked = whole.clone();
    // Asked anew is a new question; what a state means stays the same however often the record is edited meanwhile.
    if todo.what == TodoWhat::Decide {
        asked.extend_from_slice(&todo.since.micros().to_be_bytes());
    }
    asked.extend_from_slice(todo.label.zh.as_bytes());
    let mut key = if stage == Stage::New { asked.clone() } else { whole.clone() };
    if stage > Stage::New {
        key.push(stage as u8);
        key.extend_from_slice(&todo.due.map_or(0, Day::number).to_be_bytes());
    }
    Item {
        key: vault.blind("notice.key", &key),
        threads: [vault.blind("notice.asked", &asked), vault.blind("notice.whole", &whole)],
        kind,
        record,
        name,
        label: todo.label,
        due: todo.due,
        stage,
        severity: if stage == Stage::Late { severity.max(Severity::High) } else { severity },
    }
}

impl Live {
    /// What there is to tell a person.
    pub(crate) fn to_tell(&self, caller: &Caller) -> Result<Vec<Item>, Problem> {
        let Some(person) = caller.view.person else { return Ok(vec![]) };
        let world = self.world.read();
        let today = self.clock.now().day(Facts::zone(&*world));
        let mut found = vec![];
        self.each_todo(&world, caller, today, |table, _, record, todo| {
            found.push(Found {
                kind: record.kind.clone(),
                record: record.id,
                name: record.number.as_ref().map_or_else(|| table.kind.label.clone(), |n| Text::new(n.clone(), n.clone())),
                severity: severity(record, &todo),
                todo,
                about: duties::act_on(record),
            });
            Ok(())
        })?;
        let mut items: Vec<Item> = merge(found).into_iter().map(|f| item(&self.vault, person, f, today)).collect();
        items.sort_by_key(|i| (i.due.is_none(), i.due, i.record));
        Ok(items)
    }
}
