//! Two nodes on one PostgreSQL: what one commits holds on the other, without a restart and without a write there.

use std::{sync::Arc, time::Duration};

use jingui_app::{
    live::{Heard, Live},
    node::Node,
    settings::SettingsChange,
};
use jingui_kinds::act::Facts;
use jingui_model::{Zone, clock::FixedClock};
use jingui_vault::{SystemRng, Unlock};

use crate::support::{Backend, PASSPHRASE, house};

async fn until(live: &Arc<Live>, what: &str, holds: impl Fn(&Live) -> bool) {
    for _ in 0..3000 {
        if holds(live) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to this on the other node: {what}");
}

/// H 9.6.2: who switches one-time codes on has them required everywhere, not on one machine of two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_and_records_of_one_node_hold_on_the_other() {
    let house = house(Backend::Postgres).await;
    let other = Node::open(house.config.clone(), Arc::<FixedClock>::clone(&house.clock), Arc::new(SystemRng))
        .await
        .unwrap_or_else(|p| panic!("{p}"));
    other.unseal(Unlock::Passphrase(PASSPHRASE)).await.unwrap_or_else(|p| panic!("{p}"));
    let far = other.live().unwrap();
    let mut heard = far.subscribe();
    assert!(!far.totp_required());

    let secured = SettingsChange { totp_required: Some(true), session_minutes: Some(5), ..SettingsChange::default() };
    house.live.change_settings(&house.caller("secadmin"), &secured).await.unwrap();
    let moved = SettingsChange { zone_minutes: Some(60), scheme: Some("levels123".to_owned()), ..SettingsChange::default() };
    house.live.change_settings(&house.caller("sysadmin"), &moved).await.unwrap();
    until(&far, "one-time codes are required", Live::totp_required).await;
    until(&far, "the zone and the scheme", |l| l.world.read().zone() == Zone(60) && l.scheme().code == "levels123").await;

    let department = house.department("远方").await;
    until(&far, "a record", |l| l.world.read().record(department).is_ok()).await;
    loop {
        match heard.recv().await.unwrap() {
            Heard::Changes(changes) if changes.iter().any(|c| c.id == department) => break,
            _ => {}
        }
    }
    // And back: the other node writes, this one follows.
    let back = SettingsChange { headcount: Some(Some(320)), zone_minutes: Some(480), ..SettingsChange::default() };
    far.change_settings(&house.caller("sysadmin"), &back).await.unwrap();
    until(&house.live, "the zone", |l| l.world.read().zone() == Zone(480)).await;
    other.stop().await;
    house.node.stop().await;
}
