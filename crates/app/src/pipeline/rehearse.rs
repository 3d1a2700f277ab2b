//! Decides creations without writing them: what an import tells before it is carried out.
//!
//! It goes the same way as the writer (policies, kind, facts), on the committed world and what earlier
//! commands of the rehearsal would have made. Numbers and values that must be unique are the writer's.

use std::collections::HashMap;

use jingui_kinds::{act::Brief, record::Record};
use jingui_model::{Clock, Id, Problem, Rng};

use super::{Command, plan::plan};
use crate::world::World;

/// What the commands so far would have made.
#[derive(Default)]
pub(crate) struct Rehearsal {
    made: HashMap<Id, Brief>,
}

impl Rehearsal {
    /// Counts on a record that a later command will make.
    pub fn promise(&mut self, id: Id, kind: &str, state: &str) {
        self.made.insert(id, Brief { kind: kind.to_owned(), state: state.to_owned() });
    }

    /// Decides a creation.
    ///
    /// # Errors
    /// What the command would be refused with.
    pub fn decide(&mut self, world: &World, command: &Command, clock: &dyn Clock, rng: &dyn Rng) -> Result<Record, Problem> {
        let made = plan(world, &self.made, None, command, clock, rng).map_err(|refused| refused.problem)?;
        let record = made.decision.record;
        self.promise(record.id, &record.kind, &record.state);
        Ok(record)
    }
}
