//! How long a decision takes: `cargo run --release -p jingui-policy --example measure`.
//! The aim is 100 µs for one decision; lists are sifted by class, so their cost is per class.

use std::{collections::HashMap, hint::black_box, time::Instant};

use jingui_model::{Id, Protection};
use jingui_policy::{Action, Actor, Authority, KindGroup, Role, Target, TargetClass};

fn main() {
    let start = Instant::now();
    let authority = match Authority::with_overlay(&[]) {
        Ok(authority) => authority,
        Err(faults) => return say(&format!("{faults:#?}")),
    };
    say(&format!("load and validate        {:>9.1} ms", start.elapsed().as_secs_f64() * 1e3));

    let department = Id::from_bytes([9; 16]);
    let mut officer = Actor::new(Id::from_bytes([1; 16]), Id::from_bytes([2; 16]), [Role::DepartmentOfficer, Role::Staff]);
    officer.department = Some(department);
    officer.heads.push(department);
    officer.posts = (20..25).map(|n| Id::from_bytes([n; 16])).collect();
    let office = Actor { roles: [Role::Office, Role::Staff].into(), ..officer.clone() };
    let staff = Actor { roles: [Role::Staff].into(), heads: vec![], ..officer.clone() };
    let mut secret = Target::new("secret", KindGroup::Secret);
    secret.protection = Protection::Important;
    secret.department = Some(department);
    secret.creator = Some(Id::from_bytes([7; 16]));
    secret.state = "in_force".into();

    // Nobody asked before: states that no policy knows, each once.
    let mut n = 0_u32;
    let mut fresh = || {
        n += 1;
        Target { state: format!("in_force_{n}"), ..secret.clone() }
    };
    measure("first time, office reads", || authority.decide(&office, Action::Read, &fresh()).allowed);
    measure("first time, denied", || authority.allows(&staff, Action::Read, &fresh()));
    measure("allowed, office reads", || authority.decide(&office, Action::Read, &secret).allowed);
    measure("allowed, officer edits", || authority.decide(&officer, Action::Edit, &secret).allowed);
    measure("denied with reasons", || authority.decide(&staff, Action::Read, &secret).allowed);
    measure("denied, yes or no only", || authority.allows(&staff, Action::Read, &secret));
    let known = HashMap::from([(TargetClass::of(&officer, &secret), true)]);
    measure("class of a row, looked up", || known.get(&TargetClass::of(&officer, &secret)).copied().unwrap_or_default());

    let start = Instant::now();
    let rows = authority.matrix().rows.len();
    say(&format!("matrix ({rows} lines)      {:>9.1} ms", start.elapsed().as_secs_f64() * 1e3));
}

fn measure(name: &str, mut act: impl FnMut() -> bool) {
    const ROUNDS: usize = 20_000;
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(act());
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((ROUNDS as f64 * share) as usize).copied().unwrap_or_default();
    say(&format!("{name:<24} p50 {:>7.1} µs   p99 {:>7.1} µs", at(0.5), at(0.99)));
}

#[expect(clippy::print_stdout, reason = "a measurement's purpose is to be read")]
fn say(line: &str) {
    println!("{line}");
}
