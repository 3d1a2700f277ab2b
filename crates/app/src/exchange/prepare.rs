//! Rows of a file as commands: every cell read, every row decided as the writer would, nothing written.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use jingui_kinds::{
    kind::{FieldType, Kind},
    once::{Unique, unique},
    parse::parse_row,
    people::ids,
    text::Words,
};
use jingui_model::{Data, GradeScheme, Id, Lang, Problem};
use jingui_policy::Action;
use serde_json::{Value, json};

use super::{
    directory::{Directory, Importing, Lookup, Missing, Wanted},
    mask,
    report::{Finding, PREVIEW, PreviewRow},
    sheet::{Line, Sheet},
    words,
};
use crate::{
    live::Live,
    pipeline::{Command, Rehearsal},
    records::name_refs,
    refusal,
    world::{World, caller::Caller, text::folded},
};

/// Rows that are read and decided under one hold of the world.
const HOLD: usize = 200;
/// How far it is, is told after so many of these.
const TELL: usize = 3;

/// A row that can be made.
pub(super) struct Ready {
    pub row: u32,
    pub id: Id,
    pub data: Data,
}

/// Everything that an import will do, or why it cannot.
pub(super) struct Prepared {
    pub kind: Arc<Kind>,
    pub sheet: Sheet,
    pub rows: Vec<Ready>,
    /// What is made first.
    pub makes: Vec<Wanted>,
    pub errors: Vec<Finding>,
    pub warnings: Vec<Finding>,
    pub preview: Vec<PreviewRow>,
    pub names: BTreeMap<Id, String>,
}

/// What is remembered from row to row.
struct Walk<'a> {
    live: &'a Live,
    caller: &'a Caller,
    kind: &'a Arc<Kind>,
    batch: Id,
    lang: Lang,
    create: bool,
    sheet: &'a Sheet,
    missing: &'a Missing,
    rehearsal: Rehearsal,
    /// Whole rows, titles and unique values with the row where each stood first.
    seen: HashMap<(String, String), u32>,
    /// Names and values that occur once only and are in the register.
    taken: HashSet<(String, String)>,
    first_use: BTreeMap<Id, u32>,
    rows: Vec<Ready>,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl Live {
    /// Reads and decides everything.
    #[expect(clippy::too_many_arguments, reason = "an import is described by just these")]
    pub(super) fn prepare(
        &self,
        caller: &Caller,
        kind: &Arc<Kind>,
        (name, sheet): (&str, Sheet),
        batch: Id,
        create: bool,
        lang: Lang,
        errors: Vec<Finding>,
        warnings: Vec<Finding>,
    ) -> Result<Prepared, Problem> {
        let missing = Missing::default();
        let (directory, taken) = {
            let world = self.world.read();
            (Directory::of(&world, &kind.fields)?, taken(&world, kind, &sheet)?)
        };
        let mut walk = Walk {
            live: self,
            caller,
            kind,
            batch,
            lang,
            create,
            sheet: &sheet,
            missing: &missing,
            rehearsal: Rehearsal::default(),
            seen: HashMap::new(),
            taken,
            first_use: BTreeMap::new(),
            rows: vec![],
            errors,
            warnings,
        };
        let told = self.importing(caller.actor.account, name, "checking", sheet.lines.len());
        for (n, part) in sheet.lines.chunks(HOLD).enumerate() {
            if n % TELL == 0 {
                told(n * HOLD);
            }
            let world = self.world.read();
            let lookup = Lookup::new(&directory, &world, caller);
            for line in part {
                walk.line(&world, &lookup, line);
            }
        }
        let makes = walk.makes();
        let Walk { rows, errors, warnings, .. } = walk;
        let preview: Vec<PreviewRow> = rows.iter().take(PREVIEW).map(|r| PreviewRow { row: r.row, data: r.data.clone() }).collect();
        let mut names: BTreeMap<Id, String> = makes.iter().map(|w| (w.id, w.name.clone())).collect();
        let world = self.world.read();
        preview.iter().for_each(|p| name_refs(&world, &kind.fields, &p.data, &mut names));
        Ok(Prepared { kind: Arc::clone(kind), sheet, rows, makes, errors, warnings, preview, names })
    }
}

