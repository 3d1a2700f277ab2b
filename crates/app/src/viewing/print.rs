//! Printing: only under an approved transfer, as numbered copies, each a carrier of the register (B 4.2, 5.2.1, 5.2.2; H 8.3.1, 8.3.2, 9.1.2.1).
//!
//! A print is something that is carried away, so it needs what taking the original needs ([`super::release`]): whoever only looks prints
//! nothing. The order is the point of it: the right is asked and the intent durable in the ledger; the pages are drawn in memory; each copy
//! becomes a carrier that is out with whoever prints until the transfer's last day, and the transfers count it, all in one change; only then
//! one PDF leaves. Nothing of it touches a disk.

use std::{collections::BTreeMap, sync::Arc, time::Instant as Moment};

use jingui_docs::paper::{Image, ImageFormat, Mark, Paper, Print, write_prints};
use jingui_kinds::{
    act::Facts as _,
    kind::FieldType,
    record::{FileVersion, Record},
};
use jingui_model::{Data, Id, Instant, Lang, Problem, Protection};
use jingui_policy::Action;
use jingui_view::Reader;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    ENDLESS, PAGE,
    open::Viewing,
    release::{Release, numbers, release, secrets},
};
use crate::{
    carriers::code_of,
    document::{Pieces, mark_of},
    files::with_requested,
    ledger::blocking,
    live::Live,
    pipeline::Command,
    shelf::{self, font},
    world::{World, caller::Caller},
};

/// Copies of one print.
const COPIES: usize = 20;
/// Sheets of one print: pages times copies. Each takes some hundred kilobytes of memory until it has left.
const SHEETS: usize = 200;
/// Picture elements across a page: 200 to the inch on A4 as it lies on the sheet.
const WIDTH: u32 = 1_400;
/// Longest side of a sheet, millimetres; where the picture ends is the writer's business.
const WIDE_MM: f32 = 277.0;
/// How often a print is tried when somebody else's print under the same transfer came first.
const TRIES: usize = 4;
/// Longest names, in characters: what the register's fields take.
const NAME: usize = 120;
const SOURCE: usize = 300;

/// What may be printed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PrintView {
    /// The transfers that release it, by number.
    pub transfer: String,
    /// Copies at most, now.
    pub copies: u64,
    /// Sheets at most: pages times copies.
    pub sheets: usize,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct PrintAsk {
    /// Copies.
    pub copies: usize,
    /// The first page, from 1; the first of all without it.
    pub first: Option<usize>,
    /// The last page; the last of all without it.
    pub last: Option<usize>,
}

/// A print on its way out.
#[derive(Debug, Clone)]
pub struct Printed {
    /// One PDF with all copies.
    pub bytes: Vec<u8>,
    /// The number of each copy's carrier.
    pub carriers: Vec<String>,
    /// What the file may be called; it says nothing.
    pub name: String,
}

/// What stands fixed before the first page is drawn.
struct Job {
    copies: usize,
    /// From, to; from 1.
    pages: (usize, usize),
    releases: Vec<Release>,
    /// Identifiers of the carriers and of their issues, by copy.
    ids: Vec<(Id, Id)>,
    /// When the copies were made: a repeated request prints the same copies.
    at: Instant,
    repeated: bool,
}

impl Live {
    /// What a caller may print of a record.
    pub(super) fn may_print(&self, caller: &Caller, kind: &str, record: Id) -> Option<PrintView> {
        let today = self.today();
        let releases = {
            let world = self.world.read();
            release(&world, caller, &world.record(record).ok()?, today)
        };
        let copies = releases.iter().map(Release::left).min()?.min(COPIES as u64);
        let may = caller.view.person.is_some() && copies > 0 && self.may_take(caller, kind, record);
        may.then(|| PrintView { transfer: numbers(&releases), copies, sheets: SHEETS })
    }

