//! Signing in with password and second factor; sessions as opaque random tokens.
//!
//! The database holds a keyed digest of the token only. Every sign-in, refusal and sign-out is
//! in the evidence ledger. Unknown names and wrong passwords take the same time and say the same.

use std::{net::IpAddr, sync::Arc};

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Instant, Problem};
use jingui_store::SessionRow;
use jingui_vault::{password, totp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    passkey::{Answer, Refused, Site},
    throttle::{self, Gate},
};
use crate::{
    ledger::blocking,
    live::Live,
    pipeline::{Command, Note},
    settings,
    world::caller::{Caller, Origin},
};

/// A session lives no longer than this, used or not.
const LONGEST_SECONDS: i64 = 12 * 3600;
/// `last_seen` is written at most this often.
const TOUCH_SECONDS: i64 = 60;

/// A new session; the token is shown once, to the client.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// What the client keeps.
    pub token: String,
    /// Who it is.
    pub caller: Caller,
    /// Seconds until it ends at the latest.
    pub seconds: i64,
    /// By which the device is known from now on; the client keeps it beyond the session.
    pub device: String,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Password.
    Password,
    /// Password and one-time code.
    PasswordCode,
    /// Password and passkey.
    PasswordPasskey,
    /// Passkey alone, with its owner verified.
    Passkey,
}

impl Way {
    /// As the ledger and the API write it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordCode => "password_code",
            Self::PasswordPasskey => "password_passkey",
            Self::Passkey => "passkey",
        }
    }
}

/// What somebody brings beside the password.
#[derive(Debug, Clone, Copy)]
pub enum Second<'a> {
    /// Nothing.
    None,
    /// A one-time code.
    Code(&'a str),
    /// The answer of a passkey, and the site that it was given to.
    Passkey(&'a Answer, &'a Site),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub id: Id,
    pub address: String,
    pub device: String,
    /// Absent in sessions of earlier versions.
    #[serde(default)]
    pub way: Option<Way>,
}

impl Live {
    pub(crate) fn token_digest(&self, token: &str) -> [u8; 32] {
        self.vault.blind("session", token.as_bytes())
    }

    /// Signs somebody in. `known` is what the device was given when the person signed in on it before.
    ///
    /// # Errors
    /// `session.refused` whatever was wrong; `session.code_required`, `session.passkey_required` or `session.second_required` (either will
    /// do) when the password was right and a second factor is needed; `session.locked_out`.
    pub async fn sign_in(
        self: &Arc<Self>,
        login: &str,
        secret: &str,
        second: Second<'_>,
        origin: Origin,
        known: Option<&str>,
    ) -> Result<SignedIn, Problem> {
        let login = login.trim().to_lowercase();
        let now = self.clock.now();
        let account = self.world.read().account(&login);
        let gates = self.gates(&login, account, &origin.address, known, now);
        self.throttle.check_all(&gates, now)?;
        let record = account.and_then(|id| self.world.read().record(id).ok()).filter(|r| r.state == "enabled");
        let digest = record.as_ref().and_then(|r| text(r, "password"));
        let (given, phc, cost) = (secret.to_owned(), digest.clone(), self.cost);
        let right = blocking(move || {
            Ok(match phc {
                Some(phc) => password::verify_password(&given, &phc),
                None => {
                    password::dummy_verify(&given, cost);
                    false
                }
            })
        })
        .await?;
        let (Some(record), true) = (record, right) else {
            self.throttle.failed_all(&gates, now);
            self.refused(account, &origin, "password").await?;
            return Err(Problem::unauthenticated("session.refused"));
        };
        let way = match self.second_factor(&record, second).await? {
            Ok(way) => way,
            Err(refused) => {
                self.throttle.failed_all(&gates, now);
                self.refused_passkey(&refused, &origin).await?;
                return Err(Problem::unauthenticated("session.refused"));
            }
        };
        // Of the account as such and of the address nothing is forgotten: others may be guessing.
        if let Some((place, _)) = gates.first() {
            self.throttle.passed(*place);
        }
        self.open_for(record.id, origin, way, known).await
    }

