//! Requests that a program signs instead of sending its secret along (H 9.6.4; docs/api-signing.md): HMAC-SHA256 or HMAC-SM3
//! over method, address, body, time and a number that is good once.
//!
//! To check a signature the server needs the program's key itself, so it lies sealed in the token's record, in a field that
//! never leaves. Numbers are kept in the database until the request would be too old anyway: a restart forgets none, and what
//! one node has heard no other hears again.

use std::collections::HashMap;

use jingui_model::{Id, Instant, Problem};
use jingui_vault::{
    Key,
    signing::{SCHEMES, Scheme},
};
use parking_lot::Mutex;

use super::session::text;
use crate::{
    live::Live,
    world::caller::{Caller, Origin},
};

/// How far the clock of a program may be from ours, in seconds, either way.
pub const WINDOW_SECONDS: i64 = 300;
/// Numbers that are kept for one token at most; with [`WINDOW_SECONDS`], over 300 requests each second without a pause.
const MOST: u64 = 100_000;
/// Numbers are counted, and old ones forgotten, at most this often.
const TIDY_SECONDS: i64 = 30;

/// What a signed request says of itself, and what was signed.
#[derive(Debug, Clone)]
pub struct Signed {
    /// With which hash.
    pub scheme: Scheme,
    /// The token.
    pub id: Id,
    /// When, in seconds since 1970.
    pub ts: i64,
    /// A number that is good once.
    pub nonce: String,
    /// The signature.
    pub signature: [u8; 32],
    /// The method.
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// The host that was meant, with its port.
    pub host: String,
    /// The digest of the body.
    pub digest: [u8; 32],
}

impl Signed {
    /// Parameters of the `Authorization` header after its scheme: `id=…, ts=…, nonce=…, sig=…`, each once, in any order.
    ///
    /// # Errors
    /// `signature.header`.
    pub fn read(scheme: Scheme, parameters: &str) -> Result<Self, Problem> {
        let bad = || Problem::unauthenticated("signature.header");
        let mut found: HashMap<&str, &str> = HashMap::new();
        for pair in parameters.split(',') {
            let (name, value) = pair.trim().split_once('=').ok_or_else(bad)?;
            if !matches!(name, "id" | "ts" | "nonce" | "sig") || found.insert(name, value).is_some() {
                return Err(bad());
            }
        }
        let part = |name: &str| found.get(name).copied().ok_or_else(bad);
        let nonce = part("nonce")?;
        if !(16..=64).contains(&nonce.len()) || !nonce.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Err(bad());
        }
        let ts = part("ts")?;
        if ts.len() > 12 || !ts.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        Ok(Self {
            scheme,
            id: part("id")?.parse().map_err(|_| bad())?,
            ts: ts.parse().map_err(|_| bad())?,
            nonce: nonce.to_owned(),
            signature: digest_of(part("sig")?).ok_or_else(bad)?,
            method: String::new(),
            target: String::new(),
            host: String::new(),
            digest: scheme.digest().finish(),
        })
    }

    /// What is signed: seven lines without a line end after the last.
    #[must_use]
    pub fn canonical(&self) -> String {
        let Self { scheme, method, target, ts, nonce, .. } = self;
        format!("{}\n{method}\n{target}\n{}\n{}\n{ts}\n{nonce}", scheme.name(), self.host.to_ascii_lowercase(), hex::encode(self.digest))
    }
}

/// The 32 bytes of 64 lower-case hexadecimal digits.
#[must_use]
pub fn digest_of(hex: &str) -> Option<[u8; 32]> {
    let fits = hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    fits.then(|| hex::decode(hex).ok()).flatten()?.try_into().ok()
}

/// How many numbers each token has used, as far as this node knows.
#[derive(Debug, Default)]
pub struct Nonces(Mutex<(Option<Instant>, HashMap<Id, u64>)>);

impl Nonces {
    /// Is it time to count anew? Whoever is told so does it.
    fn due(&self, now: Instant) -> bool {
        let mut known = self.0.lock();
        let due = known.0.is_none_or(|last| now >= last.plus_seconds(TIDY_SECONDS));
        if due {
            known.0 = Some(now);
        }
        due
    }

    fn counted(&self, counts: Vec<(Id, u64)>) {
        self.0.lock().1 = counts.into_iter().collect();
    }

    fn one_more(&self, token: Id) -> Result<(), Problem> {
        let mut known = self.0.lock();
        let count = known.1.entry(token).or_default();
        if *count >= MOST {
            return Err(Problem::too_many("request.too_many").arg("seconds", TIDY_SECONDS));
        }
        *count += 1;
        Ok(())
    }
}

