//! The way out for messages to people (`jingui_app::notify`): web hooks over HTTPS, mail over SMTP.
//!
//! Redirects are not followed, long answers not read, closed addresses not connected to (`jingui_notify::place`), and no problem
//! tells more of an address than its host: the rest of it is a credential.

mod mail;

use std::io;

use jingui_app::notify::carrier::{Carrier, Channel};
use jingui_model::{Instant, Problem};
use jingui_notify::{Hook, Letter, Way, hook, place};
use jingui_store::outbound;
use ureq::Agent;

/// Sends over HTTP(S) and SMTP.
pub struct Messenger {
    /// For addresses elsewhere.
    away: Agent,
    /// Where the setting opens this machine itself.
    local: Agent,
}

impl Messenger {
    /// With the machine's roots, read once.
    #[must_use]
    pub fn new() -> Self {
        let roots = outbound::machine_roots();
        Self {
            away: outbound::guarded_agent(roots.clone(), |ip| place::closed(ip, false)),
            local: outbound::guarded_agent(roots, |ip| place::closed(ip, true)),
        }
    }

    fn post(&self, hook: &Hook, letter: &Letter, local: bool, now: Instant) -> Result<(), Problem> {
        let wrong = || Problem::invalid("notify.hook").at("hook");
        let host = place::host(&hook.url).ok_or_else(wrong)?;
        // A robot's address is its key, and must not go over the wire in clear. An own program stands in the company's network.
        if hook.url.starts_with("http://") && hook.way != Way::Own && !local {
            return Err(wrong());
        }
        let request = hook.request(letter, now)?;
        let agent = if local { &self.local } else { &self.away };
        let mut post = agent.post(&request.url).content_type("application/json; charset=utf-8");
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        // The reason of a failure may repeat the address with its key: it is told by its sort alone.
        let mut answer = post.send(request.body.as_slice()).map_err(|e| unreachable(host, &e))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(hook::ANSWER_MAX).read_to_vec().map_err(|e| match e {
            ureq::Error::BodyExceedsLimit(limit) => Problem::too_large("courier.too_large").arg("limit", limit),
            other => unreachable(host, &other),
        })?;
        hook::verdict(hook.way, status, &body)
    }
}

impl Default for Messenger {
    fn default() -> Self {
        Self::new()
    }
}

impl Carrier for Messenger {
    fn carry(&self, channel: &Channel, letter: &Letter, local: bool, now: Instant) -> Result<(), Problem> {
        match channel {
            Channel::Hook(hook) => self.post(hook, letter, local, now),
            Channel::Mail(server) => mail::send(server, letter, local),
        }
    }
}

fn unreachable(host: &str, error: &ureq::Error) -> Problem {
    match error {
        ureq::Error::Io(e) if e.kind() == io::ErrorKind::PermissionDenied => Problem::invalid("notify.place").arg("host", host),
        ureq::Error::Io(e) if mail::is_certificate(e) => Problem::invalid("notify.certificate").arg("host", host),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => Problem::invalid("notify.certificate").arg("host", host),
        ureq::Error::HostNotFound => Problem::unavailable("notify.host").arg("host", host),
        ureq::Error::Timeout(which) => Problem::unavailable("courier.unreachable").arg("host", host).detail(which),
        ureq::Error::Io(e) => Problem::unavailable("courier.unreachable").arg("host", host).detail(e.kind()),
        _ => Problem::unavailable("courier.unreachable").arg("host", host),
    }
}
