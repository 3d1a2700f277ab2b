//! How the caller's own account stands: what it has to do before anything else, and its tokens.

use std::sync::Arc;

use jingui_model::{Instant, Problem, Rng};
use serde_json::Value;

use super::session::{SignedIn, Way, text};
use crate::{
    live::Live,
    world::caller::{Caller, Origin, strings},
};

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Sign-in name.
    pub login: String,
    /// The password has to be changed first.
    pub must_change: bool,
    /// One-time codes are in use.
    pub totp: bool,
    /// The company requires a second factor.
    pub totp_required: bool,
    /// There is one: one-time codes or a passkey.
    pub second: bool,
}

/// One of the caller's tokens, without what would let anyone in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// For revoking it.
    pub id: jingui_model::Id,
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// Made at.
    pub created: Instant,
    /// Good until the end of this day.
    pub expires: Option<String>,
    /// `active`, `revoked` or `expired`.
    pub state: String,
    /// `hmac_sha256` or `hmac_sm3` when it signs requests.
    pub signing: Option<String>,
}

/// A password that a person can copy from paper: sixteen characters in four groups.
#[must_use]
pub fn new_password(rng: &dyn Rng) -> String {
    super::account::first_password(rng)
}

impl Live {
    /// How the caller's account stands.
    ///
    /// # Errors
    /// `record.missing`.
    pub fn standing(&self, caller: &Caller) -> Result<Standing, Problem> {
        let record = self.own_account(caller)?;
        let totp = text(&record, "totp").is_some();
        Ok(Standing {
            login: text(&record, "login").unwrap_or_default(),
            must_change: record.data.get("must_change").and_then(Value::as_bool).unwrap_or(false),
            totp,
            second: totp || self.passkey_count(record.id) > 0,
            totp_required: self.totp_required(),
        })
    }

    /// A new session for somebody whose others have just been ended by their own act.
    ///
    /// # Errors
    /// `session.expired`, `store.*`.
    pub async fn renew_session(self: &Arc<Self>, caller: &Caller) -> Result<SignedIn, Problem> {
        self.open_session(caller.actor.account, caller.origin.clone(), Way::Password).await
    }

    /// The caller behind a session, without counting this as a use of it: for a stream that stays open.
    ///
    /// # Errors
    /// `session.expired`.
    pub async fn session_stands(&self, token: &str, origin: Origin) -> Result<Caller, Problem> {
        let gone = || Problem::unauthenticated("session.expired");
        let row = self.store.session(self.vault.blind("session", token.as_bytes())).await?.ok_or_else(gone)?;
        if self.clock.now() >= row.expires {
            return Err(gone());
        }
        self.world.read().caller(row.account, origin, None)
    }

    /// The caller's tokens, newest first.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn own_tokens(&self, caller: &Caller) -> Result<Vec<TokenView>, Problem> {
        let world = self.world.read();
        let table = world.table("api_token")?;
        let rows = world.pointing("api_token", "account", caller.actor.account);
        let mut tokens = vec![];
        for row in rows.iter().filter_map(|r| table.row(r)) {
            let record = row.record()?;
            tokens.push(TokenView {
                id: record.id,
                name: text(&record, "name").unwrap_or_default(),
                scopes: strings(record.data.get("scopes")).collect(),
                created: record.created,
                expires: text(&record, "expires"),
                signing: text(&record, "signing"),
                state: record.state,
            });
        }
        tokens.sort_by_key(|t| std::cmp::Reverse(t.created));
        Ok(tokens)
    }
}
