//! Who answers for an occurrence today: the people it names, their delegates while they are away or have handed it
//! over, and those above when nobody is left.

use std::collections::{BTreeMap, BTreeSet};

use jingui_model::{Day, Id, Problem};
use serde::Serialize;

use crate::{due::Occurrence, duty::Who};

/// Knows who holds which place; written by whoever has the records.
pub trait Directory {
    /// The people behind a `Who`, for this occurrence.
    fn holders(&self, who: &Who, about: &Occurrence) -> Vec<Id>;
    /// Does the person work here on a day?
    fn is_active(&self, person: Id, day: Day) -> bool;
}

/// A person is away, from the first to the last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Who.
    pub person: Id,
    /// From this day.
    pub first: Day,
    /// To this day, with it.
    pub last: Day,
}

/// A person hands the duties over to another, from the first to the last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Who hands over.
    pub from: Id,
    /// To whom.
    pub to: Id,
    /// From this day.
    pub first: Day,
    /// To this day, with it.
    pub last: Day,
    /// Codes of the duties; empty for all.
    pub duties: BTreeSet<String>,
}

impl Delegation {
    fn covers(&self, duty: &str, day: Day) -> bool {
        self.first <= day && day <= self.last && (self.duties.is_empty() || self.duties.contains(duty))
    }
}

/// Refuses a delegation to oneself, one that ends before it begins, and one that closes a circle with others.
///
/// # Errors
/// `calendar.delegation_self`, `calendar.delegation_days`, `calendar.delegation_circle`.
pub fn check_delegation(existing: &[Delegation], new: &Delegation) -> Result<(), Problem> {
    if new.from == new.to {
        return Err(Problem::invalid("calendar.delegation_self").at("to"));
    }
    if new.last < new.first {
        return Err(Problem::invalid("calendar.delegation_days").at("last"));
    }
    // From whom it goes to, in duties and days that all links of the chain share.
    let mut open: Vec<Delegation> = vec![new.clone()];
    let mut seen: Vec<Delegation> = vec![];
    while let Some(link) = open.pop() {
        for next in existing.iter().filter(|d| d.from == link.to) {
            let duties = match (link.duties.is_empty(), next.duties.is_empty()) {
                (true, _) => next.duties.clone(),
                (false, true) => link.duties.clone(),
                (false, false) => link.duties.intersection(&next.duties).cloned().collect(),
            };
            let apart = duties.is_empty() && !(link.duties.is_empty() && next.duties.is_empty());
            let (first, last) = (link.first.max(next.first), link.last.min(next.last));
            if apart || last < first {
                continue;
            }
            if next.to == new.from {
                return Err(Problem::invalid("calendar.delegation_circle").arg("from", first).arg("to", last).at("to"));
            }
            let joined = Delegation { from: new.from, to: next.to, first, last, duties };
            if !seen.contains(&joined) {
                seen.push(joined.clone());
                open.push(joined);
            }
        }
    }
    Ok(())
}

/// Who answers for an occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Responsible {
    /// The people, each once, in a fixed order; any of them may do it.
    pub people: Vec<Id>,
    /// For whom somebody stands in: the person who should, and the one who does.
    pub stand_ins: BTreeMap<Id, Id>,
    /// How many levels of escalation it took to find somebody; 0 for the people that the duty names.
    pub level: usize,
    /// People whose delegations run in a circle: they are passed over, and somebody should be told.
    pub circles: BTreeSet<Id>,
}

/// Resolves who answers for an occurrence on a day. With nobody at any level the list is empty: then the caller asks
/// the enterprise's head.
#[must_use]
pub fn responsible(
    occurrence: &Occurrence,
    day: Day,
    directory: &dyn Directory,
    absences: &[Absence],
    delegations: &[Delegation],
) -> Responsible {
    let levels = std::iter::once(&occurrence.by).chain(occurrence.escalate.iter().map(|(_, who)| who));
    let mut answer = Responsible::default();
    for (level, who) in levels.enumerate() {
        let mut people = BTreeSet::new();
        for person in directory.holders(who, occurrence) {
            match stand_in(person, &occurrence.duty, day, directory, absences, delegations) {
                Ok(Some(found)) => {
                    people.insert(found);
                    if found != person {
                        answer.stand_ins.insert(person, found);
                    }
                }
                Ok(None) => {}
                Err(Circle) => {
                    answer.circles.insert(person);
                }
            }
        }
        if !people.is_empty() {
            answer.people = people.into_iter().collect();
            answer.level = level;
            return answer;
        }
    }
    answer
}

struct Circle;

/// The person, or whoever stands in; nobody when the chain ends with one who is away or has left.
fn stand_in(
    person: Id,
    duty: &str,
    day: Day,
    directory: &dyn Directory,
    absences: &[Absence],
    delegations: &[Delegation],
) -> Result<Option<Id>, Circle> {
    let mut seen = BTreeSet::new();
    let mut at = person;
    loop {
        if !seen.insert(at) {
            return Err(Circle);
        }
        // One for this very duty wins over one for all, the one made last over those before.
        let mine = delegations.iter().filter(|d| d.from == at && d.covers(duty, day));
        match mine.max_by_key(|d| !d.duties.is_empty()) {
            // A person who left has nothing to hand over.
            Some(delegation) if directory.is_active(at, day) => at = delegation.to,
            _ => {
                let away = absences.iter().any(|a| a.person == at && a.first <= day && day <= a.last);
                return Ok((!away && directory.is_active(at, day)).then_some(at));
            }
        }
    }
}
