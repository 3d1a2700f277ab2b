//! Who is at the other end of a connection to PostgreSQL, and who may listen on the way.
//!
//! `sslmode` and `sslrootcert` mean what they mean to PostgreSQL's own clients ("SSL Support" of libpq), but the
//! default is not theirs: a server on another machine is spoken to by TLS and has to prove its name. Plain text to
//! another machine needs `sslmode=disable` in writing. What goes over the line is sealed; sessions and the
//! password of the database are not. With `sslrootcert` the certificates of the system are trusted as well.

use std::{net::IpAddr, str::FromStr as _};

use jingui_model::Problem;
use percent_encoding::percent_decode_str;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// The options of an address, with the mode that protects them.
///
/// # Errors
/// `store.database_url`; `store.database_plain` when another machine would be spoken to in plain text by default;
/// `store.database_roots` when the file of `sslrootcert` holds no certificate.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, Problem> {
    // The address may hold a password: it is in no detail.
    let options = PgConnectOptions::from_str(url).map_err(|_| Problem::invalid("store.database_url"))?;
    let named = |names: &[&str]| query(url).filter(|(name, _)| names.contains(&name.as_str())).last().map(|(_, value)| value);
    let roots = named(&["sslrootcert", "ssl-root-cert", "ssl-ca"]);
    if let Some(file) = &roots {
        readable(file)?;
    }
    let written = named(&["sslmode", "ssl-mode"]).is_some() || std::env::var_os("PGSSLMODE").is_some();
    let mode = match options.get_ssl_mode() {
        // As libpq: roots that are named are used.
        PgSslMode::Require if roots.is_some() => PgSslMode::VerifyCa,
        PgSslMode::Prefer | PgSslMode::Allow if near(&options) => return Ok(options),
        PgSslMode::Prefer | PgSslMode::Allow if written => {
            return Err(Problem::invalid("store.database_plain").arg("host", options.get_host()));
        }
        PgSslMode::Prefer | PgSslMode::Allow => PgSslMode::VerifyFull,
        chosen => chosen,
    };
    Ok(options.ssl_mode(mode))
}

/// A socket or this machine: nobody listens on the way.
fn near(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    options.get_socket().is_some() || host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn query(url: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let pairs = url.split_once('?').map_or("", |(_, query)| query);
    let text = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    pairs.split('&').filter_map(move |pair| pair.split_once('=')).map(move |(name, value)| (text(name), text(value)))
}

fn readable(file: &str) -> Result<(), Problem> {
    let none = || Problem::invalid("store.database_roots").arg("from", file);
    let text = std::fs::read_to_string(file).map_err(|e| none().detail(e))?;
    if text.contains("-----BEGIN CERTIFICATE-----") { Ok(()) } else { Err(none()) }
}

/// Whether a connection failed because the other end did not prove who it is, or speaks no TLS.
pub(crate) fn is_distrust(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(e) => e.get_ref().is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> String {
        options(url).map_or_else(|p| p.code().to_owned(), |o| format!("{:?}", o.get_ssl_mode()))
    }

    #[test]
    fn another_machine_has_to_prove_its_name_unless_plain_text_is_written() {
        for near in
            ["postgres://u@localhost/d", "postgres://u@127.0.0.1/d", "postgres://u@[::1]/d", "postgres:///d?host=/var/run/postgresql"]
        {
            assert_eq!(mode(near), "Prefer", "{near}");
        }
        for (url, expected) in [
            ("postgres://u:p@db.example/d", "VerifyFull"),
            ("postgres://u@10.0.0.5/d", "VerifyFull"),
            ("postgres://u@db.example/d?host=10.0.0.5", "VerifyFull"),
            ("postgres://u@localhost/d?host=db.example", "VerifyFull"),
            ("postgres://u@db.example/d?sslmode=disable", "Disable"),
            ("postgres://u@db.example/d?sslmode=prefer", "store.database_plain"),
            ("postgres://u@db.example/d?ssl-mode=allow", "store.database_plain"),
            ("postgres://u@db.example/d?sslmode=require", "Require"),
            ("postgres://u@db.example/d?sslmode=verify-ca", "VerifyCa"),
            ("postgres://u@localhost/d?sslmode=verify-full", "VerifyFull"),
            ("postgres://u@db.example/d?sslmode=nonsense", "store.database_url"),
            ("postgres://u@db.example/d?sslrootcert=%2Fnot%2Fthere.pem", "store.database_roots"),
            ("postgres://u@db.example/d?sslrootcert=%2Fdev%2Fnull&sslmode=require", "store.database_roots"),
        ] {
            assert_eq!(mode(url), expected, "{url}");
        }
    }

    #[test]
    fn a_refusal_names_the_host_and_never_the_password() {
        let refusal = options("postgres://u:hunter2@db.example/d?sslmode=prefer").unwrap_err();
        assert!(format!("{refusal:?}").contains("db.example") && !format!("{refusal:?}").contains("hunter2"));
    }
}
