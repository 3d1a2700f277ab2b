//! Speaking to an object store: one signed request at a time, repeated while what stands in the way may pass.
//!
//! Nothing here waits for ever: a connection has five seconds, each read and write thirty. Redirects are not
//! followed and no proxy is used: sealed files go to the address that was given and nowhere else.

use std::{
    fs::File,
    io::{self, Read, Seek as _, SeekFrom},
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};

use jingui_model::{Clock, Problem};
use ureq::{
    Agent, Body, SendBody,
    http::{HeaderMap, Request, Response, header},
    tls::{Certificate, PemItem, parse_pem},
};

use super::{
    place::{Bucket, Keys},
    sign::{self, Signed},
    xml,
};
use crate::{fault, outbound};

/// How long to wait before each further attempt.
const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1600)];

/// Most bytes of an answer that is not an object.
const ANSWER_MAX: u64 = 8 << 20;

/// From here on a body is sent only after the store agreed to take it.
const ASK_FIRST: u64 = 1 << 20;

/// A connection to a bucket.
pub(super) struct Wire {
    pub(super) bucket: Bucket,
    keys: Keys,
    clock: Arc<dyn Clock>,
    agent: Agent,
}

/// What a request carries.
#[derive(Clone, Copy)]
pub(super) enum Load<'a> {
    Nothing,
    Bytes(&'a [u8]),
    /// So many bytes of a file, from an offset.
    Slice(&'a File, u64, u64),
}

/// One request; `key` below the bucket, empty for the bucket itself.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) method: &'static str,
    pub(super) key: &'a str,
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) load: Load<'a>,
    /// SHA-256 of what it carries.
    pub(super) digest: [u8; 32],
    /// On what condition a put is carried out.
    pub(super) only: Only<'a>,
}

/// What a put must find under its key (RFC 9110 13.1).
#[derive(Clone, Copy)]
pub(super) enum Only<'a> {
    /// Anything.
    Always,
    /// Nothing.
    New,
    /// The version with this tag.
    Over(&'a str),
}

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Fault {
    /// No answer, or none that was whole.
    Away(String),
    /// A refusal, with the code of the store.
    Said(u16, String),
    /// An answer that is not one.
    Garbled(&'static str),
    /// What came is not what its name says.
    Damaged,
    /// Our own disk.
    Disk(io::Error),
}

impl Wire {
    pub(super) fn new(bucket: Bucket, keys: Keys, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        let roots = if bucket.origin.starts_with("https:") { roots(bucket.ca.as_deref())? } else { vec![] };
        let agent = outbound::agent(roots);
        Ok(Self { bucket, keys, clock, agent })
    }

    /// Sends a request until there is an answer or no hope, and does with the answer what is to be done; both again
    /// when that fails.
    pub(super) fn ask<T>(&self, ask: Ask<'_>, mut then: impl FnMut(Response<Body>) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut pauses = PAUSES.iter();
        loop {
            let fault = match self.once(ask).and_then(&mut then) {
                Ok(done) => return Ok(done),
                Err(fault) => fault,
            };
            match pauses.next() {
                Some(pause) if fault.may_pass() => {
                    tracing::debug!(?fault, method = ask.method, "the object store is asked again");
                    thread::sleep(*pause);
                }
                _ => return Err(fault),
            }
        }
    }

    fn once(&self, ask: Ask<'_>) -> Result<Response<Body>, Fault> {
        let (bucket, digest) = (&self.bucket, hex::encode(ask.digest));
        let path = format!("{}/{}", bucket.base, ask.key);
        let (query, stamp) = (sign::query(ask.query), sign::stamp(self.clock.now()));
        let signed = Signed { method: ask.method, host: &bucket.host, path: &path, query: &query, digest: &digest, stamp: &stamp };
        let authorization = sign::authorization(&self.keys, &bucket.region, &signed);
        let mut request = Request::builder()
            .method(ask.method)
            .uri(format!("{}{path}{}{query}", bucket.origin, if query.is_empty() { "" } else { "?" }))
            .header(header::HOST, &bucket.host)
            .header("x-amz-content-sha256", &digest)
            .header("x-amz-date", &stamp)
            .header(header::AUTHORIZATION, authorization);
        if let Some(token) = &self.keys.token {
            request = request.header("x-amz-security-token", token.as_str());
        }
        request = match ask.only {
            Only::Always => request,
            Only::New => request.header(header::IF_NONE_MATCH, "*"),
            Only::Over(tag) => request.header(header::IF_MATCH, tag),
        };
        let length = match ask.load {
            Load::Nothing => 0,
            Load::Bytes(bytes) => bytes.len() as u64,
            Load::Slice(_, _, length) => length,
        };
        if length > ASK_FIRST {
            request = request.header(header::EXPECT, "100-continue");
        }
        let response = if matches!(ask.method, "PUT" | "POST") {
            let mut reader: Box<dyn Read + '_> = match ask.load {
                Load::Nothing => Box::new(io::empty()),
                Load::Bytes(bytes) => Box::new(bytes),
                Load::Slice(mut file, from, length) => {
                    file.seek(SeekFrom::Start(from)).map_err(Fault::Disk)?;
                    Box::new(file.take(length))
                }
            };
            let request = request.header(header::CONTENT_LENGTH, length).body(SendBody::from_reader(&mut *reader));
            self.agent.run(request.map_err(|_| Fault::Garbled("request"))?)
        } else {
            self.agent.run(request.body(()).map_err(|_| Fault::Garbled("request"))?)
        };
        let mut response = response.map_err(|e| Fault::Away(e.to_string()))?;
        match response.status().as_u16() {
            200..300 => Ok(response),
            status => {
                // A HEAD has no body that could say more; neither has one that breaks off.
                let body = response.body_mut().with_config().limit(1 << 16).read_to_vec().unwrap_or_default();
                Err(Fault::Said(status, xml::error_code(&body)))
            }
        }
    }
}

