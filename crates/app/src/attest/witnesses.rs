//! Cosignatures of the registered witnesses under checkpoints (C2SP tlog-witness).

use std::sync::Arc;

use jingui_kinds::record::Record;
use jingui_ledger::{Witness, cosign::AddCheckpoint};
use jingui_model::{Data, Id, Instant, Problem};
use jingui_store::Attestation;
use serde_json::json;

use super::{
    WITNESS,
    courier::{Answer, Courier},
    due, settle, text,
};
use crate::{ledger::blocking, live::Live};

const ANSWER_MAX: u64 = 64 << 10;

/// Asks every witness whose time has come.
pub(crate) async fn round(live: &Arc<Live>, courier: &Arc<dyn Courier>, now: Instant) {
    for witness in due(live, WITNESS, now) {
        let result = one(live, courier, &witness).await;
        settle(live, &witness, now, "cosign_failed", result).await;
    }
}

async fn one(live: &Arc<Live>, courier: &Arc<dyn Courier>, record: &Record) -> Result<(), Problem> {
    let witness = Witness::parse(text(record, "key"))?;
    let last = live.store.last_attestation(record.id).await?.map_or(0, |a| a.size);
    let size = live.ledger.state().size;
    if size <= last || !super::news_since(&live.store, last).await? {
        return Ok(());
    }
    let mut old = last;
    // The witness may know more or less than we remember; it says so once, a second time is a quarrel.
    for _ in 0..2 {
        let (request, size) = live.ledger.growth(old).await?;
        let note = request.note.clone();
        let answer = post(courier, text(record, "url"), &request).await?;
        match answer.status {
            200 => {
                let line = String::from_utf8(answer.body).map_err(|_| Problem::invalid("ledger.note_malformed").arg("part", "utf-8"))?;
                let cosigned = witness.accept(&note, &line)?;
                let said = witness.said(&cosigned)?.ok_or_else(|| Problem::invalid("ledger.not_signed").arg("name", witness.name()))?;
                let row = Attestation {
                    id: Id::new(&*live.clock, &*live.rng),
                    kind: "cosignature".to_owned(),
                    source: record.id,
                    size,
                    at: said.at,
                    expires: None,
                    renews: None,
                    note: cosigned,
                    body: line.into_bytes(),
                };
                live.store.add_attestation(&row).await?;
                let fields = Data::from([
                    ("source".to_owned(), json!(record.id)),
                    ("witness".to_owned(), json!(witness.name())),
                    ("size".to_owned(), json!(size)),
                    ("time".to_owned(), json!(said.at)),
                ]);
                return super::note(live, "cosigned", fields).await.map(drop);
            }
            409 => {
                let known = String::from_utf8_lossy(&answer.body).trim().parse::<u64>().ok();
                old = known.filter(|k| *k != old && *k <= size).ok_or_else(|| Problem::conflict("witness.disagrees").arg("size", old))?;
            }
            422 => return Err(Problem::conflict("witness.disagrees").arg("size", old)),
            status => return Err(Problem::unavailable("courier.status").arg("status", status)),
        }
    }
    Err(Problem::conflict("witness.disagrees").arg("size", old))
}

async fn post(courier: &Arc<dyn Courier>, url: &str, request: &AddCheckpoint) -> Result<Answer, Problem> {
    let (courier, url, body) = (Arc::clone(courier), format!("{}/add-checkpoint", url.trim_end_matches('/')), request.to_text());
    blocking(move || courier.post(&url, "text/plain; charset=utf-8", body.as_bytes(), ANSWER_MAX)).await
}
