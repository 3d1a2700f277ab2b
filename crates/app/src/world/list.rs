//! Lists: filtered, searched, sorted, one page at a time, cut down to what the caller may know of.

use std::collections::BinaryHeap;

use jingui_model::{Day, Problem};
use jingui_policy::Action;
use roaring::RoaringBitmap;

use super::{World, caller::Caller, layout::Post, table::Table};

/// Most rows of one page.
pub const PAGE_LIMIT: usize = 500;
/// Above this many candidates the total of a text search is an upper bound.
const COUNT_EXACTLY: u64 = 50_000;

/// What is asked of a list.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Text to search for.
    pub q: String,
    /// States; none means all.
    pub states: Vec<String>,
    /// Filters, all of which must hold.
    pub filters: Vec<Filter>,
    /// Column to sort by; a leading `-` means descending. Empty: the kind's own.
    pub sort: String,
    /// Where to go on, as the page before said.
    pub cursor: Option<String>,
    /// Rows on the page; 0 means 50.
    pub limit: usize,
}

/// One filter.
#[derive(Debug, Clone)]
pub enum Filter {
    /// The field has one of the values.
    Among(String, Vec<String>),
    /// The day or whole number in the field is not before.
    From(String, String),
    /// The day or whole number in the field is not after.
    To(String, String),
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Rows in order; `true` when the caller may read the record, `false` when only know that it exists.
    pub rows: Vec<(u32, bool)>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: u64,
    /// False when `total` is an upper bound.
    pub exact: bool,
}

impl World {
    /// One page of a register.
    ///
    /// # Errors
    /// `list.sort_unknown`, `list.filter_unknown`, `list.filter_value`, `list.cursor`.
    pub fn list(&self, caller: &Caller, table: &Table, query: &ListQuery) -> Result<Page, Problem> {
        let readable = self.visible(caller, table, Action::Read);
        let (column, descending) = order(table, &query.sort)?;
        let by_content = !query.q.trim().is_empty() || query.filters.iter().any(|f| !public(table, f)) || !public_order(table, column);
        let mut rows = if by_content { readable.clone() } else { &readable | &self.visible(caller, table, Action::Notice) };
        let needle = self.sift(table, query, &mut rows)?;
        let keys = table.sort_keys(column);
        let after = query.cursor.as_deref().map(|c| cursor(c, keys)).transpose()?;
        let limit = if query.limit == 0 { 50 } else { query.limit.min(PAGE_LIMIT) };
        let cut = Cut { table, needle: needle.as_deref(), keys, descending };
        let (ordered, total, exact) = cut.first(&rows, after, limit + 1);
        let more = ordered.len() > limit;
        let page: Vec<(u128, u32)> = ordered.into_iter().take(limit).collect();
        let next = page.last().filter(|_| more).map(|(_, row)| format!("{row:x}"));
        Ok(Page { rows: page.into_iter().map(|(_, row)| (row, readable.contains(row))).collect(), next, total, exact })
    }

    /// All matching rows that the caller may do something on, in order of arrival; for exports.
    ///
    /// # Errors
    /// As [`World::list`].
    pub fn matching(&self, caller: &Caller, table: &Table, query: &ListQuery, action: Action) -> Result<RoaringBitmap, Problem> {
        let mut rows = self.visible(caller, table, action);
        if let Some(needle) = self.sift(table, query, &mut rows)? {
            rows = rows.iter().filter(|r| table.contains(*r, &needle)).collect();
        }
        Ok(rows)
    }

    /// Takes out the rows that do not match. What is left may still have to contain the text that is given back.
    fn sift(&self, table: &Table, query: &ListQuery, rows: &mut RoaringBitmap) -> Result<Option<String>, Problem> {
        if !query.states.is_empty() {
            *rows &= table.posted_any(Post::State, &query.states);
        }
        for filter in &query.filters {
            self.narrow(table, filter, rows)?;
        }
        if query.q.trim().is_empty() {
            return Ok(None);
        }
        let (found, needle) = table.search(&query.q);
        *rows &= found;
        Ok(needle)
    }

