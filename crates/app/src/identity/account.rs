//! Accounts: made for a person with a first password, roles given and taken, passwords and
//! one-time codes changed by their owner.
//!
//! The three administrators (三员) are three persons, and none of them holds a role that reads
//! secrets (H 9.5.2, 9.6.2): the check is here, on every change of roles, for all of a person's accounts.

use std::{collections::BTreeSet, sync::Arc};

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Problem};
use jingui_policy::{Action, Role, conflicting_roles};
use jingui_vault::{Cost, password, totp};
use serde_json::{Value, json};

use super::session::{text, totp_secret};
use crate::{
    ledger::blocking,
    live::Live,
    pipeline::Command,
    refusal,
    world::caller::{Caller, strings},
};

/// A new account and its first password, shown once.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account.
    pub record: Record,
    /// The password that has to be changed at first sign-in.
    pub password: String,
}

impl Live {
    /// Makes an account for a person.
    ///
    /// # Errors
    /// `policy.denied`, `account.login`, `account.roles_conflict`, `account.exists`, `field.not_unique`.
    pub async fn create_account(
        self: &Arc<Self>,
        caller: &Caller,
        person: Id,
        login: &str,
        roles: &[String],
    ) -> Result<NewAccount, Problem> {
        self.may_administer(caller, None)?;
        let login = check_login(login)?;
        let taken = self.check_roles(person, roles, None)?;
        if taken {
            return Err(Problem::conflict("account.exists").at("person"));
        }
        let first = first_password(&*self.rng);
        let digest = self.digest(&first, &login).await?;
        let data = Data::from([
            ("person".to_owned(), json!(person)),
            ("login".to_owned(), json!(login)),
            ("roles".to_owned(), json!(roles)),
            ("password".to_owned(), json!(digest)),
            ("must_change".to_owned(), json!(true)),
        ]);
        let mut command = Command::create(&acting(caller), "account", data);
        command.caller.system = true;
        let outcome = self.pipeline.change(command).await?;
        Ok(NewAccount { record: outcome.record, password: first })
    }

    /// Gives an account a new first password, takes its second factors away and ends its sessions.
    ///
    /// # Errors
    /// `policy.denied`, `record.missing`.
    pub async fn reset_account(self: &Arc<Self>, caller: &Caller, account: Id) -> Result<NewAccount, Problem> {
        let record = self.account_record(account)?;
        self.may_administer(caller, Some(&record))?;
        let first = first_password(&*self.rng);
        let digest = self.digest(&first, "").await?;
        let data = Data::from([
            ("password".to_owned(), json!(digest)),
            ("must_change".to_owned(), json!(true)),
            ("totp".to_owned(), Value::Null),
            ("last_totp_step".to_owned(), Value::Null),
            ("totp_on".to_owned(), json!(false)),
        ]);
        let outcome = self.pipeline.change(Command::on(&acting(caller), "account", account, "edit", data)).await?;
        self.drop_passkeys(caller, account).await?;
        self.store.delete_sessions_of(account).await?;
        Ok(NewAccount { record: outcome.record, password: first })
    }

    /// Sets an account's roles; what they open or close holds from the next request.
    ///
    /// # Errors
    /// `policy.denied`, `account.roles_conflict`, `account.own_roles`.
    pub async fn set_roles(self: &Arc<Self>, caller: &Caller, account: Id, roles: &[String]) -> Result<Record, Problem> {
        let record = self.account_record(account)?;
        self.may_administer(caller, Some(&record))?;
        if account == caller.actor.account {
            return Err(Problem::denied("account.own_roles"));
        }
        if let Some(person) = text(&record, "person").and_then(|p| p.parse().ok()) {
            self.check_roles(person, roles, Some(account))?;
        }
        let data = Data::from([("roles".to_owned(), json!(roles))]);
        Ok(self.pipeline.change(Command::on(&acting(caller), "account", account, "edit", data)).await?.record)
    }

