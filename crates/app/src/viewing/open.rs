//! The viewings that are open: whose, of what, since when unused. They live in memory only, bounded in bytes, and are wiped with their end.

use std::{collections::HashMap, sync::Arc};

use jingui_model::{Id, Instant};
use jingui_view::{Document, PageText, Reader};
use parking_lot::Mutex;

use super::{office::Offices, turns::Turns};

/// Seconds after which a viewing that nobody uses ends.
pub const IDLE: i64 = 15 * 60;
/// Bytes of all open documents; beyond this the one that was longest unused ends.
const BYTES: usize = 768 << 20;
/// Viewings of one session.
const OF_ONE: usize = 8;

/// One person looks at one version of one file, in one session.
pub(super) struct Viewing {
    pub id: Id,
    /// The session, as the store knows it.
    pub session: [u8; 32],
    /// Where it was opened.
    pub address: String,
    pub account: Id,
    pub kind: String,
    pub record: Id,
    pub file: Id,
    pub document: Document,
    /// What stands on each page and in the ledger.
    pub number: String,
    pub reader: Reader,
    /// Words of pages, when somebody searched.
    pub texts: Mutex<HashMap<usize, Arc<PageText>>>,
}

/// Each with its last use.
type Open = HashMap<Id, (Arc<Viewing>, Instant)>;

/// All of them.
#[derive(Default)]
pub struct Viewings {
    open: Mutex<Open>,
    pub(super) turns: Turns,
    pub(super) offices: Arc<Offices>,
}

impl Viewings {
    /// Takes one in; makes room where there is none.
    pub(super) fn put(&self, viewing: Viewing, now: Instant) -> Arc<Viewing> {
        let viewing = Arc::new(viewing);
        let mut open = self.open.lock();
        while open.values().filter(|(v, _)| v.session == viewing.session).count() >= OF_ONE {
            end_oldest(&mut open, |v| v.session == viewing.session);
        }
        let more = viewing.document.weight();
        while !open.is_empty() && open.values().map(|(v, _)| v.document.weight()).sum::<usize>() + more > BYTES {
            end_oldest(&mut open, |_| true);
        }
        open.insert(viewing.id, (Arc::clone(&viewing), now));
        viewing
    }

    /// One that is open, used now.
    pub(super) fn used(&self, id: Id, session: &[u8; 32], now: Instant) -> Option<Arc<Viewing>> {
        let mut open = self.open.lock();
        let (viewing, used) = open.get_mut(&id).filter(|(v, used)| v.session == *session && now < used.plus_seconds(IDLE))?;
        *used = now;
        Some(Arc::clone(viewing))
    }

    /// Those of a session.
    pub(super) fn of(&self, session: &[u8; 32]) -> Vec<(Arc<Viewing>, Instant)> {
        self.open.lock().values().filter(|(v, _)| v.session == *session).cloned().collect()
    }

    /// Ends one.
    pub(super) fn end(&self, id: Id) {
        self.open.lock().remove(&id);
    }

    /// Ends those of a session.
    pub(crate) fn end_session(&self, session: &[u8; 32]) {
        self.open.lock().retain(|_, (v, _)| v.session != *session);
    }

    /// Ends those of a record.
    pub(crate) fn end_record(&self, record: Id) {
        self.open.lock().retain(|_, (v, _)| v.record != record);
    }

    /// Ends those that nobody used for long.
    pub(crate) fn sweep(&self, now: Instant) {
        self.offices.sweep(now);
        self.open.lock().retain(|_, (_, used)| now < used.plus_seconds(IDLE));
    }

    /// How many are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.open.lock().len()
    }
}

/// Ends the one that was longest unused.
fn end_oldest(open: &mut Open, of: impl Fn(&Viewing) -> bool) {
    let oldest = open.values().filter(|(v, _)| of(v)).min_by_key(|(_, used)| *used).map(|(v, _)| v.id);
    oldest.map(|id| open.remove(&id));
}

impl std::fmt::Debug for Viewings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Viewings({})", self.count())
    }
}
