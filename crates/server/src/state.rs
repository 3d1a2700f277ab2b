//! What every request may reach: the node, the settings of the door, and what is counted.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant as Moment},
};

use jingui_app::{identity::throttle::Throttle, node::Node};
use jingui_ledger::Report;
use jingui_model::Instant;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};

use crate::{limit::Buckets, metrics::Requests};

/// How the door is set up.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Largest uploaded file, in bytes.
    pub upload_max: u64,
    /// Requests per second for each address, in the long run; 0 means no limit.
    pub rate: u32,
    /// As `rate`, for each person over all their sessions; the same as `rate` when absent.
    pub rate_person: Option<u32>,
    /// As `rate`, for each token; the same as `rate` when absent.
    pub rate_token: Option<u32>,
    /// Cookies are marked `Secure` even when the request does not say that it came over https.
    pub secure_cookies: bool,
    /// A reverse proxy on this machine names the client's address in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// How long a connection may take to send the head of a request.
    pub head_patience: Duration,
    /// How long a body may pause before the request is given up.
    pub body_patience: Duration,
}

const PATIENCE: Duration = Duration::from_secs(30);

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            upload_max: 512 << 20,
            rate: 200,
            rate_person: None,
            rate_token: None,
            secure_cookies: false,
            behind_proxy: false,
            head_patience: PATIENCE,
            body_patience: PATIENCE,
        }
    }
}

/// Largest JSON body, in bytes.
pub const JSON_MAX: usize = 1 << 20;
/// Largest file to import, in bytes.
pub const IMPORT_MAX: u64 = 20 << 20;
/// Requests that are worked on at the same time; more wait a moment and are then turned away.
const AT_ONCE: usize = 512;

/// The state of the door; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// See [`App`].
pub struct Inner {
    /// The node.
    pub node: Arc<Node>,
    /// The door's settings.
    pub config: ServerConfig,
    /// The API's description, as JSON.
    pub openapi: String,
    /// Since when the process serves.
    pub began: Moment,
    /// Requests by route, for `/metrics`.
    pub requests: Requests,
    /// Request rates by address.
    pub addresses: Buckets<String>,
    /// Request rates by account.
    pub accounts: Buckets<jingui_model::Id>,
    /// Request rates by token.
    pub tokens: Buckets<jingui_model::Id>,
    /// Slows guessing of set-up codes and keys down.
    pub setup_throttle: Throttle,
    /// Requests that are worked on.
    pub at_once: Semaphore,
    /// Digests of passwords and passphrases cost memory: only so many at the same time.
    pub digests: Semaphore,
    /// Open event streams.
    pub streams: AtomicU64,
    /// The last examination of the ledger.
    pub examined: Mutex<Option<(Instant, Report)>>,
    /// Held while the ledger is examined.
    pub examining: tokio::sync::Mutex<()>,
    /// Turns true when the process stops.
    pub stopping: watch::Receiver<bool>,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// The state for a node.
    #[must_use]
    pub fn new(node: Arc<Node>, config: ServerConfig, openapi: String, stopping: watch::Receiver<bool>) -> Self {
        let rate = config.rate;
        Self(Arc::new(Inner {
            node,
            openapi,
            began: Moment::now(),
            requests: Requests::default(),
            addresses: Buckets::new(rate),
            accounts: Buckets::new(config.rate_person.unwrap_or(rate)),
            tokens: Buckets::new(config.rate_token.unwrap_or(rate)),
            setup_throttle: Throttle::default(),
            at_once: Semaphore::new(AT_ONCE),
            digests: Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from).max(2)),
            streams: AtomicU64::new(0),
            examined: Mutex::new(None),
            examining: tokio::sync::Mutex::new(()),
            stopping,
            config,
        }))
    }
}