    /// Prints copies of an open viewing. With a key a repeated request prints the same copies again, under the same numbers.
    ///
    /// # Errors
    /// `view.gone`, `print.*`, `policy.*`, `reading.*`, `custody.closed`, `view.*`, `docs.*`, `store.*`.
    pub async fn print_viewing(
        self: &Arc<Self>,
        caller: &Caller,
        session: &str,
        id: Id,
        ask: PrintAsk,
        key: Option<&str>,
        lang: Lang,
    ) -> Result<Printed, Problem> {
        let viewing = self.viewing(caller, session, id).await?;
        let own_key = self.viewing_number();
        let job = self.print_job(caller, &viewing, ask, key.unwrap_or(&own_key)).await?;
        let fields = Data::from([
            ("file".to_owned(), json!(viewing.file)),
            ("viewing".to_owned(), json!(viewing.number)),
            ("transfer".to_owned(), json!(numbers(&job.releases))),
            ("copies".to_owned(), json!(job.copies)),
            ("pages".to_owned(), json!(span(job.pages))),
            ("carriers".to_owned(), json!(job.ids.iter().map(|(carrier, _)| carrier).collect::<Vec<_>>())),
            ("repeated".to_owned(), json!(job.repeated)),
        ]);
        self.access(caller, &viewing.kind, viewing.record, Action::ViewFile, "print_file", fields).await?;
        let drawn = self.print_pages(caller, session, &viewing, &job, lang).await?;
        let carriers = self.print_carriers(caller, &viewing, &job).await?;
        let (paper, prints) = self.print_papers(caller, &viewing, &job, &carriers, drawn, lang)?;
        let bytes = blocking(move || Ok(write_prints(&paper, &prints, shelf::fonts()?)?.bytes)).await?;
        // What was withdrawn meanwhile does not leave; the copies are in the register and are closed there.
        self.viewing(caller, session, id).await?;
        self.print_release(caller, &viewing)?;
        let carriers: Vec<String> = carriers.into_iter().filter_map(|c| c.number).collect();
        let name = format!("{}.pdf", carriers.first().cloned().unwrap_or_default());
        Ok(Printed { bytes, carriers, name })
    }

    /// What releases the record now.
    fn print_release(&self, caller: &Caller, viewing: &Viewing) -> Result<Vec<Release>, Problem> {
        let today = self.today();
        let world = self.world.read();
        let found = release(&world, caller, &world.record(viewing.record)?, today);
        if found.is_empty() || caller.view.person.is_none() { Err(Problem::denied("print.no_transfer")) } else { Ok(found) }
    }

    /// Asks for the right and holds what is asked against the limits. A refusal is written down as that of the original.
    async fn print_job(self: &Arc<Self>, caller: &Caller, viewing: &Viewing, ask: PrintAsk, key: &str) -> Result<Job, Problem> {
        let releases = match self.print_release(caller, viewing) {
            Ok(releases) => releases,
            Err(problem) => {
                if !self.may_take(caller, &viewing.kind, viewing.record) {
                    let fields = Data::from([("file".to_owned(), json!(viewing.file))]);
                    let refused = self.access(caller, &viewing.kind, viewing.record, Action::OpenFile, "print_file", fields).await;
                    // Said in the words of printing; the rule that struck is in the ledger.
                    refused.or_else(|p| if p.code().starts_with("policy.") { Ok(()) } else { Err(p) })?;
                }
                return Err(problem);
            }
        };
        if ask.copies == 0 || ask.copies > COPIES {
            return Err(Problem::invalid("print.copies").arg("most", COPIES).at("copies"));
        }
        let all = viewing.document.sizes().len();
        let (first, last) = (ask.first.unwrap_or(1), ask.last.unwrap_or(all));
        if first == 0 || first > last || last > all {
            return Err(Problem::invalid("print.range").arg("pages", all).at("first"));
        }
        let sheets = (last - first + 1).saturating_mul(ask.copies);
        if sheets > SHEETS {
            return Err(Problem::too_large("print.sheets").arg("sheets", sheets).arg("most", SHEETS));
        }
        let one = |n: usize| (self.print_id(viewing, key, "carrier", n), self.print_id(viewing, key, "issue", n));
        let ids: Vec<(Id, Id)> = (1..=ask.copies).map(one).collect();
        let mut job = Job { copies: ask.copies, pages: (first, last), releases, ids, at: self.clock.now(), repeated: false };
        if let Some(before) = job.ids.first().and_then(|(carrier, _)| self.world.read().record(*carrier).ok()) {
            // The same key for something else is a mistake, as everywhere.
            if before.text("copy_no") != Some(copy_no(1, job.copies).as_str())
                || before.text("printed_pages") != Some(span(job.pages).as_str())
            {
                return Err(Problem::conflict("request.key_reused"));
            }
            (job.at, job.repeated) = (before.created, true);
        } else {
            within(&job.releases, job.copies)?;
        }
        Ok(job)
    }

