//! Connections to servers outside: object stores here, time-stamp authorities and witnesses through the door.
//!
//! Nothing waits for ever: a connection has five seconds, each read and write thirty. Redirects are not followed and
//! no proxy is used: what is sent goes to the address that was given and nowhere else. Where people may set addresses, those that
//! lead back to this machine are closed, after the name was looked up and for the very address that is then connected to.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

/// Longest for a whole message to an address that people set.
const WHOLE: Duration = Duration::from_secs(60);

/// Says of an address that nothing is sent there.
pub type Closed = fn(IpAddr) -> bool;

/// An agent that trusts these roots; without any it speaks to `http:` addresses only.
#[must_use]
pub fn agent(roots: Vec<Certificate<'static>>) -> Agent {
    config(roots, None).new_agent()
}

/// The same for addresses that people set: some are closed (an error of kind `PermissionDenied`), and nothing takes longer than a minute.
#[must_use]
pub fn guarded_agent(roots: Vec<Certificate<'static>>, closed: Closed) -> Agent {
    let guard = Guard { closed, names: DefaultResolver::default() };
    Agent::with_parts(config(roots, Some(WHOLE)), DefaultConnector::default(), guard)
}

/// Looks names up and leaves the closed addresses out; those that stay are the ones that are connected to.
struct Guard {
    closed: Closed,
    names: DefaultResolver,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let mut open = self.empty();
        for address in found.iter().filter(|a| !(self.closed)(a.ip())) {
            open.push(*address);
        }
        if open.is_empty() { Err(Error::Io(io::ErrorKind::PermissionDenied.into())) } else { Ok(open) }
    }
}

fn config(roots: Vec<Certificate<'static>>, whole: Option<Duration>) -> Config {
    let mut tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    if !roots.is_empty() {
        tls = tls.root_certs(RootCerts::from(roots));
    }
    Agent::config_builder()
        .tls_config(tls.build())
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent("jingui")
        .timeout_resolve(Some(Duration::from_secs(5)))
        .timeout_connect(Some(Duration::from_secs(5)))
        .timeout_per_read(Some(Duration::from_secs(30)))
        .timeout_per_write(Some(Duration::from_secs(30)))
        .timeout_global(whole)
        .build()
}

/// The roots that this machine trusts.
#[must_use]
pub fn machine_roots() -> Vec<Certificate<'static>> {
    rustls_native_certs::load_native_certs().certs.into_iter().map(|root| Certificate::from_der(&root).to_owned()).collect()
}
