//! Passkeys (W3C Web Authentication; docs/decisions/0017-own-checks-of-passkeys.md): made by somebody who is signed in, good as
//! a second factor after the password and, because the authenticator verifies its owner, as both factors at once.
//!
//! A question (the *challenge*) carries its own end and purpose under a keyed digest, so that asking keeps nothing and any node can
//! check it; once it was answered rightly it is used up in the database, like the numbers of signed requests.

use std::{net::IpAddr, sync::Arc};

use aws_lc_rs::constant_time;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jingui_kinds::{act::Facts as _, record::Record};
use jingui_model::{Data, Id, Instant, Problem};
pub use jingui_passkey::key::ALGORITHMS;
use jingui_passkey::{Assertion, Expected, Known, Refusal, client::ClientData, key::PublicKey};
use serde_json::{Value, json};

use super::{
    account::acting,
    session::{SignedIn, Way, text},
    throttle::{self, Gate},
};
use crate::{
    live::Live,
    pipeline::Command,
    settings,
    world::caller::{Caller, Origin},
};

/// How long a question may stand.
pub const SECONDS: i64 = 300;
/// Passkeys of one account.
const MOST: u64 = 20;
const SIGN_IN: &str = "sign_in";

/// Where people sign in, as passkeys see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The relying party: the host.
    pub rp_id: String,
    /// How browsers name the site.
    pub origins: Vec<String>,
}

impl Site {
    /// The site of a host as requests name it, with its port. Browsers know passkeys only for names, and only over https (or on the machine
    /// itself).
    ///
    /// # Errors
    /// `passkey.place`.
    pub fn of_host(host: &str) -> Result<Self, Problem> {
        let bad = || Problem::conflict("passkey.place");
        let host = host.to_ascii_lowercase();
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse::<u16>().map_err(|_| bad())?)),
            None => (host.as_str(), None),
        };
        let labels = |n: &str| n.split('.').all(|l| (1..=63).contains(&l.len()) && !l.starts_with('-') && !l.ends_with('-'));
        let spelled = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
        if name.len() > 253 || !spelled || !labels(name) || name.parse::<IpAddr>().is_ok() {
            return Err(bad());
        }
        let site = |scheme: &str, usual: u16| match port.filter(|p| *p != usual) {
            Some(port) => format!("{scheme}://{name}:{port}"),
            None => format!("{scheme}://{name}"),
        };
        let mut origins = vec![site("https", 443)];
        if name == "localhost" || name.ends_with(".localhost") {
            origins.push(site("http", 80));
        }
        Ok(Self { rp_id: name.to_owned(), origins })
    }
}

/// What a browser is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The challenge, base64url.
    pub challenge: String,
    /// For which site.
    pub rp_id: String,
}

/// What a browser is asked when a passkey is made.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The question.
    pub question: Question,
    /// The account, in a way that says nothing about it; base64url.
    pub user: String,
    /// The sign-in name, for the person's own list of passkeys.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Passkeys that are there already, base64url.
    pub known: Vec<String>,
}

/// What a browser answers at a sign-in.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Which passkey, base64url.
    pub id: String,
    /// `clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `signature`.
    pub signature: Vec<u8>,
    /// `userHandle`, where the authenticator gave one.
    pub user: Option<Vec<u8>>,
}

/// One of the caller's passkeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyView {
    /// For removing it.
    pub id: Id,
    /// As its owner calls it.
    pub name: String,
    /// Made at.
    pub created: Instant,
    /// Last used at.
    pub last_used: Option<String>,
    /// It may be on several devices of its owner.
    pub synced: bool,
}

/// Why an answer did not do: for the ledger; the client is told nothing of it.
pub(super) struct Refused {
    pub account: Option<Id>,
    pub reason: &'static str,
}

impl Live {
    /// The site that passkeys are for: the address in the company's settings, or the host of the request where none is set.
    ///
    /// # Errors
    /// `passkey.place` when that is no name; `passkey.address` when the request came to another.
    pub fn passkey_site(&self, host: Option<&str>) -> Result<Site, Problem> {
        let asked = Site::of_host(host.unwrap_or_default());
        let address = settings::record(&self.world.read()).ok().and_then(|r| text(&r, "address"));
        let Some(address) = address else { return asked };
        let set = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
        let site = Site::of_host(set.split('/').next().unwrap_or_default())?;
        if asked.is_ok_and(|a| a == site) { Ok(site) } else { Err(Problem::conflict("passkey.address").arg("address", address)) }
    }

