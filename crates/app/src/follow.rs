//! Several nodes on one PostgreSQL: each hears of what the others commit, whether or not it writes itself.
//!
//! The head of the ledger says how much is committed. When it is beyond what this node has taken in, the
//! pipeline takes in the rest, in its turn, so that nothing newer is overwritten. Lists, searches, sessions,
//! settings and event streams of every node then show the same within moments.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::live::Live;

/// How often a node looks; one row of one table.
const EVERY: Duration = Duration::from_millis(500);
/// How long it waits after the database could not be asked.
const AFTER_FAULT: Duration = Duration::from_secs(5);

/// The follower's task.
pub async fn run(live: Arc<Live>, mut stop: watch::Receiver<bool>) {
    loop {
        let wait = match look(&live).await {
            Ok(()) => EVERY,
            Err(problem) => {
                tracing::warn!(problem = %problem, "what other nodes committed could not be taken in");
                AFTER_FAULT
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|s| *s) => return,
        }
    }
}

async fn look(live: &Live) -> Result<(), jingui_model::Problem> {
    let head = live.store.head().await?.next;
    if head > live.world.read().head() { live.pipeline.catch_up().await } else { Ok(()) }
}
