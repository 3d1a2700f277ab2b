//! The access log: who did what with which record, when, by which door, and with what outcome
//! (B 7.2.2, 5.1.2; H 9.5.2).
//!
//! It is the evidence ledger's events, opened. Whoever audits is no reader: of graded and
//! confidential records the log tells which fields changed and never to what, nor what anybody
//! wrote. Of other records it tells what the auditor may read anyway.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jingui_kinds::kind::Kind;
use jingui_model::{Id, Instant, Problem, Protection};
use jingui_policy::{Action, KindGroup, Target};
use jingui_store::EventRow;
use serde::Serialize;
use serde_json::Value;

use crate::{
    live::Live,
    pipeline::{History, OpenedEvent, open_event},
    refusal,
    world::{World, caller::Caller},
};

/// Rows of one page at most.
pub const PAGE: usize = 200;
/// Events that one request looks through at most; the next one goes on where it stopped.
const LOOK_THROUGH: usize = 20_000;
/// Clocks of several nodes differ a little: so many seconds beyond the range are looked at too.
const SKEW_SECONDS: i64 = 60;
/// Events read at a time.
const STRIDE: u32 = 500;
/// Circumstances that say nothing of a record's content.
const PLAIN: &[&str] = &[
    "from",
    "to",
    "number",
    "action",
    "verb",
    "policies",
    "factor",
    "session",
    "part",
    "door",
    "address",
    "device",
    "file",
    "form",
    "format",
    "count",
    "what",
    "why",
    "protection",
    "epoch",
    "method",
    "way",
    "suite",
    "problem",
];

/// What is asked of the log.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Acts on this record only.
    pub record: Option<Id>,
    /// Acts of this person (or account, or nil for the system) only.
    pub actor: Option<Id>,
    /// This act only (`read`, `open_file`, `denied`, a transition's name …).
    pub act: Option<String>,
    /// Not before.
    pub from: Option<Instant>,
    /// Not after.
    pub to: Option<Instant>,
    /// Only events below this ledger index: the `next` of the page before.
    pub before: Option<u64>,
    /// Rows on the page; 0 means 50.
    pub limit: usize,
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditLine {
    /// Ledger index.
    pub index: u64,
    /// When.
    pub at: Instant,
    /// Who: the person, the account, or nil for the system.
    pub actor: Id,
    /// Their name at the time.
    pub actor_name: String,
    /// `session`, `token`, `system` …
    pub door: Option<String>,
    /// What was done.
    pub act: String,
    /// `done` or `denied`.
    pub outcome: &'static str,
    /// The kind of record, or `system`.
    pub kind: String,
    /// The record.
    pub record: Option<Id>,
    /// Its number.
    pub number: Option<String>,
    /// Its title, for those who may read it.
    pub title: Option<String>,
    /// Names of the fields that the act set.
    pub changed: Vec<String>,
    /// Circumstances; for records that the caller may read and that are not protected also the values, as `data.…`.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub details: BTreeMap<String, Value>,
    /// Values were withheld.
    pub withheld: bool,
}

/// A page of the log, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditPage {
    /// The lines.
    pub items: Vec<AuditLine>,
    /// Where to go on; none at the end.
    pub next: Option<u64>,
    /// False when the search stopped before the page was full and goes on at `next`.
    pub complete: bool,
    /// The time of the oldest event that was looked at: everything newer is on this page or those before it.
    pub searched_to: Option<Instant>,
}

/// What may be shown of the events of one record.
#[derive(Clone)]
struct Sight {
    seen: bool,
    values: bool,
    title: Option<String>,
}

impl Live {
    /// One page of the access log.
    ///
    /// # Errors
    /// `policy.denied` for those who audit nothing; `record.missing`; `audit.range`; `store.*`, `vault.*`.
    pub async fn audit(self: &Arc<Self>, caller: &Caller, query: &AuditQuery) -> Result<AuditPage, Problem> {
        self.audit_within(caller, query, LOOK_THROUGH).await
    }

    /// The same, looking through so many events at most.
    ///
    /// # Errors
    /// As [`Live::audit`].
    pub async fn audit_within(self: &Arc<Self>, caller: &Caller, query: &AuditQuery, most: usize) -> Result<AuditPage, Problem> {
        if matches!((query.from, query.to), (Some(from), Some(to)) if from > to) {
            return Err(Problem::invalid("audit.range").at("from"));
        }
        self.may_audit(caller, query.record)?;
        let limit = if query.limit == 0 { 50 } else { query.limit.min(PAGE) };
        let mut before = self.start(query).await?;
        let (mut looked, mut sights, mut keys) = (0, HashMap::new(), HashMap::new());
        let mut page = AuditPage { complete: true, ..AuditPage::default() };
        loop {
            let stride = u32::try_from(most.saturating_sub(looked)).unwrap_or(STRIDE).clamp(1, STRIDE);
            let events = match query.record {
                Some(record) => self.store.events_of(record, before, stride).await?,
                None => self.store.events_recent(before, stride).await?,
            };
            let last = events.len() < stride as usize;
            for event in events {
                looked += 1;
                before = Some(event.index);
                page.searched_to = Some(event.at);
                if query.from.is_some_and(|from| event.at < from.plus_seconds(-SKEW_SECONDS)) {
                    return Ok(page);
                }
                if !fits(query, &event) {
                    continue;
                }
                if let Some(line) = self.line(caller, query.record.is_some(), &event, &mut sights, &mut keys).await? {
                    page.items.push(line);
                }
                if page.items.len() == limit {
                    page.next = before.filter(|b| *b > 0);
                    return Ok(page);
                }
            }
            if last || before == Some(0) {
                return Ok(page);
            }
            if looked >= most {
                return Ok(AuditPage { next: before, complete: false, ..page });
            }
        }
    }

