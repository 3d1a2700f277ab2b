//! The small witness (C2SP tlog-witness v1.0.0): an association, a notary or a customer runs it to cosign the checkpoints of
//! companies that it knows. It keeps one thing: for each log the last checkpoint that it has signed.
//!
//! The state lies in a folder, one file for each log, replaced atomically and made durable before an answer leaves: a
//! witness that forgets would sign a second history.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use jingui_ledger::{
    Checkpoint, Cosigner, Verifier,
    cosign::{AddCheckpoint, MAX_REQUEST, Refusal},
    suite::sha256,
};
use jingui_model::{Clock, Problem, Rng};
use tokio::{net::TcpListener, sync::watch};

/// What a refused request is answered with, besides its status.
const TEXT: &str = "text/plain; charset=utf-8";

/// A witness for a few logs.
pub struct Witness {
    cosigner: Cosigner,
    folder: PathBuf,
    logs: BTreeMap<String, Verifier>,
    clock: Arc<dyn Clock>,
    // One request at a time: looking at the last checkpoint and recording the next must not be divided.
    turn: parking_lot::Mutex<()>,
}

impl Witness {
    /// Opens the folder; makes the key when there is none yet. `logs` are the verifier keys of the logs that it cosigns.
    ///
    /// # Errors
    /// `witness.folder`; `ledger.key_malformed`.
    pub fn open(folder: &Path, name: &str, logs: &[String], clock: Arc<dyn Clock>, rng: &dyn Rng) -> Result<Self, Problem> {
        let fault = |e: io::Error| Problem::unavailable("witness.folder").arg("path", folder.display()).detail(e);
        jingui_store::make_folder(folder)?;
        let place = folder.join("witness.key");
        let seed: [u8; 32] = match fs::read(&place) {
            Ok(bytes) => bytes.try_into().map_err(|_| fault(io::Error::other("length of witness.key")))?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let seed = rng.array();
                replace(&place, &seed).map_err(fault)?;
                seed
            }
            Err(e) => return Err(fault(e)),
        };
        let logs: Result<Vec<Verifier>, Problem> = logs.iter().map(|key| Verifier::parse(key)).collect();
        let logs = logs?.into_iter().map(|key| (key.name().to_owned(), key)).collect();
        Ok(Self { cosigner: Cosigner::new(name, &seed)?, folder: folder.to_owned(), logs, clock, turn: parking_lot::Mutex::new(()) })
    }

    /// The line that companies and readers need to check its cosignatures.
    #[must_use]
    pub fn key(&self) -> String {
        self.cosigner.witness().to_string()
    }

    /// Where the last checkpoint of a log lies: an origin may be no file name.
    fn place(&self, origin: &str) -> PathBuf {
        let hash = sha256(&[origin.as_bytes()]);
        self.folder.join(format!("{}.checkpoint", hash.iter().take(16).map(|b| format!("{b:02x}")).collect::<String>()))
    }

    fn add(&self, body: &str) -> Result<String, Answer> {
        let request = AddCheckpoint::parse(body).map_err(|_| Answer::Status(StatusCode::BAD_REQUEST))?;
        let origin = request.origin().map_err(|_| Answer::Status(StatusCode::BAD_REQUEST))?;
        let log = self.logs.get(&origin).ok_or(Answer::Status(StatusCode::NOT_FOUND))?;
        let place = self.place(&origin);
        let broken = |e: &dyn std::fmt::Display| {
            tracing::error!(problem = %e, "the witness cannot keep its state");
            Answer::Status(StatusCode::INTERNAL_SERVER_ERROR)
        };
        let _turn = self.turn.lock();
        let last = match fs::read_to_string(&place) {
            Ok(note) => Some(Checkpoint::open(&note, log).map_err(|p| broken(&p))?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(broken(&e)),
        };
        let next = request.check(log, last.as_ref()).map_err(|refusal| {
            if matches!(refusal, Refusal::Unproven) {
                tracing::warn!(%origin, note = request.note, "a checkpoint that does not continue what this witness has seen");
            }
            Answer::Refusal(refusal)
        })?;
        replace(&place, request.note.as_bytes()).map_err(|e| broken(&e))?;
        self.cosigner.cosign(&next, self.clock.now()).map_err(|p| broken(&p))
    }
}

enum Answer {
    Status(StatusCode),
    Refusal(Refusal),
}

/// Writes a file so that after a power cut it holds the old bytes or the new ones.
fn replace(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = place.with_extension("new");
    let mut file = fs::File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, place)?;
    place.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
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
///
/// # Errors
/// `server.io`.
pub async fn serve(witness: Arc<Witness>, listener: TcpListener, mut stopping: watch::Receiver<bool>) -> Result<(), Problem> {
    axum::serve(listener, door(witness))
        .with_graceful_shutdown(async move {
            let _ = stopping.wait_for(|stop| *stop).await;
        })
        .await
        .map_err(|e| Problem::unavailable("server.io").detail(e))
}
