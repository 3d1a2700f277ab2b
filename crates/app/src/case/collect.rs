//! Collecting: records, their entries with the chosen fields opened, files, proofs under one checkpoint, what outsiders said.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jingui_evidence::dossier::{
    Attached, Dossier, Item, Kinds, Outside, OutsideFile, Point, Reach, Record,
    matrix::{Fact, Matrix, Subject, matrix},
};
use jingui_kinds::{act::Facts as _, record::FileVersion};
use jingui_ledger::OpenField;
use jingui_model::{Id, Instant, Problem, Zone, problem::Class};
use jingui_policy::Action;
use serde_json::Value;

use super::{
    Choice,
    chronicle::{Chronicle, Step},
    facts::Finder,
    outside::Said,
    related::{Related, related},
};
use crate::{ledger::blocking, live::Live, pipeline::open_event, world::caller::Caller};

/// Most notes about the system itself, the latest ones; and how many notes are looked through for them.
const CONTEXT: usize = 500;
const CONTEXT_LOOK: usize = 20_000;
const PAGE: u32 = 1000;
/// Most bytes of files: a reader refuses more.
const MAX_FILES: u64 = 900 << 20;
/// Outside evidence is carried as such, not as a file of its record.
const OUTSIDE: &str = "outside_evidence";

/// What was collected.
pub struct Collected {
    /// The package to be.
    pub dossier: Dossier,
    /// Records that belong to it and that the caller may not read.
    pub left_out: u64,
}

/// What a package would hold.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Its records.
    pub records: Vec<Record>,
    /// How many entries.
    pub entries: usize,
    /// How many of them are about the system itself.
    pub context: usize,
    /// How many bytes of files.
    pub file_bytes: u64,
    /// Evidence against what a court asks for.
    pub matrix: Matrix,
    /// Records that belong to it and that the caller may not read.
    pub left_out: u64,
    /// Why the caller may look at this and not take it away.
    pub barred: Option<Problem>,
}

/// What is collected for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// To be made and taken away: with the bytes of files.
    Take,
    /// To see whether it could be taken away.
    Try,
    /// To look at.
    Look,
}

/// Collects what was chosen. Nothing is recorded here, and nothing is made.
///
/// # Errors
/// `record.missing`, `policy.denied` for secrets and files that the caller may not take out; `case.empty` when there was nothing yet at
/// that time; `case.undivided`, `case.too_large`; `ledger.not_yet`, `store.*`, `vault.*`.
pub async fn collect(live: &Arc<Live>, caller: &Caller, choice: &Choice) -> Result<Collected, Problem> {
    let kinds = Kinds::shipped()?;
    let (gathering, left_out) = Gathering::of(live, caller, choice, &kinds, Aim::Take).await?;
    let dossier = gathering.finish().await?;
    Ok(Collected { dossier, left_out })
}

/// Says what a package would hold and what is missing, without files and proofs.
///
/// # Errors
/// Those of [`collect`].
pub async fn preview(live: &Arc<Live>, caller: &Caller, choice: &Choice) -> Result<Preview, Problem> {
    gathered(live, caller, choice, Aim::Try).await
}

/// The same for those who decide on it: who may read the secrets sees what it would hold, and is told when he could not take it away.
///
/// # Errors
/// Those of [`collect`].
pub async fn look(live: &Arc<Live>, caller: &Caller, choice: &Choice) -> Result<Preview, Problem> {
    match gathered(live, caller, choice, Aim::Try).await {
        Err(barred) if barred.class() == Class::Denied => {
            let seen = gathered(live, caller, choice, Aim::Look).await?;
            Ok(Preview { barred: Some(barred), ..seen })
        }
        found => found,
    }
}

async fn gathered(live: &Arc<Live>, caller: &Caller, choice: &Choice, aim: Aim) -> Result<Preview, Problem> {
    let kinds = Kinds::shipped()?;
    let (gathering, left_out) = Gathering::of(live, caller, choice, &kinds, aim).await?;
    let matrix = gathering.matrix();
    let Parts { records, entries, context, weight, .. } = gathering.parts;
    Ok(Preview { records, entries: entries.len(), context: context.len(), file_bytes: weight, matrix, left_out, barred: None })
}

