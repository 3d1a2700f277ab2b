//! Server-sent events: what others change appears on the screen without a reload.
//!
//! A reader hears only of records that they may notice. The session is looked at again every minute, and the
//! stream ends with it. Whoever falls behind hears `resync` and loads what it shows again.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use jingui_app::{
    live::{Heard, Live},
    pipeline::Change,
    world::caller::Caller,
};
use jingui_model::{Id, Problem};
use jingui_policy::Action;
use serde_json::json;
use tokio::{
    sync::{broadcast, watch},
    time::{Interval, MissedTickBehavior, interval},
};

use crate::{auth::Auth, docs::Routes, error::Answer, state::App};

/// Open streams at most.
const MOST: u64 = 10_000;
/// Beyond so many changes at once a listener is told to load anew.
const MANY: usize = 1_000;
/// The session is looked at again after this many ticks of a second.
const LOOK_AGAIN: u32 = 60;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.tag("events", "What changes, as it changes.").stream(__path_events, events)
}

/// What changes, as it changes: `change` with `{kind, id, version, state}`, `work`, `checkpoint` with `{size}`, `resync`;
/// to those who may see the keys, `keys`; to whoever imports, `importing` with `{file, phase, done, total}`; to whoever looks at a file that they may not see any more,
/// `viewing_ended` with `{id}`.
#[utoipa::path(get, path = "/api/events", responses((status = 200, body = String, content_type = "text/event-stream")))]
async fn events(auth: Auth, State(app): State<App>) -> Answer<Response> {
    let counted = Counted::new(&app)?;
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let listener = Listener {
        heard: auth.live.subscribe(),
        stopping: app.stopping.clone(),
        live: auth.live,
        caller: auth.caller,
        session: auth.session,
        token: auth.token,
        app,
        ticks,
        waiting: VecDeque::new(),
        work: false,
        age: 0,
        _counted: counted,
    };
    let stream = stream::unfold(listener, |mut l| async move { l.next().await.map(|event| (Ok::<_, Infallible>(event), l)) });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response())
}

/// Counts open streams, however they end.
struct Counted(App);

impl Counted {
    fn new(app: &App) -> Result<Self, Problem> {
        if app.streams.fetch_add(1, Ordering::Relaxed) >= MOST {
            app.streams.fetch_sub(1, Ordering::Relaxed);
            return Err(Problem::unavailable("request.busy").arg("seconds", 30));
        }
        Ok(Self(app.clone()))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Listener {
    heard: broadcast::Receiver<Heard>,
    stopping: watch::Receiver<bool>,
    live: Arc<Live>,
    caller: Caller,
    session: Option<String>,
    token: Option<Id>,
    app: App,
    ticks: Interval,
    waiting: VecDeque<Event>,
    /// Something changed since `work` was last said.
    work: bool,
    age: u32,
    _counted: Counted,
}

impl Listener {
    /// The next event; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let heard = tokio::select! {
                _ = self.stopping.wait_for(|stop| *stop) => return None,
                heard = self.heard.recv() => Some(heard),
                _ = self.ticks.tick() => None,
            };
            match heard {
                Some(Ok(Heard::Changes(changes))) => self.changes(&changes),
                Some(Ok(Heard::Checkpoint(size))) => self.waiting.push_back(event("checkpoint", &json!({ "size": size }))),
                Some(Ok(Heard::Importing(i))) if i.account == self.caller.actor.account => {
                    let body = json!({ "file": i.file, "phase": i.phase, "done": i.done, "total": i.total });
                    self.waiting.push_back(event("importing", &body));
                }
                Some(Ok(Heard::Importing(_))) => {}
                Some(Ok(Heard::Keys)) => {
                    if self.live.may_see_keys(&self.caller).is_ok() {
                        self.waiting.push_back(event("keys", &json!({})));
                    }
                }
                Some(Err(broadcast::error::RecvError::Lagged(_))) => self.waiting.push_back(event("resync", &json!({}))),
                Some(Err(broadcast::error::RecvError::Closed)) => return None,
                None if self.tick().await => {}
                None => return None,
            }
        }
    }

    fn changes(&mut self, changes: &[Change]) {
        if changes.len() > MANY {
            // Cheaper to load what is shown again than to ask for each of them whether this reader may notice it.
            self.waiting.push_back(event("resync", &json!({})));
            self.work = true;
            return;
        }
        let world = self.live.world.read();
        for change in changes {
            let Ok(record) = world.record(change.id) else { continue };
            let Ok(kind) = world.kind(&record.kind) else { continue };
            let target = world.target(&self.caller, kind, &record);
            if [Action::Notice, Action::Read].iter().any(|a| world.rule(&self.caller, *a, &target).allowed) {
                let body = json!({ "kind": change.kind, "id": change.id, "version": change.version, "state": change.state });
                self.waiting.push_back(event("change", &body));
                self.work = true;
            }
        }
    }

    /// Once a second; false when the stream has to end.
    async fn tick(&mut self) -> bool {
        // A sealed node's keys must not live on in a stream.
        if !self.app.node.live().is_ok_and(|live| Arc::ptr_eq(&live, &self.live)) {
            return false;
        }
        if let Some(session) = &self.session {
            for id in self.live.lost_viewings(session) {
                self.waiting.push_back(event("viewing_ended", &json!({ "id": id })));
            }
        }
        if std::mem::take(&mut self.work) {
            self.waiting.push_back(event("work", &json!({})));
        }
        self.age += 1;
        if self.age >= LOOK_AGAIN {
            self.age = 0;
            let origin = self.caller.origin.clone();
            let again = match (&self.session, self.token) {
                (Some(session), _) => self.live.session_stands(session, origin).await,
                (None, Some(token)) => self.live.token_stands(token, origin),
                (None, None) => return false,
            };
            match again {
                Ok(caller) => self.caller = caller,
                Err(_) => return false,
            }
        }
        true
    }
}

fn event(name: &str, data: &serde_json::Value) -> Event {
    Event::default().event(name).data(data.to_string())
}
