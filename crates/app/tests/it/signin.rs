//! Sign-in under attack: guesses are slowed down, wherever they come from, and the person still gets in
//! (docs/decisions/0016-slowing-guesses.md; OWASP ASVS 5.0, 6.3.1).

use jingui_app::{
    identity::session::{Second, SignedIn},
    world::caller::Origin,
};
use jingui_model::{Clock as _, Problem};

use crate::support::{Backend, House, PASSWORD, house};

async fn attempt(house: &House, login: &str, secret: &str, address: &str, known: Option<&str>) -> Result<SignedIn, Problem> {
    let origin = Origin { address: address.to_owned(), ..Origin::default() };
    house.live.sign_in(login, secret, Second::None, origin, known).await
}

async fn code(house: &House, login: &str, secret: &str, address: &str, known: Option<&str>) -> String {
    match attempt(house, login, secret, address, known).await {
        Ok(_) => "in".to_owned(),
        Err(problem) => problem.code().to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_machines_that_guess_at_one_account_do_not_keep_its_owner_out() {
    let house = house(Backend::Sqlite).await;
    let before = attempt(&house, "office", PASSWORD, "10.0.0.1", None).await.unwrap();
    for n in 0..20 {
        let guess = code(&house, "office", "wrong-wrong-wrong", &format!("192.0.2.{n}"), None).await;
        assert_eq!(guess, "session.refused", "guess {n}");
    }
    // Whoever comes from yet another place has to wait now, with the right password too: nobody can tell them apart.
    assert_eq!(code(&house, "office", "wrong-wrong-wrong", "198.51.100.1", None).await, "session.locked_out");
    assert_eq!(code(&house, "office", PASSWORD, "10.0.0.1", None).await, "session.locked_out");
    assert_eq!(code(&house, "auditor", PASSWORD, "10.0.0.2", None).await, "in", "other accounts are as ever");
    // On the own device there is no waiting.
    assert_eq!(code(&house, "office", PASSWORD, "10.0.0.1", Some(&before.device)).await, "in");
    assert_eq!(code(&house, "office", PASSWORD, "10.9.9.9", Some(&before.device)).await, "in", "wherever it is");
    // Time heals.
    house.clock.set(house.clock.now().plus_seconds(2));
    assert_eq!(code(&house, "office", PASSWORD, "10.0.0.1", None).await, "in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_machine_that_tries_everybody_is_slowed_down() {
    let house = house(Backend::Sqlite).await;
    for n in 0..50 {
        let guess = code(&house, &format!("guess{n}"), "Summer-2026-password", "192.0.2.7", None).await;
        assert_eq!(guess, "session.refused", "guess {n}");
    }
    assert_eq!(code(&house, "office", "Summer-2026-password", "192.0.2.7", None).await, "session.locked_out");
    assert_eq!(code(&house, "office", PASSWORD, "192.0.2.8", None).await, "in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_word_of_a_device_is_one_accounts_and_ends_and_opens_nothing() {
    let house = house(Backend::Sqlite).await;
    let office = attempt(&house, "office", PASSWORD, "10.0.0.1", None).await.unwrap().device;
    let auditor = attempt(&house, "auditor", PASSWORD, "10.0.0.1", None).await.unwrap().device;
    assert_ne!(office, attempt(&house, "office", PASSWORD, "10.0.0.1", None).await.unwrap().device, "each device has its own");
    for n in 0..20 {
        code(&house, "office", "wrong-wrong-wrong", &format!("192.0.2.{n}"), None).await;
    }
    let bent = office.replacen(|c: char| c.is_ascii_digit(), "x", 1);
    let later = office.replacen('.', ".9", 1);
    for word in [auditor.as_str(), &bent, &later, "", ".", "a.b.c.d"] {
        assert_eq!(code(&house, "office", PASSWORD, "10.0.0.3", Some(word)).await, "session.locked_out", "{word}");
    }
    // Whoever stole it still has to know the password, and is slowed down like anybody.
    for _ in 0..5 {
        assert_eq!(code(&house, "office", "wrong-wrong-wrong", "203.0.113.9", Some(&office)).await, "session.refused");
    }
    assert_eq!(code(&house, "office", PASSWORD, "203.0.113.9", Some(&office)).await, "session.locked_out");
    house.clock.set(house.clock.now().plus_seconds(181 * 86_400));
    for n in 0..20 {
        code(&house, "office", "wrong-wrong-wrong", &format!("192.0.2.{n}"), None).await;
    }
    assert_eq!(code(&house, "office", PASSWORD, "10.0.0.1", Some(&office)).await, "session.locked_out", "half a year is over");
}