#[derive(Default)]
struct Parts {
    records: Vec<Record>,
    entries: Entries,
    context: Vec<u64>,
    subjects: Vec<Subject>,
    facts: Vec<Fact>,
    outside: Vec<Outside>,
    files: BTreeMap<String, Vec<u8>>,
    weight: u64,
}

struct Gathering<'a> {
    live: &'a Arc<Live>,
    caller: &'a Caller,
    choice: &'a Choice,
    kinds: &'a Kinds,
    zone: Zone,
    until: Instant,
    aim: Aim,
    parts: Parts,
}

impl<'a> Gathering<'a> {
    async fn of(live: &'a Arc<Live>, caller: &'a Caller, choice: &'a Choice, kinds: &'a Kinds, aim: Aim) -> Result<(Self, u64), Problem> {
        let (zone, now) = (live.world.read().zone(), live.clock.now());
        let action = if aim == Aim::Look { Action::Read } else { Action::Export };
        let (records, left_out) = related(&live.world.read(), kinds, caller, &choice.secrets, action)?;
        let until = choice.until(now, zone);
        let mut gathering = Self { live, caller, choice, kinds, zone, until, aim, parts: Parts::default() };
        for record in records {
            gathering.record(record).await?;
        }
        if gathering.parts.records.is_empty() {
            return Err(Problem::missing("case.empty"));
        }
        gathering.context().await?;
        Ok((gathering, left_out))
    }

    async fn record(&mut self, related: Related) -> Result<(), Problem> {
        let Related { id, kind, about } = related;
        let frame = self.kinds.frame(&kind.kind);
        let everywhere = frame.is_some_and(|f| matches!(f.reach, Reach::All | Reach::Department));
        let Some(chronicle) = Chronicle::read(self.live, id, kind, about, self.until).await? else { return Ok(()) };
        let state = chronicle.steps.iter().rev().find_map(Step::state).unwrap_or_default();
        if frame.is_some_and(|f| !f.states.is_empty() && !f.states.iter().any(|s| s == state)) {
            return Ok(());
        }
        let steps = self.choice.steps(&chronicle, self.zone);
        let finder = Finder { kinds: self.kinds, choice: self.choice, zone: self.zone };
        let facts = finder.facts(&chronicle, &steps);
        let counts = |fact: &Fact| self.kinds.sources.iter().any(|s| s.kind == fact.kind && s.states.contains(&fact.state));
        if everywhere && !facts.iter().any(counts) {
            return Ok(());
        }
        if self.choice.secrets.contains(&id) {
            self.parts.subjects.extend(finder.subjects(&chronicle));
        }
        self.parts.facts.extend(facts);
        let mut opened = vec![];
        for step in &steps {
            let fields = self.choice.opened(self.kinds, &chronicle, step)?;
            opened.push((step.index, fields.clone()));
            self.parts.entries.insert(step.index, (step.entry.clone(), fields));
        }
        let files = self.files(&chronicle, &opened).await?;
        self.parts.records.push(self.index(&chronicle, &steps, &opened, files));
        Ok(())
    }

    /// What the index says of a record: only what is opened.
    fn index(&self, chronicle: &Chronicle, steps: &[&Step], opened: &[(u64, Vec<OpenField>)], files: Vec<Attached>) -> Record {
        let shown = |field: &str| {
            let name = format!("data.{field}");
            opened.iter().rev().find_map(|(_, fields)| fields.iter().find(|f| f.name == name)?.value.as_str())
        };
        Record {
            id: chronicle.id,
            kind: chronicle.kind.kind.clone(),
            number: chronicle.number.clone(),
            label: shown(&chronicle.kind.title).map(str::to_owned),
            grade: chronicle.kind.graded.as_deref().and_then(shown).map(str::to_owned),
            entries: steps.iter().map(|s| s.index).collect(),
            points: points(chronicle, opened),
            files,
        }
    }

