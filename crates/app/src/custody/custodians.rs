//! Custodians: whose keys the shares of locks are sealed to. The key is made on the person's own device; what comes here is its public
//! half, and the private half under the person's passphrase, which the server cannot open.

use std::sync::Arc;

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Problem};
use jingui_vault::{
    custody::{Circle, Party},
    envelope::{Algorithm, Recipient},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::CUSTODIAN;
use crate::{
    live::Live,
    pipeline::Command,
    world::{World, caller::Caller},
};

/// Longest sealed private key, in characters.
const SEALED_MAX: usize = 2000;
/// Custodians of whom any two release (B 4.2.1).
const NEED: u8 = 2;
/// Fewest members of an escrow: of fewer than three no majority is more than two.
const ESCROW_LEAST: usize = 3;

/// A custodian's record, for the person whose it is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OwnKey {
    /// The custodian's record.
    pub id: Id,
    /// Its number.
    pub number: Option<String>,
    /// `custodian` or `escrow`.
    pub duty: String,
    /// Its state.
    pub state: String,
    /// Fingerprint of the key, if there is one.
    pub fingerprint: Option<String>,
    /// The private key under the person's passphrase.
    pub sealed_key: Option<String>,
}

/// What two people compare: the first 128 bits of the SHA-256 of a public key, or of the SM3 of one of SM2, in eight groups of four
/// hexadecimal digits.
#[must_use]
pub fn fingerprint(key: &Recipient) -> String {
    let digest = match key.algorithm() {
        Algorithm::X25519 => jingui_ledger::suite::sha256(&[key.bytes()]),
        Algorithm::Sm2 => jingui_ledger::suite::sm3(&[key.bytes()]),
    };
    let groups = digest.chunks(2).take(8).map(hex::encode_upper);
    groups.collect::<Vec<_>>().join(" ")
}

pub(super) fn recipient(text: &str) -> Result<Recipient, Problem> {
    let malformed = || Problem::invalid("vault.recipient_malformed").at("key");
    let bytes = hex::decode(text).map_err(|_| malformed())?;
    Recipient::from_bytes(&bytes).map_err(|_| malformed())
}

/// The custodians in office, oldest first, one for each person and duty.
pub(super) fn in_office(world: &World, duty: &str) -> Result<Vec<Record>, Problem> {
    let mut seen = vec![];
    let mut all = world.in_states(CUSTODIAN, &["active"])?;
    all.retain(|r| r.text("duty") == Some(duty) && r.data.contains_key("key"));
    all.retain(|r| {
        let own = r.one("person");
        let stays = own.is_some_and(|p| world.record(p).is_ok_and(|p| p.state != "left"));
        stays && !seen.contains(&own) && {
            seen.push(own);
            true
        }
    });
    Ok(all)
}

/// Who holds shares of a new lock: the custodians, of whom two are needed, and the committee's escrow if there are enough, of whom
/// more than half are (three of five). Nothing while there are fewer than two custodians.
pub(super) fn circles(world: &World) -> Result<Option<Vec<Circle>>, Problem> {
    let parties = |records: &[Record]| -> Result<Vec<Party>, Problem> {
        records.iter().map(|r| Ok(Party { id: r.id, key: recipient(r.text("key").unwrap_or_default())? })).collect()
    };
    let custodians = parties(&in_office(world, "custodian")?)?;
    if custodians.len() < usize::from(NEED) {
        return Ok(None);
    }
    let mut circles = vec![Circle { need: NEED, parties: custodians }];
    let escrow = parties(&in_office(world, "escrow")?)?;
    if escrow.len() >= ESCROW_LEAST {
        let need = u8::try_from(escrow.len() / 2 + 1).unwrap_or(u8::MAX);
        circles.push(Circle { need, parties: escrow });
    }
    Ok(Some(circles))
}

/// The custodians' records of a person that have not left.
pub(super) fn of_person(world: &World, of: Id) -> Result<Vec<Record>, Problem> {
    world.pointing_in(CUSTODIAN, "person", of, &["appointed", "keyed", "pending", "active"])
}

impl Live {
    /// Takes a key that a custodian made on the own device.
    ///
    /// # Errors
    /// `record.missing` unless it is the caller's own appointment; `vault.recipient_malformed`; `custody.key_algorithm` when it is not of
    /// the enterprise's suite; `custody.sealed_key`; `state.not_allowed` once it is confirmed; `policy.*`.
    pub async fn set_custodian_key(self: &Arc<Self>, caller: &Caller, custodian: Id, key: &str, sealed: &str) -> Result<(), Problem> {
        let own = {
            let world = self.world.read();
            let record = world.record(custodian).ok().filter(|r| r.kind == CUSTODIAN && r.one("person") == Some(caller.id()));
            record.ok_or_else(|| Problem::missing("record.missing"))?
        };
        let recipient = recipient(&key.to_ascii_lowercase())?;
        let (found, want) = (recipient.algorithm(), Algorithm::of(self.vault.suite()));
        if found != want {
            return Err(Problem::invalid("custody.key_algorithm").arg("found", found.name()).arg("want", want.name()).at("key"));
        }
        let is_json = serde_json::from_str::<Value>(sealed).is_ok_and(|v| v.is_object());
        if sealed.len() > SEALED_MAX || !is_json {
            return Err(Problem::invalid("custody.sealed_key").at("sealed_key"));
        }
        let input = Data::from([
            ("key".to_owned(), json!(hex::encode(recipient.bytes()))),
            ("fingerprint".to_owned(), json!(fingerprint(&recipient))),
            ("sealed_key".to_owned(), json!(sealed)),
        ]);
        self.pipeline.change(Command::on(&caller.on_behalf(), CUSTODIAN, own.id, "set_key", input)).await.map(|_| ())
    }
}
