//! What outsiders saw: time-stamp authorities (RFC 3161) and witnesses (C2SP tlog-witness).

use std::collections::BTreeSet;

use jingui_docs::paper::{Block, Cell, Span};
use jingui_evidence::{
    dossier::{StampFinding, Standing},
    time::Link,
};

use super::{
    super::sets::{number, stack, table, two_lines},
    View,
};

/// Time stamps with their renewals, and the certificates they lead to.
pub fn stamps(view: &View<'_>) -> Vec<Block> {
    let voice = &view.voice;
    let mut blocks = vec![view.heading("paper.part.stamps"), view.para("paper.stamps.what")];
    if view.findings.stamps.is_empty() {
        blocks.push(view.para("paper.stamps.none"));
        return blocks;
    }
    let heads = vec![
        (0.7, voice.word("paper.number")),
        (1.7, voice.word("paper.stamps.authority")),
        (1.9, voice.word("paper.stamps.time")),
        (1.1, voice.word("paper.stamps.covers")),
        (2.2, voice.word("paper.stamps.renewals")),
        (1.3, voice.word("paper.stamps.ends")),
        (1.3, voice.word("paper.trust.standing")),
    ];
    blocks.push(table(heads, view.findings.stamps.iter().map(|stamp| row(view, stamp)).collect()));
    blocks.extend([Block::heading(2, voice.word("paper.stamps.certificates")), view.para("paper.stamps.compare"), certificates(view)]);
    blocks
}

fn row(view: &View<'_>, stamp: &StampFinding) -> Vec<Cell> {
    let voice = &view.voice;
    let covers = voice.say("paper.stamps.below", &[("last", &stamp.size.saturating_sub(1))]);
    let renewals = stamp.renewed_by.iter().zip(stamp.verdicts.iter().skip(1)).map(|(n, verdict)| {
        let by = view.authority(*n).unwrap_or(&verdict.authority);
        Block::text(voice.say("paper.stamps.renewed", &[("number", n), ("authority", &by), ("at", &voice.moment(verdict.time))]))
    });
    let renewals: Vec<Block> = renewals.collect();
    vec![
        number(stamp.number),
        Cell::text(stamp.authority.clone()),
        Cell::text(voice.exactly(stamp.time)),
        Cell::text(covers),
        if renewals.is_empty() { Cell::text(voice.word("paper.none")) } else { stack(renewals) },
        Cell::text(stamp.ends.day(voice.zone).to_string()),
        Cell::text(voice.standing(stamp.standing)),
    ]
}

/// Every certificate once: their fingerprints are what a reader compares with what the authority publishes.
fn certificates(view: &View<'_>) -> Block {
    let voice = &view.voice;
    let mut seen = BTreeSet::new();
    let seals = view.findings.sealed.iter().map(|seal| &seal.verdict);
    let links = view.findings.stamps.iter().flat_map(|stamp| &stamp.verdicts).chain(seals).flat_map(|verdict| &verdict.chain);
    let fresh: Vec<&Link> = links.filter(|link| seen.insert(link.fingerprint.as_str())).collect();
    let day = |at: jingui_model::Instant| at.day(voice.zone).to_string();
    let rows = fresh.into_iter().map(|link| {
        let valid = voice.say("paper.stamps.from_to", &[("from", &day(link.not_before)), ("to", &day(link.not_after))]);
        vec![
            two_lines(link.subject.clone(), link.signature.clone()),
            Cell::spans(vec![Span::code(link.fingerprint.clone())]),
            Cell::text(valid),
        ]
    });
    let heads = vec![
        (2.4, voice.word("paper.stamps.subject")),
        (3.6, voice.word("paper.stamps.fingerprint")),
        (1.4, voice.word("paper.stamps.valid")),
    ];
    table(heads, rows.collect())
}

/// Who else saw the ledger.
pub fn witnesses(view: &View<'_>) -> Vec<Block> {
    let voice = &view.voice;
    let mut blocks = vec![view.heading("paper.part.witnesses"), view.para("paper.witnesses.what")];
    let seen = &view.findings.cosigned;
    if seen.is_empty() {
        blocks.push(view.para("paper.witnesses.none"));
        return blocks;
    }
    let rows = seen.iter().map(|seen| {
        vec![
            number(seen.number),
            Cell::text(view.witness(&seen.vkey, &seen.witness)),
            Cell::text(voice.moment(seen.at)),
            Cell::text(voice.say("paper.stamps.below", &[("last", &seen.size.saturating_sub(1))])),
            Cell::spans(vec![Span::code(seen.vkey.clone())]),
            Cell::text(voice.standing(seen.standing)),
        ]
    });
    let heads = vec![
        (0.7, voice.word("paper.number")),
        (1.3, voice.word("paper.witnesses.name")),
        (1.5, voice.word("paper.witnesses.at")),
        (1.0, voice.word("paper.stamps.covers")),
        (3.0, voice.word("paper.witnesses.key")),
        (1.2, voice.word("paper.trust.standing")),
    ];
    blocks.push(table(heads, rows.collect()));
    if seen.iter().any(|seen| seen.standing != Standing::Trusted) {
        blocks.push(view.para("paper.witnesses.confirm"));
    }
    blocks
}
