//! What others made (deeds, receipts, reports), and how to check all this without us.

use jingui_docs::paper::{Block, Cell, NoteKind, Signature, Span};
use jingui_evidence::dossier::Outside;

use super::{
    super::sets::{bullets, number, stack, table},
    View,
};

/// Evidence from outside.
pub fn outside(view: &View<'_>) -> Vec<Block> {
    let voice = &view.voice;
    let mut blocks = vec![view.heading("paper.part.outside")];
    if view.dossier.outside.is_empty() {
        blocks.push(view.para("paper.outside.none"));
        return blocks;
    }
    blocks.push(view.para("paper.outside.what"));
    let heads = vec![
        (0.7, voice.word("paper.number")),
        (2.3, voice.word("paper.outside.label")),
        (1.8, voice.word("paper.outside.issuer")),
        (1.2, voice.word("paper.outside.day")),
        (4.0, voice.word("paper.outside.files")),
    ];
    blocks.push(table(heads, (1..).zip(&view.dossier.outside).map(|(n, piece)| row(view, n, piece)).collect()));
    blocks
}

fn row(view: &View<'_>, n: usize, piece: &Outside) -> Vec<Cell> {
    let voice = &view.voice;
    let kind = voice.outside(&piece.kind);
    let about = piece.record.and_then(|id| view.dossier.records.iter().find(|record| record.id == id)).map(|record| view.title(record));
    let mut label = stack(vec![Block::spans(vec![Span::strong(piece.label.clone())]), Block::spans(vec![Span::small(kind)])]);
    label.blocks.extend(about.map(|about| Block::spans(vec![Span::small(voice.say("paper.outside.about", &[("record", &about)]))])));
    let none = || voice.word("paper.none");
    let files = piece.files.iter().flat_map(|file| {
        let head = voice.say("paper.file", &[("name", &file.name), ("size", &file.size)]);
        [Block::text(head), Block::spans(vec![Span::code(file.sha256.clone())])]
    });
    vec![
        number(n),
        label,
        Cell::text(piece.issuer.clone().unwrap_or_else(none)),
        Cell::text(piece.day.map_or_else(none, |day| day.to_string())),
        stack(files.collect()),
    ]
}

/// How a reader makes sure himself, and where the company signs.
pub fn check(view: &View<'_>) -> Vec<Block> {
    let voice = &view.voice;
    let steps = ["paper.check.page", "paper.check.program", "paper.check.hand", "paper.check.keys", "paper.check.expert"];
    let limits = ["paper.check.not_true", "paper.check.not_before", "paper.check.not_complete", "paper.check.not_revoked"];
    vec![
        view.heading("paper.part.check"),
        view.para("paper.check.what"),
        Block::List { numbered: true, items: steps.into_iter().map(|code| vec![view.para(code)]).collect() },
        Block::Note {
            kind: NoteKind::Warning,
            title: voice.word("paper.check.limits"),
            blocks: vec![bullets(limits.into_iter().map(|code| voice.word(code)))],
        },
        Block::Group(vec![
            view.para("paper.check.statement"),
            Block::Signatures(vec![
                Signature { label: voice.word("paper.sign.company"), date: voice.word("paper.sign.date") },
                Signature { label: voice.word("paper.sign.maker"), date: voice.word("paper.sign.date") },
            ]),
        ]),
    ]
}