    fn ask(&self, purpose: &str, site: &Site) -> Question {
        let end = self.clock.now().plus_seconds(SECONDS).micros().to_be_bytes();
        let body = [&end[..], &self.rng.array::<16>()].concat();
        let seal = self.question_seal(purpose, &body);
        Question { challenge: BASE64.encode([body, seal.to_vec()].concat()), rp_id: site.rp_id.clone() }
    }

    fn question_seal(&self, purpose: &str, body: &[u8]) -> [u8; 32] {
        self.vault.blind("passkey question", format!("{purpose}\n{}", hex::encode(body)).as_bytes())
    }

    /// Did we ask this, for this purpose, and not too long ago? Gives its end.
    fn good_question(&self, purpose: &str, challenge: &[u8], now: Instant) -> Option<Instant> {
        let (body, seal) = challenge.split_at_checked(24)?;
        constant_time::verify_slices_are_equal(&self.question_seal(purpose, body), seal).ok()?;
        let end = Instant::from_micros(i64::from_be_bytes(body.get(..8)?.try_into().ok()?));
        (now < end).then_some(end)
    }

    /// Uses a question up; false when it was used before, on whatever node.
    async fn use_up(&self, challenge: &[u8], end: Instant, account: Id) -> Result<bool, Problem> {
        self.forget_numbers(self.clock.now()).await?;
        self.store.take_nonce(self.vault.blind("passkey answer", challenge), account, end).await
    }

    /// The account as authenticators are told of it: the same each time, and nothing to anybody else.
    fn user_handle(&self, account: Id) -> [u8; 32] {
        self.vault.blind("passkey user", account.as_bytes())
    }

    /// How many passkeys an account has.
    #[must_use]
    pub fn passkey_count(&self, account: Id) -> u64 {
        self.world.read().count("passkey", "account", account, &["active"])
    }

    fn passkeys_of(&self, account: Id) -> Result<Vec<Record>, Problem> {
        self.world.read().pointing_in("passkey", "account", account, &["active"])
    }

