//! Sitting an exam (B 5.1.1; H 12.1): begin, save, hand in, look at what came of it.
//!
//! The person acts; what is written is the system's, so that nobody draws, marks or dates an exam but the program. Whoever runs out
//! of time has handed in what was saved last. An answer that is right never leaves before the exam is over.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_lc_rs::digest;
use jingui_kinds::{act::Facts, people::ids, record::Record};
use jingui_model::{Class, Data, Id, Instant, Problem, Protection};
use jingui_policy::{Action, Door, Target};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    COURSE, QUESTION, SITTING,
    bank::{Answers, Drawn, Sort, answer_rows, answers_of, draw, mark, paper_of},
    courses::{self, Standing, has_to, number, standing},
};
use crate::{
    live::Live,
    pipeline::Command,
    world::{caller::Caller, layout::Post},
};

/// What arrives this long after the end still counts: it was on its way.
const GRACE_SECONDS: i64 = 5;
/// How often a save or a hand-in that met another one is tried.
const TRIES: usize = 5;
/// How often sittings that ran out of time are looked for.
pub const EVERY_SECONDS: i64 = 15;

/// An option of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ExamChoice {
    /// Code: `a` to `f`.
    pub code: String,
    /// Text.
    pub text: String,
}

/// A question as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ExamQuestion {
    /// Place, from 1.
    pub place: u32,
    /// Text.
    pub text: String,
    /// Sort.
    pub sort: Sort,
    /// Options; none for true (`a`) or false (`b`).
    pub options: Vec<ExamChoice>,
    /// What it counts.
    pub points: u32,
    /// What is chosen.
    pub chosen: Vec<String>,
    /// What is right; only afterwards, to those who may see it.
    pub right: Option<Vec<String>>,
    /// Why; as `right`.
    pub explanation: Option<String>,
    /// Whether the answer was right; as `right`.
    pub correct: Option<bool>,
}

/// A sitting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ExamSitting {
    /// The sitting.
    pub id: Id,
    /// Name of the exam.
    pub name: String,
    /// The course.
    pub course: Option<Id>,
    /// `open`, `passed`, `failed`, `set_aside`.
    pub state: String,
    /// Seconds left; 0 when it is over.
    pub seconds_left: i64,
    /// The pass mark in hundredths.
    pub pass_mark: u64,
    /// How many questions.
    pub count: u64,
    /// The score in hundredths, afterwards.
    pub score: Option<u64>,
    /// Handed in because time was over.
    pub out_of_time: bool,
    /// The questions: while it is open to the person; afterwards to those who may see what was right.
    pub questions: Vec<ExamQuestion>,
    /// The result that came of it.
    pub result: Option<Id>,
}

/// The person who sits at the screen.
pub(super) fn person(caller: &Caller) -> Result<Id, Problem> {
    caller.view.person.filter(|_| caller.actor.door == Door::Session).ok_or_else(|| Problem::denied("exam.person_only"))
}

fn ends_at(sitting: &Record) -> Option<Instant> {
    sitting.data.get("ends_at").and_then(Value::as_str).and_then(|t| t.parse().ok())
}

fn over(sitting: &Record, now: Instant) -> bool {
    ends_at(sitting).is_none_or(|end| now > end.plus_seconds(GRACE_SECONDS))
}

fn meets_another(problem: &Problem) -> bool {
    problem.class() == Class::Conflict && problem.code() == "record.changed_meanwhile"
}

fn why_not(course: &Record, found: &courses::ExamCourse, have: usize) -> Option<Problem> {
    let until = || found.day.map(|d| d.to_string()).unwrap_or_default();
    Some(match found.standing {
        Standing::Ready | Standing::Soon if found.questions > 0 => return None,
        Standing::Open => return None,
        Standing::NoExam | Standing::Ready | Standing::Soon => Problem::conflict("exam.none"),
        Standing::Unread => Problem::conflict("exam.unread"),
        Standing::Wait => Problem::conflict("exam.wait").arg("day", until()),
        Standing::UsedUp => Problem::conflict("exam.attempts").arg("max", found.attempts),
        Standing::Valid => Problem::conflict("exam.still_valid").arg("until", until()),
        Standing::BankSmall => Problem::conflict("exam.bank_small").arg("have", have).arg("want", number(course, "questions_drawn", 0)),
    })
}

