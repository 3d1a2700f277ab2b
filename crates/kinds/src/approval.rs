//! Approvals: asked for by one, agreed to by others, step by step, with a quorum each.
//!
//! Whoever asks never approves (H 9.5.2, 9.6.2). What was asked for is staged in the record and
//! takes effect only with the last vote; a refusal or a withdrawal leaves the data as it was.

use std::collections::BTreeMap;

use jingui_model::{Data, Problem, Protection};

use crate::{
    act::{Decision, Happening},
    decide::{Deciding, merge},
    kind::{ApprovalRule, ApprovalStep, Transition},
    people::{excluded, protection, waiting, who_matches},
    record::{Pending, Record, Vote},
};

/// The first step at or after `from` that this protection asks for.
fn next_step(rule: &ApprovalRule, from: usize, protection: Protection) -> Option<usize> {
    rule.steps.iter().enumerate().skip(from).find(|(_, s)| s.from_protection.is_none_or(|p| protection >= p)).map(|(i, _)| i)
}

/// How many must agree in a step.
#[must_use]
pub(crate) fn quorum(step: &ApprovalStep, protection: Protection) -> u32 {
    let wanted = if protection == Protection::Core { step.quorum_core.unwrap_or(step.quorum) } else { step.quorum };
    wanted.max(1)
}

/// Asks for an approval: the record waits, its data stays.
pub(crate) fn start(
    cx: &Deciding<'_>,
    record: &Record,
    transition: &Transition,
    input: Data,
    note: Option<String>,
) -> Result<Decision, Problem> {
    let Some(rule) = &transition.approval else { return Err(Problem::internal("approval.no_rule")) };
    let mut next = cx.next(record);
    next.pending = Some(Pending {
        transition: transition.name.clone(),
        applicant: cx.actor(),
        since: cx.act.at,
        from: record.state.clone(),
        input,
        step: 0,
        votes: vec![],
    });
    let Some(step) = next_step(rule, 0, protection(cx.kind, &next, cx.facts)) else { return Err(Problem::internal("approval.no_step")) };
    if let Some(pending) = &mut next.pending {
        pending.step = step;
    }
    next.state.clone_from(&rule.during);
    let happening = Happening {
        act: transition.name.clone(),
        changes: BTreeMap::new(),
        note,
        from: Some(record.state.clone()),
        to: rule.during.clone(),
    };
    Ok(cx.decision(next, vec![happening], &[], &transition.name))
}

/// A vote.
pub(crate) fn vote(cx: &Deciding<'_>, record: &Record, agreed: bool) -> Result<Decision, Problem> {
    let Some((pending, rule, step)) = waiting(cx.kind, record) else { return Err(Problem::conflict("approval.none_pending")) };
    let Some(transition) = cx.kind.transition(&pending.transition) else { return Err(Problem::internal("approval.no_rule")) };
    let note = cx.only_note()?;
    let Some(person) = cx.act.actor.person else { return Err(Problem::denied("approval.person_needed")) };
    if let Some(code) = excluded(cx.kind, record, cx.act.actor) {
        return Err(Problem::denied(code));
    }
    if !who_matches(&step.by, cx.kind, record, cx.act.actor) {
        return Err(Problem::denied("approval.not_asked").arg("step_zh", &step.label.zh).arg("step_en", &step.label.en));
    }
    if !agreed && note.is_none() {
        return Err(Problem::invalid("approval.reason_needed").at("note"));
    }
    let mut next = cx.next(record);
    let Some(book) = &mut next.pending else { return Err(Problem::conflict("approval.none_pending")) };
    book.votes.push(Vote { step: pending.step, by: person, at: cx.act.at, agreed, note: note.clone().unwrap_or_default() });
    let agreeing = book.votes.iter().filter(|v| v.step == pending.step && v.agreed).count();
    let from = record.state.clone();
    let cast = |act: &str, to: &str| Happening {
        act: act.to_owned(),
        changes: BTreeMap::new(),
        note: note.clone(),
        from: Some(from.clone()),
        to: to.to_owned(),
    };
    if !agreed {
        next.state.clone_from(&rule.rejected);
        next.pending = None;
        return Ok(cx.decision(next, vec![cast("reject", &rule.rejected)], &[], &transition.name));
    }
    let strength = protection(cx.kind, record, cx.facts);
    let mut happenings = vec![cast("approve", &from)];
    if agreeing < quorum(step, strength) as usize {
        return Ok(cx.decision(next, happenings, &[], &transition.name));
    }
    if let Some(step) = next_step(rule, pending.step + 1, strength) {
        book.step = step;
        return Ok(cx.decision(next, happenings, &[], &transition.name));
    }
    let changes = merge(&mut next.data, pending.input.clone());
    next.pending = None;
    // Guards that look at who acts were answered by the applicant; the others must still hold.
    let as_system = crate::ActorView { system: true, ..cx.act.actor.clone() };
    let act = crate::Act { actor: &as_system, ..cx.act.clone() };
    Deciding { catalog: cx.catalog, kind: cx.kind, act: &act, facts: cx.facts, today: cx.today }.guards(transition, &next)?;
    let done = cx.arrive(&mut next, transition, changes, &from, "approved", None, Some(pending.applicant), Some(person))?;
    happenings.push(done);
    Ok(cx.decision(next, happenings, &transition.effects, &transition.name))
}

/// The applicant takes the request back.
pub(crate) fn withdraw(cx: &Deciding<'_>, record: &Record) -> Result<Decision, Problem> {
    let Some((pending, ..)) = waiting(cx.kind, record) else { return Err(Problem::conflict("approval.none_pending")) };
    let note = cx.only_note()?;
    if !cx.act.actor.system && cx.act.actor.person != Some(pending.applicant) {
        return Err(Problem::denied("approval.not_applicant"));
    }
    let mut next = cx.next(record);
    next.state.clone_from(&pending.from);
    next.pending = None;
    let happening =
        Happening { act: "withdraw".into(), changes: BTreeMap::new(), note, from: Some(record.state.clone()), to: pending.from.clone() };
    Ok(cx.decision(next, vec![happening], &[], "withdraw"))
}