    /// The caller's passkeys, in the order in which they were made.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn own_passkeys(&self, caller: &Caller) -> Result<Vec<PasskeyView>, Problem> {
        let mut views: Vec<_> = self.passkeys_of(caller.actor.account)?.iter().map(view).collect();
        views.sort_by_key(|v| v.created);
        Ok(views)
    }

    fn making(&self, caller: &Caller, session: &str) -> String {
        format!("make\n{}\n{}", caller.actor.account, hex::encode(self.token_digest(session)))
    }

    /// Begins to make a passkey, after the caller's password was asked for again.
    ///
    /// # Errors
    /// `account.password_wrong`, `passkey.place`, `passkey.address`, `passkey.too_many`.
    pub async fn begin_passkey(&self, caller: &Caller, session: &str, secret: &str, host: Option<&str>) -> Result<Offer, Problem> {
        let site = self.passkey_site(host)?;
        self.same_person(caller, secret).await?;
        let account = self.own_account(caller)?;
        let known = self.passkeys_of(account.id)?;
        if known.len() as u64 >= MOST {
            return Err(Problem::conflict("passkey.too_many").arg("most", MOST));
        }
        Ok(Offer {
            question: self.ask(&self.making(caller, session), &site),
            user: BASE64.encode(self.user_handle(account.id)),
            login: text(&account, "login").unwrap_or_default(),
            name: caller.name.clone(),
            known: known.iter().filter_map(|r| text(r, "credential")).collect(),
        })
    }

    /// Takes a new passkey in (§7.1 of the standard).
    ///
    /// # Errors
    /// `passkey.expired` when the question is old, used or another's; `passkey.refused` with the check that failed;
    /// `field.not_unique` when somebody has it.
    pub async fn add_passkey(
        self: &Arc<Self>,
        caller: &Caller,
        session: &str,
        name: &str,
        host: Option<&str>,
        client_data: &[u8],
        attestation: &[u8],
    ) -> Result<PasskeyView, Problem> {
        let site = self.passkey_site(host)?;
        let name = name.trim();
        if !(1..=60).contains(&name.chars().count()) {
            return Err(Problem::invalid("passkey.name").at("name"));
        }
        let no = |refusal: Refusal| Problem::invalid("passkey.refused").arg("because", refusal.code());
        let expired = || Problem::conflict("passkey.expired");
        let challenge = ClientData::read(client_data).and_then(|c| c.challenge()).map_err(no)?;
        let end = self.good_question(&self.making(caller, session), &challenge, self.clock.now()).ok_or_else(expired)?;
        let expected = Expected { challenge: &challenge, rp_id: &site.rp_id, origins: &site.origins };
        let made = jingui_passkey::register(&expected, client_data, attestation).map_err(no)?;
        if !self.use_up(&challenge, end, caller.actor.account).await? {
            return Err(expired());
        }
        if self.passkey_count(caller.actor.account) >= MOST {
            return Err(Problem::conflict("passkey.too_many").arg("most", MOST));
        }
        let data = Data::from([
            ("name".to_owned(), json!(name)),
            ("account".to_owned(), json!(caller.actor.account)),
            ("person".to_owned(), json!(caller.view.person)),
            ("synced".to_owned(), json!(made.synced)),
            ("credential".to_owned(), json!(BASE64.encode(&made.id))),
            ("key".to_owned(), json!(BASE64.encode(made.key.bytes()))),
            ("counter".to_owned(), json!(made.counter)),
            ("rp_id".to_owned(), json!(site.rp_id)),
        ]);
        let outcome = self.pipeline.change(Command::create(&acting(caller), "passkey", data)).await?;
        Ok(view(&outcome.record))
    }

    /// Removes one of the caller's passkeys, after the password was asked for again.
    ///
    /// # Errors
    /// `record.missing`, `account.password_wrong`, `account.totp_required` when it is the last second factor and the company wants one.
    pub async fn remove_passkey(self: &Arc<Self>, caller: &Caller, id: Id, secret: &str) -> Result<(), Problem> {
        self.same_person(caller, secret).await?;
        let own = self.passkeys_of(caller.actor.account)?;
        if !own.iter().any(|r| r.id == id) {
            return Err(Problem::missing("record.missing"));
        }
        if own.len() == 1 && self.totp_required() && text(&self.own_account(caller)?, "totp").is_none() {
            return Err(Problem::denied("account.totp_required"));
        }
        self.pipeline.change(Command::on(&acting(caller), "passkey", id, "remove", Data::new())).await.map(|_| ())
    }

    /// Takes all passkeys of an account away.
    pub(super) async fn drop_passkeys(self: &Arc<Self>, caller: &Caller, account: Id) -> Result<(), Problem> {
        for record in self.passkeys_of(account)? {
            self.pipeline.change(Command::on(&acting(caller), "passkey", record.id, "remove", Data::new())).await?;
        }
        Ok(())
    }

    /// What somebody is asked who wants to sign in with a passkey: the same for everyone.
    ///
    /// # Errors
    /// `passkey.place`, `passkey.address`.
    pub fn ask_passkey(&self, host: Option<&str>) -> Result<Question, Problem> {
        Ok(self.ask(SIGN_IN, &self.passkey_site(host)?))
    }

    /// Signs somebody in with a passkey alone: the device they hold and what unlocks it are two factors.
    ///
    /// # Errors
    /// `session.passkey_refused` whatever was wrong; `session.locked_out`; `passkey.place`, `passkey.address`.
    pub async fn passkey_sign_in(
        self: &Arc<Self>,
        answer: &Answer,
        host: Option<&str>,
        origin: Origin,
        known: Option<&str>,
    ) -> Result<SignedIn, Problem> {
        let now = self.clock.now();
        let gates: [Gate; 1] = [(self.address_place(&origin.address), throttle::ADDRESS)];
        self.throttle.check_all(&gates, now)?;
        let site = self.passkey_site(host)?;
        // Nobody said who they are, so the passkey has to: without a user handle this is none that signs in by itself.
        let found = if answer.user.is_some() { self.proven(answer, &site).await? } else { Err(Refused { account: None, reason: "user" }) };
        match found {
            Ok(account) => self.open_for(account, origin, Way::Passkey, known).await,
            Err(refused) => {
                self.throttle.failed_all(&gates, now);
                self.refused_passkey(&refused, &origin).await?;
                Err(Problem::unauthenticated("session.passkey_refused"))
            }
        }
    }

    /// Whose passkey answered rightly (§7.2 of the standard)? The question is used up and the counter kept.
    pub(super) async fn proven(self: &Arc<Self>, answer: &Answer, site: &Site) -> Result<Result<Id, Refused>, Problem> {
        let now = self.clock.now();
        let mut whose = None;
        let checked = self.checked(answer, site, now, &mut whose);
        let no = |reason| Ok(Err(Refused { account: whose, reason }));
        let (record, account, counter, challenge, end) = match checked {
            Ok(found) => found,
            Err(reason) => return no(reason),
        };
        let who = self.world.read().caller(account, Origin::default(), None)?;
        if !self.pipeline.with_room(&who, || self.use_up(&challenge, end, account)).await? {
            return no("replayed");
        }
        let input = Data::from([("counter".to_owned(), json!(counter)), ("last_used".to_owned(), json!(now.to_string()))]);
        let mut command = Command::on(&Caller::system(), "passkey", record.id, "edit", input);
        command.expected_version = Some(record.version);
        match self.pipeline.change_for(&who, command).await {
            Ok(_) => Ok(Ok(account)),
            // Used, or removed, at the same moment.
            Err(problem) if problem.code().starts_with("store.") => Err(problem),
            Err(_) => no("raced"),
        }
    }

    fn checked(
        &self,
        answer: &Answer,
        site: &Site,
        now: Instant,
        whose: &mut Option<Id>,
    ) -> Result<(Record, Id, u32, Vec<u8>, Instant), &'static str> {
        let said = ClientData::read(&answer.client_data).and_then(|c| c.challenge()).map_err(Refusal::code)?;
        let end = self.good_question(SIGN_IN, &said, now).ok_or("challenge")?;
        let (record, account) = {
            let world = self.world.read();
            let id = world.passkey(&answer.id).ok_or("unknown")?;
            let record = world.record(id).ok().filter(|r| r.state == "active").ok_or("unknown")?;
            let account = text(&record, "account").and_then(|a| a.parse::<Id>().ok()).ok_or("unknown")?;
            *whose = Some(account);
            world.record(account).ok().filter(|r| r.state == "enabled").ok_or("account")?;
            (record, account)
        };
        if answer.user.as_deref().is_some_and(|u| u != self.user_handle(account)) {
            return Err("user");
        }
        if text(&record, "rp_id").as_deref() != Some(&site.rp_id) {
            return Err(Refusal::RelyingParty.code());
        }
        let key = text(&record, "key").and_then(|k| BASE64.decode(k).ok()).and_then(|k| PublicKey::read(&k).ok()).ok_or("key")?;
        let known = Known { key: &key, counter: counter(&record), synced: flag(&record, "synced") };
        let expected = Expected { challenge: &said, rp_id: &site.rp_id, origins: &site.origins };
        let given =
            Assertion { client_data: &answer.client_data, authenticator_data: &answer.authenticator_data, signature: &answer.signature };
        let counter = jingui_passkey::assert(&expected, &known, &given).map_err(Refusal::code)?;
        Ok((record, account, counter, said, end))
    }
}

