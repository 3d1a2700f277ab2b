//! Turns: how many documents are worked on at the same time, and what becomes of work that finds no end.
//!
//! Drawing is bounded by what it looks at, but a file made for it may keep a decoder busy for ever. Such work loses its place after a while, so that
//! two files do not keep everybody from reading; and its file is not tried again until the program starts anew.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jingui_model::{Id, Problem};
use parking_lot::Mutex;
use tokio::{sync::Semaphore, time::timeout};

/// What is worked on at the same time; the others wait in their order.
const AT_ONCE: usize = 2;

/// The places.
#[derive(Clone)]
pub(super) struct Turns {
    places: Arc<Semaphore>,
    /// Files whose work found no end.
    endless: Arc<Mutex<HashSet<Id>>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), endless: Arc::default() }
    }
}

impl Turns {
    /// Works on a file when its turn has come.
    ///
    /// # Errors
    /// `view.slow` when it is not done `within` this time, and from then on at once; whatever the work ends with.
    pub async fn work<T: Send + 'static>(
        &self,
        file: Id,
        within: Duration,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let fault = |e: &dyn std::fmt::Display| Problem::internal("node.task").detail(e);
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|e| fault(&e))?;
        if self.endless.lock().contains(&file) {
            return Err(Problem::too_large("view.slow"));
        }
        let endless = Arc::clone(&self.endless);
        // A task of its own: whoever asked may go away, the place is kept as long as the work goes on.
        let kept = tokio::spawn(async move {
            let done = timeout(within, tokio::task::spawn_blocking(work)).await;
            if done.is_err() {
                endless.lock().insert(file);
                tracing::warn!(%file, "work on a file found no end and is left behind");
            }
            drop(place);
            done
        });
        match kept.await.map_err(|e| fault(&e))? {
            Ok(done) => done.map_err(|e| fault(&e))?,
            Err(_) => Err(Problem::too_large("view.slow")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const SOON: Duration = Duration::from_millis(20);
    const LATE: Duration = Duration::from_secs(3_600);

    fn file(n: u8) -> Id {
        Id::from_bytes([n; 16])
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_without_an_end_gives_its_place_back_and_its_file_is_not_tried_again() {
        let turns = Turns::default();
        let mut hanging = vec![];
        for n in 0..4 {
            let (end, wait) = channel::<()>();
            hanging.push(end);
            let endless = turns.work(file(n), SOON, move || Ok(wait.recv().is_ok())).await;
            assert_eq!(endless.unwrap_err().code(), "view.slow");
        }
        assert_eq!(turns.work(file(9), LATE, || Ok(9)).await.unwrap(), 9, "four hang, and others read");
        assert_eq!(turns.work(file(0), LATE, || Ok(0)).await.unwrap_err().code(), "view.slow", "not tried again");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_goes_away_does_not_make_room_while_the_work_goes_on() {
        let turns = Turns::default();
        let mut ends = vec![];
        for n in 0..2 {
            let ((end, wait), (begins, begun), turns) = (channel::<()>(), channel(), turns.clone());
            let asked =
                tokio::spawn(async move { turns.work(file(n), LATE, move || Ok(begins.send(()).is_ok() && wait.recv().is_err())).await });
            tokio::task::spawn_blocking(move || begun.recv()).await.unwrap().unwrap();
            asked.abort();
            ends.push(end);
        }
        let third = {
            let turns = turns.clone();
            tokio::spawn(async move { turns.work(file(3), LATE, || Ok(())).await })
        };
        while turns.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(SOON).await;
        assert!(!third.is_finished(), "both places are taken, by work that nobody waits for");
        ends.clear();
        third.await.unwrap().unwrap();
    }
}
