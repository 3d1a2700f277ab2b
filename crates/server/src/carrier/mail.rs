//! Mail over SMTP (RFC 5321, 3207, 8314) with TLS whose certificate is checked; plain text in UTF-8, header words as RFC 2047 wants
//! them. Addresses and subject are typed values of the mail library: a line end in one of them is no second header.

use std::{
    error::Error as _,
    io,
    net::{SocketAddr, ToSocketAddrs as _},
    time::Duration,
};

use jingui_app::notify::carrier::{Encryption, MailServer};
use jingui_model::Problem;
use jingui_notify::{Letter, letter::plain, place};
use lettre::{
    Address, Message, SmtpTransport, Transport,
    message::{Mailbox, header},
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
    },
};

/// Longest wait for each answer of the server.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends one letter.
pub(super) fn send(server: &MailServer, letter: &Letter, local: bool) -> Result<(), Problem> {
    let message = message(server, letter)?;
    let at = address(server, local)?;
    if server.encryption == Encryption::None && server.sign_in.is_some() && !at.ip().is_loopback() {
        return Err(Problem::invalid("notify.clear").at("encryption"));
    }
    // The very address that was looked at is connected to; the certificate must carry the name all the same.
    let tls = match server.encryption {
        Encryption::StartTls => Tls::Required(trust(server)?),
        Encryption::Implicit => Tls::Wrapper(trust(server)?),
        Encryption::None => Tls::None,
    };
    let transport = SmtpTransport::builder_dangerous(at.ip().to_string()).port(at.port()).tls(tls).timeout(Some(PATIENCE));
    let transport = match &server.sign_in {
        Some((user, password)) => transport.credentials(Credentials::new(user.clone(), password.clone())),
        None => transport,
    };
    transport.build().send(&message).map(drop).map_err(|e| refused(&server.server, &e))
}

fn message(server: &MailServer, letter: &Letter) -> Result<Message, Problem> {
    let wrong = |field: &'static str| move |_| Problem::invalid("notify.mail_address").at(field);
    let from: Address = server.sender.trim().parse().map_err(wrong("sender"))?;
    let to: Address = letter.to.trim().parse().map_err(wrong("address"))?;
    Message::builder()
        .from(Mailbox::new(None, from))
        .to(Mailbox::new(None, to))
        .subject(plain(&letter.subject))
        .message_id(Some(format!("<{}@jingui>", plain(&letter.id))))
        // No holiday reply and no answer of another program is wanted (RFC 3834).
        .header(AutoSubmitted)
        .header(header::ContentType::TEXT_PLAIN)
        .body(letter.text())
        .map_err(|e| Problem::invalid("notify.form").detail(e))
}

#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The first address of the server that is not closed.
fn address(server: &MailServer, local: bool) -> Result<SocketAddr, Problem> {
    let host = server.server.trim();
    let found = (host, server.port).to_socket_addrs().map_err(|_| Problem::unavailable("notify.host").arg("host", host))?;
    let found: Vec<SocketAddr> = found.collect();
    if found.is_empty() {
        return Err(Problem::unavailable("notify.host").arg("host", host));
    }
    found.into_iter().find(|a| !place::closed(a.ip(), local)).ok_or_else(|| Problem::invalid("notify.place").arg("host", host))
}

fn trust(server: &MailServer) -> Result<TlsParameters, Problem> {
    let wrong = |_| Problem::invalid("notify.roots").at("roots");
    let builder = TlsParameters::builder(server.server.trim().to_owned());
    let builder = match server.roots.trim() {
        "" => builder,
        pem => {
            let own = Certificate::from_pem(pem.as_bytes()).map_err(wrong)?;
            // Instead of the machine's authorities, not beside them.
            builder.certificate_store(CertificateStore::None).add_root_certificate(own)
        }
    };
    builder.build_rustls().map_err(wrong)
}

/// What a refusal of the server means, and whether it concerns one recipient only.
fn refused(host: &str, error: &Error) -> Problem {
    if let Some(code) = error.status() {
        let number = u16::from(code);
        return match number {
            421 | 450..=459 => Problem::unavailable("notify.busy").detail(number),
            530 | 534 | 535 | 538 => Problem::invalid("notify.sign_in").arg("reason", number),
            550..=553 => Problem::invalid("notify.recipient").arg("reason", number),
            400..=499 => Problem::unavailable("courier.status").arg("status", number),
            _ => Problem::invalid("notify.mail_refused").arg("reason", number),
        };
    }
    let mut source = error.source();
    while let Some(reason) = source {
        if reason.downcast_ref::<io::Error>().is_some_and(is_certificate) || reason.to_string().contains("certificate") {
            return Problem::invalid("notify.certificate").arg("host", host);
        }
        source = reason.source();
    }
    if error.is_tls() {
        return Problem::invalid("notify.certificate").arg("host", host);
    }
    Problem::unavailable("courier.unreachable").arg("host", host).detail(error)
}

/// The handshake failed, rather than the connection: the TLS library reports it as bad data.
pub(super) fn is_certificate(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}