    /// Enables or disables an account; disabling ends its sessions.
    ///
    /// # Errors
    /// `policy.denied`, `account.own_roles`.
    pub async fn switch_account(self: &Arc<Self>, caller: &Caller, account: Id, enable: bool) -> Result<Record, Problem> {
        let record = self.account_record(account)?;
        self.may_administer(caller, Some(&record))?;
        if account == caller.actor.account {
            return Err(Problem::denied("account.own_roles"));
        }
        let action = if enable { "enable" } else { "disable" };
        let outcome = self.pipeline.change(Command::on(&acting(caller), "account", account, action, Data::new())).await?;
        if !enable {
            self.store.delete_sessions_of(account).await?;
        }
        Ok(outcome.record)
    }

    /// Changes the caller's own password; other sessions end.
    ///
    /// # Errors
    /// `session.refused` when the old one is wrong; `password.*` when the new one is weak.
    pub async fn change_password(self: &Arc<Self>, caller: &Caller, old: &str, new: &str) -> Result<(), Problem> {
        let record = self.own_account(caller)?;
        self.check_password_of(&record, old).await?;
        let login = text(&record, "login").unwrap_or_default();
        let digest = self.digest(new, &login).await?;
        let data = Data::from([("password".to_owned(), json!(digest)), ("must_change".to_owned(), json!(false))]);
        self.pipeline.change(Command::on(&acting(caller), "account", record.id, "edit", data)).await?;
        self.store.delete_sessions_of(record.id).await.map(|_| ())
    }

    /// Offers a new one-time-code secret; it counts once a code from it was shown ([`Live::confirm_totp`]).
    ///
    /// # Errors
    /// `account.totp_present` when one is in use.
    pub async fn begin_totp(self: &Arc<Self>, caller: &Caller) -> Result<(String, String), Problem> {
        let record = self.own_account(caller)?;
        if text(&record, "totp").is_some() {
            return Err(Problem::conflict("account.totp_present"));
        }
        let secret = totp::generate_secret(&*self.rng);
        let data = Data::from([("totp_waiting".to_owned(), json!(hex::encode(&secret)))]);
        self.pipeline.change(Command::on(&acting(caller), "account", record.id, "edit", data)).await?;
        let login = text(&record, "login").unwrap_or_default();
        Ok((totp::otpauth_uri(&secret, "Jingui", &login), totp::base32(&secret)))
    }

    /// Takes the offered one-time-code secret into use.
    ///
    /// # Errors
    /// `account.totp_wrong`.
    pub async fn confirm_totp(self: &Arc<Self>, caller: &Caller, code: &str) -> Result<(), Problem> {
        let record = self.own_account(caller)?;
        let wrong = || Problem::invalid("account.totp_wrong").at("code");
        let offered = text(&record, "totp_waiting").ok_or_else(wrong)?;
        let step = totp::verify(&totp_secret(&offered)?, code.trim(), self.clock.now(), None).ok_or_else(wrong)?;
        let data = Data::from([
            ("totp".to_owned(), json!(offered)),
            ("last_totp_step".to_owned(), json!(step)),
            ("totp_waiting".to_owned(), Value::Null),
            ("totp_on".to_owned(), json!(true)),
        ]);
        self.pipeline.change(Command::on(&acting(caller), "account", record.id, "edit", data)).await.map(|_| ())
    }

    /// Gives up one-time codes, unless they are the last second factor and the company requires one.
    ///
    /// # Errors
    /// `session.refused`, `account.totp_required`.
    pub async fn remove_totp(self: &Arc<Self>, caller: &Caller, secret: &str) -> Result<(), Problem> {
        let record = self.own_account(caller)?;
        self.check_password_of(&record, secret).await?;
        if self.totp_required() && self.passkey_count(record.id) == 0 {
            return Err(Problem::denied("account.totp_required"));
        }
        let data = Data::from([
            ("totp".to_owned(), Value::Null),
            ("last_totp_step".to_owned(), Value::Null),
            ("totp_on".to_owned(), json!(false)),
        ]);
        self.pipeline.change(Command::on(&acting(caller), "account", record.id, "edit", data)).await.map(|_| ())
    }

    /// Does the company require a second factor: one-time codes or a passkey?
    #[must_use]
    pub fn totp_required(&self) -> bool {
        crate::settings::record(&self.world.read()).is_ok_and(|r| r.data.get("totp_required").and_then(Value::as_bool).unwrap_or(false))
    }

