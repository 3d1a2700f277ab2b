//! The end of openings: when their time is over, when what they are about is destroyed, and when the process is gone that had their keys
//! in memory (decision 15). Each process says by a lease that it is there; whoever sees the lease free ends what hung on it.

use std::sync::Arc;

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Instant, Problem};

use super::{OPENING, UNDER_WAY};
use crate::{live::Live, pipeline::Command, training::sitting::EVERY_SECONDS, world::caller::Caller};

/// How long a process that says nothing any more counts as there: several rounds of the task that says it.
const LEASE_SECONDS: i64 = 6 * EVERY_SECONDS;

fn lease(node: Id) -> String {
    format!("custody/{node}")
}

impl Live {
    /// Says that this process is there, and has what was handed over to it.
    ///
    /// # Errors
    /// `store.*`.
    pub(crate) async fn hold_custody(&self) -> Result<(), Problem> {
        let now = self.clock.now();
        self.store.try_lease(&lease(self.holder), self.holder, now.micros(), now.plus_seconds(LEASE_SECONDS).micros()).await.map(drop)
    }

    /// Says that this process goes, and what was handed over to it is gone.
    ///
    /// # Errors
    /// `store.*`.
    pub(crate) async fn leave_custody(&self) -> Result<(), Problem> {
        self.store.release_lease(&lease(self.holder), self.holder).await
    }

    /// Is the process gone that took an opening?
    async fn is_gone(&self, node: Id) -> Result<bool, Problem> {
        let now = self.clock.now().micros();
        let free = self.store.try_lease(&lease(node), self.holder, now, now).await?;
        if free {
            self.store.release_lease(&lease(node), self.holder).await?;
        }
        Ok(free)
    }

    /// Ends openings whose time is over, and those whose keys are gone with the process that had them. For the task that looks now and then.
    ///
    /// # Errors
    /// `kind.unknown`, `store.*`.
    pub(crate) async fn lapse_openings(self: &Arc<Self>) -> Result<(), Problem> {
        self.hold_custody().await?;
        let now = self.clock.now();
        let under_way = self.world.read().in_states(OPENING, &UNDER_WAY)?;
        for record in under_way {
            let over = record.text("until").and_then(|u| u.parse::<Instant>().ok()).is_none_or(|until| until <= now);
            if over || self.is_lost(&record, now).await? {
                self.lapse_opening(record.id).await?;
            }
        }
        Ok(())
    }

    async fn is_lost(&self, record: &Record, now: Instant) -> Result<bool, Problem> {
        let node: Id = record.text("node").and_then(|n| n.parse().ok()).unwrap_or(Id::nil());
        if node == self.holder { Ok(!self.custody.is_alive(record.id, now)) } else { self.is_gone(node).await }
    }

    /// Ends one opening.
    ///
    /// # Errors
    /// `store.*`.
    pub(crate) async fn lapse_opening(self: &Arc<Self>, opening: Id) -> Result<(), Problem> {
        let command = Command::on(&Caller::system(), OPENING, opening, "lapse", Data::new());
        match self.pipeline.change(command.keyed(format!("lapse/{opening}"))).await {
            // Somebody else was first.
            Err(problem) if problem.code() == "state.not_allowed" => {}
            Err(problem) => return Err(problem),
            Ok(_) => {}
        }
        self.custody.forget(opening);
        Ok(())
    }

    /// Ends what stands open of a secret.
    ///
    /// # Errors
    /// `kind.unknown`, `store.*`.
    pub(crate) async fn lapse_openings_of(self: &Arc<Self>, secret: Id) -> Result<(), Problem> {
        let open = self.world.read().pointing_in(OPENING, "secret", secret, &UNDER_WAY)?;
        for record in open {
            self.lapse_opening(record.id).await?;
        }
        Ok(())
    }
}
