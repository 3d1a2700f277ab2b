//! The small witness (C2SP tlog-witness v1.0.0): an association, a notary or a customer runs it to cosign the checkpoints of
//! companies that it knows. It keeps one thing: for each log the last checkpoint that it has signed.
//!
//! The state lies in a folder, one file for each log, replaced atomically and made durable before an answer leaves: a
//! witness that forgets would sign a second history.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use jingui_ledger::{
    Checkpoint, Cosigner, FolderTiles, Tiles as _, Verifier,
    cosign::{AddCheckpoint, MAX_REQUEST, Refusal},
    suite::sha256,
};
use jingui_model::{Clock, Problem, Rng};
use parking_lot::Mutex;
use tokio::{net::TcpListener, sync::watch};

use crate::{listen, state::ServerConfig};

/// The seed of the witness's key.
const KEY: &str = "witness.key";

/// What a refused request is answered with, besides its status.
const TEXT: &str = "text/plain; charset=utf-8";

/// A witness for a few logs.
pub struct Witness {
    cosigner: Cosigner,
    logs: BTreeMap<String, Verifier>,
    clock: Arc<dyn Clock>,
    // One request at a time: looking at the last checkpoint and recording the next must not be divided.
    seen: Mutex<FolderTiles>,
}

impl Witness {
    /// Opens the folder; makes the key when there is none yet. `logs` are the verifier keys of the logs that it cosigns.
    ///
    /// # Errors
    /// `witness.folder`; `ledger.key_malformed`.
    pub fn open(folder: &Path, name: &str, logs: &[String], clock: Arc<dyn Clock>, rng: &dyn Rng) -> Result<Self, Problem> {
        let fault = |e: io::Error| Problem::unavailable("witness.folder").arg("path", folder.display()).detail(e);
        jingui_store::make_folder(folder)?;
        let mut seen = FolderTiles::new(folder);
        let seed: [u8; 32] = match seen.read(KEY).map_err(fault)? {
            Some(bytes) => bytes.try_into().map_err(|_| fault(io::Error::other("length of witness.key")))?,
            None => {
                let seed = rng.array();
                seen.replace(KEY, &seed).map_err(fault)?;
                seed
            }
        };
        let logs: Result<Vec<Verifier>, Problem> = logs.iter().map(|key| Verifier::parse(key)).collect();
        let logs = logs?.into_iter().map(|key| (key.name().to_owned(), key)).collect();
        Ok(Self { cosigner: Cosigner::new(name, &seed)?, logs, clock, seen: Mutex::new(seen) })
    }

    /// The line that companies and readers need to check its cosignatures.
    #[must_use]
    pub fn key(&self) -> String {
        self.cosigner.witness().to_string()
    }

    fn add(&self, body: &str) -> Result<String, Answer> {
        let request = AddCheckpoint::parse(body).map_err(|_| Answer::Status(StatusCode::BAD_REQUEST))?;
        let origin = request.origin().map_err(|_| Answer::Status(StatusCode::BAD_REQUEST))?;
        let log = self.logs.get(&origin).ok_or(Answer::Status(StatusCode::NOT_FOUND))?;
        let place = place(&origin);
        let broken = |e: &dyn std::fmt::Display| {
            tracing::error!(problem = %e, "the witness cannot keep its state");
            Answer::Status(StatusCode::INTERNAL_SERVER_ERROR)
        };
        let mut seen = self.seen.lock();
        let last = match seen.read(&place).map_err(|e| broken(&e))? {
            Some(note) => Some(Checkpoint::open(&String::from_utf8_lossy(&note), log).map_err(|p| broken(&p))?),
            None => None,
        };
        let next = request.check(log, last.as_ref()).map_err(|refusal| {
            if matches!(refusal, Refusal::Unproven) {
                tracing::warn!(%origin, note = request.note, "a checkpoint that does not continue what this witness has seen");
            }
            Answer::Refusal(refusal)
        })?;
        seen.replace(&place, request.note.as_bytes()).map_err(|e| broken(&e))?;
        self.cosigner.cosign(&next, self.clock.now()).map_err(|p| broken(&p))
    }
}

/// The name of a log's last checkpoint: an origin may be no file name.
fn place(origin: &str) -> String {
    let hash = sha256(&[origin.as_bytes()]);
    format!("{}.checkpoint", hash.iter().take(16).map(|b| format!("{b:02x}")).collect::<String>())
}

enum Answer {
    Status(StatusCode),
    Refusal(Refusal),
}

/// The witness's door.
pub fn door(witness: Arc<Witness>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/key", get(key))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(witness)
}

async fn key(State(witness): State<Arc<Witness>>) -> Response {
    ([(header::CONTENT_TYPE, TEXT)], format!("{}\n", witness.key())).into_response()
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: Bytes) -> Response {
    let Ok(text) = String::from_utf8(body.to_vec()) else { return StatusCode::BAD_REQUEST.into_response() };
    // The disk is slow; the runtime has others to serve.
    let done = tokio::task::spawn_blocking(move || witness.add(&text)).await;
    match done {
        Ok(Ok(line)) => ([(header::CONTENT_TYPE, TEXT)], line).into_response(),
        Ok(Err(Answer::Status(status))) => status.into_response(),
        Ok(Err(Answer::Refusal(Refusal::Conflict(size)))) => {
            (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
        }
        Ok(Err(Answer::Refusal(refusal))) => StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Serves until told to stop.
pub async fn serve(witness: Arc<Witness>, listener: TcpListener, stopping: watch::Receiver<bool>) {
    listen::serve(door(witness), listener, &ServerConfig::default(), stopping).await;
}
