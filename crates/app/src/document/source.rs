//! Where the words on a paper come from: the record, what it refers to, the company, the day. With the rights of whoever asks.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jingui_docs::paper::Mark;
use jingui_kinds::{
    Facts as _,
    form::{Builtin, Form, pieces},
    kind::{Field, FieldType, Kind},
    people::ids,
    record::Record,
    text,
};
use jingui_model::{Data, Id, Instant, Lang, Problem, Protection, Text, Zone};
use jingui_policy::Action;
use jingui_vault::Vault;
use serde_json::Value;

use super::{code::Code, words};
use crate::{
    exchange::mask::{MASK, Masking},
    live::Live,
    messages::Messages,
    records::{name_graded, name_refs},
    settings,
    world::{World, caller::Caller, extract},
};

/// A line to write on where there are only characters.
const LINE: &str = "＿＿＿＿";
/// Records that one reference field opens at most.
const MOST: usize = 2_000;

/// What a placeholder stands for.
pub(super) struct Found {
    /// The words; empty when there are none.
    pub words: String,
    /// What people call it.
    pub label: Text,
}

/// What a mark says (H 9.2.1), in words.
pub(crate) struct Pieces {
    /// The number of the record.
    pub number: String,
    /// Its grade.
    pub grade: String,
    /// How long it is secret; empty when the record does not say.
    pub term: String,
    /// The department that it belongs to; empty for the whole company.
    pub unit: String,
}

/// Everything that a paper can say.
pub(super) struct Source<'a> {
    world: &'a World,
    caller: &'a Caller,
    messages: &'a Messages,
    vault: &'a Vault,
    lang: Lang,
    now: Instant,
    company: String,
    kind: Arc<Kind>,
    /// None for a form that is filled in by hand.
    record: Option<Record>,
    masking: Masking,
    opened: BTreeMap<Id, String>,
    highest: Option<(Protection, String)>,
    missing: Vec<Text>,
}

impl<'a> Source<'a> {
    /// From a record; that the caller may read it was asked before.
    pub fn of(world: &'a World, caller: &'a Caller, mut record: Record, lang: Lang, live: &'a Live) -> Result<Self, Problem> {
        let mut source = Self::empty(world, caller, &record.kind.clone(), lang, live)?;
        source.masking.apply(world, caller, &source.kind, &mut record);
        source.grade(&Arc::clone(&source.kind), &record);
        source.record = Some(record);
        Ok(source)
    }

    /// From nothing.
    pub fn empty(world: &'a World, caller: &'a Caller, kind: &str, lang: Lang, live: &'a Live) -> Result<Self, Problem> {
        let company = settings::record(world).map(|r| settings::company(&r)).unwrap_or_default();
        Ok(Self {
            world,
            caller,
            messages: &live.messages,
            vault: &live.vault,
            lang,
            now: live.clock.now(),
            company,
            kind: Arc::clone(world.kind(kind)?),
            record: None,
            masking: Masking::default(),
            opened: BTreeMap::new(),
            highest: None,
            missing: vec![],
        })
    }

    pub const fn lang(&self) -> Lang {
        self.lang
    }

    pub const fn now(&self) -> Instant {
        self.now
    }

    pub fn zone(&self) -> Zone {
        self.world.zone()
    }

    pub fn company(&self) -> &str {
        &self.company
    }

    pub fn kind(&self) -> &Arc<Kind> {
        &self.kind
    }

    /// Is it filled in by hand?
    pub const fn by_hand(&self) -> bool {
        self.record.is_none()
    }

    pub fn number(&self) -> Option<&str> {
        self.record.as_ref()?.number.as_deref()
    }

    /// What is missing, each once.
    pub fn missing(&self) -> Vec<Text> {
        let mut seen = vec![];
        for label in &self.missing {
            if !seen.contains(label) {
                seen.push(label.clone());
            }
        }
        seen
    }

    /// Graded things that were read besides the record.
    pub fn opened(&self) -> BTreeMap<Id, String> {
        self.opened.clone()
    }

    pub fn miss(&mut self, label: Text) {
        self.missing.push(label);
    }

