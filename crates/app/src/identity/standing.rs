//! How the caller's own account stands: what it has to do before anything else, and its tokens.

use jingui_model::{Instant, Problem};
use serde_json::Value;

use super::session::text;
use crate::{
    live::Live,
    world::caller::{Caller, strings},
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
    /// The company requires them.
    pub totp_required: bool,
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
}

impl Live {
    /// How the caller's account stands.
    ///
    /// # Errors
    /// `record.missing`.
    pub fn standing(&self, caller: &Caller) -> Result<Standing, Problem> {
        let record = self.own_account(caller)?;
        Ok(Standing {
            login: text(&record, "login").unwrap_or_default(),
            must_change: record.data.get("must_change").and_then(Value::as_bool).unwrap_or(false),
            totp: text(&record, "totp").is_some(),
            totp_required: self.totp_required(),
        })
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
                state: record.state,
            });
        }
        tokens.sort_by_key(|t| std::cmp::Reverse(t.created));
        Ok(tokens)
    }
}
