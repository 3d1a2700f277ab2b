//! The first page: whose matter it is, and the answer.

use std::collections::{BTreeMap, BTreeSet};

use jingui_docs::paper::{Block, Cell, NoteKind, Span};
use jingui_evidence::dossier::{Claim, Outcome, Proven, Standing};

use super::{
    super::sets::{bullets, pair, table},
    View,
};

/// Faults, and names, that are listed one by one.
const LISTED: usize = 5;

/// What the report is about.
pub fn cover(view: &View<'_>) -> Vec<Block> {
    let (dossier, voice) = (view.dossier, &view.voice);
    let matter = &dossier.matter;
    let mut pairs = vec![pair(voice.word("paper.report.matter"), matter.name.clone())];
    pairs.extend(matter.case_no.iter().map(|number| pair(voice.word("paper.report.case_no"), number.clone())));
    pairs.push(pair(voice.word("paper.report.company"), dossier.company.clone()));
    pairs.push(pair(voice.word("paper.report.as_of"), voice.moment(dossier.as_of)));
    let alleged = matter.alleged_on.map_or_else(|| voice.word("paper.report.no_alleged_day"), |day| day.to_string());
    pairs.push(pair(voice.word("paper.report.alleged_on"), alleged));
    let made: [(&str, &dyn std::fmt::Display); 2] = [("at", &voice.moment(dossier.made_at)), ("by", &dossier.made_by)];
    pairs.push(pair(voice.word("paper.report.made"), voice.say("paper.report.made_by", &made)));
    pairs.push(pair(voice.word("paper.report.software"), dossier.software.clone()));
    vec![Block::KeyValues(pairs)]
}

/// The answer, whose word it rests on, and what is only claimed.
pub fn verdict(view: &View<'_>) -> Vec<Block> {
    let voice = &view.voice;
    let mut blocks = vec![view.heading("paper.part.verdict"), outcome(view)];
    if !view.findings.proven.is_empty() {
        blocks.extend([Block::heading(2, voice.word("paper.verdict.proven")), bullets(proven(view))]);
    }
    blocks.extend([Block::heading(2, voice.word("paper.verdict.trust")), view.para("paper.verdict.trust_why"), words(view)]);
    blocks.extend([Block::heading(2, voice.word("paper.verdict.claimed")), bullets(claims(view))]);
    blocks.push(Block::spans(vec![Span::small(voice.say("paper.verdict.zone", &[("zone", &voice.offset())]))]));
    blocks
}

fn outcome(view: &View<'_>) -> Block {
    let (findings, voice) = (view.findings, &view.voice);
    let (kind, title, text) = match findings.outcome {
        Outcome::Whole => (NoteKind::Info, "paper.verdict.whole", "paper.verdict.whole_text"),
        Outcome::Damaged => (NoteKind::Warning, "paper.verdict.damaged", "paper.verdict.damaged_text"),
        Outcome::Unreadable => (NoteKind::Warning, "paper.verdict.unreadable", "paper.verdict.damaged_text"),
    };
    let mut blocks = vec![Block::text(voice.say(text, &[("count", &findings.faults.len())]))];
    if !findings.faults.is_empty() {
        let told = findings.faults.iter().take(LISTED).map(|fault| {
            let args: Vec<_> = fault.args().into_iter().map(|(name, value)| (name.into(), value)).collect();
            voice.messages.fill(&fault.code, &args, voice.lang)
        });
        blocks.push(bullets(told));
    }
    Block::Note { kind, title: voice.word(title), blocks }
}

/// One sentence for each thing that the verification showed.
fn proven(view: &View<'_>) -> Vec<String> {
    let (findings, voice) = (view.findings, &view.voice);
    let all = &findings.proven;
    let mut lines = vec![];
    if let Some(ledger) = &findings.ledger {
        lines.push(voice.say("paper.proven.entries", &[("count", &all.len()), ("origin", &ledger.origin), ("size", &ledger.size)]));
    }
    let times: Vec<_> = all.iter().filter_map(|proven| proven.time.as_ref()).collect();
    let limits = times.iter().map(|time| time.no_later_than);
    if let (Some(first), Some(last)) = (limits.clone().min(), limits.max()) {
        let names: BTreeSet<&str> = times.iter().map(|time| time.authority.as_str()).collect();
        let names = voice.list(&names.into_iter().map(str::to_owned).collect::<Vec<_>>());
        let code = if voice.limit(first) == voice.limit(last) { "paper.proven.time_one" } else { "paper.proven.time" };
        let (first, last) = (voice.limit(first), voice.limit(last));
        lines.push(voice.say(code, &[("count", &times.len()), ("first", &first), ("last", &last), ("authorities", &names)]));
    }
    if let Some(day) = view.dossier.matter.alleged_on {
        let before = times.iter().filter(|time| time.no_later_than < day.start(voice.zone)).count();
        lines.push(voice.say("paper.proven.before_act", &[("count", &before), ("day", &day)]));
    }
    let count = |is: fn(&Proven) -> bool| all.iter().filter(|proven| is(proven)).count();
    for (code, n) in [
        ("paper.proven.twin", count(|proven| proven.twin)),
        ("paper.proven.witnessed", count(|proven| !proven.cosigned.is_empty())),
        ("paper.proven.fields", all.iter().map(|proven| proven.opened.len()).sum()),
        ("paper.proven.files", all.iter().map(|proven| proven.files.len()).sum()),
        ("paper.proven.sealed", findings.sealed.len()),
        ("paper.proven.no_time", count(|proven| proven.time.is_none())),
        ("paper.proven.clock_ahead", count(|proven| proven.clock_ahead)),
    ] {
        lines.extend((n > 0).then(|| voice.say(code, &[("count", &n)])));
    }
    lines
}

