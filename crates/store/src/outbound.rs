//! Connections to servers outside: object stores here, time-stamp authorities and witnesses through the door.
//!
//! Nothing waits for ever: a connection has five seconds, each read and write thirty. Redirects are not followed and
//! no proxy is used: what is sent goes to the address that was given and nowhere else.

use std::{sync::Arc, time::Duration};

use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

/// An agent that trusts these roots; without any it speaks to `http:` addresses only.
#[must_use]
pub fn agent(roots: Vec<Certificate<'static>>) -> Agent {
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
        .build()
        .new_agent()
}

/// The roots that this machine trusts.
#[must_use]
pub fn machine_roots() -> Vec<Certificate<'static>> {
    rustls_native_certs::load_native_certs().certs.into_iter().map(|root| Certificate::from_der(&root).to_owned()).collect()
}