impl Live {
    /// Begins the exam of a course, or goes on with the one that is open.
    ///
    /// # Errors
    /// `record.missing`; `exam.*` when it cannot be begun now; `store.*`.
    pub async fn begin_exam(self: &Arc<Self>, caller: &Caller, course: Id) -> Result<ExamSitting, Problem> {
        let person = person(caller)?;
        self.access(caller, COURSE, course, Action::Read, "read", Data::new()).await?;
        let (command, open) = {
            let world = self.world.read();
            let record = world.record(course)?;
            if record.state != "published" {
                return Err(Problem::conflict("exam.not_published"));
            }
            if !has_to(&record, caller) {
                return Err(Problem::denied("exam.not_invited"));
            }
            let now = self.clock.now();
            let today = now.day(world.zone());
            let found = standing(&world, &record, person, today)?;
            let bank = courses::bank(&world, course)?;
            if let Some(problem) = why_not(&record, &found, bank.len()) {
                return Err(problem);
            }
            if found.standing == Standing::Open {
                (None, found.sitting)
            } else {
                let paper = draw(bank, usize::try_from(found.questions).unwrap_or(usize::MAX), &*self.rng)?;
                let before = courses::of_both(&world, SITTING, person, course)?.len();
                let ends = now.plus_seconds(i64::try_from(found.minutes).unwrap_or(30).saturating_mul(60));
                let drawn = serde_json::to_vec(&paper).map_err(|e| Problem::internal("exam.encoding").detail(e))?;
                let sha = hex::encode(digest::digest(&digest::SHA256, &drawn));
                let mut data = Data::from([
                    ("name".to_owned(), json!(found.name)),
                    ("person".to_owned(), json!(person)),
                    ("course".to_owned(), json!(course)),
                    ("attempt".to_owned(), json!(before.saturating_add(1))),
                    ("started_on".to_owned(), json!(today)),
                    ("ends_at".to_owned(), json!(ends.to_string())),
                    ("minutes".to_owned(), json!(found.minutes)),
                    ("pass_mark".to_owned(), json!(found.pass_mark)),
                    ("count".to_owned(), json!(paper.len())),
                    ("paper".to_owned(), json!(paper)),
                    ("paper_digest".to_owned(), json!(sha)),
                ]);
                data.extend(caller.view.department.map(|d| ("department".to_owned(), json!(d))));
                let command = Command::create(&caller.on_behalf(), SITTING, data);
                (Some(command.keyed(format!("exam/{course}/{person}/{before}"))), None)
            }
        };
        let id = match (command, open) {
            (Some(command), _) => match self.pipeline.change(command).await {
                Ok(outcome) => outcome.record.id,
                // A second tap on the same button: the first one's sitting is the one.
                Err(problem) => self.open_sitting(person, course)?.ok_or(problem)?,
            },
            (None, open) => open.ok_or_else(|| Problem::missing("record.missing"))?,
        };
        self.exam_sitting(caller, id).await
    }

    fn open_sitting(&self, person: Id, course: Id) -> Result<Option<Id>, Problem> {
        let all = courses::of_both(&self.world.read(), SITTING, person, course)?;
        Ok(all.iter().find(|s| s.state == "open").map(|s| s.id))
    }

    /// A sitting: to the person with the questions while it is open; to everyone who may read it what came of it.
    ///
    /// # Errors
    /// `record.missing`, `policy.*`.
    pub async fn exam_sitting(self: &Arc<Self>, caller: &Caller, id: Id) -> Result<ExamSitting, Problem> {
        self.access(caller, SITTING, id, Action::Read, "read", Data::new()).await?;
        let now = self.clock.now();
        let sitting = self.world.read().record(id)?;
        if sitting.state == "open" && over(&sitting, now) {
            self.close(&Caller::system(), id, true).await?;
        }
        let world = self.world.read();
        let sitting = world.record(id)?;
        let own = sitting.one("person") == caller.view.person && caller.actor.door == Door::Session;
        let course = ids(sitting.data.get("course")).first().and_then(|c| world.record(*c).ok());
        let open = sitting.state == "open";
        let bank = Target { creator: None, ..world.target_of_kind(caller, world.kind(QUESTION)?, None, Protection::None) };
        let keeps_bank = !own && world.rule(caller, Action::Read, &bank).allowed;
        let shows = own && course.as_ref().is_some_and(|c| c.data.get("show_wrong") == Some(&Value::Bool(true)));
        let review = !open && (shows || keeps_bank);
        let (paper, answers) = (paper_of(&sitting), answers_of(&sitting));
        let questions = if (open && own) || review { questions(&paper, &answers, review) } else { vec![] };
        let left = ends_at(&sitting).map_or(0, |end| end.micros().saturating_sub(now.micros()).div_euclid(1_000_000));
        let results = world.pointing(super::RESULT, "sitting", id);
        let result = results.iter().filter_map(|r| world.table(super::RESULT).ok()?.row(r)).map(|r| r.id).next();
        Ok(ExamSitting {
            id,
            name: sitting.data.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            course: course.map(|c| c.id),
            seconds_left: if open { left.max(0) } else { 0 },
            pass_mark: number(&sitting, "pass_mark", 0),
            count: number(&sitting, "count", 0),
            score: sitting.data.get("score").and_then(Value::as_u64),
            out_of_time: sitting.data.get("out_of_time") == Some(&Value::Bool(true)),
            state: sitting.state,
            questions,
            result,
        })
    }