    /// The identifier of what a print makes: the viewing's time, and a digest of what it is for.
    fn print_id(&self, viewing: &Viewing, key: &str, what: &str, n: usize) -> Id {
        let digest = self.vault.blind("print", format!("{}/{}/{what}/{n}/{key}", viewing.account, viewing.id).as_bytes());
        let mut bytes = *viewing.id.as_bytes();
        bytes.iter_mut().skip(9).zip(digest).for_each(|(b, d)| *b = d);
        Id::from_bytes(bytes)
    }

    /// The pages of each copy, drawn one after the other; others draw in between, and whoever loses the right gets no further.
    async fn print_pages(
        self: &Arc<Self>,
        caller: &Caller,
        session: &str,
        viewing: &Arc<Viewing>,
        job: &Job,
        lang: Lang,
    ) -> Result<Vec<Vec<Vec<u8>>>, Problem> {
        let at = self.world.read().zone().wall(job.at);
        let line = |copy: usize| {
            let (copy, copies) = (copy.to_string(), job.copies.to_string());
            self.print_say(
                "print.across",
                &[("name", &caller.name), ("at", &at), ("viewing", &viewing.number), ("copy", &copy), ("copies", &copies)],
                lang,
            )
        };
        let readers: Arc<Vec<Reader>> = Arc::new((1..=job.copies).map(|n| Reader { words: line(n) }).collect());
        let mut copies: Vec<Vec<Vec<u8>>> = vec![vec![]; job.copies];
        for page in job.pages.0..=job.pages.1 {
            self.viewing(caller, session, viewing.id).await?;
            let (drawn, readers) = (Arc::clone(viewing), Arc::clone(&readers));
            let drawing = move || {
                let began = Moment::now();
                drawn.document.sheets(page - 1, WIDTH, &readers, &font()?, &|| began.elapsed() > PAGE)
            };
            let sheets = self.viewings.turns.work(viewing.file, ENDLESS, drawing).await?;
            copies.iter_mut().zip(sheets).for_each(|(copy, sheet)| copy.push(sheet));
        }
        Ok(copies)
    }

    /// Enters the copies in the register and counts them at their transfers, all or none; those of a repeated request are there.
    async fn print_carriers(&self, caller: &Caller, viewing: &Viewing, job: &Job) -> Result<Vec<Record>, Problem> {
        for _ in 0..TRIES {
            let there = || job.ids.iter().map(|(carrier, _)| self.world.read().record(*carrier)).collect::<Result<Vec<_>, _>>();
            if let Ok(there) = there() {
                return Ok(there);
            }
            // As it stands now: somebody else may have printed since.
            let releases = self.print_release(caller, viewing)?;
            within(&releases, job.copies)?;
            let commands = self.print_commands(caller, viewing, job, &releases)?;
            match self.pipeline.group(commands).await {
                Ok(_) => return there(),
                Err(problem) if problem.code() == "record.changed_meanwhile" => {}
                Err(problem) => return Err(problem),
            }
        }
        Err(Problem::conflict("record.changed_meanwhile"))
    }