    /// A sentence of the catalogue.
    pub fn say(&self, code: &str, args: &[(&'static str, &str)]) -> String {
        let args: Vec<_> = args.iter().map(|(name, value)| (Cow::Borrowed(*name), (*value).to_owned())).collect();
        self.messages.fill(code, &args, self.lang)
    }

    /// A text of a form on one line: places that are missing stand in brackets.
    pub fn plain(&mut self, text: &Text) -> String {
        use jingui_kinds::form::Piece;
        let lang = self.lang;
        let mut out = String::new();
        for piece in pieces(text.get(lang)).unwrap_or_default() {
            match piece {
                Piece::Text(words) => out.push_str(words),
                Piece::Value { path, optional } => {
                    let found = self.value(&path);
                    if !found.words.is_empty() {
                        out.push_str(&found.words);
                    } else if optional || self.by_hand() {
                        out.push_str(LINE);
                    } else {
                        out.push_str(&format!("〔{}〕", found.label.get(lang)));
                        self.miss(found.label);
                    }
                }
                Piece::Line { .. } => out.push_str(LINE),
                Piece::Tick { field, code } => out.push(if self.ticked(field, code) { '☑' } else { '☐' }),
            }
        }
        out
    }

    /// The value of a field of the record as it is stored.
    pub fn raw(&self, field: &str) -> Option<&Value> {
        self.record.as_ref()?.data.get(field).filter(|value| !value.is_null())
    }

    /// Does the record hold this code, or is this flag set?
    pub fn ticked(&self, field: &str, code: Option<&str>) -> bool {
        match (self.raw(field), code) {
            (Some(Value::Bool(flag)), None) => *flag,
            (Some(Value::String(held)), Some(codes)) => codes.split('|').any(|code| code == held),
            (Some(Value::Array(held)), Some(codes)) => {
                held.iter().filter_map(Value::as_str).any(|held| codes.split('|').any(|c| c == held))
            }
            _ => false,
        }
    }

    /// A condition of the form; for a form that is filled in by hand everything stands.
    pub fn holds(&self, condition: Option<&str>) -> bool {
        let Some(condition) = condition.filter(|_| self.record.is_some()) else { return true };
        let (wanted, name) = condition.strip_prefix('!').map_or((true, condition), |name| (false, name));
        let held = if let Some((name, number)) = name.split_once('>') {
            let (held, limit) = (self.raw(name).and_then(Value::as_i64), number.parse::<i64>().ok());
            held.zip(limit).is_some_and(|(held, limit)| held > limit)
        } else if let Some((name, codes)) = name.split_once("!=") {
            !self.ticked(name, Some(codes))
        } else if let Some((name, codes)) = name.split_once('=') {
            self.ticked(name, Some(codes))
        } else {
            let name = name.split('.').next().unwrap_or(name);
            match self.raw(name) {
                None | Some(Value::Bool(false)) => false,
                Some(Value::Array(items)) => !items.is_empty(),
                Some(Value::String(text)) => !text.is_empty(),
                Some(_) => true,
            }
        };
        held == wanted
    }

    /// What stands in a place of the form.
    pub fn value(&mut self, path: &[&str]) -> Found {
        if let [name] = path
            && self.kind.field(name).is_none()
            && let Some(builtin) = Builtin::named(name)
            && !builtin.of_record()
        {
            let words = match builtin {
                Builtin::Company => self.company.clone(),
                Builtin::Today => words::day(self.now.day(self.zone()), self.lang),
                _ => self.caller.name.clone(),
            };
            // The day of signing is the signer's own on a form that is filled in by hand.
            let words = if self.by_hand() && builtin == Builtin::Today { String::new() } else { words };
            return Found { words, label: self.builtin(builtin) };
        }
        let (kind, record) = (Arc::clone(&self.kind), self.record.clone());
        let label = self.label(&kind, path);
        let words = record.map(|record| self.step(&kind, &record, path)).unwrap_or_default();
        Found { words, label }
    }

    /// A place of another record: a cell of a table over references.
    pub fn value_of(&mut self, id: Id, path: &[&str]) -> String {
        match self.open(id) {
            Some((kind, record)) => self.step(&kind, &record, path),
            None => MASK.to_owned(),
        }
    }

    /// What people call a place, from a kind on.
    pub fn label(&self, kind: &Kind, path: &[&str]) -> Text {
        let Some((name, rest)) = path.split_first() else { return Text::default() };
        let Some(field) = kind.field(name) else {
            return Builtin::named(name).map_or_else(|| Text::new(*name, *name), |builtin| self.builtin(builtin));
        };
        match (&field.ty, rest) {
            (FieldType::Ref { kind: next } | FieldType::Refs { kind: next }, [_, ..]) => {
                let Ok(next) = self.world.kind(next) else { return field.label.clone() };
                if rest == [next.title.as_str()] {
                    return field.label.clone();
                }
                let inner = self.label(&Arc::clone(next), rest);
                Text::new(format!("{}·{}", field.label.zh, inner.zh), format!("{}: {}", field.label.en, inner.en))
            }
            _ => field.label.clone(),
        }
    }

    /// The same from a kind that is known by its name.
    pub fn label_in(&self, kind: &str, path: &[&str]) -> Text {
        self.world.kind(kind).map(|kind| self.label(kind, path)).unwrap_or_default()
    }

    fn builtin(&self, builtin: Builtin) -> Text {
        let code = match builtin {
            Builtin::Company => "document.label.company",
            Builtin::Today => "document.label.today",
            Builtin::Maker => "document.label.maker",
            Builtin::Number => "document.label.number",
            Builtin::State => "document.label.state",
            Builtin::Created => "document.label.created",
            Builtin::Creator => "document.label.creator",
        };
        self.messages.text(code).cloned().unwrap_or_default()
    }

    /// The words at the end of a path, from a record on.
    fn step(&mut self, kind: &Kind, record: &Record, path: &[&str]) -> String {
        let Some((name, rest)) = path.split_first() else { return String::new() };
        let Some(field) = kind.field(name).filter(|f| !f.internal) else {
            return match Builtin::named(name) {
                Some(Builtin::Number) => record.number.clone().unwrap_or_default(),
                Some(Builtin::State) => kind.state(&record.state).map(|s| s.label.get(self.lang).to_owned()).unwrap_or_default(),
                Some(Builtin::Created) => words::day(record.created.day(self.zone()), self.lang),
                Some(Builtin::Creator) => self.world.title(record.creator).unwrap_or_default().to_owned(),
                _ => String::new(),
            };
        };
        let Some(value) = record.data.get(*name) else { return String::new() };
        if rest.is_empty() {
            return self.shown(field, value);
        }
        let found: Vec<String> =
            ids(Some(value)).into_iter().take(MOST).map(|id| self.value_of(id, rest)).filter(|w| !w.is_empty()).collect();
        found.join(&self.say("document.list", &[]))
    }

    /// A value in words; of references the titles that the caller may know.
    pub fn shown(&self, field: &Field, value: &Value) -> String {
        let (fields, data) = (std::slice::from_ref(field), Data::from([(field.name.clone(), value.clone())]));
        let mut names = BTreeMap::new();
        name_refs(self.world, fields, &data, &mut names);
        name_graded(self.world, self.caller, fields, &data, &mut names);
        let vocabulary = text::Words { catalog: &self.world.catalog, scheme: self.world.grade_scheme(), lang: self.lang };
        words::value(field, value, vocabulary, &Known(names))
    }

    /// What a reference points to, if the caller may read it; a graded thing is remembered as read.
    fn open(&mut self, id: Id) -> Option<(Arc<Kind>, Record)> {
        let mut record = self.world.record(id).ok()?;
        let kind = Arc::clone(self.world.kind(&record.kind).ok()?);
        let target = self.world.target(self.caller, &kind, &record);
        if !self.world.rule(self.caller, Action::Read, &target).allowed {
            return None;
        }
        if target.protection > Protection::None {
            self.opened.insert(id, kind.kind.clone());
            self.grade(&kind, &record);
        }
        self.masking.apply(self.world, self.caller, &kind, &mut record);
        Some((kind, record))
    }

    /// A paper is graded as the highest of what stands in it.
    fn grade(&mut self, kind: &Kind, record: &Record) {
        let protection = extract::protection(kind, self.world.grade_scheme(), &record.data);
        let code = kind.graded.as_ref().and_then(|f| record.data.get(f)?.as_str()).unwrap_or_default();
        if protection > self.highest.as_ref().map_or(Protection::None, |(highest, _)| *highest) {
            self.highest = Some((protection, code.to_owned()));
        }
    }

    /// Number, grade, term and unit for a sheet (H 9.2.1).
    pub fn mark(&self) -> Option<Mark> {
        let Pieces { number, grade, term, unit } = self.pieces()?;
        let number = [number, unit].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        Some(Mark { grade, term, number })
    }

    /// What a mark says, piece by piece; `None` for what is not graded.
    pub fn pieces(&self) -> Option<Pieces> {
        let (_, code) = self.highest.as_ref()?;
        let grade = self.world.grade_scheme().level(code).map_or_else(|| code.clone(), |level| level.name.get(self.lang).to_owned());
        let term = self.kind.fields.iter().find(|f| matches!(f.ty, FieldType::Term {}) && !f.name.starts_with("old_"));
        let term = term.and_then(|f| Some(self.shown(f, self.raw(&f.name)?))).unwrap_or_default();
        let unit = self.record.as_ref().and_then(|r| self.world.title(extract::department(&self.kind, &r.data)?)).unwrap_or_default();
        Some(Pieces { number: self.number().unwrap_or_default().to_owned(), grade, term, unit: unit.to_owned() })
    }

    /// Who had the paper made, and when: a sheet that lies about tells where it comes from.
    pub fn footer(&self) -> String {
        if self.by_hand() {
            return self.say("document.footer_blank", &[]);
        }
        self.say("document.footer", &[("name", &self.caller.name), ("at", &self.zone().wall(self.now))])
    }

    /// What the code at the foot says, so that the signed sheet finds its record again.
    pub fn code(&self, form: &Form) -> String {
        let Some(record) = &self.record else { return String::new() };
        let number = record.number.clone().unwrap_or_else(|| record.id.to_string());
        Code { kind: record.kind.clone(), number, form: form.form.clone() }.written(self.vault)
    }
}

/// Titles that may be known; everything else is covered.
struct Known(BTreeMap<Id, String>);

impl text::Names for Known {
    fn name(&self, id: Id) -> Option<String> {
        Some(self.0.get(&id).cloned().unwrap_or_else(|| MASK.to_owned()))
    }
}
