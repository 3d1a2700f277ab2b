//! What is asked of an authority: `TimeStampReq` (RFC 3161 2.4.1).

use jingui_model::Problem;

use super::{
    der::{self, Malformed, tag},
    digest::Imprint,
    oid,
    token::Token,
};

/// A request. It says nothing of the data but their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    imprint: Imprint,
    nonce: Option<u64>,
    policy: Option<String>,
    want_certificates: bool,
}

impl Request {
    /// A request for this imprint. The nonce ties the reply to this request, so it should be random and used once; the policy (with
    /// dots) is the one under which the authority shall stamp, its own choice when none is given.
    ///
    /// # Errors
    /// `stamp.malformed` when the policy is not numbers with dots.
    pub fn new(imprint: Imprint, nonce: Option<u64>, policy: Option<&str>, want_certificates: bool) -> Result<Self, Problem> {
        if policy.is_some_and(|p| oid::from_dotted(p).is_none()) {
            return Err(Malformed("policy").into());
        }
        Ok(Self { imprint, nonce, policy: policy.map(str::to_owned), want_certificates })
    }

    /// The bytes to send as `application/timestamp-query`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let policy = self.policy.as_deref().and_then(oid::from_dotted).unwrap_or_default();
        let nonce = self.nonce.map(der::write_number).unwrap_or_default();
        let certificates = if self.want_certificates { der::write(tag::BOOLEAN, &[&[0xff]]) } else { Vec::new() };
        der::write(tag::SEQUENCE, &[&der::write_number(1), &self.imprint.to_der(), &policy, &nonce, &certificates])
    }

    /// The imprint.
    #[must_use]
    pub const fn imprint(&self) -> &Imprint {
        &self.imprint
    }

    /// The nonce.
    #[must_use]
    pub const fn nonce(&self) -> Option<u64> {
        self.nonce
    }

    /// Whether a token answers this request: same imprint, nonce and policy, certificate as wanted (RFC 3161 2.4.2). That the token is
    /// genuine is another question, see [`Token::verify`].
    ///
    /// # Errors
    /// `stamp.wrong_imprint`, `stamp.wrong_nonce`, `stamp.wrong_policy`, `stamp.no_certificate`.
    pub fn check(&self, token: &Token) -> Result<(), Problem> {
        let info = token.info();
        if info.imprint != self.imprint {
            return Err(Problem::invalid("stamp.wrong_imprint"));
        }
        token.check_nonce(self.nonce)?;
        if let Some(wanted) = self.policy.as_ref().filter(|wanted| **wanted != info.policy) {
            return Err(Problem::invalid("stamp.wrong_policy").arg("expected", wanted).arg("found", &info.policy));
        }
        if self.want_certificates && token.certificates().is_empty() {
            return Err(Problem::invalid("stamp.no_certificate"));
        }
        Ok(())
    }
}
