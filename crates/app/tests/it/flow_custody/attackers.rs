//! Who fails to read a core secret: the administrator, the thief of the database with the root key, one custodian, two of them without the
//! server (docs/decisions/0015-dual-control.md has the table).

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_app::{custody::Release, world::caller::Caller};
use jingui_vault::shares::Share;

use super::{Cast, code};

/// The administrator of the server: no policy lets them near, and past the policies the lock stays closed.
pub(super) async fn the_administrator_fails(suite: u16) {
    let cast = Cast::locked(suite).await;
    for who in ["sysadmin", "secadmin", "auditor"] {
        assert!(cast.read(who, "曲线.txt").await.is_err());
        assert!(cast.ask(who).await.is_err(), "{who} may not even ask");
    }
    // As if every policy were gone: the system itself opens nothing either.
    let found = cast.house.live.open_file(&Caller::system(), "secret", cast.secret.id, cast.file("曲线.txt").id).await;
    assert_eq!(code(found), "custody.closed");
}

/// Who stole the database *and* knows the root key opens the record, and has the lock, but not the files. Also with one custodian's help.
pub(super) async fn the_thief_with_the_root_key_fails_even_with_one_custodian(suite: u16) {
    let cast = Cast::locked(suite).await;
    let (live, secret) = (&cast.house.live, cast.secret.id);
    let row = live.store.record(secret).await.unwrap().unwrap();
    let key = live.vault.record_key(secret, &row.key).unwrap();
    let file = cast.file("曲线.txt");
    let wrapped = STANDARD.decode(&file.key).unwrap();
    assert!(key.file_key(file.id, &wrapped).is_err(), "the record's key no longer wraps the file's");
    let lock = cast.lock();
    let (holder, pair) = &cast.devices["jia"];
    let (_, info, held) = lock.of_holder(*holder).remove(0);
    let share = jingui_vault::custody::own_share(pair, &info, held).unwrap();
    assert_eq!(code(lock.open(&key, std::slice::from_ref(&share))), "vault.lock_refused");
    assert_eq!(code(lock.open(&key, &[share.clone(), share.clone()])), "vault.lock_refused");
    // Another number with the same values is no second share.
    let mut forged = *share.to_bytes();
    forged[0] = 9;
    assert_eq!(code(lock.open(&key, &[share, Share::from_bytes(&forged).unwrap()])), "vault.lock_refused");
    // The other custodian's share does not open with this one's key.
    let (_, info, held) = lock.of_holder(cast.devices["yi"].0).remove(0);
    assert_eq!(code(jingui_vault::custody::own_share(pair, &info, held)), "vault.envelope_refused");
}

/// Both custodians, without the server's keys: they have S, and the lock from a stolen database that they cannot even read; given the lock,
/// they lack the record's key.
pub(super) async fn two_custodians_without_the_server_fail(suite: u16) {
    let cast = Cast::locked(suite).await;
    let lock = cast.lock();
    let shares: Vec<Share> = ["jia", "yi"]
        .iter()
        .map(|who| {
            let (holder, pair) = &cast.devices[who];
            let (_, info, held) = lock.of_holder(*holder).remove(0);
            jingui_vault::custody::own_share(pair, &info, held).unwrap()
        })
        .collect();
    // The best key that they could have: of another record of the same vault.
    let live = &cast.house.live;
    let row = live.store.record(lock.id).await.unwrap().unwrap();
    let other = live.vault.record_key(lock.id, &row.key).unwrap();
    assert_eq!(code(lock.open(&other, &shares)), "vault.lock_refused");
    let row = live.store.record(cast.secret.id).await.unwrap().unwrap();
    assert!(lock.open(&live.vault.record_key(cast.secret.id, &row.key).unwrap(), &shares).is_ok(), "with the server's key they do");
    // Nor does the row on the disk say anything of the lock.
    let row = live.store.record(lock.id).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&row.sealed).contains("sharings"));
}

/// One custodian alone: once, twice, for another, for oneself, with somebody else's or an old release.
pub(super) async fn one_custodian_fails(suite: u16) {
    let mut cast = Cast::locked(suite).await;
    let (jia, yi) = (cast.house.caller("jia"), cast.house.caller("yi"));
    let opening = cast.ask("zhou").await.unwrap();
    let mine = cast.on_device("jia", opening);
    assert_eq!(code(cast.house.live.release(&yi, opening, &mine).await), "custody.not_holder", "another's appointment");
    let posing = Release { holder: cast.devices["yi"].0, shares: mine.shares.clone() };
    assert_eq!(code(cast.house.live.release(&yi, opening, &posing).await), "vault.share_wrong", "another's share");
    let short = Release { shares: vec![], ..mine.clone() };
    assert_eq!(code(cast.house.live.release(&jia, opening, &short).await), "custody.shares");
    cast.house.live.release(&jia, opening, &mine).await.unwrap();
    assert_eq!(code(cast.house.live.release(&jia, opening, &mine).await), "custody.released_already");
    // Who is not asked does not learn that there is an opening.
    assert_eq!(code(cast.house.live.release(&cast.house.caller("xu"), opening, &mine).await), "record.missing");
    // A custodian who may read the secret asks for the own opening, and cannot release it.
    cast.appoint("zhou", "custodian").await;
    assert_eq!(code(cast.house.live.release(&cast.house.caller("zhou"), opening, &mine).await), "record.missing");
    // What was handed over for one opening serves no other.
    let second = cast.ask("xu").await.unwrap();
    assert_eq!(code(cast.house.live.release(&jia, second, &mine).await), "vault.envelope_refused");
    assert_eq!(cast.house.record(second).data.get("released_by"), None, "nothing was taken");
}
