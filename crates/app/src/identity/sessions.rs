//! Who is signed in where: the own sessions and, for the security administrator, those of others (B 7.1.2; H 9.6.2); and word to a
//! person when somebody signs in as them on a device that was not known (OWASP ASVS 5.0, 6.3.5).
//!
//! Sessions that end take open viewings with them, and each end is in the ledger.

use std::sync::Arc;

use jingui_kinds::act::Facts as _;
use jingui_model::{Data, Id, Instant, Lang, Problem};
use jingui_policy::Action;
use jingui_store::SessionRow;
use serde_json::{Value, json};

use super::session::{SignedIn, Way, network};
use crate::{
    live::Live,
    pipeline::{Command, Note},
    refusal,
    world::caller::{Caller, Origin},
};

/// Events of an account among which an earlier sign-in is looked for.
const LOOK_BACK: u32 = 50;

/// What is known of a session.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// For ending it.
    pub id: Id,
    /// Started at.
    pub created: Instant,
    /// Last used at.
    pub last_seen: Instant,
    /// Address.
    pub address: String,
    /// What the client says of itself.
    pub agent: String,
    /// How its owner signed in.
    pub way: Option<Way>,
    /// Is it the one that asks?
    pub current: bool,
}

/// Which of an account's sessions are to end.
#[derive(Debug, Clone, Copy)]
enum Which<'a> {
    One(Id),
    All,
    AllBut(&'a str),
}

impl Live {
    /// The caller's own sessions, the one used last first.
    ///
    /// # Errors
    /// `store.*`, `vault.*`.
    pub async fn sessions(&self, caller: &Caller, current: Option<&str>) -> Result<Vec<SessionView>, Problem> {
        self.session_views(caller.actor.account, current).await
    }

    /// The sessions of another person's account.
    ///
    /// # Errors
    /// `record.missing`; `policy.denied` unless the caller secures accounts.
    pub async fn sessions_of(&self, caller: &Caller, account: Id) -> Result<Vec<SessionView>, Problem> {
        self.may_secure(caller, account)?;
        self.session_views(account, None).await
    }

    async fn session_views(&self, account: Id, current: Option<&str>) -> Result<Vec<SessionView>, Problem> {
        let (own, now) = (current.map(|t| self.token_digest(t)), self.clock.now());
        let mut views = vec![];
        for row in self.store.sessions_of(account).await?.into_iter().filter(|r| self.stands(r, now)) {
            let sealed = self.open_sealed(&row)?;
            views.push(SessionView {
                id: sealed.id,
                created: row.created,
                last_seen: row.last_seen,
                address: sealed.address,
                agent: sealed.device,
                way: sealed.way,
                current: Some(row.token_hash) == own,
            });
        }
        Ok(views)
    }

    fn may_secure(&self, caller: &Caller, account: Id) -> Result<(), Problem> {
        let world = self.world.read();
        let missing = || Problem::missing("record.missing");
        let record = world.record(account).ok().filter(|r| r.kind == "account").ok_or_else(missing)?;
        let target = world.target(caller, world.kind("account")?, &record);
        let ruling = world.rule(caller, Action::Secure, &target);
        if ruling.allowed { Ok(()) } else { Err(refusal::denied(Action::Secure, &ruling)) }
    }

    /// Ends one of the caller's own sessions.
    ///
    /// # Errors
    /// `session.missing`.
    pub async fn end_session(self: &Arc<Self>, caller: &Caller, id: Id) -> Result<(), Problem> {
        self.end(caller, caller.actor.account, Which::One(id)).await.map(|_| ())
    }

    /// Ends all of the caller's sessions but the one that asks; how many.
    ///
    /// # Errors
    /// `store.*`.
    pub async fn end_other_sessions(self: &Arc<Self>, caller: &Caller, current: &str) -> Result<u64, Problem> {
        self.end(caller, caller.actor.account, Which::AllBut(current)).await
    }

    /// Ends one session of another person's account, or all of them; how many.
    ///
    /// # Errors
    /// `record.missing`, `session.missing`; `policy.denied` unless the caller secures accounts.
    pub async fn end_sessions_of(self: &Arc<Self>, caller: &Caller, account: Id, one: Option<Id>) -> Result<u64, Problem> {
        self.may_secure(caller, account)?;
        self.end(caller, account, one.map_or(Which::All, Which::One)).await
    }