impl Live {
    /// The caller behind a signed request. The body is not looked at here: whoever reads it holds it against the digest.
    ///
    /// # Errors
    /// `signature.time` when the program's clock is wrong or the request is old; `signature.refused` whatever else is wrong;
    /// `signature.replayed`; `request.too_many`.
    pub async fn signed_caller(&self, request: &Signed, origin: Origin) -> Result<Caller, Problem> {
        let now = self.clock.now();
        let sent = Instant::from_micros(request.ts.saturating_mul(1_000_000));
        if now > sent.plus_seconds(WINDOW_SECONDS) || sent > now.plus_seconds(WINDOW_SECONDS) {
            return Err(Problem::unauthenticated("signature.time").arg("seconds", WINDOW_SECONDS));
        }
        let refused = || Problem::unauthenticated("signature.refused");
        let key = self.signing_key(request).ok_or_else(refused)?;
        if !request.scheme.holds(&key, request.canonical().as_bytes(), &request.signature)? {
            return Err(refused());
        }
        // Only now: nobody but the program can fill the list of its numbers.
        self.forget_numbers(now).await?;
        self.nonces.one_more(request.id)?;
        let digest = self.vault.blind("nonce", format!("{}\n{}", request.id, request.nonce).as_bytes());
        if !self.store.take_nonce(digest, request.id, sent.plus_seconds(WINDOW_SECONDS)).await? {
            return Err(Problem::unauthenticated("signature.replayed"));
        }
        self.token_stands(request.id, origin)
    }

    /// Now and then forgets numbers that are past their time, and counts the others.
    pub(super) async fn forget_numbers(&self, now: Instant) -> Result<(), Problem> {
        if self.nonces.due(now) {
            self.store.purge_nonces(now).await?;
            self.nonces.counted(self.store.nonces_by_token().await?);
        }
        Ok(())
    }

    fn signing_key(&self, request: &Signed) -> Option<Key> {
        let record = self.world.read().record(request.id).ok().filter(|r| r.kind == "api_token" && r.state == "active")?;
        let scheme = SCHEMES.into_iter().find(|s| text(&record, "signing").as_deref() == Some(s.code()))?;
        (scheme == request.scheme).then(|| text(&record, "key")).flatten().and_then(|hex| digest_of(&hex)).map(Key::from_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019a0000-0000-7000-8000-000000000001";

    fn parameters(nonce: &str, ts: &str) -> String {
        format!("id={ID}, ts={ts}, nonce={nonce}, sig={}", "ab".repeat(32))
    }

    #[test]
    fn the_header_is_read_strictly() {
        let good = parameters("0123456789abcdef", "1750000000");
        let read = Signed::read(Scheme::Sha256, &good).unwrap();
        assert_eq!((read.ts, read.nonce.as_str(), read.signature), (1_750_000_000, "0123456789abcdef", [0xab; 32]));
        assert!(Signed::read(Scheme::Sm3, &good.replace(", ", ",")).is_ok());
        for bad in [
            String::new(),
            parameters("short", "1750000000"),
            parameters(&"x".repeat(65), "1750000000"),
            parameters("0123456789abcde\n", "1750000000"),
            parameters("0123456789abcdef", "-1"),
            parameters("0123456789abcdef", "9999999999999"),
            parameters("0123456789abcdef", ""),
            format!("{good}, ts=1"),
            format!("{good}, other=1"),
            good.replace("sig=ab", "sig=AB"),
            good.replace("sig=ab", "sig="),
            good.replace(ID, "x"),
        ] {
            assert_eq!(Signed::read(Scheme::Sha256, &bad).unwrap_err().code(), "signature.header", "{bad}");
        }
    }

    #[test]
    fn a_token_that_uses_too_many_numbers_has_to_wait_and_others_do_not() {
        let (nonces, now) = (Nonces::default(), Instant::from_micros(0));
        let (one, other) = (ID.parse().unwrap(), "019a0000-0000-7000-8000-000000000002".parse().unwrap());
        assert!(nonces.due(now) && !nonces.due(now.plus_seconds(TIDY_SECONDS - 1)) && nonces.due(now.plus_seconds(TIDY_SECONDS)));
        nonces.counted(vec![(one, MOST - 1)]);
        assert!(nonces.one_more(one).is_ok());
        assert_eq!(nonces.one_more(one).unwrap_err().code(), "request.too_many");
        assert!(nonces.one_more(other).is_ok());
    }
}
