//! A bearing factory in small: people with roles, and records in two departments.

use std::sync::LazyLock;

use jingui_model::{Id, Protection};
use jingui_policy::{Action, Actor, Authority, Door, KindGroup, Role, Target};

/// The policies as shipped.
pub static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| match Authority::with_overlay(&[]) {
    Ok(authority) => authority,
    Err(faults) => panic!("{faults:#?}"),
});

pub const GRADES: [Protection; 3] = [Protection::General, Protection::Important, Protection::Core];

pub fn id(n: u8) -> Id {
    Id::from_bytes([n; 16])
}

/// The research department.
pub fn research() -> Id {
    id(10)
}

/// The sales department.
pub fn sales() -> Id {
    id(11)
}

/// Somebody in research with one role; heads and officers are in charge of it.
pub fn person(role: Role) -> Actor {
    let mut actor = Actor::new(id(100 + role as u8), id(150 + role as u8), [role]);
    actor.department = Some(research());
    if matches!(role, Role::DepartmentHead | Role::DepartmentOfficer) {
        actor.heads.push(research());
    }
    actor
}

/// The same person, elsewhere.
pub fn of_sales(role: Role) -> Actor {
    let mut actor = person(role);
    actor.department = Some(sales());
    actor.heads.iter_mut().for_each(|d| *d = sales());
    actor
}

/// A program of the same person.
pub fn by_token(mut actor: Actor, scopes: &[&str]) -> Actor {
    actor.door = Door::Token;
    actor.scopes = Some(scopes.iter().map(|s| (*s).to_owned()).collect());
    actor
}

/// A record of research in force, made by somebody else.
pub fn record(group: KindGroup, protection: Protection) -> Target {
    let mut target = Target::new(group.code(), group);
    target.id = Some(id(1));
    target.state = "in_force".into();
    target.protection = protection;
    target.department = Some(research());
    target.creator = Some(id(99));
    target
}

pub fn secret(protection: Protection) -> Target {
    record(KindGroup::Secret, protection)
}

pub fn known(mut target: Target) -> Target {
    target.knows = true;
    target
}

pub fn asked(mut target: Target) -> Target {
    target.assigned = true;
    target
}

pub fn own(mut target: Target) -> Target {
    target.own = true;
    target
}

pub fn made_by(actor: &Actor, mut target: Target) -> Target {
    target.creator = Some(actor.id);
    target
}

/// Asserts an answer, and on failure says why it was given.
#[track_caller]
pub fn check(expected: bool, actor: &Actor, action: Action, target: &Target) {
    let ruling = AUTHORITY.decide(actor, action, target);
    assert_eq!(ruling.error, None);
    assert_eq!(ruling.allowed, expected, "{action} by {:?} on {target:?}: {:?}", actor.roles, ruling.because);
    assert!(!ruling.allowed || !ruling.because.is_empty(), "an allowance names its reason");
}

#[track_caller]
pub fn may(actor: &Actor, action: Action, target: &Target) {
    check(true, actor, action, target);
}

#[track_caller]
pub fn may_not(actor: &Actor, action: Action, target: &Target) {
    check(false, actor, action, target);
}
