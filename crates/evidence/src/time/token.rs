//! A time-stamp token: kept byte for byte, read, verified (RFC 3161 2.4.2, RFC 5816).

use jingui_model::Problem;

use super::{
    certificate::Certificate,
    chain::{self, Path, TrustRoots},
    cms::Signed,
    der::{magnitude, small},
    digest::Stamped,
    info::Info,
    oid, signature,
    verdict::{Standing, Verdict},
};

/// A token as an authority sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    raw: Vec<u8>,
    info: Info,
    signed: Signed,
}

impl Token {
    /// Reads the DER of a `TimeStampToken`. What it says is not verified by that.
    ///
    /// # Errors
    /// `stamp.too_large`, `stamp.too_many`, `stamp.malformed` with the part, `stamp.algorithm` for a hash that is not accepted.
    pub fn parse(raw: &[u8]) -> Result<Self, Problem> {
        super::limit(raw)?;
        let signed = Signed::parse(raw)?;
        Ok(Self { raw: raw.to_vec(), info: Info::parse(&signed.content)?, signed })
    }

    /// The bytes, as they were given.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// What the authority states; not verified.
    #[must_use]
    pub const fn info(&self) -> &Info {
        &self.info
    }

    /// The certificates that came with it; not verified.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.signed.certificates
    }

    /// That the nonce is the one that was sent. A request without one says nothing about it.
    pub(super) fn check_nonce(&self, sent: Option<u64>) -> Result<(), Problem> {
        let found = || self.info.nonce.as_deref().and_then(magnitude).and_then(small);
        match sent {
            Some(sent) if found() != Some(sent) => Err(Problem::invalid("stamp.wrong_nonce")),
            _ => Ok(()),
        }
    }

    /// Whether the token proves that what is held against it existed at the time that it states.
    ///
    /// The chain is judged as of that time; whether a certificate was revoked is not looked at. `extra` are certificates that the token
    /// left out: the authority's own, or intermediate ones. An authority that leads to none of the roots is no error: the verdict says
    /// [`Standing::UnknownAuthority`].
    ///
    /// # Errors
    /// The first thing that is wrong, as `stamp.…`: the imprint, the nonce, the signed attributes, the certificate, the signature, the
    /// purpose, the dates, the chain.
    pub fn verify(&self, stamped: Stamped<'_>, nonce: Option<u64>, roots: &TrustRoots, extra: &[Certificate]) -> Result<Verdict, Problem> {
        let (info, signer) = (&self.info, &self.signed.signer);
        if let Some(extension) = info.critical.first() {
            return Err(Problem::invalid("stamp.critical_extension").arg("extension", extension));
        }
        if !stamped.matches(&info.imprint) {
            return Err(Problem::invalid("stamp.wrong_imprint"));
        }
        self.check_nonce(nonce)?;
        if signer.attributes.content_type != oid::TST_INFO {
            return Err(Problem::invalid("stamp.content_type"));
        }
        if signer.digest.digest(&[&self.signed.content]) != signer.attributes.message_digest {
            return Err(Problem::invalid("stamp.message_digest"));
        }
        let at_hand: Vec<&Certificate> = self.signed.certificates.iter().chain(extra).collect();
        let authority = self.authority(&at_hand, roots)?;
        let good = signature::check(authority, signer.digest, &signer.algorithm, &signer.signed, &signer.signature)?;
        Ok(match chain::path(authority, &at_hand, roots, info.time)? {
            Path::Trusted(path) => Verdict::new(info, signer.digest, good, Standing::Trusted, &path),
            Path::Unknown => Verdict::new(info, signer.digest, good, Standing::UnknownAuthority, std::slice::from_ref(authority)),
        })
    }

    /// The certificate of the signer: named by the signer's identifier and bound by digest in what was signed, so that nobody can put
    /// another one with the same key in its place (RFC 2634 5, RFC 5816 2.2.1).
    fn authority<'a>(&'a self, at_hand: &[&'a Certificate], roots: &'a TrustRoots) -> Result<&'a Certificate, Problem> {
        let signer = &self.signed.signer;
        if signer.attributes.bound.is_empty() {
            return Err(Problem::invalid("stamp.unbound"));
        }
        let mut named = at_hand.iter().copied().chain(roots.certificates()).filter(|c| signer.means(c)).peekable();
        if named.peek().is_none() {
            return Err(Problem::invalid("stamp.no_certificate"));
        }
        named.find(|c| signer.attributes.bound.iter().all(|bound| bound.is(c))).ok_or_else(|| Problem::invalid("stamp.other_certificate"))
    }
}
