//! Channels as they stand in the register, and the test that a system administrator makes of one (H 12.3).

use std::sync::Arc;

use jingui_kinds::{act::Facts, record::Record};
use jingui_model::{Data, Id, Problem};
use jingui_notify::{Hook, Way, place};
use jingui_policy::Action;
use serde_json::json;

use super::{
    carrier::{Channel, Encryption, MailServer},
    given_up::{self, Target},
    preference, words,
};
use crate::{
    attest::text,
    identity::account::acting,
    ledger::blocking,
    live::Live,
    pipeline::Command,
    refusal,
    world::{World, caller::Caller},
};

/// The register.
pub(crate) const KIND: &str = "notice_channel";

/// A channel from its record.
///
/// # Errors
/// `notify.incomplete` names the field that is missing.
pub(crate) fn of(record: &Record) -> Result<Channel, Problem> {
    let wanted = |field: &'static str| {
        let found = text(record, field).trim();
        if found.is_empty() { Err(Problem::invalid("notify.incomplete").at(field)) } else { Ok(found.to_owned()) }
    };
    let key = Some(text(record, "key").to_owned()).filter(|k| !k.is_empty());
    let hook = |way| {
        let url = wanted("hook")?;
        // The address itself is a secret: the problem does not repeat it.
        place::host(&url).ok_or_else(|| Problem::invalid("notify.hook").at("hook"))?;
        Ok(Channel::Hook(Hook { way, url, secret: key.clone() }))
    };
    match text(record, "way") {
        "dingtalk" => hook(Way::DingTalk),
        "wecom" => hook(Way::WeCom),
        "feishu" => hook(Way::Feishu),
        "webhook" => hook(Way::Own),
        _ => {
            let encryption = match text(record, "encryption") {
                "implicit" => Encryption::Implicit,
                "none" => Encryption::None,
                _ => Encryption::StartTls,
            };
            let usual = match encryption {
                Encryption::StartTls => 587,
                Encryption::Implicit => 465,
                Encryption::None => 25,
            };
            let port = record.data.get("port").and_then(serde_json::Value::as_u64).and_then(|p| u16::try_from(p).ok()).unwrap_or(usual);
            let user = Some(text(record, "user").to_owned()).filter(|u| !u.is_empty());
            let sign_in =
                user.map(|user| key.clone().map(|key| (user, key)).ok_or_else(|| Problem::invalid("notify.incomplete").at("key")));
            Ok(Channel::Mail(MailServer {
                server: wanted("server")?,
                port,
                encryption,
                sign_in: sign_in.transpose()?,
                sender: wanted("sender")?,
                roots: text(record, "roots").to_owned(),
            }))
        }
    }
}

/// May messages go to this machine itself? The security administrator says so (H 9.6.2).
pub(crate) fn local(world: &World) -> bool {
    crate::settings::record(world).is_ok_and(|r| r.data.get("notice_local").and_then(serde_json::Value::as_bool).unwrap_or(false))
}

impl Live {
    /// Sends a test message to whoever asks, and notes on the channel how it went.
    ///
    /// # Errors
    /// `policy.*`, `record.missing`, `notify.*`, `courier.*`: why it was not delivered.
    pub async fn test_channel(self: &Arc<Self>, caller: &Caller, id: Id) -> Result<(), Problem> {
        let (record, letter, local) = {
            let world = self.world.read();
            let record = world.record(id).ok().filter(|r| r.kind == KIND).ok_or_else(|| Problem::missing("record.missing"))?;
            let target = world.target(caller, world.kind(KIND)?, &record);
            if !world.rule(caller, Action::Notice, &target).allowed {
                return Err(Problem::missing("record.missing"));
            }
            let ruling = world.rule(caller, Action::Administer, &target);
            if !ruling.allowed {
                return Err(refusal::denied(Action::Administer, &ruling));
            }
            let person = caller.view.person.ok_or_else(|| Problem::denied("view.person"))?;
            let to =
                preference::address(&world, person, text(&record, "way") == "mail").ok_or_else(|| Problem::invalid("notify.no_address"))?;
            let letter = words::test(self, &world, to, &caller.name, preference::lang(&world, person));
            (record, letter, local(&world))
        };
        let sent = self.carry(&record, letter, local).await;
        let result = if sent.is_ok() { "passed" } else { "failed" };
        let today = self.clock.now().day(self.world.read().zone());
        let noted = Data::from([("tested_on".to_owned(), json!(today)), ("test_result".to_owned(), json!(result))]);
        match self.pipeline.change(Command::on(&acting(caller), KIND, id, "edit", noted)).await {
            Err(problem) if problem.code() != "act.nothing_changed" => return Err(problem),
            _ => {}
        }
        if sent.is_ok() {
            self.notifier.succeeded(Target::Channel(id));
            given_up::settle(self, Target::Channel(id)).await?;
        }
        sent
    }

    /// Hands a letter over on a channel.
    pub(crate) async fn carry(&self, record: &Record, letter: jingui_notify::Letter, local: bool) -> Result<(), Problem> {
        let channel = of(record)?;
        let carrier = self.notifier.carrier()?;
        let now = self.clock.now();
        blocking(move || carrier.carry(&channel, &letter, local, now)).await
    }
}
