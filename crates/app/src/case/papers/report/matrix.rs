//! Points × elements × kinds of evidence (H 10.2.1 to 10.2.9): what counts, what does not and why, what is missing.

use jingui_docs::paper::{Block, Cell, NoteKind, Span};
use jingui_evidence::dossier::matrix::{Given, Matrix, Part, Row};

use super::{
    super::sets::{stack, table},
    View,
};

/// From this many points on a table gives the overview first.
const OVERVIEW: usize = 2;

/// The matrix, if the dossier has one.
pub fn matrix(view: &View<'_>) -> Vec<Block> {
    let voice = &view.voice;
    let mut blocks = vec![view.heading("paper.part.matrix")];
    let Some(matrix) = &view.dossier.matrix else {
        blocks.push(view.para("paper.matrix.none"));
        return blocks;
    };
    blocks.push(view.para("paper.matrix.what"));
    let note = match matrix.alleged_on {
        Some(day) => voice.say("paper.matrix.before", &[("day", &day)]),
        None => voice.word("paper.matrix.no_day"),
    };
    blocks.push(Block::Note { kind: NoteKind::Info, title: String::new(), blocks: vec![Block::text(note)] });
    if matrix.points.len() >= OVERVIEW {
        blocks.push(overview(view, matrix));
    }
    blocks.extend(matrix.points.iter().flat_map(|part| one(view, part)));
    blocks
}

/// How each point stands, in one table.
fn overview(view: &View<'_>, matrix: &Matrix) -> Block {
    let voice = &view.voice;
    let mut elements: Vec<&Row> = vec![];
    for row in matrix.points.iter().flat_map(|part| &part.rows) {
        if !elements.iter().any(|known| known.element == row.element) {
            elements.push(row);
        }
    }
    let heads = std::iter::once((1.2, voice.word("paper.matrix.point"))).chain(elements.iter().map(|row| (1.35, voice.text(&row.label))));
    let rows = matrix.points.iter().map(|part| {
        let cells = elements.iter().map(|element| {
            let Some(row) = part.rows.iter().find(|row| row.element == element.element) else {
                return Cell::text(voice.word("paper.none"));
            };
            let counts = row.items.iter().filter(|item| item.counts).count();
            let code = if row.missing.is_empty() { "paper.matrix.cell" } else { "paper.matrix.cell_missing" };
            Cell::text(voice.say(code, &[("counts", &counts), ("missing", &row.missing.len())]))
        });
        std::iter::once(Cell::head(title(view, part))).chain(cells).collect()
    });
    table(heads.collect(), rows.collect())
}

fn title(view: &View<'_>, part: &Part) -> String {
    let record = view.dossier.records.iter().find(|record| record.id == part.record);
    let record = record.map_or_else(|| part.record.to_string(), |record| view.title(record));
    match &part.point {
        Some(point) => [record, view.voice.word("paper.gap"), point.clone()].concat(),
        None => record,
    }
}

fn one(view: &View<'_>, part: &Part) -> Vec<Block> {
    let voice = &view.voice;
    let rows = part.rows.iter().map(|row| {
        let mut head = Cell::head(voice.text(&row.label));
        head.blocks.push(Block::spans(vec![Span::small(voice.say("paper.matrix.clause", &[("clause", &row.clause)]))]));
        if row.before_act {
            head.blocks.push(Block::spans(vec![Span::small(voice.word("paper.matrix.before_act"))]));
        }
        let (good, bad): (Vec<&Given>, Vec<&Given>) = row.items.iter().partition(|item| item.counts);
        let missing = row.missing.iter().map(|missing| Block::text(voice.text(&missing.text)));
        vec![head, items(view, &good), items(view, &bad), filled(view, missing.collect())]
    });
    let heads = vec![
        (1.3, voice.word("paper.matrix.element")),
        (3.0, voice.word("paper.matrix.counts")),
        (2.5, voice.word("paper.matrix.not")),
        (2.0, voice.word("paper.matrix.missing")),
    ];
    vec![Block::heading(2, title(view, part)), table(heads, rows.collect())]
}

/// Pieces of evidence, one below the other.
fn items(view: &View<'_>, items: &[&Given]) -> Cell {
    let voice = &view.voice;
    let mut blocks = vec![];
    for item in items {
        blocks.push(Block::spans(vec![
            Span::strong(voice.text(&item.label)),
            Span::plain(voice.word("paper.colon")),
            Span::plain(item.about.clone()),
        ]));
        let mut facts = vec![];
        facts.extend(item.day.map(|day| day.to_string()));
        facts.extend(item.entry.map(|entry| voice.say("paper.matrix.entry", &[("entry", &entry)])));
        facts.extend(item.why_not.map(|why| voice.word(why.code())));
        if !facts.is_empty() {
            blocks.push(Block::spans(vec![Span::small(voice.list(&facts))]));
        }
    }
    filled(view, blocks)
}

/// A cell that is never blank.
fn filled(view: &View<'_>, blocks: Vec<Block>) -> Cell {
    if blocks.is_empty() { Cell::text(view.voice.word("paper.none")) } else { stack(blocks) }
}
