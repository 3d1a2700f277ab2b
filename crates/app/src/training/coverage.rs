//! How many are trained (B 5.1.2; H 12.1): of those who have to take a course, whose exam is valid, lapses soon, failed, lapsed, was never taken.

use std::collections::BTreeMap;

use jingui_kinds::{act::Facts, record::Record};
use jingui_model::{Day, Id, Problem, Protection};
use jingui_policy::{Action, Target};
use serde::Serialize;
use serde_json::Value;

use super::{COURSE, RESULT, SOON_DAYS, courses};
use crate::{
    assessment,
    live::Live,
    refusal,
    world::{World, caller::Caller, layout::Post},
};

/// How well a person is trained; the worst of several courses counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Trained {
    /// Valid.
    Valid,
    /// Valid, and lapses within 30 days.
    Soon,
    /// Was valid once.
    Lapsed,
    /// Failed the last time.
    Failed,
    /// Never examined.
    Never,
}

/// A department's line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CoverageRow {
    /// The department; none for those without one.
    pub department: Option<Id>,
    /// Name.
    pub name: String,
    /// Who has to.
    pub have_to: u64,
    /// Valid for longer than 30 days.
    pub valid: u64,
    /// Valid, lapsing within 30 days.
    pub soon: u64,
    /// Lapsed.
    pub lapsed: u64,
    /// Failed.
    pub failed: u64,
    /// Never taken.
    pub never: u64,
}

/// A person behind a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CoveragePerson {
    /// The person.
    pub id: Id,
    /// Name.
    pub name: String,
    /// The department.
    pub department: Option<Id>,
    /// How well trained.
    pub trained: Trained,
    /// The first day on which a valid exam lapses.
    pub until: Option<Day>,
}

/// A course to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CoverageCourse {
    /// The course.
    pub id: Id,
    /// Name.
    pub name: String,
}

/// The table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Coverage {
    /// Published courses that somebody has to take.
    pub courses: Vec<CoverageCourse>,
    /// Departments, by name.
    pub rows: Vec<CoverageRow>,
    /// All of them.
    pub total: CoverageRow,
    /// The persons behind the number that was asked for.
    pub persons: Vec<CoveragePerson>,
}

/// Which persons are wanted.
#[derive(Debug, Clone, Default)]
pub struct CoverageAsk {
    /// One course only.
    pub course: Option<Id>,
    /// With the persons of one department.
    pub department: Option<Id>,
    /// With the persons who are so trained.
    pub trained: Option<Trained>,
    /// With persons at all.
    pub persons: bool,
}

/// How it stands with one person and one course.
pub(crate) fn trained(world: &World, person: Id, course: Id, today: Day) -> Result<(Trained, Option<Day>), Problem> {
    let results = courses::of_both(world, RESULT, person, course)?;
    let day = |r: &Record| r.data.get("until").and_then(Value::as_str).and_then(|d| d.parse::<Day>().ok());
    let until = results.iter().filter(|r| r.state == "valid").filter_map(day).filter(|d| *d >= today).max();
    let state = match until {
        Some(until) if until > today.plus_days(SOON_DAYS) => Trained::Valid,
        Some(_) => Trained::Soon,
        None => match results.iter().rev().find(|r| r.state != "taken").map(|r| r.state.as_str()) {
            Some("failed") => Trained::Failed,
            Some(_) => Trained::Lapsed,
            None => Trained::Never,
        },
    };
    Ok((state, until))
}

impl CoverageRow {
    fn count(&mut self, trained: Trained) {
        self.have_to += 1;
        *match trained {
            Trained::Valid => &mut self.valid,
            Trained::Soon => &mut self.soon,
            Trained::Lapsed => &mut self.lapsed,
            Trained::Failed => &mut self.failed,
            Trained::Never => &mut self.never,
        } += 1;
    }
}

impl Live {
    /// The coverage of training in the departments whose results the caller may read.
    ///
    /// # Errors
    /// `policy.*` when there is no such department; `world.document`.
    pub fn training_coverage(&self, caller: &Caller, ask: &CoverageAsk) -> Result<Coverage, Problem> {
        let world = self.world.read();
        let today = self.clock.now().day(world.zone());
        let kind = world.kind(RESULT)?;
        // Results that others made: to have made one oneself opens no department.
        let ruling = |department: Option<Id>| {
            let target = Target { creator: None, ..world.target_of_kind(caller, kind, department, Protection::None) };
            world.rule(caller, Action::Read, &target)
        };
        let whole = ruling(None);
        if !whole.allowed && !caller.view.heads.iter().any(|d| ruling(Some(*d)).allowed) {
            return Err(refusal::denied(Action::Read, &whole));
        }
        let mut seen: BTreeMap<Option<Id>, bool> = BTreeMap::new();
        let courses = world.table(COURSE)?;
        let mut people: BTreeMap<Id, CoveragePerson> = BTreeMap::new();
        let mut found = Coverage::default();
        for row in courses.posted_any(Post::State, ["published"]).iter().filter_map(|r| courses.row(r)) {
            let knowing = assessment::knowing(&world, &row.record()?)?;
            if knowing.is_empty() {
                continue;
            }
            found.courses.push(CoverageCourse { id: row.id, name: row.title.to_string() });
            if ask.course.is_some_and(|c| c != row.id) {
                continue;
            }
            for knower in knowing {
                let department = world.department(knower.id);
                if !*seen.entry(department).or_insert_with(|| ruling(department).allowed) {
                    continue;
                }
                let (trained, until) = trained(&world, knower.id, row.id, today)?;
                let fresh = CoveragePerson { id: knower.id, name: knower.name, department, trained, until };
                let one = people.entry(knower.id).or_insert(fresh);
                one.trained = one.trained.max(trained);
                one.until = [one.until, until].into_iter().flatten().min();
            }
        }
        found.courses.sort_by(|a, b| a.name.cmp(&b.name));
        let mut rows: BTreeMap<Option<Id>, CoverageRow> = BTreeMap::new();
        for one in people.values() {
            let name = one.department.and_then(|d| world.title(d)).unwrap_or_default().to_owned();
            let row =
                rows.entry(one.department).or_insert_with(|| CoverageRow { department: one.department, name, ..CoverageRow::default() });
            row.count(one.trained);
            found.total.count(one.trained);
        }
        found.rows = rows.into_values().collect();
        found.rows.sort_by(|a, b| a.name.cmp(&b.name));
        if ask.persons {
            let wanted =
                |p: &CoveragePerson| ask.department.is_none_or(|d| p.department == Some(d)) && ask.trained.is_none_or(|t| p.trained == t);
            found.persons = people.into_values().filter(wanted).collect();
            found.persons.sort_by(|a, b| (b.trained, &a.name).cmp(&(a.trained, &b.name)));
        }
        Ok(found)
    }
}
