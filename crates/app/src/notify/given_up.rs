//! A channel, or a person's address on one, over which nothing gets through: it stands among the unfinished follow-ups as work of
//! the system administrator, in the ledger too. What was refused is left alone until somebody has it tried again; what is only out of
//! reach stands there after half an hour and is tried on, every hour. The messages themselves wait: who comes back gets one digest.

use std::sync::Arc;

use jingui_model::{Class, Data, Id, Problem};
use serde_json::json;

use crate::{attest::text, live::Live, pipeline::Command, stuck, world::caller::Caller};

/// What is written as the effect that failed.
pub(crate) const EFFECT: &str = "notice";
/// What is out of reach is reported after so many attempts, with waits of 1, 2, 4, 8 and 16 minutes between them.
const ATTEMPTS: u32 = 6;
/// The codes that say that something was only out of reach.
const OUT_OF_REACH: [&str; 5] = ["courier.unreachable", "courier.status", "notify.busy", "notify.host", "notify.no_carrier"];

/// What does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// A channel as a whole.
    Channel(Id),
    /// One person's address.
    Person(Id),
}

impl Target {
    const fn id(self) -> Id {
        match self {
            Self::Channel(id) | Self::Person(id) => id,
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Channel(_) => super::channel::KIND,
            Self::Person(_) => "person",
        }
    }

    /// What a failure is about.
    pub(crate) fn of(problem: &Problem, channel: Id, person: Id) -> Self {
        if problem.code() == "notify.recipient" { Self::Person(person) } else { Self::Channel(channel) }
    }
}

/// Nothing is sent there before somebody looks after it.
pub(crate) fn given_up(live: &Live, target: Target) -> bool {
    let world = live.world.read();
    let entry = world.record(stuck::entry(live, target.id())).ok().filter(|r| r.state == "stuck");
    entry.is_some_and(|r| !OUT_OF_REACH.contains(&text(&r, "reason")))
}

/// After a failure: shows it where trying again soon does not help.
pub(crate) async fn failed(live: &Arc<Live>, target: Target, failures: u32, problem: &Problem) -> Result<(), Problem> {
    let id = stuck::entry(live, target.id());
    let state = stuck::state(live, id);
    let soon = problem.class() == Class::Unavailable && failures < ATTEMPTS && state.as_deref() != Some("retrying");
    if soon || state.as_deref() == Some("stuck") {
        return Ok(());
    }
    let mut data = Data::from([("reason".to_owned(), json!(problem.code())), ("attempts".to_owned(), json!(failures))]);
    let command = if state.is_some() {
        Command::on(&Caller::system(), stuck::KIND, id, "fail", data)
    } else {
        let title = live.world.read().title(target.id()).unwrap_or_default().to_owned();
        let name: String = format!("{EFFECT} · {title}").chars().take(120).collect();
        let more = [("name", json!(name)), ("effect", json!(EFFECT)), ("job", json!(target.id()))];
        data.extend(more.map(|(n, v)| (n.to_owned(), v)));
        data.extend([("about_kind".to_owned(), json!(target.kind())), ("about_id".to_owned(), json!(target.id()))]);
        let mut make = Command::create(&Caller::system(), stuck::KIND, data);
        make.new_id = Some(id);
        make
    };
    live.pipeline.change(command).await.map(|_| ())
}

/// Something got through.
pub(crate) async fn settle(live: &Arc<Live>, target: Target) -> Result<(), Problem> {
    stuck::settle(live, target.id()).await
}
