//! The ledger and its twin: which tree all proofs lead to.

use jingui_docs::paper::Block;
use jingui_evidence::dossier::Tree;

use super::{
    super::sets::{coded, pair},
    View,
};

/// Both trees.
pub fn trees(view: &View<'_>) -> Vec<Block> {
    let voice = &view.voice;
    let mut blocks = vec![view.heading("paper.part.ledger"), view.para("paper.ledger.what")];
    match &view.findings.ledger {
        Some(tree) => blocks.push(Block::Group(vec![Block::heading(2, voice.word("paper.ledger.first")), facts(view, tree)])),
        None => blocks.push(view.para("paper.ledger.unsigned")),
    }
    if let Some(tree) = &view.findings.twin {
        blocks.push(Block::Group(vec![Block::heading(2, voice.word("paper.ledger.twin")), facts(view, tree)]));
        let outside: Vec<u64> = view.findings.proven.iter().filter(|proven| !proven.twin).map(|proven| proven.index).collect();
        if !outside.is_empty() {
            blocks.push(Block::text(voice.say("paper.ledger.not_in_twin", &[("entries", &voice.numbers(&outside))])));
        }
    } else {
        blocks.push(view.para("paper.ledger.no_twin"));
    }
    blocks
}

fn facts(view: &View<'_>, tree: &Tree) -> Block {
    let voice = &view.voice;
    Block::KeyValues(vec![
        pair(voice.word("paper.ledger.origin"), tree.origin.clone()),
        pair(voice.word("paper.ledger.size"), tree.size.to_string()),
        coded(voice.word("paper.ledger.root"), tree.root.clone()),
        coded(voice.word("paper.ledger.key"), tree.vkey.clone()),
        pair(voice.word("paper.trust.standing"), voice.standing(tree.standing)),
    ])
}
