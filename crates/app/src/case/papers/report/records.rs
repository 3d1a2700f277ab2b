//! The records: their entries, what is disclosed of them, and their files. Of an entry only fields are shown that open a commitment.

use jingui_docs::paper::{Block, Cell, Span};
use jingui_evidence::dossier::{Proven, Record};
use jingui_ledger::{Entry, OpenField};

use super::{
    super::{
        sets::{coded, number, pair, stack, table, two_lines},
        values,
    },
    View,
};

/// Every record.
pub fn records(view: &View<'_>) -> Vec<Block> {
    let mut blocks = vec![view.heading("paper.part.records")];
    if view.dossier.records.is_empty() {
        blocks.push(view.para("paper.records.none"));
    } else {
        blocks.push(view.para("paper.records.what"));
    }
    blocks.extend(view.dossier.records.iter().flat_map(|record| one(view, record)));
    blocks
}

/// Every record in one line; what is disclosed of it stands in the longer report.
pub fn listed(view: &View<'_>) -> Vec<Block> {
    let voice = &view.voice;
    let rows = view.dossier.records.iter().map(|record| {
        vec![
            Cell::text(view.title(record)),
            Cell::text(voice.kind(&record.kind)),
            Cell::text(record.grade.as_deref().map(|grade| voice.grade(grade)).unwrap_or_default()),
            number(record.entries.len()),
        ]
    });
    let heads = vec![
        (4.0, voice.word("paper.records.record")),
        (1.5, voice.word("paper.records.kind")),
        (1.2, voice.word("paper.records.grade")),
        (1.2, voice.word("paper.records.entries")),
    ];
    let what = Block::text(voice.say("paper.records.listed", &[("count", &view.dossier.records.len())]));
    vec![view.heading("paper.part.records"), what, table(heads, rows.collect())]
}

fn one(view: &View<'_>, record: &Record) -> Vec<Block> {
    let voice = &view.voice;
    let mut facts = vec![pair(voice.word("paper.records.kind"), voice.kind(&record.kind))];
    facts.extend(record.grade.iter().map(|grade| pair(voice.word("paper.records.grade"), voice.grade(grade))));
    facts.push(coded(voice.word("paper.records.id"), record.id.to_string()));
    let mut blocks = vec![Block::heading(2, view.title(record)), Block::KeyValues(facts)];
    let entries: Vec<&Proven> = record.entries.iter().filter_map(|index| view.proven.get(index).copied()).collect();
    blocks.extend([Block::heading(3, voice.word("paper.records.entries")), entry_table(view, &entries)]);
    let opened: Vec<(u64, &OpenField)> = entries.iter().flat_map(|proven| view.opened(proven)).collect();
    blocks.extend(points(view, record, &opened));
    blocks.extend(fields(view, record, &opened));
    blocks.extend(files(view, record));
    blocks
}

fn entry_table(view: &View<'_>, entries: &[&Proven]) -> Block {
    let voice = &view.voice;
    let rows = entries.iter().map(|proven| {
        let (limit, by) = view.bound(proven.index);
        let (shown, all) = (proven.opened.len(), view.committed(proven.index));
        let mut also = vec![];
        also.extend(proven.twin.then(|| voice.word("paper.records.in_twin")));
        also.extend((!proven.cosigned.is_empty()).then(|| voice.word("paper.records.witnessed")));
        also.extend(proven.clock_ahead.then(|| voice.word("paper.records.clock_ahead")));
        vec![
            number(proven.index),
            Cell::text(voice.act(&proven.kind, &proven.act)),
            Cell::text(voice.moment(proven.at)),
            if by.is_empty() { Cell::text(limit) } else { two_lines(limit, by) },
            Cell::text(voice.say("paper.records.of", &[("shown", &shown), ("all", &all)])),
            Cell::text(if also.is_empty() { voice.word("paper.none") } else { voice.list(&also) }),
        ]
    });
    let heads = vec![
        (0.7, voice.word("paper.records.index")),
        (1.5, voice.word("paper.records.act")),
        (2.0, voice.word("paper.records.at")),
        (2.9, voice.word("paper.records.limit")),
        (1.0, voice.word("paper.records.shown")),
        (1.5, voice.word("paper.records.also")),
    ];
    table(heads, rows.collect())
}

/// Secret points: the unit that a court looks at, each with its content.
fn points(view: &View<'_>, record: &Record, opened: &[(u64, &OpenField)]) -> Vec<Block> {
    let voice = &view.voice;
    let rows = record.points.iter().filter_map(|point| {
        let (_, field) = opened.iter().find(|(index, field)| *index == point.entry && field.name == point.field)?;
        let (limit, by) = view.bound(point.entry);
        let content = values::blocks(voice, &record.kind, &field.name, &field.value);
        Some(vec![Cell::head(point.label.clone()), stack(content), number(point.entry), two_lines(limit, by)])
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return vec![];
    }
    let heads = vec![
        (1.5, voice.word("paper.records.point")),
        (4.2, voice.word("paper.records.content")),
        (0.7, voice.word("paper.records.index")),
        (2.4, voice.word("paper.records.limit")),
    ];
    vec![Block::heading(3, voice.word("paper.records.points")), table(heads, rows)]
}

/// The other disclosed fields.
fn fields(view: &View<'_>, record: &Record, opened: &[(u64, &OpenField)]) -> Vec<Block> {
    let voice = &view.voice;
    let is_point = |index: u64, name: &str| record.points.iter().any(|point| point.entry == index && point.field == name);
    let rows = opened.iter().filter(|(index, field)| !is_point(*index, &field.name)).map(|(index, field)| {
        let value = values::blocks(voice, &record.kind, &field.name, &field.value);
        vec![number(index), Cell::text(voice.field(&record.kind, &field.name)), stack(value)]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return vec![];
    }
    let heads =
        vec![(0.7, voice.word("paper.records.index")), (1.9, voice.word("paper.records.field")), (6.2, voice.word("paper.records.value"))];
    vec![Block::heading(3, voice.word("paper.records.fields")), table(heads, rows)]
}

fn files(view: &View<'_>, record: &Record) -> Vec<Block> {
    let voice = &view.voice;
    let good =
        |file: &&jingui_evidence::dossier::Attached| view.proven.get(&file.entry).is_some_and(|proven| proven.files.contains(&file.path));
    let rows = record.files.iter().filter(good).map(|file| {
        let digest = Cell::spans(vec![Span::code(file.sha256.clone())]);
        vec![Cell::text(file.name.clone()), number(file.size), digest, number(file.entry)]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return vec![];
    }
    let heads = vec![
        (2.6, voice.word("paper.records.file")),
        (1.0, voice.word("paper.records.size")),
        (4.5, voice.word("paper.sha256")),
        (0.7, voice.word("paper.records.index")),
    ];
    vec![Block::heading(3, voice.word("paper.records.files")), table(heads, rows)]
}

impl View<'_> {
    /// The disclosed fields of an entry that the verification saw opening it.
    pub(super) fn opened(&self, proven: &Proven) -> impl Iterator<Item = (u64, &OpenField)> {
        let (index, names) = (proven.index, proven.opened.clone());
        let fields = self.dossier.entries.get(&index).into_iter().flat_map(|item| &item.opened);
        fields.filter(move |field| names.contains(&field.name)).map(move |field| (index, field))
    }

    /// To how many fields an entry commits.
    fn committed(&self, index: u64) -> usize {
        let entry = self.dossier.entries.get(&index).and_then(|item| Entry::parse(&item.bytes).ok());
        entry.map_or(0, |entry| entry.fields().len())
    }
}
