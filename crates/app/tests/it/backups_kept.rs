//! What stays at a place of backups, and who opens it (B 7.2.2; H 7.2, 9.6.2 d): every snapshot that thinning leaves can be restored; custodians
//! restore together.

use std::sync::Arc;

use jingui_app::{
    backup::{Keep, Request, Restored, Taking, Thin, Way, restore, take},
    keys::{Because, Label, ways::NewWay},
    verify::Elsewhere,
};
use jingui_backup::{FolderDepot, Generation, Sort, list};
use jingui_ledger::Outcome;
use jingui_model::{Clock, Instant, Problem, clock::FixedClock};
use jingui_vault::{Method, SystemRng};

use crate::support::{Backend, House, PASSPHRASE, PASSWORD, house};

const DAY: i64 = 86_400;

fn clock(house: &House) -> Arc<FixedClock> {
    Arc::<FixedClock>::clone(&house.clock)
}

async fn back_up(house: &House, keep: Keep) -> Instant {
    let to = house.dir.path().join("off").display().to_string();
    let taking = Taking { data: house.config.data.clone(), elsewhere: Elsewhere::default(), to, recipients: vec![], keep };
    take(taking, clock(house), Arc::new(SystemRng)).await.unwrap().at
}

async fn restored(house: &House, name: &str, at: Option<Instant>, way: Way) -> Result<Restored, Problem> {
    let from = house.dir.path().join("off").display().to_string();
    let request = Request { from, data: house.dir.path().join(name), elsewhere: Elsewhere::default(), at, way };
    restore(request, clock(house), Arc::new(SystemRng)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_snapshot_that_thinning_leaves_is_restored_whole() {
    let house = house(Backend::Sqlite).await;
    let keep = Keep { key_days: 20, content_days: 70, thin: Some(Thin { all_days: 7, weekly_days: 30 }) };
    let mut taken = vec![];
    for n in 0..32 {
        house.department(&format!("部门{n}")).await;
        house.clock.set(house.clock.now().plus_seconds(3 * DAY));
        taken.push(back_up(&house, keep).await);
    }
    let depot = FolderDepot::existing(&house.dir.path().join("off")).unwrap();
    let left: Vec<Instant> = list(&depot).unwrap().iter().map(|s| s.at).collect();
    let (now, age) = (taken[31], |at: &Instant| (taken[31].micros() - at.micros()) / 1_000_000 / DAY);
    assert_eq!((left.iter().filter(|at| age(at) <= 7).count(), left.last()), (3, Some(&now)));
    assert!((7..=12).contains(&left.len()) && left.iter().all(|at| age(at) <= 70 && taken.contains(at)), "{left:?}");
    // A destroyed key is never there for longer than was promised (H 9.6.5).
    let keys = Generation::all(&depot, Sort::Keys).unwrap();
    assert!(!keys.is_empty() && keys.iter().all(|g| age(&g.at) <= 20 && left.contains(&g.at)));
    for (n, at) in left.iter().enumerate() {
        let way = Way::Vault(Method::Passphrase, PASSPHRASE.to_owned().into());
        let told = restored(&house, &format!("restored{n}"), Some(*at), way).await.unwrap();
        assert_eq!((told.at, told.verification.unwrap().outcome), (*at, Outcome::Whole));
    }
    house.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn custodians_restore_with_their_sheets_together_and_none_alone() {
    let house = house(Backend::Sqlite).await;
    let keeper = house.caller("secadmin");
    let because = Because { caller: &keeper, password: PASSWORD, reason: "保密委员会分存" };
    let made = house.live.add_way(&because, NewWay::Shares { need: 2, of: 3 }, Label::default()).await.unwrap();
    let sheets = made.secret.unwrap();
    let sheets: Vec<&str> = sheets.lines().collect();
    back_up(&house, Keep::default()).await;
    let by = |lines: &[&str]| Way::Vault(Method::Shares, lines.join("\n").into());
    let code = |told: Result<Restored, Problem>| told.map_or_else(|p| p.code().to_owned(), |_| "ok".to_owned());
    assert_eq!(code(restored(&house, "one", None, by(&sheets[..1])).await), "vault.sheets_missing");
    let foreign = jingui_vault::share_paper::generate_sheets(2, 2, &SystemRng).unwrap();
    assert_eq!(code(restored(&house, "foreign", None, by(&[&foreign])).await), "vault.unlock_refused");
    let told = restored(&house, "two", None, by(&[sheets[2], sheets[0]])).await.unwrap();
    assert_eq!(told.verification.unwrap().outcome, Outcome::Whole);
    house.node.stop().await;
}