    /// Auditing as such, or the time line of the one record.
    fn may_audit(&self, caller: &Caller, record: Option<Id>) -> Result<(), Problem> {
        let world = self.world.read();
        let Some(id) = record else {
            let ruling = world.rule(caller, Action::Audit, &world.target_of_kind(caller, world.kind("secret")?, None, Protection::None));
            return if ruling.allowed { Ok(()) } else { Err(refusal::denied(Action::Audit, &ruling)) };
        };
        let found = world.record(id)?;
        let target = world.target(caller, world.kind(&found.kind)?, &found);
        let ruling = world.rule(caller, Action::Audit, &target);
        if ruling.allowed || world.rule(caller, Action::History, &target).allowed {
            return Ok(());
        }
        Err(if world.known(caller, &target) { refusal::denied(Action::Audit, &ruling) } else { Problem::missing("record.missing") })
    }

    /// The index below which to begin: found by halving, as events stand in the order of time.
    async fn start(&self, query: &AuditQuery) -> Result<Option<u64>, Problem> {
        let Some(to) = query.to.filter(|_| query.record.is_none()) else { return Ok(query.before) };
        let (mut low, mut high) = (0, self.store.head().await?.next);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.store.events_from(middle, 1).await?.first() {
                Some(event) if event.at <= to => low = middle + 1,
                _ => high = middle,
            }
        }
        // Clocks of several nodes differ a little; what is a few entries late is caught by the filter.
        let high = high.saturating_add(64);
        Ok(Some(query.before.map_or(high, |b| b.min(high))))
    }

    async fn line(
        &self,
        caller: &Caller,
        one: bool,
        event: &EventRow,
        sights: &mut HashMap<(String, Option<Id>), Sight>,
        keys: &mut HashMap<Id, Option<History>>,
    ) -> Result<Option<AuditLine>, Problem> {
        let place = (event.kind.clone(), event.record);
        let sight = match sights.get(&place) {
            Some(known) => known.clone(),
            None => {
                let sight = sight(&self.world.read(), caller, event, one);
                sights.insert(place, sight.clone());
                sight
            }
        };
        if !sight.seen {
            return Ok(None);
        }
        if let Some(id) = event.record
            && !keys.contains_key(&id)
        {
            keys.insert(id, History::of(self, id).await?);
        }
        let key = event.record.and_then(|id| keys.get(&id)).and_then(Option::as_ref);
        let opened = match key {
            Some(key) => key.open(&self.vault, event)?,
            None => open_event(&self.vault, None, event)?,
        };
        Ok(Some(told(event, &opened, &sight)))
    }
}

fn fits(query: &AuditQuery, event: &EventRow) -> bool {
    query.actor.is_none_or(|a| event.actor == a)
        && query.act.as_ref().is_none_or(|a| event.act == *a)
        && query.from.is_none_or(|from| event.at >= from)
        && query.to.is_none_or(|to| event.at <= to)
}

/// What of an event's record the caller may see; asked once for each record.
fn sight(world: &World, caller: &Caller, event: &EventRow, one: bool) -> Sight {
    let record = event.record.and_then(|id| world.record(id).ok());
    let kind: Option<&Arc<Kind>> = world.kind(&event.kind).ok();
    let target = match (&record, kind) {
        (Some(record), Some(kind)) => world.target(caller, kind, record),
        // Taken back, or never a record: guarded like the register as a whole, or like the ledger itself.
        (_, Some(kind)) => world.target_of_kind(caller, kind, None, Protection::None),
        _ => Target::new("ledger", KindGroup::Ledger),
    };
    let allowed = |action| world.rule(caller, action, &target).allowed;
    let seen = allowed(Action::Audit) || (one && allowed(Action::History));
    let graded = target.protection > Protection::None || target.group.confidential();
    let read = seen && record.is_some() && allowed(Action::Read);
    let title = record.as_ref().zip(kind).and_then(|(r, k)| r.data.get(&k.title)?.as_str().map(str::to_owned));
    Sight { seen, values: read && !graded, title: title.filter(|_| read) }
}

/// The line for an event.
fn told(event: &EventRow, opened: &OpenedEvent, sight: &Sight) -> AuditLine {
    let text = |name: &str| opened.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut line = AuditLine {
        index: event.index,
        at: event.at,
        actor: event.actor,
        actor_name: text("actor_name").unwrap_or_default(),
        door: text("door"),
        act: event.act.clone(),
        outcome: if event.act == "denied" || event.act.ends_with("_refused") { "denied" } else { "done" },
        kind: event.kind.clone(),
        record: event.record,
        number: text("number"),
        title: sight.title.clone(),
        changed: vec![],
        details: BTreeMap::new(),
        withheld: false,
    };
    for (name, value) in opened.changes() {
        if sight.values {
            line.details.insert(format!("data.{name}"), value);
        } else {
            line.withheld = true;
        }
        line.changed.push(name);
    }
    for field in opened.circumstances().filter(|f| !matches!(f.name.as_str(), "actor" | "actor_name" | "door" | "number")) {
        if sight.values || PLAIN.contains(&field.name.as_str()) {
            line.details.insert(field.name.clone(), field.value.clone());
        } else {
            line.withheld = true;
        }
    }
    line.changed.sort_unstable();
    line
}