    /// Keeps answers: the places named get what is chosen, the others stay as they are.
    ///
    /// # Errors
    /// `exam.over` (it is then handed in), `exam.handed_in`, `exam.no_place`, `exam.choice`; `record.missing` for anyone else's.
    pub async fn save_exam(self: &Arc<Self>, caller: &Caller, id: Id, chosen: &BTreeMap<u32, BTreeSet<char>>) -> Result<(), Problem> {
        let mut last = Problem::conflict("record.changed_meanwhile");
        for _ in 0..TRIES {
            let sitting = self.own_open(caller, id)?;
            if over(&sitting, self.clock.now()) {
                self.close(&Caller::system(), id, true).await?;
                return Err(Problem::conflict("exam.over"));
            }
            let paper = paper_of(&sitting);
            let before = answers_of(&sitting);
            let mut answers = before.clone();
            for (place, codes) in chosen {
                let at = usize::try_from(*place).ok().and_then(|p| p.checked_sub(1));
                let drawn = at.and_then(|at| paper.get(at)).ok_or_else(|| Problem::invalid("exam.no_place").arg("place", place))?;
                if !drawn.takes(codes) {
                    return Err(Problem::invalid("exam.choice").arg("place", place));
                }
                answers.insert(*place, codes.iter().collect());
            }
            answers.retain(|_, codes| !codes.is_empty());
            if answers == before {
                return Ok(());
            }
            let mut command = Command::on(&caller.on_behalf(), SITTING, id, "save", answer_rows(&answers));
            command.expected_version = Some(sitting.version);
            match self.pipeline.change(command).await {
                Ok(_) => return Ok(()),
                Err(problem) if meets_another(&problem) => last = problem,
                Err(problem) => return Err(problem),
            }
        }
        Err(last)
    }

    /// Hands in and marks at once.
    ///
    /// # Errors
    /// `exam.handed_in` the second time; `record.missing` for anyone else's.
    pub async fn hand_in_exam(self: &Arc<Self>, caller: &Caller, id: Id) -> Result<ExamSitting, Problem> {
        let sitting = self.own_open(caller, id)?;
        self.close(&caller.on_behalf(), id, over(&sitting, self.clock.now())).await?;
        self.exam_sitting(caller, id).await
    }

    /// The caller's own sitting, still open.
    fn own_open(&self, caller: &Caller, id: Id) -> Result<Record, Problem> {
        let person = person(caller)?;
        let missing = || Problem::missing("record.missing");
        let sitting = self.world.read().record(id).map_err(|_| missing())?;
        if sitting.kind != SITTING || ids(sitting.data.get("person")).first() != Some(&person) || !caller.actor.active {
            return Err(missing());
        }
        if sitting.state == "open" { Ok(sitting) } else { Err(Problem::conflict("exam.handed_in")) }
    }

    /// Marks what is saved and closes the sitting, exactly once.
    async fn close(self: &Arc<Self>, by: &Caller, id: Id, out_of_time: bool) -> Result<(), Problem> {
        let mut last = Problem::conflict("record.changed_meanwhile");
        for _ in 0..TRIES {
            let sitting = self.world.read().record(id)?;
            if sitting.state != "open" {
                return if by.id() == Caller::system().id() { Ok(()) } else { Err(Problem::conflict("exam.handed_in")) };
            }
            let marked = mark(&paper_of(&sitting), &answers_of(&sitting));
            let act = if u64::from(marked.score) >= number(&sitting, "pass_mark", 100) { "pass" } else { "fail" };
            let input = Data::from([("score".to_owned(), json!(marked.score)), ("out_of_time".to_owned(), json!(out_of_time))]);
            let mut command = Command::on(by, SITTING, id, act, input);
            command.expected_version = Some(sitting.version);
            match self.pipeline.change(command).await {
                Ok(_) => return Ok(()),
                Err(problem) if meets_another(&problem) => last = problem,
                Err(problem) => return Err(problem),
            }
        }
        Err(last)
    }

    /// Hands in what ran out of time. Gives how many.
    ///
    /// # Errors
    /// `world.document`; what the pipeline refuses with.
    pub async fn close_exams(self: &Arc<Self>, now: Instant) -> Result<u64, Problem> {
        let late: Vec<Id> = {
            let world = self.world.read();
            let table = world.table(SITTING)?;
            let mut late = vec![];
            for row in table.posted_any(Post::State, ["open"]).iter().filter_map(|r| table.row(r)) {
                if over(&row.record()?, now) {
                    late.push(row.id);
                }
            }
            late
        };
        for id in &late {
            self.close(&Caller::system(), *id, true).await?;
        }
        Ok(late.len() as u64)
    }
}

fn questions(paper: &[Drawn], answers: &Answers, review: bool) -> Vec<ExamQuestion> {
    let right = mark(paper, answers).right;
    let codes = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
    let mut all = vec![];
    for ((place, drawn), correct) in (1_u32..).zip(paper).zip(right) {
        all.push(ExamQuestion {
            place,
            text: drawn.text.clone(),
            sort: drawn.sort,
            options: drawn.choices().into_iter().map(|(code, text)| ExamChoice { code, text }).collect(),
            points: drawn.points,
            chosen: answers.get(&place).map(|c| codes(c)).unwrap_or_default(),
            right: review.then(|| codes(&drawn.right)),
            explanation: drawn.explanation.clone().filter(|_| review),
            correct: review.then_some(correct),
        });
    }
    all
}
