//! The ledger's twin in SM3, examined with the data folder: its own files under its own signature, that it is a tree over
//! the entries of the first ledger, and that it is as far as it is known to have been.
//!
//! What is known without keys: the first ledger has an entry for each checkpoint of the twin (act `twin_checkpoint`; its
//! fields are commitments, so how many there are is all they say), and the database keeps the last checkpoint.

use jingui_ledger::{
    Checkpoint, Entry, Log, Outcome, Report, Suite, Tiles as _, Verifier,
    tile::{Bundle, Level, TileId},
    verify_folder,
};
use jingui_model::Problem;
use jingui_store::{Backend, Store};
use serde::Serialize;

use super::{Finding, unreadable};
use crate::{
    attest::twin::KEPT,
    ledger::{KEY, LedgerPlace, TWIN},
};

const NOTE: &str = "twin_checkpoint";

/// The twin, and how often the first ledger tells of it.
#[derive(Debug, Clone, Serialize)]
pub struct TwinReport {
    /// As for the first ledger; files are named within the twin's folder.
    #[serde(flatten)]
    pub report: Report,
    /// Checkpoints of the twin that are entered in the first ledger.
    pub noted: u64,
}

/// A twin under examination.
#[derive(Debug, Clone)]
pub struct Twin {
    place: LedgerPlace,
    noted: u64,
    /// None when there is no twin, or no key to read it with; that has been said then.
    verifier: Option<Verifier>,
}

impl Twin {
    /// Examines the twin of a ledger, as the first ledger was found.
    ///
    /// # Errors
    /// `verify.unreadable`.
    pub fn examine(place: LedgerPlace, ledger: &Verifier, found: &Report) -> Result<(Self, Option<TwinReport>, Vec<Finding>), Problem> {
        let mut twin = Self { place, noted: 0, verifier: None };
        twin.noted = twin.notes(found.size.unwrap_or_default())?;
        if !twin.there()? {
            let missing = (twin.noted > 0).then(|| finding("verify.twin_missing", twin.noted));
            return Ok((twin, None, missing.into_iter().collect()));
        }
        let key = twin.place.twin_alone().read(KEY).ok().flatten();
        let key = key.and_then(|key| Verifier::parse(String::from_utf8_lossy(&key).trim()).ok());
        // Its name follows from the first ledger's; a twin of something else is none.
        let Some(verifier) = key.filter(|key| key.suite() == Suite::Chinese && key.name() == format!("{}/sm3", ledger.name())) else {
            let finding = finding("verify.twin_key", format!("{TWIN}/{KEY}"));
            return Ok((twin, None, vec![finding]));
        };
        let mut report = verify_folder(&twin.place.twin(), &verifier);
        report.unknown.retain(|name| name != KEY);
        if !found.whole() {
            // Entries lie in the first ledger only, and their damage was named there.
            report.damages.retain(|damage| TileId::parse(&damage.file).is_none_or(|id| id.level != Level::Entries));
            if report.outcome == Outcome::Damaged && report.damages.is_empty() && !report.more {
                report.outcome = Outcome::Whole;
            }
        }
        // Each of its checkpoints that was noted was larger than the one before.
        let short = report.size.filter(|size| *size < twin.noted).map(|size| finding("verify.twin_behind", size));
        twin.verifier = Some(verifier);
        let report = TwinReport { report, noted: twin.noted };
        Ok((twin, Some(report), short.into_iter().collect()))
    }

    /// Compares it with the checkpoint that the database keeps.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn compare(&self, store: &Store, report: Option<&TwinReport>) -> Result<Option<Finding>, Problem> {
        let kept = store.meta(KEPT).await?;
        let Some(verifier) = &self.verifier else {
            // Noted or not: what the database keeps was there once. Another reason has been said.
            let gone = kept.is_some() && self.noted == 0 && !self.there()?;
            return Ok(gone.then(|| finding("verify.twin_missing", 1)));
        };
        let Some(kept) = kept else {
            return Ok((self.noted > 0).then(|| finding("verify.twin_kept", "-")));
        };
        let Ok(kept) = Checkpoint::open(&String::from_utf8_lossy(&kept), verifier) else {
            return Ok(Some(finding("verify.twin_kept", "-")));
        };
        if !report.is_some_and(|found| found.report.whole()) {
            return Ok(None);
        }
        // Opened only now: a server that runs meanwhile has brought the twin at least to where it says it is.
        let log = Log::open(self.place.twin(), verifier)?;
        if log.size() < kept.size {
            // Where several nodes share a database only one of them brings its twin forward. Shorter than its notes: has been said.
            let new = store.backend() == Backend::Sqlite && log.size() >= self.noted;
            return Ok(new.then(|| finding("verify.twin_behind", log.size())));
        }
        Ok(log.continues(&kept).is_err().then(|| finding("verify.twin_kept", kept.size)))
    }

    /// Whether there is anything in its folder.
    fn there(&self) -> Result<bool, Problem> {
        match self.place.twin_alone().list() {
            Ok(names) => Ok(!names.is_empty()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// How many entries of the first ledger say that the twin had a new checkpoint. What is damaged is passed over.
    fn notes(&self, size: u64) -> Result<u64, Problem> {
        let tiles = self.place.twin();
        let mut notes = 0;
        for id in (0..).map_while(|index| TileId::in_tree(Level::Entries, index, size)) {
            let bundle = tiles.read(&id.path()).map_err(unreadable)?.unwrap_or_default();
            notes += Bundle::new(&bundle).filter(|entry| is_note(entry)).count() as u64;
        }
        Ok(notes)
    }
}

fn finding(code: &'static str, what: impl ToString) -> Finding {
    Finding { code, what: what.to_string() }
}

fn is_note(entry: &[u8]) -> bool {
    // Most entries are something else; those are not taken apart.
    entry.windows(NOTE.len()).any(|part| part == NOTE.as_bytes())
        && Entry::parse(entry).is_ok_and(|entry| entry.act() == NOTE && entry.kind() == "system")
}