    fn narrow(&self, table: &Table, filter: &Filter, rows: &mut RoaringBitmap) -> Result<(), Problem> {
        let unknown = |name: &str| Problem::invalid("list.filter_unknown").at(name.chars().take(64).collect::<String>());
        match filter {
            Filter::Among(name, values) => {
                let post = match name.as_str() {
                    "creator" => Post::Creator,
                    "batch" => Post::Batch,
                    _ => table.field_post(name).filter(|_| !internal(table, name)).ok_or_else(|| unknown(name))?,
                };
                let mut all = values.clone();
                if let Some(below) = self.below(table, name, values) {
                    all.extend(below);
                }
                *rows &= table.posted_any(post, &all);
            }
            Filter::From(name, text) | Filter::To(name, text) => {
                let column = table.layout.sort(name).filter(|_| !internal(table, name)).ok_or_else(|| unknown(name))?;
                let number = text.parse::<Day>().map(|d| i64::from(d.number())).or_else(|_| text.parse::<i64>()).map_err(|_| {
                    Problem::invalid("list.filter_value").at(name.clone()).arg("value", text.chars().take(40).collect::<String>())
                })?;
                let instant = name == "updated" || name == "created";
                let upper = matches!(filter, Filter::To(..));
                let micros =
                    |n: i64| Day::from_number(i32::try_from(n).unwrap_or(i32::MAX)).start(jingui_kinds::act::Facts::zone(self)).micros();
                let value = if instant { micros(if upper { number + 1 } else { number }) - i64::from(upper) } else { number };
                let bound = super::extract::whole(value);
                let keys = table.sort_keys(column);
                *rows = rows
                    .iter()
                    .filter(|r| keys.get(*r as usize).is_some_and(|k| *k != 0 && if upper { *k <= bound } else { *k >= bound }))
                    .collect();
            }
        }
        Ok(())
    }

    /// Codes below the given nodes of a taxonomy, so that choosing a branch finds its leaves.
    fn below(&self, table: &Table, field: &str, values: &[String]) -> Option<Vec<String>> {
        let field = table.kind.fields.iter().find(|f| f.name == field)?;
        let jingui_kinds::kind::FieldType::Taxonomy { of } = &field.ty else { return None };
        let taxonomy = self.catalog.taxonomies.get(of)?;
        fn collect(nodes: &[jingui_kinds::taxonomy::Node], out: &mut Vec<String>) {
            for node in nodes {
                out.push(node.code.clone());
                collect(&node.children, out);
            }
        }
        let mut out = vec![];
        values.iter().filter_map(|v| taxonomy.node(v)).for_each(|n| collect(&n.children, &mut out));
        Some(out)
    }
}

fn internal(table: &Table, name: &str) -> bool {
    table.kind.fields.iter().any(|f| f.name == name && f.internal)
}

/// Filters and orders that say nothing of a record's content.
fn public(table: &Table, filter: &Filter) -> bool {
    let name = match filter {
        Filter::Among(n, _) | Filter::From(n, _) | Filter::To(n, _) => n,
    };
    Some(name) == table.kind.graded.as_ref() || matches!(name.as_str(), "updated" | "created")
}

fn public_order(table: &Table, column: usize) -> bool {
    table
        .layout
        .sorts
        .get(column)
        .is_some_and(|s| matches!(s.name.as_str(), "updated" | "created" | "state") || Some(&s.name) == table.kind.graded.as_ref())
}

fn order(table: &Table, sort: &str) -> Result<(usize, bool), Problem> {
    let sort = if sort.is_empty() { table.kind.list.sort.as_deref().unwrap_or("-updated") } else { sort };
    let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |n| (n, true));
    let column = table
        .layout
        .sort(name)
        .ok_or_else(|| Problem::invalid("list.sort_unknown").arg("sort", name.chars().take(64).collect::<String>()))?;
    Ok((column, descending))
}

/// A cursor names the last row of the page before, and nothing of what stands in it.
fn cursor(text: &str, keys: &[u128]) -> Result<(u128, u32), Problem> {
    let row = u32::from_str_radix(text, 16).map_err(|_| Problem::invalid("list.cursor"))?;
    let key = keys.get(row as usize).ok_or_else(|| Problem::invalid("list.cursor"))?;
    Ok((*key, row))
}

/// The first rows of a set in an order, kept in a heap of page size.
struct Cut<'a> {
    table: &'a Table,
    needle: Option<&'a str>,
    keys: &'a [u128],
    descending: bool,
}

impl Cut<'_> {
    fn rank(&self, key: u128, row: u32) -> (u128, u32) {
        if self.descending { (!key, !row) } else { (key, row) }
    }

    fn first(&self, rows: &RoaringBitmap, after: Option<(u128, u32)>, want: usize) -> (Vec<(u128, u32)>, u64, bool) {
        let after = after.map(|(key, row)| self.rank(key, row));
        let exact = self.needle.is_none() || rows.len() <= COUNT_EXACTLY;
        let mut total = 0;
        let mut heap: BinaryHeap<(u128, u32)> = BinaryHeap::with_capacity(want + 1);
        for row in rows {
            let rank = self.rank(self.keys.get(row as usize).copied().unwrap_or(0), row);
            let wanted = after.is_none_or(|a| rank > a) && (heap.len() < want || heap.peek().is_some_and(|worst| rank < *worst));
            let hit = match self.needle {
                Some(needle) if wanted || exact => self.table.contains(row, needle),
                _ => true,
            };
            total += u64::from(hit);
            if wanted && hit {
                heap.push(rank);
                if heap.len() > want {
                    heap.pop();
                }
            }
        }
        let ordered =
            heap.into_sorted_vec().into_iter().map(|(key, row)| if self.descending { (!key, !row) } else { (key, row) }).collect();
        (ordered, total, exact)
    }
}