    /// Holds what somebody brought beside the right password against what the account has. Whoever has a second factor is asked for one.
    async fn second_factor(self: &Arc<Self>, record: &Record, second: Second<'_>) -> Result<Result<Way, Refused>, Problem> {
        let no = |reason| Ok(Err(Refused { account: Some(record.id), reason }));
        let (totp, passkeys) = (text(record, "totp"), self.passkey_count(record.id) > 0);
        match (second, totp) {
            (Second::Passkey(answer, site), _) if passkeys => match self.proven(answer, site).await? {
                Ok(account) if account == record.id => Ok(Ok(Way::PasswordPasskey)),
                Ok(_) => no("passkey_of_another"),
                Err(refused) => Ok(Err(refused)),
            },
            (Second::Code(code), Some(secret)) => {
                let last = record.data.get("last_totp_step").and_then(Value::as_u64);
                let Some(step) = totp::verify(&totp_secret(&secret)?, code, self.clock.now(), last) else { return no("code") };
                // A code is good once: whoever stores the step first wins, by the record's version.
                let input = Data::from([("last_totp_step".to_owned(), json!(step))]);
                let mut command = Command::on(&Caller::system(), "account", record.id, "edit", input);
                command.expected_version = Some(record.version);
                let who = self.world.read().caller(record.id, Origin::default(), None)?;
                match self.pipeline.change_for(&who, command).await {
                    Err(problem) if problem.code().starts_with("store.") => return Err(problem),
                    Err(_) => return no("code"),
                    Ok(_) => {}
                }
                Ok(Ok(Way::PasswordCode))
            }
            (_, Some(_)) if passkeys => Err(Problem::unauthenticated("session.second_required")),
            (_, Some(_)) => Err(Problem::unauthenticated("session.code_required")),
            (_, None) if passkeys => Err(Problem::unauthenticated("session.passkey_required")),
            (_, None) => Ok(Ok(Way::Password)),
        }
    }

    /// Where failures of this attempt are counted: on a known device there only, else by account and address, together and apart.
    fn gates(&self, login: &str, account: Option<Id>, address: &str, known: Option<&str>, now: Instant) -> Vec<Gate> {
        if let Some(device) = self.device_place(account, known, now) {
            return vec![(device, throttle::PLACE)];
        }
        let at = network(address);
        let of = |what: &str, value: &str| self.vault.blind("throttle", format!("{what}\n{value}").as_bytes());
        vec![
            (of("place", &format!("{login}\n{at}")), throttle::PLACE),
            (self.address_place(address), throttle::ADDRESS),
            (of("account", login), throttle::ACCOUNT),
        ]
    }

    /// Where failures of an address are counted, whatever the account.
    pub(super) fn address_place(&self, address: &str) -> [u8; 32] {
        self.vault.blind("throttle", format!("address\n{}", network(address)).as_bytes())
    }

    /// Starts a session for an account whose owner has proven who they are.
    pub(crate) async fn open_session(self: &Arc<Self>, account: Id, origin: Origin, way: Way) -> Result<SignedIn, Problem> {
        let now = self.clock.now();
        let caller = self.world.read().caller(account, origin.clone(), None)?;
        let token = hex::encode(self.rng.array::<32>());
        let id = Id::new(&*self.clock, &*self.rng);
        let hash = self.token_digest(&token);
        let plain = serde_json::to_vec(&Sealed { id, address: origin.address, device: origin.device, way: Some(way) })
            .map_err(|e| Problem::internal("event.encoding").detail(e))?;
        let sealed = self.vault.seal_system("session", &hash, &plain, &*self.rng)?;
        let row =
            SessionRow { token_hash: hash, account, created: now, last_seen: now, expires: now.plus_seconds(LONGEST_SECONDS), sealed };
        let fields = Data::from([("session".to_owned(), json!(id)), ("way".to_owned(), json!(way.code()))]);
        self.pipeline
            .note(Note { caller: caller.clone(), act: "sign_in".to_owned(), kind: "account".to_owned(), record: Some(account), fields })
            .await?;
        self.store.put_session(&row).await?;
        let device = self.known_device(account, now, &*self.rng);
        Ok(SignedIn { token, caller, seconds: LONGEST_SECONDS, device })
    }