    /// The caller's own account.
    ///
    /// # Errors
    /// `record.missing`.
    pub fn own_account(&self, caller: &Caller) -> Result<Record, Problem> {
        self.account_record(caller.actor.account)
    }

    fn account_record(&self, id: Id) -> Result<Record, Problem> {
        let record = self.world.read().record(id)?;
        if record.kind == "account" { Ok(record) } else { Err(Problem::missing("record.missing")) }
    }

    /// Asks for the caller's own password again, before an act that cannot be taken back.
    ///
    /// # Errors
    /// `account.password_wrong`; `throttle.*` after too many.
    pub async fn same_person(&self, caller: &Caller, secret: &str) -> Result<(), Problem> {
        let record = self.own_account(caller)?;
        self.check_password_of(&record, secret).await.map_err(|p| if p.code() == "account.password_wrong" { p.at("password") } else { p })
    }

    async fn check_password_of(&self, record: &Record, secret: &str) -> Result<(), Problem> {
        let place = self.vault.blind("throttle", record.id.as_bytes());
        self.throttle.check(place, self.clock.now())?;
        let (phc, given) = (text(record, "password").unwrap_or_default(), secret.to_owned());
        if blocking(move || Ok(password::verify_password(&given, &phc))).await? {
            self.throttle.passed(place);
            return Ok(());
        }
        self.throttle.failed(place, self.clock.now());
        Err(Problem::invalid("account.password_wrong").at("old"))
    }

    pub(crate) async fn digest(&self, secret: &str, login: &str) -> Result<String, Problem> {
        password::check_password(secret, login)?;
        let (secret, rng, cost) = (secret.to_owned(), Arc::clone(&self.rng), self.cost);
        blocking(move || password::hash_password(&secret, &*rng, cost)).await
    }

    fn may_administer(&self, caller: &Caller, record: Option<&Record>) -> Result<(), Problem> {
        let world = self.world.read();
        let kind = world.kind("account")?;
        let target = match record {
            Some(record) => world.target(caller, kind, record),
            None => world.target_of_kind(caller, kind, None, jingui_model::Protection::None),
        };
        let ruling = world.rule(caller, Action::Administer, &target);
        if ruling.allowed { Ok(()) } else { Err(refusal::denied(Action::Administer, &ruling)) }
    }

    /// Refuses roles that exclude each other, over all accounts of a person. True when the person has another account.
    fn check_roles(&self, person: Id, roles: &[String], but: Option<Id>) -> Result<bool, Problem> {
        let mut all: BTreeSet<Role> = roles.iter().map(|r| r.parse()).collect::<Result<_, _>>()?;
        let world = self.world.read();
        let table = world.table("account")?;
        let mut others = false;
        for row in world.pointing("account", "person", person) {
            let Some(record) = table.row(row).filter(|r| Some(r.id) != but).and_then(|r| r.record().ok()) else { continue };
            others = true;
            all.extend(strings(record.data.get("roles")).filter_map(|r| r.parse::<Role>().ok()));
        }
        match conflicting_roles(&all) {
            Some((a, b)) => Err(Problem::invalid("account.roles_conflict").at("roles").arg("one", a).arg("other", b)),
            None => Ok(others),
        }
    }
}

/// The caller with the system's rights but their own name: what was allowed above is written as their act.
pub(crate) fn acting(caller: &Caller) -> Caller {
    let mut acting = caller.clone();
    acting.system = true;
    acting.view.system = true;
    acting
}

pub(crate) fn check_login(login: &str) -> Result<String, Problem> {
    let login = login.trim().to_lowercase();
    let fits =
        (2..=64).contains(&login.chars().count()) && login.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@'));
    if fits { Ok(login) } else { Err(Problem::invalid("account.login").at("login")) }
}

/// Sixteen characters without those that are easily confused, in four groups.
pub(crate) fn first_password(rng: &dyn jingui_model::Rng) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstvwxyz23456789KL";
    let bytes: [u8; 16] = rng.array();
    let text: Vec<char> = bytes.iter().map(|b| char::from(*LETTERS.get(usize::from(b & 31)).unwrap_or(&b'a'))).collect();
    text.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

impl Live {
    /// The cost of password digests that this node was opened with.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        self.cost
    }
}
