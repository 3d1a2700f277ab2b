//! What a person still has to learn and to pass, course by course (B 5.1.1, 5.1.2).

use std::sync::Arc;

use jingui_kinds::{people::ids, record::Record};
use jingui_model::{Day, Id, Problem};
use jingui_policy::Action;
use serde::Serialize;
use serde_json::Value;

use super::{COURSE, QUESTION, RESULT, SITTING, SOON_DAYS, bank::Drawn};
use crate::{
    live::Live,
    world::{World, caller::Caller, layout::Post},
};

/// How it stands with a person and the exam of a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ExamStanding))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The course has no exam here.
    NoExam,
    /// The course is not worked through yet.
    Unread,
    /// The exam can begin.
    Ready,
    /// A sitting is open.
    Open,
    /// Failed; the retake is possible from `day`.
    Wait,
    /// All attempts are used.
    UsedUp,
    /// Passed, valid until `day`.
    Valid,
    /// Passed, valid until `day`, which is near: it can be taken again.
    Soon,
    /// The bank has too few questions.
    BankSmall,
}

/// A course that a person has to take.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ExamCourse {
    /// The course.
    pub id: Id,
    /// Name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// The day that the standing speaks of.
    pub day: Option<Day>,
    /// Worked through and confirmed.
    pub read: bool,
    /// How many questions are drawn.
    pub questions: u64,
    /// How many minutes there are.
    pub minutes: u64,
    /// The pass mark in hundredths.
    pub pass_mark: u64,
    /// Attempts that count.
    pub used: u64,
    /// Attempts at most.
    pub attempts: u64,
    /// The open sitting, or the last one.
    pub sitting: Option<Id>,
    /// The result in force.
    pub result: Option<Id>,
}

/// A number of a record, or what stands for it.
pub(super) fn number(record: &Record, field: &str, default: u64) -> u64 {
    record.data.get(field).and_then(Value::as_u64).unwrap_or(default)
}

fn day(record: &Record, field: &str) -> Option<Day> {
    record.data.get(field).and_then(Value::as_str).and_then(|d| d.parse().ok())
}

/// The records of a kind about a person and a course, oldest first.
pub(crate) fn of_both(world: &World, kind: &str, person: Id, course: Id) -> Result<Vec<Record>, Problem> {
    let table = world.table(kind)?;
    let rows = world.pointing(kind, "person", person) & world.pointing(kind, "course", course);
    let mut found: Vec<Record> = rows.iter().filter_map(|r| table.row(r)).map(|r| r.record()).collect::<Result<_, _>>()?;
    found.sort_by_key(|r| (r.created, r.id));
    Ok(found)
}

/// The questions in use of a course, in the order in which they came.
pub(super) fn bank(world: &World, course: Id) -> Result<Vec<Drawn>, Problem> {
    let table = world.table(QUESTION)?;
    let rows = world.pointing(QUESTION, "course", course) & table.posted_any(Post::State, ["active"]);
    let mut all = vec![];
    for row in rows.iter().filter_map(|r| table.row(r)) {
        all.extend(Drawn::of(&row.record()?));
    }
    Ok(all)
}

/// Sittings that failed since the last pass; those set aside do not count.
pub(super) fn failed_since_pass(sittings: &[Record]) -> Vec<&Record> {
    let since = sittings.iter().rposition(|s| s.state == "passed").map_or(0, |at| at + 1);
    sittings.iter().skip(since).filter(|s| s.state == "failed").collect()
}

/// How it stands with a person and a published course.
pub(super) fn standing(world: &World, course: &Record, person: Id, today: Day) -> Result<ExamCourse, Problem> {
    let sittings = of_both(world, SITTING, person, course.id)?;
    let results = of_both(world, RESULT, person, course.id)?;
    let valid = results.iter().filter(|r| r.state == "valid").max_by_key(|r| day(r, "until"));
    let failed = failed_since_pass(&sittings);
    let open = sittings.iter().find(|s| s.state == "open");
    let read = course.acknowledged.contains_key(&person);
    let (questions, attempts) = (number(course, "questions_drawn", 0), number(course, "attempts", 3));
    let again = failed.last().and_then(|s| day(s, "started_on")).map(|d| {
        let wait = i32::try_from(number(course, "retake_days", 1)).unwrap_or(i32::MAX);
        d.plus_days(wait)
    });
    let until = valid.and_then(|r| day(r, "until"));
    let (standing, said) = if open.is_some() {
        (Standing::Open, None)
    } else if until.is_some_and(|u| u > today.plus_days(SOON_DAYS)) {
        (Standing::Valid, until)
    } else if questions == 0 {
        (if until.is_some() { Standing::Soon } else { Standing::NoExam }, until)
    } else if failed.len() as u64 >= attempts {
        (Standing::UsedUp, until)
    } else if again.is_some_and(|d| d > today) {
        (Standing::Wait, again)
    } else if !read {
        (Standing::Unread, until)
    } else if (bank(world, course.id)?.len() as u64) < questions {
        (Standing::BankSmall, until)
    } else {
        (if until.is_some() { Standing::Soon } else { Standing::Ready }, until)
    };
    Ok(ExamCourse {
        id: course.id,
        name: course.data.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        standing,
        day: said,
        read,
        questions,
        minutes: number(course, "exam_minutes", 30),
        pass_mark: number(course, "pass_mark", 80),
        used: failed.len() as u64,
        attempts,
        sitting: open.or_else(|| sittings.last()).map(|s| s.id),
        result: valid.map(|r| r.id),
    })
}

/// The published courses on whose list a person stands, by name or by a post.
pub(super) fn courses_of(world: &World, caller: &Caller) -> Result<Vec<Record>, Problem> {
    let table = world.table(COURSE)?;
    let mut rows = caller.view.person.map(|p| world.pointing(COURSE, "readers", p)).unwrap_or_default();
    for post in &caller.view.posts {
        rows |= world.pointing(COURSE, "posts", *post);
    }
    rows &= table.posted_any(Post::State, ["published"]);
    rows &= world.visible(caller, table, Action::Read);
    rows.iter().filter_map(|r| table.row(r)).map(|r| r.record()).collect()
}

/// Is the person on the list of the course?
pub(super) fn has_to(course: &Record, caller: &Caller) -> bool {
    let named = caller.view.person.is_some_and(|p| ids(course.data.get("readers")).contains(&p));
    named || ids(course.data.get("posts")).iter().any(|p| caller.view.posts.contains(p))
}

impl Live {
    /// The courses that the caller has to take, and how it stands with each.
    ///
    /// # Errors
    /// `exam.person_only`; `world.document`.
    pub fn my_exams(self: &Arc<Self>, caller: &Caller) -> Result<Vec<ExamCourse>, Problem> {
        let person = super::sitting::person(caller)?;
        let world = self.world.read();
        let today = self.clock.now().day(jingui_kinds::act::Facts::zone(&*world));
        let mut all = courses_of(&world, caller)?.iter().map(|c| standing(&world, c, person, today)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }
}
