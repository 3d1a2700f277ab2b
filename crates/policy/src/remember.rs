//! Answers that were given. Policies are immutable while they are loaded and see nothing but what is asked,
//! so an equal question has an equal answer and Cedar need not be asked again.
//!
//! Equal means equal in everything that a policy could see: the whole actor and the whole target, but for
//! the record's id, which no question tells. A fault is not remembered: each one is an alarm.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::{Action, Actor, Target, ask::Answer};

/// Beyond this many answers all are forgotten at once; one takes some hundred bytes.
const REMEMBERED: usize = 16_384;

/// What was answered, by actor, then by the rest of the question.
#[derive(Default)]
pub(crate) struct Answers(RwLock<Given>);

#[derive(Default)]
struct Given {
    by: HashMap<Actor, HashMap<(Action, Target), Arc<Answer>>>,
    count: usize,
}

impl Answers {
    /// The answer that was given before, or the one that is given now.
    pub(crate) fn or_ask(&self, actor: &Actor, action: Action, target: &Target, ask: impl FnOnce() -> Answer) -> Arc<Answer> {
        let question = (action, Target { id: None, ..target.clone() });
        if let Some(answer) = self.0.read().unwrap_or_else(PoisonError::into_inner).by.get(actor).and_then(|given| given.get(&question)) {
            return Arc::clone(answer);
        }
        let answer = Arc::new(ask());
        if answer.error.is_none() {
            let mut given = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if given.count >= REMEMBERED {
                *given = Given::default();
            }
            if given.by.entry(actor.clone()).or_default().insert(question, Arc::clone(&answer)).is_none() {
                given.count += 1;
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use jingui_model::Id;

    use super::*;
    use crate::{KindGroup, Role};

    fn answer(allowed: bool, error: Option<&str>) -> Answer {
        Answer { allowed, reasons: vec![], error: error.map(str::to_owned) }
    }

    #[test]
    fn an_equal_question_is_asked_once_and_any_difference_asks_again() {
        let (answers, asked) = (Answers::default(), Cell::new(0));
        let ask = |actor: &Actor, action, target: &Target| {
            answers.or_ask(actor, action, target, || {
                asked.set(asked.get() + 1);
                answer(asked.get() % 2 == 1, None)
            })
        };
        let actor = Actor::new(Id::nil(), Id::nil(), [Role::Staff]);
        let target = Target::new("secret", KindGroup::Secret);
        let other = Target { id: Some(Id::from_bytes([3; 16])), ..target.clone() };
        assert!(ask(&actor, Action::Read, &target).allowed && ask(&actor, Action::Read, &other).allowed);
        assert_eq!(asked.get(), 1, "no policy can mean a single record");
        assert!(!ask(&actor, Action::Edit, &target).allowed);
        assert!(ask(&actor, Action::Read, &Target { own: true, ..target.clone() }).allowed);
        assert!(!ask(&Actor { active: false, ..actor.clone() }, Action::Read, &target).allowed);
        assert!(ask(&Actor { scopes: Some(["read".to_owned()].into()), ..actor }, Action::Read, &target).allowed);
        assert_eq!(asked.get(), 5);
    }

    #[test]
    fn a_fault_is_not_remembered_and_memory_is_bounded() {
        let answers = Answers::default();
        let actor = Actor::new(Id::nil(), Id::nil(), [Role::Staff]);
        let target = Target::new("secret", KindGroup::Secret);
        assert!(answers.or_ask(&actor, Action::Read, &target, || answer(false, Some("overflow"))).error.is_some());
        assert!(answers.or_ask(&actor, Action::Read, &target, || answer(true, None)).allowed);
        for n in 0..=REMEMBERED {
            answers.or_ask(&actor, Action::Read, &Target { state: n.to_string(), ..target.clone() }, || answer(true, None));
        }
        let given = answers.0.read().unwrap();
        assert!(given.count <= REMEMBERED && given.count == given.by.values().map(HashMap::len).sum::<usize>());
    }
}
