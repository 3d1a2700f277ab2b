//! Time from outside: tokens of the registered authorities over checkpoints (RFC 3161). One token covers every earlier
//! act. While an authority does not answer, acts go on; the next token covers them too, and that it failed is noted.
//!
//! A token whose certificates end soon is renewed by a newer one over it (the idea of RFC 4998).

use std::sync::Arc;

use jingui_evidence::time::{HashAlgorithm, Imprint, Reply, Request, Stamped, Token, TrustRoots, Verdict, renewal::archive_imprint};
use jingui_kinds::record::Record;
use jingui_ledger::suite::sha256;
use jingui_model::{Data, Id, Instant, Problem};
use jingui_store::Attestation;
use serde_json::json;

use super::{AUTHORITY, active, courier::Courier, due, settle, text};
use crate::{ledger::blocking, live::Live};

const ANSWER_MAX: u64 = 512 << 10;
/// A token is renewed this long before the first of its certificates ends.
const RENEW_BEFORE_SECONDS: i64 = 90 * 86_400;

/// Asks every authority whose time has come.
pub(crate) async fn round(live: &Arc<Live>, courier: &Arc<dyn Courier>, now: Instant) {
    for authority in due(live, AUTHORITY, now) {
        let result = one(live, courier, &authority, now).await;
        settle(live, &authority, now, "stamp_failed", result).await;
    }
}

async fn one(live: &Arc<Live>, courier: &Arc<dyn Courier>, authority: &Record, now: Instant) -> Result<(), Problem> {
    let state = live.ledger.state();
    let last = live.store.last_attestation(authority.id).await?.map_or(0, |a| a.size);
    if state.size > last && super::news_since(&live.store, last).await? {
        let imprint = Imprint::of(algorithm(authority), state.checkpoint.as_bytes());
        let (token, verdict) = ask(live, courier, authority, imprint).await?;
        let row = Attestation {
            id: Id::new(&*live.clock, &*live.rng),
            kind: "stamp".to_owned(),
            source: authority.id,
            size: state.size,
            at: verdict.time,
            expires: Some(verdict.ends),
            renews: None,
            note: state.checkpoint,
            body: token.raw().to_vec(),
        };
        keep(live, row, &verdict, now).await?;
    }
    renew(live, courier, authority, now).await
}

async fn renew(live: &Arc<Live>, courier: &Arc<dyn Courier>, authority: &Record, now: Instant) -> Result<(), Problem> {
    for first in live.store.attestations_ending(now.plus_seconds(RENEW_BEFORE_SECONDS)).await? {
        if first.kind != "stamp" || first.source != authority.id {
            continue;
        }
        let mut tokens = vec![Token::parse(&first.body)?];
        for renewal in live.store.renewals_of(first.id).await? {
            tokens.push(Token::parse(&renewal.body)?);
        }
        let imprint = archive_imprint(algorithm(authority), first.note.as_bytes(), &tokens);
        let (token, verdict) = ask(live, courier, authority, imprint).await?;
        // An authority whose own certificate ends just as soon renews nothing.
        if first.expires.is_some_and(|ends| verdict.ends <= ends) {
            continue;
        }
        let row = Attestation {
            id: Id::new(&*live.clock, &*live.rng),
            at: verdict.time,
            expires: Some(verdict.ends),
            renews: Some(first.id),
            body: token.raw().to_vec(),
            ..first
        };
        keep(live, row, &verdict, now).await?;
    }
    Ok(())
}

/// Asks every authority now about bytes that each takes in its own digest; who does not answer is left out. For packages: they shall
/// carry the time at which they were whole, and do not wait for it.
pub(crate) async fn over(live: &Live, bytes: impl Fn(HashAlgorithm) -> Result<Vec<u8>, Problem>) -> Result<Vec<Vec<u8>>, Problem> {
    let Some(courier) = live.attester.courier.get() else { return Ok(vec![]) };
    let mut tokens = vec![];
    for authority in active(live, AUTHORITY) {
        let imprint = Imprint::of(algorithm(&authority), &bytes(algorithm(&authority))?);
        match ask(live, courier, &authority, imprint).await {
            Ok((token, _)) => tokens.push(token.raw().to_vec()),
            Err(problem) => tracing::warn!(problem = %problem, source = %authority.id, "no time stamp for a package"),
        }
    }
    Ok(tokens)
}

/// Keeps the token byte for byte and enters its digest.
async fn keep(live: &Live, row: Attestation, verdict: &Verdict, now: Instant) -> Result<(), Problem> {
    live.store.add_attestation(&row).await?;
    let fields = Data::from([
        ("source".to_owned(), json!(row.source)),
        ("token".to_owned(), json!(hex::encode(sha256(&[&row.body])))),
        ("size".to_owned(), json!(row.size)),
        ("time".to_owned(), json!(verdict.time)),
        ("authority".to_owned(), json!(verdict.authority)),
        ("serial".to_owned(), json!(verdict.serial)),
        ("trusted".to_owned(), json!(verdict.is_trusted())),
        ("renews".to_owned(), json!(row.renews)),
        // What our own clock said when the answer came: the state of the clock, measured from outside.
        ("own_clock".to_owned(), json!(now)),
    ]);
    super::note(live, "stamped", fields).await.map(drop)
}

/// One request and its verified answer.
async fn ask(live: &Live, courier: &Arc<dyn Courier>, authority: &Record, imprint: Imprint) -> Result<(Token, Verdict), Problem> {
    let nonce = u64::from_be_bytes(live.rng.array()) >> 1;
    let policy = Some(text(authority, "policy")).filter(|p| !p.is_empty());
    let request = Request::new(imprint.clone(), Some(nonce), policy, true)?;
    let (roots, extra) = (roots(authority)?, certificates(authority, "certificates")?);
    let (courier, url, body) = (Arc::clone(courier), text(authority, "url").to_owned(), request.to_der());
    let answer = blocking(move || courier.post(&url, "application/timestamp-query", &body, ANSWER_MAX)).await?;
    if answer.status != 200 {
        return Err(Problem::unavailable("courier.status").arg("status", answer.status));
    }
    let token = Reply::parse(&answer.body)?.token;
    request.check(&token)?;
    let verdict = token.verify(Stamped::Imprint(&imprint), Some(nonce), &roots, extra.certificates())?;
    Ok((token, verdict))
}

/// The roots that the company has registered for an authority.
pub(crate) fn roots(authority: &Record) -> Result<TrustRoots, Problem> {
    certificates(authority, "roots")
}

/// The certificates in a field; none in an empty one.
fn certificates(authority: &Record, field: &str) -> Result<TrustRoots, Problem> {
    match text(authority, field).trim() {
        "" => Ok(TrustRoots::default()),
        pem => TrustRoots::from_pem(pem.as_bytes()),
    }
}

fn algorithm(authority: &Record) -> HashAlgorithm {
    if text(authority, "imprint") == "sm3" { HashAlgorithm::Sm3 } else { HashAlgorithm::Sha256 }
}
