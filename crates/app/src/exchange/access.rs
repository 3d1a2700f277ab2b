//! May the caller take out of, or bring into, a register at all? Rows are asked about one by one later.

use jingui_kinds::kind::Kind;
use jingui_model::{Problem, Protection};
use jingui_policy::Action;

use crate::{
    refusal,
    world::{World, caller::Caller},
};

/// Asks for the register as a whole and for each department that the caller is in charge of; one yes is enough.
///
/// # Errors
/// `policy.denied` and its like, with the reasons for the register as a whole.
pub(super) fn may(world: &World, caller: &Caller, kind: &Kind, action: Action) -> Result<(), Problem> {
    let mut first = None;
    for department in [None].into_iter().chain(caller.actor.heads.iter().copied().map(Some)) {
        let ruling = world.rule(caller, action, &world.target_of_kind(caller, kind, department, Protection::None));
        if ruling.allowed {
            return Ok(());
        }
        first.get_or_insert(ruling);
    }
    match first {
        Some(ruling) => Err(refusal::denied(action, &ruling)),
        None => Ok(()),
    }
}

/// May records of a kind be imported, and by this caller?
///
/// # Errors
/// `act.arises` for kinds whose records arise by themselves; policy refusals.
pub(super) fn may_import(world: &World, caller: &Caller, kind: &Kind) -> Result<(), Problem> {
    if kind.arises {
        return Err(Problem::denied("act.arises"));
    }
    may(world, caller, kind, Action::Import)
}