impl Walk<'_> {
    fn line(&mut self, world: &World, lookup: &Lookup<'_>, line: &Line) {
        let before = self.errors.len();
        let words = words(&world.catalog, world.grade_scheme(), self.lang);
        let (missing, create) = (self.missing, self.create);
        let importing = Importing { lookup, missing, create, clock: &*self.live.clock, rng: &*self.live.rng };
        let data = self.cells(line, words, &importing);
        for value in self.missing.take_placeholders() {
            self.warnings.push(Finding {
                row: line.number,
                column: None,
                problem: Problem::invalid("import.name_placeholder").arg("value", value),
            });
        }
        let Some(mut data) = data else {
            self.twice(line, &Data::new());
            return;
        };
        self.own_department(&mut data);
        for problem in self.outside_term(world.grade_scheme(), &data) {
            self.refuse(line, problem);
        }
        if self.known(line, &data) {
            return;
        }
        self.twice(line, &data);
        self.promised(world, line, &data);
        self.known_title(world, lookup, line, &data);
        let mut command = Command::create(self.caller, &self.kind.kind, data.clone());
        command.batch = Some(self.batch);
        let id = Id::new(&*self.live.clock, &*self.live.rng);
        command.new_id = Some(id);
        match self.rehearsal.decide(world, &command, &*self.live.clock, &*self.live.rng) {
            Err(problem) if problem.parts().is_empty() => self.refuse(line, problem),
            Err(problem) => problem.parts().iter().for_each(|p| self.refuse(line, p.clone())),
            Ok(record) => {
                let ruling = world.rule(self.caller, Action::Import, &world.target(self.caller, self.kind, &record));
                if !ruling.allowed {
                    self.refuse(line, refusal::denied(Action::Import, &ruling));
                }
            }
        }
        if self.errors.len() == before {
            self.rows.push(Ready { row: line.number, id, data });
        }
    }

    /// The values of a row. A link that only the program sets is left out when its record is not here.
    fn cells(&mut self, line: &Line, words: Words<'_>, importing: &Importing<'_>) -> Option<Data> {
        let exchange = &self.sheet.form.exchange;
        let mut cells = line.cells.clone();
        let mut masked = false;
        for (i, cell) in cells.iter().enumerate() {
            if cell.contains(mask::MASK) && self.sheet.form.fields(self.kind, i).iter().any(|f| f.personal) {
                masked = true;
                self.at(line, Some(i), Problem::invalid("import.masked"));
            }
        }
        for _ in 0..2 {
            let problems = match parse_row(self.kind, exchange, &cells, words, importing) {
                Ok(data) => return (!masked).then_some(data),
                Err(problems) => problems,
            };
            let mut left_out = false;
            let fixed_link = |i: usize| {
                let fields = self.sheet.form.fields(self.kind, i);
                !fields.is_empty() && fields.iter().all(|f| f.fixed && matches!(f.ty, FieldType::Ref { .. } | FieldType::Refs { .. }))
            };
            let lost: Vec<usize> =
                problems.iter().filter(|(i, p)| p.code() == "cell.ref_missing" && fixed_link(*i)).map(|(i, _)| *i).collect();
            for i in lost {
                if let Some(cell) = cells.get_mut(i).filter(|c| !c.is_empty()) {
                    let problem = Problem::invalid("import.link_left_out").arg("value", cell.chars().take(40).collect::<String>());
                    self.warnings.push(Finding { row: line.number, column: self.sheet.place(i), problem });
                    cell.clear();
                    left_out = true;
                }
            }
            if !left_out {
                problems.into_iter().for_each(|(i, p)| self.at(line, Some(i), self.explained(p, importing.lookup)));
                break;
            }
        }
        None
    }

    /// A name that leaves a choice, with the choices.
    fn explained(&self, problem: Problem, lookup: &Lookup<'_>) -> Problem {
        if problem.code() != "cell.ref_many" {
            return problem;
        }
        let arg = |name: &str| problem.args().iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
        let candidates = lookup.candidates(&arg("kind"), &arg("value"));
        Problem::invalid("import.name_ambiguous").arg("value", arg("value")).arg("candidates", candidates.join("、"))
    }

    /// A department's officer brings in for the own department, when the form has no such column.
    fn own_department(&self, data: &mut Data) {
        let Some(field) = self.kind.department.as_ref().filter(|f| self.sheet.form.column_of(f).is_none()) else { return };
        let actor = &self.caller.actor;
        let own = actor.department.filter(|d| actor.heads.contains(d)).or_else(|| actor.heads.first().copied());
        if let Some(own) = own.filter(|_| !self.caller.has(jingui_policy::Role::Office)) {
            data.entry(field.clone()).or_insert_with(|| json!(own));
        }
    }

    /// A term that the record's grade will never allow (B 4.1.2) is told now, not when it is handed in.
    fn outside_term(&self, scheme: &GradeScheme, data: &Data) -> Vec<Problem> {
        let Some(first) = self.kind.states.first() else { return vec![] };
        let ahead = self.kind.transitions.iter().filter(|t| t.from.contains(&first.name) && !t.system);
        let guards: BTreeSet<&str> =
            ahead.flat_map(|t| &t.requires).filter(|g| g.guard == "term_fits_grade").filter_map(|g| g.arg.as_deref()).collect();
        guards.into_iter().filter_map(|arg| term_problem(self.kind, scheme, data, arg)).collect()
    }

    /// The same row, title or unique value a second time.
    fn twice(&mut self, line: &Line, data: &Data) {
        let whole = line.cells.iter().enumerate().filter(|(i, _)| !self.sheet.form.fields(self.kind, *i).is_empty());
        let whole: String = whole.map(|(_, c)| format!("{}\u{1f}", folded(c))).collect();
        let title_column = self.sheet.form.column_of(&self.kind.title);
        let title = title_column.and_then(|c| line.cells.get(c)).map(|t| folded(t)).unwrap_or_default();
        if let Some(first) = self.seen.insert(("*".to_owned(), whole), line.number) {
            self.at(line, title_column, Problem::invalid("import.row_twice").arg("row", first));
        } else if !title.is_empty()
            && self.kind.once.is_empty()
            && let Some(first) = self.seen.insert(("title".to_owned(), title), line.number)
        {
            let problem = Problem::invalid("import.title_twice").arg("row", first);
            self.warnings.push(Finding { row: line.number, column: title_column.and_then(|c| self.sheet.place(c)), problem });
        }
        for once in unique(self.kind, data) {
            let (Some(value), [field]) = (&once.value, once.fields.as_slice()) else { continue };
            let (column, key) = (self.sheet.form.column_of(field), (field.clone(), value.clone()));
            if self.taken.contains(&key) {
                self.at(line, column, Problem::conflict("import.value_taken"));
            }
            if let Some(first) = self.seen.insert(key, line.number) {
                self.at(line, column, Problem::invalid("import.value_twice").arg("row", first));
            }
        }
    }

    /// One and the same as a record that is there, or as a row before: passed over, since overlapping lists are brought in again and again.
    fn known(&mut self, line: &Line, data: &Data) -> bool {
        let keys: Vec<(String, String)> = unique(self.kind, data).into_iter().filter(|u| u.fields.len() > 1).filter_map(named).collect();
        let known = keys.iter().any(|k| self.taken.contains(k) || self.seen.contains_key(k));
        self.seen.extend(keys.into_iter().map(|k| (k, line.number)));
        if known {
            self.warnings.push(Finding { row: line.number, column: None, problem: Problem::conflict("import.row_known") });
        }
        known
    }

    /// A record of the same title is there already: perhaps the file was imported before.
    fn known_title(&mut self, world: &World, lookup: &Lookup<'_>, line: &Line, data: &Data) {
        let Some(title) = data.get(&self.kind.title).and_then(Value::as_str).filter(|t| !t.is_empty()) else { return };
        if !self.kind.once.is_empty() {
            return;
        }
        let Some(found) = lookup.titled(&self.kind.kind, title) else { return };
        let number = world.row(found).and_then(|(_, _, r)| r.number.as_deref().map(str::to_owned)).unwrap_or_default();
        let column = self.sheet.place_of(&self.kind.title);
        self.warnings.push(Finding { row: line.number, column, problem: Problem::invalid("import.title_known").arg("number", number) });
    }

    /// Counts on the posts and departments that will be made first.
    fn promised(&mut self, world: &World, line: &Line, data: &Data) {
        let used: BTreeSet<Id> = data.values().flat_map(|v| ids(Some(v))).collect();
        for Wanted { kind, id, .. } in self.missing.used(&used) {
            let state = world.kind(&kind).ok().and_then(|k| k.states.first().map(|s| s.name.clone())).unwrap_or_default();
            self.rehearsal.promise(id, &kind, &state);
            self.first_use.entry(id).or_insert(line.number);
        }
    }

    /// What is made first, each decided like a row.
    fn makes(&mut self) -> Vec<Wanted> {
        let wanted = self.missing.used(&self.first_use.keys().copied().collect());
        for one in &wanted {
            let command = make(self.caller, one, self.batch);
            let world = self.live.world.read();
            if let Err(problem) = Rehearsal::default().decide(&world, &command, &*self.live.clock, &*self.live.rng) {
                let row = self.first_use.get(&one.id).copied().unwrap_or(0);
                let why = self.live.messages.problem(&problem, self.lang);
                let problem = Problem::denied("import.not_made").arg("name", &one.name).arg("why", why);
                self.errors.push(Finding { row, column: None, problem });
            }
        }
        wanted
    }

    /// A problem of a row, at the column of its field.
    fn refuse(&mut self, line: &Line, problem: Problem) {
        let root = problem.field().map(|f| f.split(['[', '.']).next().unwrap_or(f).to_owned());
        let column = root.and_then(|f| self.sheet.form.column_of(&f));
        self.at(line, column, problem);
    }

    fn at(&mut self, line: &Line, column: Option<usize>, problem: Problem) {
        self.errors.push(Finding { row: line.number, column: column.and_then(|c| self.sheet.place(c)), problem });
    }
}

