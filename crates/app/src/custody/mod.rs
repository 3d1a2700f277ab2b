//! Dual control of core secrets (B 4.2.1, H 8.3.1; decision 15): custodians with keys of their own, locks whose shares lie with them,
//! and openings for which two of them hand their shares over.
//!
//! What the mathematics is stands in `jingui_vault::custody`. Here: who holds shares (`custodians`), which secrets are locked (`locks`),
//! and the openings under way (`openings`). One-time keys, shares that were handed over and opened locks are in this process's memory
//! only, never in the database: a restart ends every opening.

mod custodians;
mod lapse;
pub(crate) mod locks;
mod openings;
mod release;

use std::collections::HashMap;

use jingui_model::{Id, Instant};
use jingui_vault::{
    custody::{Binding, Lock},
    envelope::Pair,
    shares::Share,
};
use parking_lot::Mutex;

pub use custodians::{OwnKey, fingerprint};
pub use openings::{Asked, CustodyView, OwnShare, Release, Released, Waiting};

/// Register of custodians.
pub(crate) const CUSTODIAN: &str = "custodian";
/// Register of locks.
pub(crate) const LOCK: &str = "core_lock";
/// Register of openings.
pub(crate) const OPENING: &str = "core_opening";
/// States of an opening that is under way.
const UNDER_WAY: [&str; 2] = ["asked", "open"];
/// The register whose core records are locked.
pub(crate) const SECRET: &str = "secret";

/// What an opening that is under way needs: the pair to which shares are handed over, and those that were.
struct Collecting {
    once: Pair,
    binding: Binding,
    locks: Vec<Lock>,
    /// Who handed over, in which sharing, one share for each lock.
    given: Vec<Given>,
}

struct Given {
    holder: Id,
    sharing: usize,
    shares: Vec<Share>,
}

/// An opened lock.
struct Opened {
    opening: Id,
    secret: Id,
    reader: Id,
    until: Instant,
    pair: Pair,
}

/// What must never be written down.
#[derive(Default)]
pub struct Custody {
    collecting: Mutex<HashMap<Id, Collecting>>,
    opened: Mutex<Vec<Opened>>,
}

impl Custody {
    /// Drops everything about an opening.
    pub(crate) fn forget(&self, opening: Id) {
        self.collecting.lock().remove(&opening);
        self.opened.lock().retain(|o| o.opening != opening);
    }

    /// Does this process have what the opening needs?
    fn is_alive(&self, opening: Id, now: Instant) -> bool {
        self.tidy(now);
        self.collecting.lock().contains_key(&opening) || self.opened.lock().iter().any(|o| o.opening == opening)
    }

    /// Drops what is over.
    fn tidy(&self, now: Instant) {
        self.collecting.lock().retain(|_, c| c.binding.until > now);
        self.opened.lock().retain(|o| o.until > now);
    }

    /// The private half of a secret's lock, while it stands open for a reader; and the opening.
    fn pair(&self, secret: Id, reader: Id, now: Instant) -> Option<(Id, Pair)> {
        self.tidy(now);
        self.opened.lock().iter().find(|o| o.secret == secret && o.reader == reader).map(|o| (o.opening, o.pair.clone()))
    }
}
