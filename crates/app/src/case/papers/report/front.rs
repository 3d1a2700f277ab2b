//! The first page: whose matter it is, and the answer.

use std::collections::BTreeSet;

use jingui_docs::paper::{Block, Cell, NoteKind, Span};
use jingui_evidence::dossier::{Claim, Outcome, Proven, Standing};

use super::{
    super::sets::{bullets, pair, table},
    View,
};

/// Faults, and claims of one sort, that are listed one by one.
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
    let claims = claims(view);
    if !claims.is_empty() {
        blocks.extend([Block::heading(2, voice.word("paper.verdict.claimed")), bullets(claims)]);
    }
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
    let row = |who: String, what: &str, standing: Standing| vec![Cell::text(who), Cell::text(voice.word(what)), Cell::text(voice.standing(standing))];
    let mut rows = vec![];
    rows.extend(findings.ledger.iter().map(|tree| row(tree.origin.clone(), "paper.trust.ledger", tree.standing)));
    rows.extend(findings.twin.iter().map(|tree| row(tree.origin.clone(), "paper.trust.twin", tree.standing)));
    let authorities: BTreeSet<(&str, Standing)> = findings.stamps.iter().map(|stamp| (stamp.authority.as_str(), stamp.standing)).collect();
    rows.extend(authorities.into_iter().map(|(name, standing)| row(name.to_owned(), "paper.trust.authority", standing)));
    let witnesses: BTreeSet<(&str, Standing)> = findings.cosigned.iter().map(|seen| (view.witness(&seen.vkey, &seen.witness), seen.standing)).collect();
    rows.extend(witnesses.into_iter().map(|(name, standing)| row(name.to_owned(), "paper.trust.witness", standing)));
    table(vec![(2.4, voice.word("paper.trust.who")), (3.6, voice.word("paper.trust.what")), (2.4, voice.word("paper.trust.standing"))], rows)
}

/// What nothing but the package says; of each sort the first few.
fn claims(view: &View<'_>) -> Vec<String> {
    let voice = &view.voice;
    let mut seen = BTreeSet::new();
    // The report itself is no claim about itself, and labels are many.
    let told = |claim: &&Claim| !matches!(claim.code, "package.claim.paper") && seen.insert((claim.code, claim.path.clone(), claim.value.clone()));
    let all: Vec<&Claim> = view.findings.claimed.iter().filter(told).collect();
    let mut lines = vec![];
    let codes: BTreeSet<&str> = all.iter().map(|claim| claim.code).collect();
    for code in codes {
        let same: Vec<&&Claim> = all.iter().filter(|claim| claim.code == code).collect();
        lines.extend(same.iter().take(LISTED).map(|claim| {
            let args: Vec<_> = claim.args().into_iter().map(|(name, value)| (name.into(), value.to_owned())).collect();
            voice.messages.fill(code, &args, voice.lang)
        }));
        let more = same.len().saturating_sub(LISTED);
        lines.extend((more > 0).then(|| voice.say("paper.verdict.more_claims", &[("count", &more)])));
    }
    lines.push(voice.word("paper.verdict.truth"));
    lines
}

impl View<'_> {
    /// How the company calls a witness.
    pub(super) fn witness<'s>(&'s self, vkey: &str, otherwise: &'s str) -> &'s str {
        let known = self.dossier.witnesses.iter().find(|(_, witness)| witness.to_string() == vkey);
        known.map_or(otherwise, |(name, _)| name)
    }
}