    pub(super) async fn refused_passkey(self: &Arc<Self>, refused: &Refused, origin: &Origin) -> Result<(), Problem> {
        self.refused(refused.account, origin, refused.reason).await
    }

    async fn refused(self: &Arc<Self>, account: Option<Id>, origin: &Origin, what: &str) -> Result<(), Problem> {
        let mut caller = Caller::system();
        caller.name = String::new();
        caller.origin = origin.clone();
        let fields = Data::from([("factor".to_owned(), json!(what))]);
        self.pipeline
            .note(Note { caller, act: "sign_in_refused".to_owned(), kind: "account".to_owned(), record: account, fields })
            .await
            .map(|_| ())
    }

    /// The caller behind a session's token.
    ///
    /// # Errors
    /// `session.expired`.
    pub async fn session_caller(&self, token: &str, mut origin: Origin) -> Result<Caller, Problem> {
        let gone = || Problem::unauthenticated("session.expired");
        let now = self.clock.now();
        let hash = self.token_digest(token);
        let row = self.store.session(hash).await?.ok_or_else(gone)?;
        let idle = self.idle_seconds();
        if now >= row.expires || now >= row.last_seen.plus_seconds(idle) {
            self.store.delete_session(hash).await?;
            return Err(gone());
        }
        if now >= row.last_seen.plus_seconds(TOUCH_SECONDS) {
            // On a full disk whoever is in stays in: of the session's age nothing is forgotten, it only ends earlier.
            match self.store.touch_session(hash, now).await {
                Err(problem) if problem.code() == "store.disk_full" => {}
                touched => touched?,
            }
        }
        "session".clone_into(&mut origin.door);
        self.world.read().caller(row.account, origin, None)
    }

    pub(super) fn idle_seconds(&self) -> i64 {
        let minutes = settings::record(&self.world.read()).ok().and_then(|r| r.data.get("session_minutes").and_then(Value::as_i64));
        minutes.unwrap_or(30).clamp(1, 720) * 60
    }

    /// Ends a session.
    ///
    /// # Errors
    /// `store.*`.
    pub async fn sign_out(self: &Arc<Self>, token: &str, caller: &Caller) -> Result<(), Problem> {
        let digest = self.token_digest(token);
        self.store.delete_session(digest).await?;
        self.viewings.end_session(&digest);
        let account = caller.actor.account;
        self.pipeline
            .note(Note {
                caller: caller.clone(),
                act: "sign_out".to_owned(),
                kind: "account".to_owned(),
                record: Some(account),
                fields: Data::new(),
            })
            .await
            .map(|_| ())
    }

    pub(super) fn open_sealed(&self, row: &SessionRow) -> Result<Sealed, Problem> {
        let plain = self.vault.open_system("session", &row.token_hash, &row.sealed)?;
        serde_json::from_slice(&plain).map_err(|e| Problem::internal("event.encoding").detail(e))
    }
}

/// Where an address belongs: whoever has one of IPv6 has its whole network of 64 bits (RFC 4291, 2.5.4).
pub(super) fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(six)) if six.to_ipv4_mapped().is_none() => format!("{:x}", six.to_bits() >> 64),
        _ => address.to_owned(),
    }
}

/// A text field of a record.
pub(crate) fn text(record: &Record, field: &str) -> Option<String> {
    record.data.get(field).and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned)
}

/// The secret of one-time codes, as it stands in an account.
pub(super) fn totp_secret(hex: &str) -> Result<Vec<u8>, Problem> {
    hex::decode(hex).map_err(|_| Problem::internal("event.encoding"))
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn addresses_of_one_network_are_one() {
        assert_eq!(network("2001:db8:0:1::5"), network("2001:db8:0:1:ffff::9"));
        assert_ne!(network("2001:db8:0:1::5"), network("2001:db8:0:2::5"));
        assert_eq!(network("10.0.0.7"), "10.0.0.7");
    }
}