    /// The files that are opened, each with the first entry that vouches for it.
    async fn files(&mut self, chronicle: &Chronicle, opened: &[(u64, Vec<OpenField>)]) -> Result<Vec<Attached>, Problem> {
        let mut wanted: Vec<(Id, u64, &str)> = vec![];
        for (index, fields) in opened {
            for field in fields {
                let items = field.value.as_array().map_or_else(|| std::slice::from_ref(&field.value), Vec::as_slice);
                let versions = items.iter().filter(|i| i.get("sha256").is_some()).filter_map(|i| i.get("id")?.as_str()?.parse::<Id>().ok());
                for version in versions {
                    if !wanted.iter().any(|(known, ..)| *known == version) {
                        wanted.push((version, *index, field.name.as_str()));
                    }
                }
            }
        }
        if wanted.is_empty() {
            return Ok(vec![]);
        }
        if self.aim != Aim::Look {
            self.may_open(chronicle)?;
        }
        let (mut attached, mut pieces) = (vec![], vec![]);
        for (version, entry, field) in wanted {
            // What was taken off since is still in the ledger; its bytes are gone.
            let (version, bytes) = match self.bytes(chronicle.id, version).await {
                Ok(found) => found,
                Err(problem) if problem.code() == "file.missing" => continue,
                Err(problem) => return Err(problem),
            };
            if chronicle.kind.kind == OUTSIDE {
                let file = OutsideFile::new(self.parts.outside.len() + 1, &version.name, &bytes);
                // Two files of one name: the digests tell them apart, a path cannot.
                if self.parts.files.insert(file.path.clone(), bytes).is_none() {
                    pieces.push(file);
                }
            } else {
                let file = Attached::new(&version.name, &bytes, entry, field);
                self.parts.files.insert(file.path.clone(), bytes);
                attached.push(file);
            }
        }
        if !pieces.is_empty() {
            self.parts.outside.push(Outside {
                kind: chronicle.text("type").unwrap_or_default().to_owned(),
                label: chronicle.title().to_owned(),
                issuer: chronicle.text("issuer").map(str::to_owned),
                day: chronicle.text("dated").and_then(|day| day.parse().ok()),
                record: Some(chronicle.id),
                files: pieces,
            });
        }
        Ok(attached)
    }

    fn may_open(&self, chronicle: &Chronicle) -> Result<(), Problem> {
        let world = self.live.world.read();
        let target = world.target(self.caller, &chronicle.kind, &world.record(chronicle.id)?);
        world.allow(self.caller, Action::ViewFile, &target)
    }

    async fn bytes(&mut self, record: Id, file: Id) -> Result<(FileVersion, Vec<u8>), Problem> {
        let outgoing = self.live.outgoing(self.caller, record, file).await?;
        let version = outgoing.version.clone();
        self.parts.weight += version.size;
        if self.parts.weight > MAX_FILES {
            return Err(Problem::too_large("case.too_large").arg("limit", MAX_FILES >> 20));
        }
        // Only counted.
        if self.aim != Aim::Take {
            return Ok((version, vec![]));
        }
        let bytes = blocking(move || {
            let mut bytes = vec![];
            outgoing.write_to(&mut bytes)?;
            Ok(bytes)
        });
        Ok((version, bytes.await?))
    }

    /// Notes about the system itself: was it sound, did it notice its own errors (民事证据规定 93).
    async fn context(&mut self) -> Result<(), Problem> {
        let (mut before, mut looked) = (None, 0);
        while looked < CONTEXT_LOOK && self.parts.context.len() < CONTEXT {
            let events = self.live.store.events_of_none(before, PAGE).await?;
            let Some(last) = events.last() else { break };
            before = Some(last.index);
            looked += events.len();
            for event in events {
                let tells = event.kind == "system" && event.at <= self.until && self.kinds.context.contains(&event.act);
                if tells && self.parts.context.len() < CONTEXT {
                    let fields = open_event(&self.live.vault, None, &event)?.fields;
                    self.parts.context.push(event.index);
                    self.parts.entries.insert(event.index, (event.entry, fields));
                }
            }
        }
        self.parts.context.sort_unstable();
        Ok(())
    }

