//! The one who is asked: may this actor do this with that?

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{OnceLock, PoisonError, RwLock},
};

use jingui_model::Id;

use crate::{
    Action, Actor, Diagnostic, Matrix, PolicyNote, Role, Ruling, SCHEMA, SCHEMA_FILE, Source, Target, TargetClass,
    ask::{Answer, Asker},
    builtin,
    load::load,
    remember::Answers,
};

/// How many explanations are remembered before they are forgotten all at once.
const REMEMBERED: usize = 4096;

/// A loaded set of policies. Immutable; changed policies are a new one.
pub struct Authority {
    asker: Asker,
    answers: Answers,
    notes: BTreeMap<String, PolicyNote>,
    matrix: OnceLock<Matrix>,
    could: RwLock<HashMap<(Action, TargetClass), Vec<Role>>>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("policies", &self.notes.len()).finish_non_exhaustive()
    }
}

impl Authority {
    /// Reads policies strictly. The built-in forbids (`00-forbid.cedar`) are always among them,
    /// whether they are passed or not; other built-in files only when passed.
    ///
    /// # Errors
    /// Every fault with file and line: see [`Diagnostic`]. One fault refuses the whole set.
    pub fn load(sources: &[Source], schema: &str) -> Result<Self, Vec<Diagnostic>> {
        let loaded = load(sources, schema)?;
        let asker = Asker::new(&loaded.schema, &loaded.policies).map_err(|message| {
            let file = SCHEMA_FILE.to_owned();
            vec![Diagnostic { file, line: 0, column: 0, policy: None, code: "policy.source_schema", message }]
        })?;
        Ok(Self { asker, answers: Answers::default(), notes: loaded.notes, matrix: OnceLock::new(), could: RwLock::default() })
    }

    /// The policies of this release together with an enterprise's own files. An own file with the
    /// name of a built-in one takes its place (except the forbids, which stand).
    ///
    /// # Errors
    /// As [`Authority::load`].
    pub fn with_overlay(overlay: &[Source]) -> Result<Self, Vec<Diagnostic>> {
        let base = builtin().into_iter().filter(|b| !overlay.iter().any(|o| o.name == b.name));
        Self::load(&base.chain(overlay.iter().cloned()).collect::<Vec<_>>(), SCHEMA)
    }

    /// Answers, with reasons. Deterministic: equal questions have equal answers.
    #[must_use]
    pub fn decide(&self, actor: &Actor, action: Action, target: &Target) -> Ruling {
        let answer = self.answers.or_ask(actor, action, target, || self.asker.ask(actor, action, target));
        let (allowed, error) = (answer.allowed, answer.error.clone());
        let because = answer.reasons.iter().filter_map(|id| self.notes.get(id)).cloned().collect();
        if allowed || error.is_some() {
            return Ruling { allowed, because, could: vec![], by_knowing: false, error };
        }
        let by_knowing = !target.knows && self.allows(actor, action, &Target { knows: true, ..target.clone() });
        Ruling { allowed, because, could: self.could(action, target), by_knowing, error: None }
    }

    /// Only whether; cheaper than [`Authority::decide`] on denials. An evaluation error denies.
    #[must_use]
    pub fn allows(&self, actor: &Actor, action: Action, target: &Target) -> bool {
        self.answers.or_ask(actor, action, target, || self.asker.ask(actor, action, target)).allowed
    }

    /// Whether, and the ids of the policies that made it so; asked anew each time, for questions that are put once.
    pub(crate) fn answer(&self, actor: &Actor, action: Action, target: &Target) -> (bool, Vec<String>) {
        let Answer { allowed, reasons, .. } = self.asker.ask(actor, action, target);
        (allowed, reasons)
    }

    /// All policies, by id.
    pub fn policies(&self) -> impl Iterator<Item = &PolicyNote> {
        self.notes.values()
    }

    /// One policy.
    #[must_use]
    pub fn policy(&self, id: &str) -> Option<&PolicyNote> {
        self.notes.get(id)
    }

    /// Who may do what, computed by asking; the first call takes about a second, later ones nothing.
    pub fn matrix(&self) -> &Matrix {
        self.matrix.get_or_init(|| Matrix::compute(self))
    }

    /// Roles whose holders could do it: somebody else than the maker, not on the need-to-know
    /// list, a member of the record's department; heads and officers those of that department.
    fn could(&self, action: Action, target: &Target) -> Vec<Role> {
        let someone_else = target.creator.map(|_| Id::from_bytes([0xff; 16]));
        let neutral = Target { creator: someone_else, knows: false, assigned: false, own: false, id: None, ..target.clone() };
        let key = (action, TargetClass::of(&holder(Role::DepartmentHead, &neutral), &neutral));
        if let Some(roles) = self.could.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return roles.clone();
        }
        let roles: Vec<Role> =
            Role::ALL.iter().copied().filter(|r| self.asker.ask(&holder(*r, &neutral), action, &neutral).allowed).collect();
        let mut remembered = self.could.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key, roles.clone());
        roles
    }
}

/// Somebody who holds one role, in the department of a target.
pub(crate) fn holder(role: Role, target: &Target) -> Actor {
    let mut actor = Actor::new(Id::nil(), Id::nil(), [role]);
    actor.department = target.department;
    if matches!(role, Role::DepartmentHead | Role::DepartmentOfficer) {
        actor.heads.extend(target.department);
    }
    actor
}
