//! My work first: what waits for this person's decision, action, confirmation, and what is due soon.

use std::collections::BTreeMap;

use jingui_kinds::{TodoItem, TodoWhat, record::Record, todos};
use jingui_model::{Day, Id, Instant, Problem, Text};
use jingui_policy::Action;
use roaring::RoaringBitmap;
use serde::Serialize;

use crate::{
    duties,
    live::Live,
    records::{Brief, brief},
    world::{
        World,
        caller::Caller,
        layout::Post,
        table::{Row, Table},
    },
};

/// Most items that are listed.
const MOST: usize = 500;

/// One thing to do.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WorkItem {
    /// What sort.
    pub what: TodoWhat,
    /// What it is.
    pub label: Text,
    /// Until when.
    pub due: Option<Day>,
    /// Since when it waits.
    pub since: Instant,
    /// The record.
    pub record: Brief,
}

/// Things to do.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Work {
    /// Most urgent first.
    pub items: Vec<WorkItem>,
    /// How many of each sort, counted before the list is cut.
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, u64>))]
    pub counts: BTreeMap<TodoWhat, u64>,
    /// Titles of everything that is referred to, by id.
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, String>))]
    pub names: BTreeMap<Id, String>,
}

/// Rows in states whose work begins a number of days before a day that is farther off, or not set: what
/// comes near is found by the list's sort keys, so that a whole register in force costs no reading of documents.
fn far_off(table: &Table, rows: &RoaringBitmap, today: Day) -> RoaringBitmap {
    let mut out = RoaringBitmap::new();
    for state in &table.kind.states {
        let Some((due, days)) = state.todo.as_ref().and_then(|t| Some((t.due.as_ref()?, t.days_before?))) else { continue };
        let in_state = table.posted_any(Post::State, [&state.name]) & rows;
        if let Some(near) = table.until(due, &in_state, today.plus_days(i32::try_from(days).unwrap_or(i32::MAX))) {
            out |= in_state - near;
        }
    }
    out
}

/// A duty that an act on a record settles, and the work that the record itself means, are one piece of work: the record's,
/// with the duty's last day.
fn merge(items: &mut Vec<WorkItem>, counts: &mut BTreeMap<TodoWhat, u64>, asked_by_duty: &BTreeMap<Id, Id>) {
    let (duties, mut others): (Vec<_>, Vec<_>) = items.drain(..).partition(|i| asked_by_duty.contains_key(&i.record.id));
    for duty in duties {
        let about = asked_by_duty.get(&duty.record.id);
        let same = others.iter_mut().find(|i| Some(&i.record.id) == about && matches!(i.what, TodoWhat::Do | TodoWhat::Expiring));
        match same {
            Some(item) => {
                item.due = item.due.into_iter().chain(duty.due).min();
                if let Some(count) = counts.get_mut(&duty.what) {
                    *count = count.saturating_sub(1);
                }
            }
            None => others.push(duty),
        }
    }
    *items = others;
}

impl Live {
    /// The caller's work.
    ///
    /// # Errors
    /// `world.document`.
    pub fn work(&self, caller: &Caller) -> Result<Work, Problem> {
        let world = self.world.read();
        let today = self.clock.now().day(jingui_kinds::act::Facts::zone(&*world));
        let (mut items, mut counts, mut names) = (vec![], BTreeMap::new(), BTreeMap::new());
        let mut asked_by_duty = BTreeMap::new();
        self.each_todo(&world, caller, today, |table, row, record, todo| {
            if let Some(about) = duties::act_on(record) {
                asked_by_duty.insert(record.id, about);
            }
            *counts.entry(todo.what).or_insert(0) += 1;
            if items.len() < MOST {
                let record = brief(&world, table, row, true, &mut names)?;
                items.push(WorkItem { what: todo.what, label: todo.label, due: todo.due, since: todo.since, record });
            }
            Ok(())
        })?;
        merge(&mut items, &mut counts, &asked_by_duty);
        items.sort_by_key(|i| (i.due.is_none(), i.due, i.since));
        Ok(Work { items, counts, names })
    }

    /// Each piece of work that waits for the caller, with its record.
    ///
    /// # Errors
    /// `world.document`; whatever `each` meets.
    pub(crate) fn each_todo(
        &self,
        world: &World,
        caller: &Caller,
        today: Day,
        mut each: impl FnMut(&Table, &Row, &Record, TodoItem) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        for table in world.tables() {
            let mut rows = table.posted_any(Post::Todo, &caller.keys);
            if !rows.is_empty() {
                rows -= far_off(table, &rows, today);
            }
            for post in [Post::Asked, Post::Confirm] {
                rows |= table.posted_any(post, &caller.keys);
            }
            if rows.is_empty() {
                continue;
            }
            rows &= world.visible(caller, table, Action::Read);
            for row in rows.iter().filter_map(|r| table.row(r)) {
                let record = row.record()?;
                for todo in todos(&table.kind, &record, &caller.view, today) {
                    each(table, row, &record, todo)?;
                }
            }
        }
        Ok(())
    }
}