    fn print_commands(&self, caller: &Caller, viewing: &Viewing, job: &Job, releases: &[Release]) -> Result<Vec<Command>, Problem> {
        let (system, holder) = (caller.on_behalf(), caller.view.person);
        let due = releases.iter().map(|r| r.until).min();
        let mut commands = vec![];
        for release in releases {
            let counted = Data::from([("printed".to_owned(), json!(release.printed + job.copies as u64))]);
            let mut command = Command::on(&system, "transfer", release.transfer, "edit", counted);
            command.expected_version = Some(release.version);
            commands.push(command);
        }
        let (data, use_of) = {
            let world = self.world.read();
            let record = world.record(viewing.record)?;
            self.print_data(&world, caller, viewing, &record, job, releases)?
        };
        for (n, (carrier, issue)) in (1..).zip(&job.ids) {
            let mut own = data.clone();
            own.insert("copy_no".to_owned(), json!(copy_no(n, job.copies)));
            let out = BTreeMap::from([("holder".to_owned(), json!(holder)), ("return_due".to_owned(), json!(due))]);
            let mut made = Command::create(&system, "carrier", own);
            made.new_id = Some(*carrier);
            let mut issued = use_of.clone();
            issued.extend([
                ("carrier".to_owned(), json!(carrier)),
                ("receiver".to_owned(), json!(holder)),
                ("return_due".to_owned(), json!(due)),
            ]);
            let mut entered = Command::create(&system, "carrier_issue", issued);
            entered.new_id = Some(*issue);
            commands.extend([
                made,
                Command::on(&system, "carrier", *carrier, "print", out),
                entered,
                Command::on(&system, "carrier_issue", *issue, "print_out", Data::new()),
            ]);
        }
        Ok(commands)
    }

    /// What the register says of each copy, and of its being out.
    fn print_data(
        &self,
        world: &World,
        caller: &Caller,
        viewing: &Viewing,
        record: &Record,
        job: &Job,
        releases: &[Release],
    ) -> Result<(Data, Data), Problem> {
        let kind = world.kind(&record.kind)?;
        let version = version(record, viewing.file)?;
        let title = record.data.get(&kind.title).and_then(Value::as_str).unwrap_or_default();
        let grade = highest(world, caller, record)?;
        let department = world.department(record.id).or_else(|| releases.iter().find_map(|r| r.department));
        let secrets = secrets(world, record);
        let number = record.number.clone().unwrap_or_else(|| title.to_owned());
        let source = [("record", number.as_str()), ("file", &version.name), ("version", &version.version.to_string())];
        let term = kind.fields.iter().find(|f| matches!(f.ty, FieldType::Term {}) && !f.name.starts_with("old_"));
        let term = term.and_then(|f| record.data.get(&f.name)).filter(|t| !t.is_null());
        let mut marks = vec!["secret", "grade", "number", "unit", "date", "watermark"];
        marks.extend(term.map(|_| "term"));
        let name = cut(&self.print_say("print.carrier", &[("name", title)], Lang::Zh), NAME);
        let today = job.at.day(world.zone());
        let mut data = Data::from([
            ("name".to_owned(), json!(name)),
            ("form".to_owned(), json!("paper")),
            ("grade".to_owned(), json!(grade)),
            ("secrets".to_owned(), json!(secrets)),
            ("department".to_owned(), json!(department)),
            ("pages".to_owned(), json!(job.pages.1 - job.pages.0 + 1)),
            ("copies".to_owned(), json!(job.copies)),
            ("made_on".to_owned(), json!(today)),
            ("made_by".to_owned(), json!(caller.view.person)),
            ("marks".to_owned(), json!(marks)),
            ("transfers".to_owned(), json!(releases.iter().map(|r| r.transfer).collect::<Vec<_>>())),
            ("printed_from".to_owned(), json!(cut(&self.print_say("print.source", &source, Lang::Zh), SOURCE))),
            ("printed_pages".to_owned(), json!(span(job.pages))),
            ("viewing_no".to_owned(), json!(viewing.number)),
        ]);
        data.extend(term.map(|t| ("term".to_owned(), t.clone())));
        // The print of what is kept on a carrier is its copy.
        data.extend((record.kind == "carrier").then(|| ("copy_of".to_owned(), json!(record.id))));
        let use_of = Data::from([
            ("name".to_owned(), json!(cut(&self.print_say("print.title", &[("transfer", &numbers(releases))], Lang::Zh), NAME))),
            ("grade".to_owned(), json!(grade)),
            ("department".to_owned(), json!(caller.view.department.or(department))),
        ]);
        Ok((data, use_of))
    }

