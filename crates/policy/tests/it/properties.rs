//! What must hold for whoever asks whatever.

use std::collections::BTreeSet;

use jingui_model::Protection;
use jingui_policy::{Action, Actor, Authority, Door, KindGroup, Role, Source, Target};
use proptest::prelude::*;

use crate::people::*;

/// Anybody.
pub fn actors() -> impl Strategy<Value = Actor> {
    let roles = prop::collection::btree_set(prop::sample::select(Role::ALL), 0..4);
    let department = prop::option::of(prop::sample::select(vec![research(), sales()]));
    let heads = prop::collection::vec(prop::sample::select(vec![research(), sales()]), 0..2);
    let scopes = prop::sample::select(vec!["*", "read", "write:secret", "export:*", "audit"]);
    let door = prop_oneof![4 => Just((Door::Session, None)), 1 => scopes.prop_map(|s| (Door::Token, Some(BTreeSet::from([s.to_owned()]))))];
    (roles, department, heads, door, prop::bool::weighted(0.9)).prop_map(|(roles, department, heads, (door, scopes), active)| Actor {
        department,
        heads,
        door,
        scopes,
        active,
        ..Actor::new(id(3), id(4), roles)
    })
}

/// Anything.
pub fn targets() -> impl Strategy<Value = Target> {
    let state = prop::sample::select(vec!["", "draft", "in_review", "in_force"]);
    let department = prop::option::of(prop::sample::select(vec![research(), sales()]));
    let creator = prop::option::of(prop::sample::select(vec![id(3), id(99)]));
    let rank = (0u8..4).prop_map(|r| Protection::from_rank(r).unwrap_or_default());
    (prop::sample::select(KindGroup::ALL), state, rank, department, creator, any::<[bool; 3]>()).prop_map(
        |(group, state, protection, department, creator, [knows, assigned, own])| Target {
            id: Some(id(1)),
            state: state.to_owned(),
            protection,
            department,
            creator,
            knows,
            assigned,
            own,
            ..Target::new(group.code(), group)
        },
    )
}

fn actions() -> impl Strategy<Value = Action> {
    prop::sample::select(Action::ALL)
}

fn added(text: &str) -> Authority {
    let head = "@id(\"added\") @zh(\"试。\") @en(\"Trial.\") @clause(\"own\")\n";
    let source = Source { name: "90-own.cedar".into(), text: format!("{head}{text}") };
    Authority::with_overlay(&[source]).expect("a valid policy")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn h_9_5_2_no_administrator_ever_learns_what_anything_graded_says(
        actor in actors(), target in targets(), administrator in prop::sample::select(vec![Role::SystemAdmin, Role::SecurityAdmin, Role::Auditor])
    ) {
        let mut actor = actor;
        actor.roles.insert(administrator);
        if target.protection > Protection::None || target.group.confidential() {
            for action in [Action::Read, Action::OpenFile, Action::Export, Action::Edit, Action::Decide, Action::Assign, Action::Import] {
                prop_assert!(!AUTHORITY.allows(&actor, action, &target));
            }
        }
    }

    #[test]
    fn b_2_4_taking_somebody_off_the_list_never_grants(actor in actors(), action in actions(), target in targets()) {
        let off = AUTHORITY.allows(&actor, action, &Target { knows: false, ..target.clone() });
        let on = AUTHORITY.allows(&actor, action, &known(target));
        prop_assert!(on || !off);
    }

    #[test]
    fn asking_twice_gives_the_same_answer_and_never_an_error(actor in actors(), action in actions(), target in targets()) {
        let ruling = AUTHORITY.decide(&actor, action, &target);
        prop_assert_eq!(&ruling.error, &None);
        prop_assert_eq!(&ruling, &AUTHORITY.decide(&actor, action, &target));
        prop_assert_eq!(ruling.allowed, AUTHORITY.allows(&actor, action, &target));
    }

    #[test]
    fn raising_the_grade_of_a_secret_never_grants(actor in actors(), action in actions(), target in targets()) {
        let higher = Protection::from_rank(target.protection.rank() + 1);
        if let Some(protection) = higher {
            let above = AUTHORITY.allows(&actor, action, &Target { protection, ..target.clone() });
            prop_assert!(AUTHORITY.allows(&actor, action, &target) || !above);
        }
    }

    #[test]
    fn a_token_never_may_what_its_owner_may_not(actor in actors(), action in actions(), target in targets()) {
        let person = Actor { door: Door::Session, scopes: None, ..actor.clone() };
        let program = Actor { door: Door::Token, ..actor };
        prop_assert!(AUTHORITY.allows(&person, action, &target) || !AUTHORITY.allows(&program, action, &target));
    }

    #[test]
    fn no_permit_of_an_enterprise_lets_anyone_past_the_forbids(actor in actors(), target in targets()) {
        static OPEN: std::sync::LazyLock<Authority> = std::sync::LazyLock::new(|| added("permit(principal, action, resource);"));
        let mut actor = actor;
        actor.roles.insert(Role::SystemAdmin);
        let target = Target { group: KindGroup::Secret, ..target };
        for action in [Action::Read, Action::Export, Action::OpenFile, Action::History, Action::Secure] {
            prop_assert!(!OPEN.allows(&actor, action, &target));
        }
        prop_assert!(!OPEN.allows(&actor, Action::Decide, &made_by(&actor, target)));
    }

    #[test]
    fn adding_a_forbid_never_grants(actor in actors(), action in actions(), target in targets()) {
        static STRICTER: std::sync::LazyLock<Authority> =
            std::sync::LazyLock::new(|| added("forbid(principal, action, resource) when { resource.state == \"in_review\" };"));
        prop_assert!(AUTHORITY.allows(&actor, action, &target) || !STRICTER.allows(&actor, action, &target));
        prop_assert!(target.state != "in_review" || !STRICTER.allows(&actor, action, &target));
    }

    #[test]
    fn a_policy_that_fails_denies_and_says_so(actor in actors(), target in targets(), forbid in any::<bool>()) {
        // The creator is no entity of the question unless it is the actor: reading its attribute fails,
        // and Cedar alone would skip the policy.
        static FORBIDS: std::sync::LazyLock<Authority> =
            std::sync::LazyLock::new(|| added("forbid(principal, action, resource) when { !resource.creator.active };"));
        static PERMITS: std::sync::LazyLock<Authority> =
            std::sync::LazyLock::new(|| added("permit(principal, action, resource) when { resource.creator.active };"));
        let authority = if forbid { &*FORBIDS } else { &*PERMITS };
        let target = Target { creator: Some(id(99)), ..target };
        let ruling = authority.decide(&actor, Action::Notice, &target);
        prop_assert!(!ruling.allowed && ruling.error.is_some());
        prop_assert_eq!(ruling.refusal(Action::Notice).map(|p| p.code().to_owned()), Some("policy.error".to_owned()));
        prop_assert!(!authority.allows(&actor, Action::Notice, &target));
    }
}
