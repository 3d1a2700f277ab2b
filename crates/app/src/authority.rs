//! The authority matrix as people read it, and "why can't I?" for one record (features 1.2, 1.3; H 9.5.2).
//!
//! Nothing here says who may do what: both answers are asked from the policies.

use std::{collections::BTreeMap, sync::Arc};

use jingui_model::{Id, Problem, Protection, Text};
use jingui_policy::{Action, KindGroup, MatrixCell, PolicyNote, Relation, Role, Ruling};
use serde::Serialize;

use crate::{ledger::blocking, live::Live, messages::Messages, world::caller::Caller};

/// A code and what people read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Coded))]
pub struct Word {
    /// Stable code.
    pub code: String,
    /// What people read.
    pub label: Text,
}

/// A line of the matrix.
#[derive(Debug, Clone, Serialize)]
pub struct MatrixLine {
    /// Code of the family of registers.
    pub group: KindGroup,
    /// The action.
    pub action: Action,
    /// What people read for the action.
    pub label: Text,
    /// The protection of the record.
    pub protection: Protection,
    /// The person's relation to it.
    pub relation: Relation,
    /// One answer for each role.
    pub cells: BTreeMap<Role, MatrixCell>,
}

/// The matrix with words.
#[derive(Debug, Clone, Serialize)]
pub struct MatrixView {
    /// Families of registers.
    pub groups: Vec<Word>,
    /// Roles.
    pub roles: Vec<Word>,
    /// Relations.
    pub relations: Vec<Word>,
    /// The lines.
    pub rows: Vec<MatrixLine>,
    /// The policies that the cells name.
    pub policies: Vec<PolicyNote>,
}

/// Why somebody may or may not do something.
#[derive(Debug, Clone, Serialize)]
pub struct Why {
    /// The action that was asked about.
    pub action: Word,
    /// Whether it may be done.
    pub allowed: bool,
    /// The policies that decided; empty when nothing allows it.
    pub policies: Vec<PolicyNote>,
    /// On denial: roles whose holders could do it.
    pub could: Vec<Word>,
    /// On denial: being put on the need-to-know list would allow it.
    pub by_knowing: bool,
    /// The policies could not be evaluated.
    pub failed: bool,
}

/// A word of the policies with its text.
fn word(messages: &Messages, code: &str, text_code: &str) -> Word {
    let label = messages.text(text_code).cloned().unwrap_or_else(|| Text::new(code, code));
    Word { code: code.to_owned(), label }
}

/// A ruling with words.
#[must_use]
pub fn explain(messages: &Messages, action: Action, ruling: Ruling) -> Why {
    Why {
        action: word(messages, action.code(), &action.text_code()),
        allowed: ruling.allowed,
        policies: ruling.because,
        could: ruling.could.iter().map(|r| word(messages, r.code(), &r.text_code())).collect(),
        by_knowing: ruling.by_knowing,
        failed: ruling.error.is_some(),
    }
}

impl Live {
    /// The authority matrix; computed at the first call, off the async threads, and remembered with its words: policies
    /// are read when the node opens and stand as long as it lives. Who asks meanwhile waits for the first.
    ///
    /// # Errors
    /// `node.task`.
    pub async fn authority_matrix(self: &Arc<Self>) -> Result<Arc<MatrixView>, Problem> {
        self.matrix.get_or_try_init(|| self.compute_matrix()).await.map(Arc::clone)
    }

    async fn compute_matrix(&self) -> Result<Arc<MatrixView>, Problem> {
        let (authority, messages) = (Arc::clone(&self.world.read().authority), Arc::clone(&self.messages));
        blocking(move || {
            let matrix = authority.matrix().clone();
            let rows = matrix.rows.into_iter().map(|r| MatrixLine {
                label: word(&messages, r.action.code(), &r.action.text_code()).label,
                group: r.group,
                action: r.action,
                protection: r.protection,
                relation: r.relation,
                cells: r.cells,
            });
            Ok(Arc::new(MatrixView {
                rows: rows.collect(),
                groups: matrix.groups.iter().map(|g| word(&messages, g.code(), &g.text_code())).collect(),
                roles: matrix.roles.iter().map(|r| word(&messages, r.code(), &r.text_code())).collect(),
                relations: Relation::ALL.iter().map(|r| word(&messages, r.code(), &r.text_code())).collect(),
                policies: matrix.policies,
            }))
        })
        .await
    }

    /// Why the caller may or may not do something with a record, or with a register as a whole.
    ///
    /// # Errors
    /// `policy.action_unknown`, `kind.unknown`; `record.missing` for a record that the caller may not know of.
    pub fn why(&self, caller: &Caller, action: &str, kind: &str, id: Option<Id>) -> Result<Why, Problem> {
        let action: Action = action.parse()?;
        let world = self.world.read();
        let definition = world.kind(kind)?;
        let target = match id {
            None => world.target_of_kind(caller, definition, caller.view.department, Protection::None),
            Some(id) => {
                let record = world.record(id)?;
                let mut target = world.target(caller, definition, &record);
                if record.kind != kind || !world.known(caller, &target) {
                    return Err(Problem::missing("record.missing"));
                }
                if let (Action::Decide, Some(pending)) = (action, &record.pending) {
                    target.creator = Some(pending.applicant);
                }
                target
            }
        };
        Ok(explain(&self.messages, action, world.rule(caller, action, &target)))
    }
}