    /// What stands around the pages of each copy.
    fn print_papers(
        &self,
        caller: &Caller,
        viewing: &Viewing,
        job: &Job,
        carriers: &[Record],
        drawn: Vec<Vec<Vec<u8>>>,
        lang: Lang,
    ) -> Result<(Paper, Vec<Print>), Problem> {
        let world = self.world.read();
        let record = world.record(viewing.record)?;
        let (pieces, company) = mark_of(&world, caller, &record, lang, self)?.unzip();
        let Pieces { term, unit, .. } =
            pieces.unwrap_or(Pieces { number: String::new(), grade: String::new(), term: String::new(), unit: String::new() });
        let company = company.unwrap_or_default();
        let title = self.print_say("print.title", &[("transfer", &numbers(&job.releases))], lang);
        let mut paper = Paper::new(lang, title, job.at);
        paper.zone = world.zone();
        paper.author.clone_from(&company);
        paper.header = self.print_say("print.header", &[("unit", format!("{company} {unit}").trim())], lang);
        paper.page_label = self.print_say("print.page", &[("page", "{page}"), ("pages", "{pages}")], lang);
        let (at, pages, copies) = (world.zone().wall(job.at), span(job.pages), job.copies.to_string());
        let mut prints = vec![];
        for (n, (carrier, drawn)) in (1..).zip(carriers.iter().zip(drawn)) {
            let number = carrier.number.clone().unwrap_or_default();
            let grade = carrier.text("grade").unwrap_or_default();
            let grade = world.grade_scheme().level(grade).map_or_else(|| grade.to_owned(), |level| level.name.get(lang).to_owned());
            let mut around = paper.clone();
            around.code = code_of("carrier", &number);
            around.mark = Some(Mark { grade, term: term.clone(), number });
            let copy: String = format!("{n}");
            let said = [
                ("copy", copy.as_str()),
                ("copies", &copies),
                ("pages", &pages),
                ("name", &caller.name),
                ("at", &at),
                ("viewing", &viewing.number),
            ];
            around.footer = self.print_say("print.footer", &said, lang);
            let image = |bytes| Image { bytes, format: ImageFormat::Jpeg, width_mm: WIDE_MM, alt: String::new(), caption: String::new() };
            prints.push(Print { around, pages: drawn.into_iter().map(image).collect() });
        }
        Ok((paper, prints))
    }

    fn print_say(&self, code: &'static str, args: &[(&'static str, &str)], lang: Lang) -> String {
        let args: Vec<_> = args.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
        self.messages.fill(code, &args, lang)
    }
}

/// Is so much approved?
fn within(releases: &[Release], copies: usize) -> Result<(), Problem> {
    match releases.iter().find(|r| r.left() < copies as u64) {
        None => Ok(()),
        Some(full) => Err(Problem::conflict("print.approved")
            .arg("transfer", &full.number)
            .arg("approved", full.prints.unwrap_or(0))
            .arg("left", full.left())
            .at("copies")),
    }
}

/// The version that is read.
fn version(record: &Record, file: Id) -> Result<FileVersion, Problem> {
    with_requested(record).find(|v| v.id == file).ok_or_else(|| Problem::missing("file.missing"))
}

/// The grade of a sheet: the highest of the record and of the secrets that it names (B 5.2.1).
fn highest(world: &World, caller: &Caller, record: &Record) -> Result<Value, Problem> {
    let mut found = (Protection::None, Value::Null);
    for id in std::iter::once(record.id).chain(secrets(world, record)) {
        let one = world.record(id)?;
        let kind = world.kind(&one.kind)?;
        let protection = world.target(caller, kind, &one).protection;
        if let Some(grade) = kind.graded.as_ref().and_then(|f| one.data.get(f)).filter(|_| protection > found.0) {
            found = (protection, grade.clone());
        }
    }
    Ok(found.1)
}

fn copy_no(n: usize, copies: usize) -> String {
    format!("{n}/{copies}")
}

fn span((first, last): (usize, usize)) -> String {
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