    fn matrix(&self) -> Matrix {
        matrix(self.kinds, &self.parts.subjects, &self.parts.facts, self.choice.matter.alleged_on, self.choice.as_of)
    }

    async fn finish(self) -> Result<Dossier, Problem> {
        let matrix = self.matrix();
        let Self { live, caller, choice, until, parts, .. } = self;
        let Parts { records, entries, context, outside, files, .. } = parts;
        let dossier = dossier_of(live, caller, choice, entries).await?;
        Ok(Dossier { as_of: until, matrix: Some(matrix), records, context, outside, files, ..dossier })
    }
}

/// Entries with what is opened of them.
pub(super) type Entries = BTreeMap<u64, (Vec<u8>, Vec<OpenField>)>;

/// A dossier of entries with everything that proves them, and nothing that says what they are about.
///
/// # Errors
/// `ledger.not_yet`, `store.*`.
pub(super) async fn dossier_of(live: &Live, caller: &Caller, choice: &Choice, entries: Entries) -> Result<Dossier, Problem> {
    let (now, zone) = (live.clock.now(), live.world.read().zone());
    let indexes: Vec<u64> = entries.keys().copied().collect();
    let said = Said::about(live, &indexes).await?;
    let sizes = said.sizes();
    let proofs = live.ledger.proofs(indexes.clone(), sizes.clone()).await?;
    let mut twins: BTreeMap<u64, _> = live.twin.proofs(indexes).await?.into_iter().map(|p| (p.index, p)).collect();
    let growth: BTreeMap<u64, Vec<_>> = sizes.into_iter().zip(proofs.growth).collect();
    let twin = (!twins.is_empty()).then(|| live.twin.verifier().clone());
    let item = |((index, (bytes, opened)), proof)| (index, Item { bytes, opened, proof, twin: twins.remove(&index) });
    let (company, software) = (live.company(), format!("Jingui {}", env!("CARGO_PKG_VERSION")));
    let info = [
        ("Source-Organization", company.clone()),
        ("Bagging-Date", now.day(zone).to_string()),
        ("External-Description", choice.matter.name.clone()),
        ("Bag-Software-Agent", software.clone()),
    ];
    Ok(Dossier {
        name: format!("evidence-{}", now.day(zone)),
        info: info.into_iter().filter(|(_, v)| !v.is_empty()).map(|(label, value)| (label.to_owned(), value)).collect(),
        matter: choice.matter.clone(),
        company,
        made_at: now,
        made_by: caller.name.clone(),
        as_of: now,
        software,
        ledger: live.ledger.verifier().clone(),
        twin,
        stamps: said.stamps(&growth),
        cosigned: said.cosigned(&growth),
        witnesses: said.witnesses.into_values().collect(),
        authorities: said.authorities.into_values().collect(),
        roots: said.roots,
        matrix: None,
        records: vec![],
        context: vec![],
        entries: entries.into_iter().zip(proofs.entries).map(item).collect(),
        outside: vec![],
        files: BTreeMap::new(),
        papers: BTreeMap::new(),
        seals: vec![],
    })
}

/// The points that are opened: each with every entry in which it changed.
fn points(chronicle: &Chronicle, opened: &[(u64, Vec<OpenField>)]) -> Vec<Point> {
    let rows: BTreeSet<&str> = chronicle
        .kind
        .fields
        .iter()
        .filter(|f| matches!(f.ty, jingui_kinds::kind::FieldType::Rows { .. }))
        .map(|f| f.name.as_str())
        .collect();
    let mut last: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut points = vec![];
    for (index, fields) in opened {
        for field in fields {
            let Some(name) = field.name.strip_prefix("data.").and_then(|n| n.split('[').next()) else { continue };
            let label = field.value.get("name").and_then(Value::as_str);
            if let Some(label) = label.filter(|_| rows.contains(name))
                && last.insert(label, &field.value) != Some(&field.value)
            {
                points.push(Point { label: label.to_owned(), entry: *index, field: field.name.clone() });
            }
        }
    }
    points
}
