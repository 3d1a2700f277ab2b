//! One search box over everything (Ctrl-K): the best few of each register that the caller may read.
//!
//! What is only known to exist is never found by what it says (H 8.2.1; B 2.4).

use std::collections::BTreeMap;

use jingui_model::{Id, Problem, Text};
use serde::Serialize;

use crate::{
    live::Live,
    records::{Brief, brief},
    world::{caller::Caller, list::ListQuery, table::Table},
};

/// Hits listed for each kind.
pub const PER_KIND: usize = 5;
/// Longest query, in characters; what is beyond is left out.
pub const QUERY_MAX: usize = 100;
/// Registers that keep the program's own affairs.
const PASSED_OVER: [&str; 3] = ["saved_view", "import_batch", "settings"];

/// The hits in one register.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FoundIn {
    /// The kind.
    pub kind: String,
    /// What its register is called.
    pub label: Text,
    /// How many there are in all.
    pub total: u64,
    /// False when `total` is an upper bound.
    pub exact: bool,
}

/// What a search found.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FoundBody))]
pub struct Found {
    /// The best few of each register, in the order of the menu.
    pub items: Vec<Brief>,
    /// How many hits each register has.
    pub kinds: Vec<FoundIn>,
    /// Titles of everything that is referred to, by id.
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, String>))]
    pub names: BTreeMap<Id, String>,
}

impl Live {
    /// Searches all registers.
    ///
    /// # Errors
    /// `world.document`.
    pub fn search(&self, caller: &Caller, text: &str) -> Result<Found, Problem> {
        let q: String = text.trim().chars().take(QUERY_MAX).collect();
        let mut found = Found::default();
        if q.is_empty() {
            return Ok(found);
        }
        let world = self.world.read();
        let query = ListQuery { q, limit: PER_KIND, ..ListQuery::default() };
        let mut tables: Vec<&Table> =
            world.tables().filter(|t| t.kind.group != "account" && !PASSED_OVER.contains(&t.kind.kind.as_str()) && !t.is_empty()).collect();
        let place = |t: &Table| {
            let section = jingui_kinds::names::SECTIONS.iter().position(|s| *s == t.kind.menu.section).filter(|p| *p > 0);
            (section.unwrap_or(usize::MAX), t.kind.menu.order)
        };
        tables.sort_by_key(|t| place(t));
        for table in tables {
            let page = world.list(caller, table, &query)?;
            if page.rows.is_empty() {
                continue;
            }
            found.kinds.push(FoundIn {
                kind: table.kind.kind.clone(),
                label: table.kind.plural.clone(),
                total: page.total,
                exact: page.exact,
            });
            for (row, full) in page.rows {
                if let Some(row) = table.row(row).filter(|_| full) {
                    found.items.push(brief(&world, table, row, true, &mut found.names)?);
                }
            }
        }
        Ok(found)
    }
}