/// The whole of an answer that is not an object.
pub(super) fn whole(mut response: Response<Body>) -> Result<Vec<u8>, Fault> {
    response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec().map_err(|e| Fault::Away(e.to_string()))
}

/// The length that an answer announces, in bytes.
pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl Fault {
    /// Whether it is worth asking again.
    fn may_pass(&self) -> bool {
        match self {
            Self::Away(_) => true,
            // Full is not a matter of moments.
            Self::Said(507, _) => false,
            Self::Said(408 | 429 | 500.., _) => true,
            // Two conditional puts at once: neither may be carried out.
            Self::Said(409, code) if code == "ConditionalRequestConflict" => true,
            Self::Said(_, code) => {
                matches!(code.as_str(), "RequestTimeout" | "OperationAborted" | "BadDigest" | "XAmzContentSHA256Mismatch")
            }
            Self::Garbled(_) | Self::Damaged | Self::Disk(_) => false,
        }
    }

    /// Whether the store says that there is no such object.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Said(404, code) if code != "NoSuchBucket")
    }

    /// Whether the condition of a put was not met; with a tag also that there is nothing.
    pub(super) fn is_unmet(&self) -> bool {
        matches!(self, Self::Said(412, _)) || self.is_missing()
    }

    /// As it is told. What the store said is in the detail, as far as it is a code.
    pub(super) fn told(self, name: &str) -> Problem {
        let missing = self.is_missing();
        let (status, code) = match self {
            Self::Said(status, code) => (status, code),
            Self::Away(why) => return Problem::unavailable("store.objects_unavailable").detail(why),
            Self::Garbled(what) => return Problem::unavailable("store.objects_unavailable").detail(format!("not understood: {what}")),
            Self::Damaged => return Problem::internal("store.object_damaged").arg("name", name),
            Self::Disk(error) => return fault::file(&error),
        };
        let problem = match (status, code.as_str()) {
            _ if missing => return Problem::missing("store.object_missing").arg("name", name),
            (_, "RequestTimeTooSkewed" | "RequestExpired") => Problem::unavailable("store.objects_clock"),
            (300..400, _) | (400, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
                Problem::unavailable("store.objects_region")
            }
            (_, "QuotaExceeded" | "XMinioStorageFull" | "XMinioAdminBucketQuotaExceeded") | (507, _) => {
                Problem::unavailable("store.objects_full")
            }
            (404, _) => Problem::unavailable("store.objects_bucket"),
            (401 | 403, _) => Problem::unavailable("store.objects_refused"),
            (408 | 429 | 500.., _) => Problem::unavailable("store.objects_unavailable"),
            (_, "BadDigest" | "XAmzContentSHA256Mismatch" | "OperationAborted") => Problem::unavailable("store.objects_unavailable"),
            _ => Problem::internal("store.failed"),
        };
        problem.detail(format!("the object store answered {status} {code}"))
    }
}

/// The certificates to trust: those of a file, or those of the system (`SSL_CERT_FILE` and `SSL_CERT_DIR` are heeded).
fn roots(file: Option<&Path>) -> Result<Vec<Certificate<'static>>, Problem> {
    let from = file.map_or_else(|| "/etc/ssl".to_owned(), |file| file.display().to_string());
    let none = || Problem::invalid("store.objects_roots").arg("from", &from);
    let roots: Vec<_> = match file {
        None => outbound::machine_roots(),
        Some(file) => parse_pem(&std::fs::read(file).map_err(|e| none().detail(e))?)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(root)) => Some(root),
                _ => None,
            })
            .collect(),
    };
    if roots.is_empty() { Err(none()) } else { Ok(roots) }
}