/// On whose word the proof rests: the ledger's keys, the authorities, the witnesses.
fn words(view: &View<'_>) -> Block {
    let (findings, voice) = (view.findings, &view.voice);
    let row = |who: String, what: &str, standing: Standing| {
        vec![Cell::text(who), Cell::text(voice.word(what)), Cell::text(voice.standing(standing))]
    };
    let mut rows = vec![];
    rows.extend(findings.ledger.iter().map(|tree| row(tree.origin.clone(), "paper.trust.ledger", tree.standing)));
    rows.extend(findings.twin.iter().map(|tree| row(tree.origin.clone(), "paper.trust.twin", tree.standing)));
    rows.extend(authorities(view).into_iter().map(|(name, standing)| row(name.to_owned(), "paper.trust.authority", standing)));
    let witnesses: BTreeSet<(&str, Standing)> =
        findings.cosigned.iter().map(|seen| (view.witness(&seen.vkey, &seen.witness), seen.standing)).collect();
    rows.extend(witnesses.into_iter().map(|(name, standing)| row(name.to_owned(), "paper.trust.witness", standing)));
    table(
        vec![(2.4, voice.word("paper.trust.who")), (3.6, voice.word("paper.trust.what")), (2.4, voice.word("paper.trust.standing"))],
        rows,
    )
}

/// Each authority with the best standing of its sequences; one that only renewed, with that of what it renewed.
fn authorities<'a>(view: &'a View<'_>) -> BTreeMap<&'a str, Standing> {
    let mut known: BTreeMap<&str, Standing> = BTreeMap::new();
    for stamp in &view.findings.stamps {
        let best = known.entry(&stamp.authority).or_insert(stamp.standing);
        *best = stamp.standing.min(*best);
    }
    for stamp in &view.findings.stamps {
        for name in stamp.renewed_by.iter().filter_map(|n| view.authority(*n)) {
            known.entry(name).or_insert(stamp.standing);
        }
    }
    known
}

/// What nothing but the package says, sorts drawn together.
fn claims(view: &View<'_>) -> Vec<String> {
    let voice = &view.voice;
    let of = |code: &str| -> Vec<&Claim> { view.findings.claimed.iter().filter(|claim| claim.code == code).collect() };
    let mut lines = vec![voice.word("paper.claims.maker")];
    let labels: BTreeSet<&str> = of("package.claim.label").into_iter().map(|claim| claim.value.as_str()).collect();
    if !labels.is_empty() {
        let told: Vec<String> = labels.iter().take(LISTED).map(|label| (*label).to_owned()).collect();
        let code = if labels.len() > LISTED { "paper.claims.labels_more" } else { "paper.claims.labels" };
        lines.push(voice.say(code, &[("labels", &voice.list(&told)), ("count", &labels.len())]));
    }
    let trees = [&view.findings.ledger, &view.findings.twin].into_iter().flatten();
    let trees = trees.filter(|tree| tree.standing != Standing::Trusted).map(|tree| tree.origin.clone());
    let authorities = authorities(view).into_iter().filter(|(_, standing)| *standing != Standing::Trusted).map(|(name, _)| name.to_owned());
    let witnesses: BTreeSet<&str> = view
        .findings
        .cosigned
        .iter()
        .filter(|seen| seen.standing != Standing::Trusted)
        .map(|seen| view.witness(&seen.vkey, &seen.witness))
        .collect();
    let keys: Vec<String> = trees.chain(authorities).chain(witnesses.into_iter().map(str::to_owned)).collect();
    if !keys.is_empty() {
        lines.push(voice.say("paper.claims.keys", &[("names", &voice.list(&keys))]));
    }
    let untimed: Vec<u64> = view.findings.proven.iter().filter(|proven| proven.time.is_none()).map(|proven| proven.index).collect();
    if !untimed.is_empty() {
        lines.push(voice.say("paper.claims.times", &[("entries", &voice.numbers(&untimed))]));
    }
    lines.extend((!of("package.claim.outside").is_empty()).then(|| voice.word("paper.claims.outside")));
    lines.extend((!of("package.claim.matrix").is_empty()).then(|| voice.word("package.claim.matrix")));
    lines.push(voice.word("paper.claims.truth"));
    lines
}

impl View<'_> {
    /// Who made the time stamp with this number.
    pub(super) fn authority(&self, number: u64) -> Option<&str> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        Some(self.dossier.stamps.get(place)?.authority.as_str())
    }

    /// How the company calls a witness.
    pub(super) fn witness<'s>(&'s self, vkey: &str, otherwise: &'s str) -> &'s str {
        let known = self.dossier.witnesses.iter().find(|(_, witness)| witness.to_string() == vkey);
        known.map_or(otherwise, |(name, _)| name)
    }
}
