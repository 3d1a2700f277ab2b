//! The home page in numbers: how many secrets of which grade in which state, what ends soon, what is
//! to be put right, how well the measures match, where the evidence ledger stands.
//!
//! Counts come from the read model's lists, not from documents, so that a million records cost
//! no more than a thousand. Everyone's numbers cover what they themselves may know of.

use std::collections::BTreeMap;

use jingui_kinds::{act::Facts, assess::assess, flow::Tone, people::ids};
use jingui_model::{Day, Id, Instant, Lang, Problem, Text};
use jingui_policy::{Action, Role};
use roaring::RoaringBitmap;
use serde::Serialize;

use crate::{
    assessment::{People, SECRET},
    live::Live,
    world::{World, caller::Caller, layout::Post, table::Table},
};

/// "Soon" is within this many days.
pub const SOON_DAYS: i32 = 30;
/// Most secrets whose measures are looked at for the average.
pub const SAMPLE: usize = 2000;
/// Secrets that are assessed without letting go of the read model.
const STRIDE: usize = 100;
/// The state in which a secret is in force.
const IN_FORCE: &str = "effective";

/// A number of records under a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CodeCount))]
pub struct Count {
    /// Code: a grade or a state.
    pub code: String,
    /// How many.
    pub count: u64,
}

/// Secrets of one grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GradeCount {
    /// Code of the grade; none for what is not graded yet.
    pub grade: Option<String>,
    /// How many in all.
    pub total: u64,
    /// By state, in the kind's order, none left out that has any.
    pub states: Vec<Count>,
}

/// Secrets of one department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DepartmentCount {
    /// The department.
    pub id: Id,
    /// Name.
    pub name: String,
    /// How many in force.
    pub in_force: u64,
    /// How many in all.
    pub total: u64,
}

/// How well measures match the grades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = MeasuresSummary))]
pub struct Measures {
    /// Mean of the scores, 0 to 100; none without a secret in force that the caller may read.
    pub average: Option<u32>,
    /// Secrets that were looked at.
    pub secrets: u64,
    /// Those whose measures match (80 and more).
    pub matching: u64,
    /// True when there are more and only the latest were looked at.
    pub sampled: bool,
}

/// A campaign under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RunningCampaign))]
pub struct Running {
    /// The campaign.
    pub id: Id,
    /// Its number.
    pub number: Option<String>,
    /// Its name.
    pub title: String,
    /// Its step.
    pub state: String,
}

/// The last checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LastCheckpoint {
    /// Entries under it.
    pub size: u64,
    /// When this node signed it.
    pub at: Option<Instant>,
    /// Committed entries that it does not cover yet.
    pub lag: u64,
}

/// Something about the whole that somebody has to see to, as long as it is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Stable code.
    pub code: String,
    /// What people read.
    pub text: Text,
}

/// The home page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Overview {
    /// Secrets that the caller may know of, highest grade first.
    pub secrets: Vec<GradeCount>,
    /// Secrets that the caller may read, by department.
    pub departments: Vec<DepartmentCount>,
    /// Secrets that the caller may read whose term ends within 30 days, or should have ended.
    pub expiring: u64,
    /// Secrets that the caller may read whose term has ended without a decision.
    pub expired: u64,
    /// Open corrective actions that the caller may read.
    pub corrective_open: u64,
    /// Those of them that are overdue.
    pub corrective_overdue: u64,
    /// Measures against grades.
    pub measures: Measures,
    /// The evidence ledger.
    pub checkpoint: LastCheckpoint,
    /// Campaigns under way that the caller may read.
    pub campaigns: Vec<Running>,
    /// What the caller has to see to.
    pub findings: Vec<Finding>,
}

/// An office of one: nobody could assess what that one submits, for whoever asks never decides (H 9.5.2, 9.6.2).
const OFFICE_OF_ONE: &str = "finding.office_of_one";

impl Live {
    /// The numbers of the home page. May take some tens of milliseconds: not for an async thread.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn overview(&self, caller: &Caller) -> Result<Overview, Problem> {
        let state = self.ledger.state();
        let measures = self.measures(caller)?;
        let world = self.world.read();
        let today = self.clock.now().day(world.zone());
        let secrets = world.table(SECRET)?;
        let read = world.visible(caller, secrets, Action::Read);
        let known = &read | &world.visible(caller, secrets, Action::Notice);
        let in_force = secrets.posted_any(Post::State, [IN_FORCE]) & &read;
        let actions = world.table("corrective_action")?;
        let open = unfinished(actions, false) & world.visible(caller, actions, Action::Read);
        Ok(Overview {
            secrets: by_grade(&world, secrets, &known),
            departments: by_department(&world, secrets, &read, &in_force),
            expiring: until(secrets, "term_end", &in_force, today.plus_days(SOON_DAYS).number()),
            expired: secrets.posted_any(Post::State, ["expired"]).intersection_len(&read),
            corrective_open: open.len(),
            corrective_overdue: until(actions, "due", &open, today.number() - 1),
            measures,
            checkpoint: LastCheckpoint { size: state.size, at: state.at, lag: state.committed.saturating_sub(state.size) },
            campaigns: running(&world, caller)?,
            findings: self.findings(&world, caller)?,
        })
    }

    fn findings(&self, world: &World, caller: &Caller) -> Result<Vec<Finding>, Problem> {
        let mut codes = vec![];
        if (caller.has(Role::Office) || caller.has(Role::SystemAdmin)) && officers(world)? < 2 {
            codes.push(OFFICE_OF_ONE);
        }
        let text = |code: &str| Text::new(self.messages.fill(code, &[], Lang::Zh), self.messages.fill(code, &[], Lang::En));
        Ok(codes.into_iter().map(|code| Finding { code: code.to_owned(), text: text(code) }).collect())
    }

    /// The average score over the caller's secrets in force, a stride at a time, so that acts are not held up.
    fn measures(&self, caller: &Caller) -> Result<Measures, Problem> {
        let (rows, sampled, mut people) = {
            let world = self.world.read();
            let secrets = world.table(SECRET)?;
            let all = secrets.posted_any(Post::State, [IN_FORCE]) & world.visible(caller, secrets, Action::Read);
            let rows: Vec<u32> = all.iter().rev().take(SAMPLE).collect();
            (rows, all.len() > SAMPLE as u64, People::of(&world)?)
        };
        let (mut sum, mut secrets, mut matching) = (0_u64, 0_u64, 0_u64);
        for stride in rows.chunks(STRIDE) {
            let world = self.world.read();
            let table = world.table(SECRET)?;
            for row in stride.iter().filter_map(|r| table.row(*r)) {
                // A row may have been taken back since.
                let Ok(record) = row.record() else { continue };
                let facts = people.facts(&world, &table.kind, &record);
                let percent = assess(&world.catalog, world.grade_scheme(), &record, &facts).percent;
                sum += u64::from(percent);
                secrets += 1;
                matching += u64::from(percent >= jingui_kinds::assess::MATCHING_PERCENT);
            }
        }
        let average = (secrets > 0).then(|| u32::try_from((sum + secrets / 2) / secrets).unwrap_or(100));
        Ok(Measures { average, secrets, matching, sampled })
    }
}

