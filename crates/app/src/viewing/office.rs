//! An office program that waits in its box for the next document, so that its start is over when somebody reads (H 9.6.3).
//!
//! LibreOffice needs a second and more to start, and half of one to make a PDF. A box takes exactly one document and ends with it: no document ever
//! meets what another left behind. So a box is started ahead, when somebody looks at a record that has office files, and again after each
//! document. Where nobody does so for a quarter of an hour it ends, and its memory (about 150 MB) is free.
//!
//! All boxes are children of one thread that lives as long as the viewings do: a box ends with the thread that started it
//! (`bwrap --die-with-parent`, prctl(2) `PR_SET_PDEATHSIG`), and threads of a pool come and go.

use std::{
    process::Child,
    sync::{
        OnceLock,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use jingui_model::{Instant, Problem};
use parking_lot::Mutex;

use super::{IDLE, convert};

/// What is asked of the thread.
enum Ask {
    /// Have one ready.
    Ready,
    /// Hand one over.
    Take(Sender<Result<Child, Problem>>),
    /// Nobody reads any more.
    Rest,
}

/// The boxes ahead: none or one.
#[derive(Default)]
pub(super) struct Offices {
    desk: OnceLock<Sender<Ask>>,
    /// When somebody last seemed about to read.
    wanted: Mutex<Option<Instant>>,
}

impl Offices {
    /// Somebody may soon open an office file.
    pub fn expect(&self, now: Instant) {
        *self.wanted.lock() = Some(now);
        // Without it reading is slower, nothing else: whoever reads is told what is wrong.
        drop(self.ask(Ask::Ready));
    }

    /// A box of one's own, whose program has started or is about to.
    ///
    /// # Errors
    /// `view.no_sandbox`.
    pub fn take(&self) -> Result<Child, Problem> {
        let (hand, given) = channel();
        self.ask(Ask::Take(hand))?;
        given.recv().map_err(|e| Problem::internal("view.draw_failed").detail(e))?
    }

    /// Ends the one that waits when nobody came for long.
    pub fn sweep(&self, now: Instant) {
        let mut wanted = self.wanted.lock();
        if wanted.is_some_and(|at| now >= at.plus_seconds(IDLE)) {
            *wanted = None;
            drop(self.ask(Ask::Rest));
        }
    }

    fn ask(&self, what: Ask) -> Result<(), Problem> {
        let desk = match self.desk.get() {
            Some(desk) => desk,
            None => {
                let (desk, asked) = channel();
                thread::Builder::new()
                    .name("office".to_owned())
                    .spawn(move || attend(&asked))
                    .map_err(|e| convert::no_box(&e.to_string()))?;
                // Two at once: the thread of the one that came second ends with its sender.
                self.desk.get_or_init(|| desk)
            }
        };
        desk.send(what).map_err(|e| Problem::internal("view.draw_failed").detail(e))
    }
}

/// A box that waits; it ends when it is dropped.
struct Spare(Option<Child>);

impl Spare {
    /// The box, if its program still waits.
    fn take(&mut self) -> Option<Child> {
        let mut child = self.0.take()?;
        matches!(child.try_wait(), Ok(None)).then_some(child)
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// The thread.
fn attend(asked: &Receiver<Ask>) {
    let mut spare = Spare(None);
    while let Ok(ask) = asked.recv() {
        match ask {
            Ask::Ready => {
                let child = spare.take().map_or_else(|| convert::start().ok(), Some);
                spare = Spare(child);
            }
            Ask::Take(hand) => {
                let child = spare.take().map_or_else(convert::start, Ok);
                // Whoever asked waits for the answer.
                drop(hand.send(child));
            }
            Ask::Rest => spare = Spare(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_micros(1_750_000_000_000_000);

    #[test]
    fn a_box_waits_and_is_given_once() {
        let offices = Offices::default();
        offices.expect(START);
        offices.expect(START.plus_seconds(1));
        let (mut first, mut second) = (offices.take().unwrap(), offices.take().unwrap());
        assert_ne!(first.id(), second.id());
        for child in [&mut first, &mut second] {
            assert!(child.try_wait().unwrap().is_none(), "it waits for its document");
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    #[test]
    fn one_that_died_is_not_given() {
        let mut dead = convert::start().unwrap();
        dead.kill().unwrap();
        dead.wait().unwrap();
        assert!(Spare(Some(dead)).take().is_none());
    }

    #[test]
    fn it_ends_when_nobody_reads_for_a_quarter_of_an_hour_and_with_the_viewings() {
        let alive = |id: u32| std::path::Path::new(&format!("/proc/{id}/ns/pid")).exists();
        let mut spare = Spare(Some(convert::start().unwrap()));
        let child = spare.take().unwrap();
        let id = child.id();
        spare = Spare(Some(child));
        assert!(alive(id));
        drop(spare);
        assert!(!alive(id), "ended and waited for");

        let offices = Offices::default();
        offices.expect(START);
        offices.sweep(START.plus_seconds(IDLE - 1));
        assert!(offices.wanted.lock().is_some());
        offices.sweep(START.plus_seconds(IDLE));
        assert!(offices.wanted.lock().is_none());
        // What comes after finds one anew.
        let mut child = offices.take().unwrap();
        let id = child.id();
        drop(offices);
        // Its thread is over, and it with it, whether it was in use or not.
        drop(child.wait());
        assert!(!alive(id));
    }
}
