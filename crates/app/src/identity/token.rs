//! Tokens for programs: scoped, expiring, shown once. A token acts as its owner, never more,
//! and never decides, unlocks or secures (the policies say so).
//!
//! Either the program sends the token itself, and we keep a digest of it only; or it signs its requests and never sends its key
//! ([`super::signing`]).

use std::{collections::BTreeSet, sync::Arc};

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Problem};
use jingui_vault::signing::Scheme;
use serde_json::{Value, json};

use super::{account::acting, session::text};
use crate::{
    live::Live,
    pipeline::Command,
    world::caller::{Caller, Origin, strings},
};

const PREFIX: &str = "jgt_";
const LONGEST_DAYS: i64 = 366;

impl Live {
    /// Makes a token for the caller; the text is shown once. With `signing` it is a key in hexadecimal, for signing requests.
    ///
    /// # Errors
    /// `token.scopes`, `token.days`, `token.by_token`.
    pub async fn create_token(
        self: &Arc<Self>,
        caller: &Caller,
        name: &str,
        scopes: &[String],
        days: i64,
        signing: Option<Scheme>,
    ) -> Result<(Record, String), Problem> {
        if caller.actor.scopes.is_some() {
            return Err(Problem::denied("token.by_token"));
        }
        let shaped = |s: &String| s == "*" || s.split_once(':').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && s.len() <= 80);
        if scopes.is_empty() || scopes.len() > 50 || !scopes.iter().all(shaped) {
            return Err(Problem::invalid("token.scopes").at("scopes"));
        }
        if !(1..=LONGEST_DAYS).contains(&days) {
            return Err(Problem::invalid("token.days").at("expires_days").arg("most", LONGEST_DAYS));
        }
        let secret = hex::encode(self.rng.array::<32>());
        let (token, kept) = match signing {
            None => {
                let token = format!("{PREFIX}{secret}");
                let digest = hex::encode(self.vault.blind("token", token.as_bytes()));
                (token, vec![("digest", json!(digest))])
            }
            Some(scheme) => (secret.clone(), vec![("signing", json!(scheme.code())), ("key", json!(secret))]),
        };
        let expires = self.clock.now().plus_seconds(days * 86_400).day(jingui_kinds::act::Facts::zone(&*self.world.read()));
        let mut data = Data::from([
            ("name".to_owned(), json!(name)),
            ("account".to_owned(), json!(caller.actor.account)),
            ("person".to_owned(), json!(caller.view.person)),
            ("scopes".to_owned(), json!(scopes)),
            ("expires".to_owned(), json!(expires)),
        ]);
        data.extend(kept.into_iter().map(|(field, value)| (field.to_owned(), value)));
        let outcome = self.pipeline.change(Command::create(&acting(caller), "api_token", data)).await?;
        Ok((outcome.record, token))
    }

    /// Ends one of the caller's tokens.
    ///
    /// # Errors
    /// `record.missing`.
    pub async fn revoke_token(self: &Arc<Self>, caller: &Caller, id: Id) -> Result<(), Problem> {
        let record = self.world.read().record(id)?;
        if record.kind != "api_token" || text(&record, "account") != Some(caller.actor.account.to_string()) {
            return Err(Problem::missing("record.missing"));
        }
        self.pipeline.change(Command::on(&acting(caller), "api_token", id, "revoke", Data::new())).await.map(|_| ())
    }

    /// The caller behind a token, and the token's record.
    ///
    /// # Errors
    /// `session.expired`.
    pub fn token_caller(&self, token: &str, origin: Origin) -> Result<(Id, Caller), Problem> {
        let gone = || Problem::unauthenticated("session.expired");
        if !token.starts_with(PREFIX) {
            return Err(gone());
        }
        let digest = hex::encode(self.vault.blind("token", token.as_bytes()));
        let id = self.world.read().token(&digest).ok_or_else(gone)?;
        Ok((id, self.token_stands(id, origin)?))
    }

    /// The caller behind a token whose holder has proven that they have it: as long as it is neither revoked nor over.
    ///
    /// # Errors
    /// `session.expired`.
    pub fn token_stands(&self, id: Id, mut origin: Origin) -> Result<Caller, Problem> {
        let gone = || Problem::unauthenticated("session.expired");
        let world = self.world.read();
        let record = world.record(id).ok().filter(|r| r.kind == "api_token" && r.state == "active").ok_or_else(gone)?;
        let today = self.clock.now().day(jingui_kinds::act::Facts::zone(&*world));
        let expired =
            record.data.get("expires").and_then(Value::as_str).and_then(|d| d.parse().ok()).is_none_or(|d: jingui_model::Day| today > d);
        let account = text(&record, "account").and_then(|a| a.parse::<Id>().ok()).filter(|_| !expired).ok_or_else(gone)?;
        let scopes: BTreeSet<String> = strings(record.data.get("scopes")).collect();
        "token".clone_into(&mut origin.door);
        world.caller(account, origin, Some(scopes))
    }
}