fn flag(record: &Record, name: &str) -> bool {
    record.data.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn counter(record: &Record) -> u32 {
    record.data.get("counter").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

fn view(record: &Record) -> PasskeyView {
    PasskeyView {
        id: record.id,
        name: text(record, "name").unwrap_or_default(),
        created: record.created,
        last_used: text(record, "last_used"),
        synced: flag(record, "synced"),
    }
}

#[cfg(test)]
mod tests {
    use super::Site;

    #[test]
    fn a_site_is_a_name_over_https_or_the_machine_itself() {
        let origins = |host: &str| Site::of_host(host).map(|s| (s.rp_id, s.origins)).ok();
        let https = |name: &str, origin: &str| Some((name.to_owned(), vec![origin.to_owned()]));
        assert_eq!(origins("Jingui.Example.com"), https("jingui.example.com", "https://jingui.example.com"));
        assert_eq!(origins("jingui:8600"), https("jingui", "https://jingui:8600"));
        assert_eq!(origins("jingui.example.com:443"), https("jingui.example.com", "https://jingui.example.com"));
        let here = vec!["https://localhost:8600".to_owned(), "http://localhost:8600".to_owned()];
        assert_eq!(origins("localhost:8600"), Some(("localhost".to_owned(), here)));
        for bad in ["", "10.0.0.1", "10.0.0.1:8600", "[::1]:8600", "a:b", "a..b", "-a.b", "a b", "a/b", "evil.example.com@x", "a:99999"] {
            assert_eq!(origins(bad), None, "{bad}");
        }
    }
}
