//! What the evidence page shows of outsiders: how it stands with each, what they said, and how the ledger grows.

use std::sync::Arc;

use jingui_kinds::{act::Facts as _, record::Record};
use jingui_model::{Day, Id, Instant, Lang, Problem, Text};
use jingui_policy::Action;
use jingui_store::Attestation;
use serde::Serialize;

use super::{AUTHORITY, WITNESS, text};
use crate::{live::Live, world::caller::Caller};

/// Most lines of one page.
const PAGE: u32 = 50;
/// Days of growth that are shown.
const DAYS: i32 = 30;

/// The second tree.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TwinView {
    /// Entries under its checkpoint.
    pub size: u64,
    /// Root of the tree, base64.
    pub root: String,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The key to check it with.
    pub vkey: String,
}

/// An authority or a witness.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Outsider {
    /// Its record.
    pub id: Id,
    /// `time_authority` or `ledger_witness`.
    pub kind: String,
    /// How the company calls it.
    pub name: String,
    /// Whether it is asked.
    pub active: bool,
    /// Entries under the last checkpoint that it made a statement about.
    pub size: Option<u64>,
    /// When, by its own clock.
    pub at: Option<Instant>,
    /// Failures since the last success.
    pub failures: u32,
    /// Failing since then.
    pub since: Option<Instant>,
    /// Code of the last failure.
    pub problem: Option<String>,
    /// The last failure in words.
    pub reason: Option<Text>,
    /// Not asked again before.
    pub next: Option<Instant>,
}

/// Entries on one day.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Growth {
    /// The day in the company's zone.
    pub day: Day,
    /// Entries that were made on it.
    pub entries: u64,
}

/// How the ledger is watched.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Watch {
    /// The second tree.
    pub twin: TwinView,
    /// Authorities and witnesses.
    pub outsiders: Vec<Outsider>,
    /// The last 30 days, the oldest first.
    pub growth: Vec<Growth>,
    /// Bytes that can still be written where the ledger lies, if that is known.
    pub free_bytes: Option<u64>,
    /// Whether the caller may take proofs, tokens and notes away.
    pub takes: bool,
}

/// A time stamp or a cosignature.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Statement {
    /// Its identifier.
    pub id: Id,
    /// `stamp` or `cosignature`.
    pub kind: String,
    /// The record of the authority or witness.
    pub source: Id,
    /// How the company calls it.
    pub name: String,
    /// Entries under the checkpoint.
    pub size: u64,
    /// The outsider's own time.
    pub at: Instant,
    /// When the weakest certificate behind it ends.
    pub expires: Option<Instant>,
    /// The stamp that this one renews.
    pub renews: Option<Id>,
}

impl Live {
    /// How the ledger is watched from outside, and how it grows.
    ///
    /// # Errors
    /// `policy.*`, `store.*`.
    pub async fn watch(self: &Arc<Self>, caller: &Caller) -> Result<Watch, Problem> {
        self.may_ledger(caller, Action::Read)?;
        let mut outsiders = vec![];
        for record in self.outsiders() {
            let last = self.store.last_attestation(record.id).await?;
            let standing = self.attester.standing(record.id);
            outsiders.push(Outsider {
                id: record.id,
                name: text(&record, "name").to_owned(),
                active: record.state == "active",
                kind: record.kind,
                size: last.as_ref().map(|a| a.size),
                at: last.map(|a| a.at),
                failures: standing.failures,
                since: standing.since,
                reason: standing.problem.as_ref().map(|p| self.in_words(p)),
                problem: standing.problem.map(|p| p.code().to_owned()),
                next: standing.next,
            });
        }
        let twin = self.twin.state();
        Ok(Watch {
            twin: TwinView {
                size: twin.size,
                root: twin.checkpoint.lines().nth(2).unwrap_or_default().to_owned(),
                checkpoint: twin.checkpoint,
                vkey: twin.vkey,
            },
            outsiders,
            growth: self.growth().await?,
            free_bytes: self.ledger.free_bytes(),
            takes: self.may_ledger(caller, Action::Export).is_ok(),
        })
    }

    /// How many authorities and how many witnesses are asked: what an act that nobody outside covers may be waiting for.
    pub fn asked(&self) -> (usize, usize) {
        let asked: Vec<Record> = self.outsiders().into_iter().filter(|r| r.state == "active").collect();
        let authorities = asked.iter().filter(|r| r.kind == AUTHORITY).count();
        (authorities, asked.len() - authorities)
    }

    /// A problem in both languages.
    pub fn in_words(&self, problem: &Problem) -> Text {
        Text::new(self.messages.problem(problem, Lang::Zh), self.messages.problem(problem, Lang::En))
    }

    /// What outsiders said, the newest first.
    ///
    /// # Errors
    /// `policy.*`, `store.*`.
    pub async fn statements(&self, caller: &Caller, before: Option<Id>) -> Result<Vec<Statement>, Problem> {
        self.may_ledger(caller, Action::Read)?;
        let rows = self.store.attestations(before, PAGE).await?;
        let world = self.world.read();
        let view = |a: Attestation| Statement {
            name: world.title(a.source).unwrap_or_default().to_owned(),
            id: a.id,
            kind: a.kind,
            source: a.source,
            size: a.size,
            at: a.at,
            expires: a.expires,
            renews: a.renews,
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// One statement, byte for byte, for those who may take proofs; and what to call the file.
    ///
    /// # Errors
    /// `policy.*`, `store.*`, `ledger.no_statement`.
    pub async fn statement(&self, caller: &Caller, id: Id) -> Result<(String, Vec<u8>), Problem> {
        self.may_ledger(caller, Action::Export)?;
        let found = self.store.attestation(id).await?.ok_or_else(|| Problem::missing("ledger.no_statement"))?;
        Ok(if found.kind == "stamp" {
            (format!("checkpoint-{}.tst", found.size), found.body)
        } else {
            (format!("checkpoint-{}.note", found.size), found.note.into_bytes())
        })
    }

    fn outsiders(&self) -> Vec<Record> {
        let world = self.world.read();
        let tables = [AUTHORITY, WITNESS].into_iter().filter_map(|kind| world.table(kind).ok());
        tables.flat_map(|table| table.live().iter().filter_map(|row| table.row(row)?.record().ok())).collect()
    }

    /// Entries of each of the last days: the clock's days are found in the ledger by halving.
    async fn growth(&self) -> Result<Vec<Growth>, Problem> {
        let (zone, today) = {
            let world = self.world.read();
            (world.zone(), self.clock.now().day(world.zone()))
        };
        let end = self.ledger.state().committed;
        let mut growth = vec![];
        let mut from = self.first_at(today.plus_days(1 - DAYS).start(zone), 0, end).await?;
        for back in (0..DAYS).rev() {
            let day = today.plus_days(-back);
            let to = if back == 0 { end } else { self.first_at(day.plus_days(1).start(zone), from, end).await? };
            growth.push(Growth { day, entries: to - from });
            from = to;
        }
        Ok(growth)
    }

    /// The first entry that is not before an instant.
    async fn first_at(&self, at: Instant, from: u64, end: u64) -> Result<u64, Problem> {
        let (mut low, mut high) = (from, end);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.store.events_from(middle, 1).await?.first() {
                Some(event) if event.at < at => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }
}