    async fn end(self: &Arc<Self>, caller: &Caller, account: Id, which: Which<'_>) -> Result<u64, Problem> {
        let keep = if let Which::AllBut(token) = which { Some(self.token_digest(token)) } else { None };
        let mut ended = 0;
        for row in self.store.sessions_of(account).await? {
            let meant = match which {
                Which::One(id) => self.open_sealed(&row)?.id == id,
                Which::All | Which::AllBut(_) => Some(row.token_hash) != keep,
            };
            if meant && self.store.delete_session(row.token_hash).await? {
                self.viewings.end_session(&row.token_hash);
                ended += 1;
            }
        }
        if ended == 0 {
            return if let Which::One(_) = which { Err(Problem::missing("session.missing")) } else { Ok(0) };
        }
        let mut fields = Data::from([("count".to_owned(), json!(ended))]);
        if let Which::One(id) = which {
            fields.insert("session".to_owned(), json!(id));
        }
        let note =
            Note { caller: caller.clone(), act: "session_ended".to_owned(), kind: "account".to_owned(), record: Some(account), fields };
        self.pipeline.note(note).await?;
        Ok(ended)
    }

    /// Starts a session for somebody who has just proven who they are, and tells them when their device was not known.
    pub(super) async fn open_for(
        self: &Arc<Self>,
        account: Id,
        origin: Origin,
        way: Way,
        known: Option<&str>,
    ) -> Result<SignedIn, Problem> {
        let strange = self.strange(account, &origin, known).await?;
        let signed = self.open_session(account, origin.clone(), way).await?;
        if strange && let Err(problem) = self.tell_of_device(&signed, &origin).await {
            // Who is signed in stays so; the ledger has the sign-in in any case.
            tracing::warn!(code = problem.code(), "no notice of a new device");
        }
        Ok(signed)
    }

    /// Is this a device on which the account was not used before? The first sign-in of all is not strange, nor is another beside one that
    /// stands, from the same place with the same browser.
    async fn strange(&self, account: Id, origin: &Origin, known: Option<&str>) -> Result<bool, Problem> {
        let now = self.clock.now();
        if self.device_place(Some(account), known, now).is_some() {
            return Ok(false);
        }
        let must_change = self.world.read().record(account)?.data.get("must_change").and_then(Value::as_bool);
        if must_change == Some(true) {
            return Ok(false);
        }
        for row in self.store.sessions_of(account).await?.iter().filter(|r| self.stands(r, now)) {
            let sealed = self.open_sealed(row)?;
            if sealed.device == origin.device && network(&sealed.address) == network(&origin.address) {
                return Ok(false);
            }
        }
        Ok(self.store.events_of(account, None, LOOK_BACK).await?.iter().any(|e| e.act == "sign_in"))
    }

    async fn tell_of_device(self: &Arc<Self>, signed: &SignedIn, origin: &Origin) -> Result<(), Problem> {
        let Some(person) = signed.caller.view.person else { return Ok(()) };
        let when = self.world.read().zone().wall(self.clock.now());
        let args = [
            ("time".into(), when),
            ("address".into(), origin.address.clone()),
            ("device".into(), device(&origin.device).chars().take(80).collect::<String>()),
        ];
        let both = |code: &str, between: &str| [Lang::Zh, Lang::En].map(|lang| self.messages.fill(code, &args, lang)).join(between);
        let data = Data::from([
            ("heading".to_owned(), json!(both("notice.device.heading", " / "))),
            ("text".to_owned(), json!(both("notice.device.text", "\n"))),
            ("to".to_owned(), json!([person])),
            ("single".to_owned(), json!(person)),
            ("about_kind".to_owned(), json!("account")),
            ("about_id".to_owned(), json!(signed.caller.actor.account.to_string())),
        ]);
        self.pipeline.change(Command::create(&Caller::system(), "notice", data)).await.map(|_| ())
    }

    pub(super) fn stands(&self, row: &SessionRow, now: Instant) -> bool {
        now < row.expires && now < row.last_seen.plus_seconds(self.idle_seconds())
    }
}

/// A device as people call it: browser and system, by their names; what is none of the known ones as it calls itself.
#[must_use]
pub fn device(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 5] =
        [("Edg", "Edge"), ("Firefox/", "Firefox"), ("MicroMessenger", "WeChat"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    const SYSTEMS: [(&str, &str); 6] =
        [("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iOS"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")];
    if !agent.starts_with("Mozilla/") {
        return agent.to_owned();
    }
    let find = |list: &[(&str, &'static str)]| list.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    let words: Vec<&str> = [find(&BROWSERS), find(&SYSTEMS)].into_iter().flatten().collect();
    if words.is_empty() { agent.to_owned() } else { words.join(" · ") }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn devices_have_names_that_people_know() {
        let windows =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0";
        assert_eq!(device(windows), "Edge · Windows");
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1";
        assert_eq!(device(phone), "Safari · iOS");
        assert_eq!((device("curl/8.5"), device("")), ("curl/8.5".to_owned(), String::new()));
    }
}