/// How many active persons hold the role of the office.
fn officers(world: &World) -> Result<usize, Problem> {
    let accounts = world.table("account")?;
    let Some(roles) = accounts.field_post("roles") else { return Ok(0) };
    let rows = accounts.posted_any(roles, [Role::Office.code()]) & accounts.posted_any(Post::State, ["enabled"]);
    let mut people = std::collections::BTreeSet::new();
    for row in rows.iter().filter_map(|r| accounts.row(r)) {
        people.extend(ids(row.record()?.data.get("person")));
    }
    Ok(people.into_iter().filter(|id| world.row(*id).is_some_and(|(_, _, r)| &*r.state == "active")).count())
}

fn by_grade(world: &World, table: &Table, rows: &RoaringBitmap) -> Vec<GradeCount> {
    let Some(post) = table.kind.graded.as_ref().and_then(|f| table.field_post(f)) else { return vec![] };
    let mut rest = rows.clone();
    let mut out = vec![];
    let mut count = |grade: Option<String>, of: &RoaringBitmap| {
        let states = table
            .kind
            .states
            .iter()
            .map(|s| Count { code: s.name.clone(), count: table.posted(Post::State, &s.name).map_or(0, |r| r.intersection_len(of)) });
        out.push(GradeCount { grade, total: of.len(), states: states.filter(|c| c.count > 0).collect() });
    };
    for level in &world.grade_scheme().levels {
        let of = table.posted(post, &level.code).map(|r| r & rows).unwrap_or_default();
        rest -= &of;
        count(Some(level.code.clone()), &of);
    }
    if !rest.is_empty() {
        count(None, &rest);
    }
    out
}

fn by_department(world: &World, table: &Table, rows: &RoaringBitmap, in_force: &RoaringBitmap) -> Vec<DepartmentCount> {
    let Some(post) = table.kind.department.as_ref().and_then(|f| table.field_post(f)) else { return vec![] };
    let count = |(value, of): (&str, &RoaringBitmap)| {
        let id: Id = value.parse().ok()?;
        let total = of.intersection_len(rows);
        (total > 0).then(|| DepartmentCount {
            id,
            name: world.title(id).unwrap_or_default().to_owned(),
            in_force: of.intersection_len(in_force),
            total,
        })
    };
    let mut out: Vec<DepartmentCount> = table.values(post).filter_map(count).collect();
    out.sort_by(|a, b| (std::cmp::Reverse(a.in_force), &a.name).cmp(&(std::cmp::Reverse(b.in_force), &b.name)));
    out
}

/// Rows whose day in a column is not after a day; 0 when the column is not in the list.
fn until(table: &Table, column: &str, rows: &RoaringBitmap, day: i32) -> u64 {
    table.until(column, rows, Day::from_number(day)).map_or(0, |rows| rows.len())
}

/// Rows in states that are neither good nor over; `begun`: nor the one where records start.
fn unfinished(table: &Table, begun: bool) -> RoaringBitmap {
    let open = table.kind.states.iter().skip(usize::from(begun)).filter(|s| !matches!(s.tone, Tone::Good | Tone::Ended));
    table.posted_any(Post::State, open.map(|s| s.name.as_str()))
}

fn running(world: &World, caller: &Caller) -> Result<Vec<Running>, Problem> {
    let table = world.table("campaign")?;
    let rows = unfinished(table, true) & world.visible(caller, table, Action::Read);
    let of = |row: &crate::world::table::Row| Running {
        id: row.id,
        number: row.number.as_deref().map(str::to_owned),
        title: row.title.to_string(),
        state: row.state.to_string(),
    };
    Ok(rows.iter().rev().filter_map(|r| table.row(r)).map(of).collect())
}

/// Counts of a register by state, for those who need no more.
#[must_use]
pub fn by_state(table: &Table, rows: &RoaringBitmap) -> BTreeMap<String, u64> {
    table.values(Post::State).map(|(s, r)| (s.to_owned(), r.intersection_len(rows))).filter(|(_, n)| *n > 0).collect()
}