/// The command that makes a post or department which the file names.
pub(super) fn make(caller: &Caller, wanted: &Wanted, batch: Id) -> Command {
    let mut data = Data::from([("name".to_owned(), json!(wanted.name))]);
    data.extend(wanted.department.map(|d| ("department".to_owned(), json!(d))));
    let mut command = Command::create(caller, &wanted.kind, data);
    command.new_id = Some(wanted.id);
    command.batch = Some(batch);
    command
}

fn named(once: Unique) -> Option<(String, String)> {
    let name = once.name();
    once.value.map(|value| (name, value))
}

/// What is in use of that which may occur once only, as far as the file has it.
fn taken(world: &World, kind: &Kind, sheet: &Sheet) -> Result<HashSet<(String, String)>, Problem> {
    let asked: BTreeSet<String> =
        unique(kind, &Data::new()).into_iter().filter(|u| u.fields.iter().any(|f| sheet.place_of(f).is_some())).map(|u| u.name()).collect();
    let mut taken = HashSet::new();
    if asked.is_empty() {
        return Ok(taken);
    }
    let table = world.table(&kind.kind)?;
    for row in table.live().iter().filter_map(|r| table.row(r)) {
        let record = row.record()?;
        taken.extend(unique(kind, &record.data).into_iter().filter_map(named).filter(|(name, _)| asked.contains(name)));
    }
    Ok(taken)
}

fn term_problem(kind: &Kind, scheme: &GradeScheme, data: &Data, arg: &str) -> Option<Problem> {
    let (term, grade) = arg.split_once(',').map_or((arg, kind.graded.as_deref()), |(t, g)| (t.trim(), Some(g.trim())));
    let level = scheme.level(data.get(grade?)?.as_str()?)?;
    let value = data.get(term)?;
    let fits = match value.get("months").and_then(Value::as_i64) {
        Some(m) => level.term_min_months.is_none_or(|l| m >= i64::from(l)) && level.term_max_months.is_none_or(|h| m <= i64::from(h)),
        None => level.term_max_months.is_none(),
    };
    let bound = |b: Option<u16>, none: &str| b.map_or_else(|| none.to_owned(), |n| n.to_string());
    (!fits).then(|| {
        Problem::invalid("import.term_outside_grade")
            .arg("grade_zh", &level.name.zh)
            .arg("grade_en", &level.name.en)
            .arg("min", bound(level.term_min_months, "1"))
            .arg("max", bound(level.term_max_months, "∞"))
            .at(term)
    })
}
