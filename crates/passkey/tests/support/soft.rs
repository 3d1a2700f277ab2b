//! An authenticator and the browser around it, in software, for tests here and in the crates above: makes real keys, signs for
//! real, and lies where it is told to.

use aws_lc_rs::{
    digest,
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Sorts of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Es256,
    EdDsa,
    Rs256,
}

enum Secret {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(Box<RsaKeyPair>),
}

/// How an answer differs from an honest one.
#[derive(Debug, Clone)]
pub struct Lie {
    pub ceremony: Option<&'static str>,
    pub origin: Option<String>,
    pub rp_id: Option<&'static str>,
    pub flags: u8,
    pub counter: Option<u32>,
    pub client_extra: &'static str,
    pub extension: Option<&'static [u8]>,
    pub fmt: &'static str,
    pub statement: &'static [u8],
}

/// User present, user verified.
pub const HONEST: u8 = 0b0000_0101;

impl Default for Lie {
    fn default() -> Self {
        Self {
            ceremony: None,
            origin: None,
            rp_id: None,
            flags: HONEST,
            counter: None,
            client_extra: r#","crossOrigin":false"#,
            extension: None,
            fmt: "none",
            statement: &[0xa0],
        }
    }
}

/// A passkey on its device.
pub struct Soft {
    pub id: Vec<u8>,
    pub rp_id: String,
    pub origin: String,
    pub counter: u32,
    secret: Secret,
}

pub struct Made {
    pub client_data: Vec<u8>,
    pub attestation_object: Vec<u8>,
}

#[derive(Clone)]
pub struct Got {
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("chance");
    bytes
}

pub fn head(major: u8, number: usize) -> Vec<u8> {
    let top = major << 5;
    match number {
        0..=23 => vec![top | u8::try_from(number).expect("small")],
        24..=0xff => vec![top | 24, u8::try_from(number).expect("a byte")],
        _ => [&[top | 25][..], &u16::try_from(number).expect("two bytes").to_be_bytes()].concat(),
    }
}

pub fn bytes(value: &[u8]) -> Vec<u8> {
    [head(2, value.len()), value.to_vec()].concat()
}

pub fn text(value: &str) -> Vec<u8> {
    [head(3, value.len()), value.as_bytes().to_vec()].concat()
}

impl Soft {
    pub fn new(sort: Sort, rp_id: &str, origin: &str) -> Self {
        let secret = match sort {
            Sort::Es256 => Secret::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key")),
            Sort::EdDsa => Secret::EdDsa(Ed25519KeyPair::generate().expect("a key")),
            Sort::Rs256 => Secret::Rs256(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"))),
        };
        Self { id: random::<32>().to_vec(), rp_id: rp_id.to_owned(), origin: origin.to_owned(), counter: 0, secret }
    }

    /// The public key as `COSE_Key`.
    pub fn cose(&self) -> Vec<u8> {
        match &self.secret {
            Secret::Es256(pair) => {
                let point = pair.public_key().as_ref();
                [&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21][..], &bytes(&point[1..33]), &[0x22], &bytes(&point[33..])].concat()
            }
            Secret::EdDsa(pair) => [&[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21][..], &bytes(pair.public_key().as_ref())].concat(),
            Secret::Rs256(pair) => {
                // RFC 8017, A.1.1: a sequence of two numbers; of 2,048 bits these always stand in the same place.
                let public = pair.public_key().as_ref();
                let (n, e) = (&public[9..265], &public[267..]);
                [&[0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20][..], &bytes(n), &[0x21], &bytes(e)].concat()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let chance = SystemRandom::new();
        match &self.secret {
            Secret::Es256(pair) => pair.sign(&chance, message).expect("a signature").as_ref().to_vec(),
            Secret::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Secret::Rs256(pair) => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &chance, message, &mut out).expect("a signature");
                out
            }
        }
    }

    fn client_data(&self, ceremony: &str, challenge: &[u8], lie: &Lie) -> Vec<u8> {
        let (ceremony, origin) = (lie.ceremony.unwrap_or(ceremony), lie.origin.as_ref().unwrap_or(&self.origin));
        let challenge = URL_SAFE_NO_PAD.encode(challenge);
        format!(r#"{{"type":"{ceremony}","challenge":"{challenge}","origin":"{origin}"{}}}"#, lie.client_extra).into_bytes()
    }

    fn authenticator_data(&self, attested: &[u8], lie: &Lie) -> Vec<u8> {
        let hash = digest::digest(&digest::SHA256, lie.rp_id.unwrap_or(&self.rp_id).as_bytes());
        let mut flags = lie.flags;
        flags |= if attested.is_empty() { 0 } else { 1 << 6 };
        flags |= if lie.extension.is_some() { 1 << 7 } else { 0 };
        let counter = lie.counter.unwrap_or(self.counter).to_be_bytes();
        [hash.as_ref(), &[flags], &counter, attested, lie.extension.unwrap_or_default()].concat()
    }

    pub fn make(&self, challenge: &[u8], lie: &Lie) -> Made {
        let length = u16::try_from(self.id.len()).expect("short").to_be_bytes();
        let attested = [&[0; 16][..], &length, &self.id, &self.cose()].concat();
        let data = self.authenticator_data(&attested, lie);
        let parts = [&head(5, 3), &text("fmt"), &text(lie.fmt), &text("attStmt"), lie.statement, &text("authData"), &bytes(&data)];
        Made { client_data: self.client_data("webauthn.create", challenge, lie), attestation_object: parts.concat() }
    }

    pub fn get(&self, challenge: &[u8], lie: &Lie) -> Got {
        let client_data = self.client_data("webauthn.get", challenge, lie);
        let authenticator_data = self.authenticator_data(&[], lie);
        let hash = digest::digest(&digest::SHA256, &client_data);
        let signature = self.sign(&[&authenticator_data, hash.as_ref()].concat());
        Got { client_data, authenticator_data, signature }
    }
}

/// The key of a pair in DER, to hold what is here against other readers of keys.
pub fn der(soft: &Soft) -> Option<Vec<u8>> {
    if let Secret::Es256(pair) = &soft.secret {
        return pair.public_key().as_der().ok().map(|d| d.as_ref().to_vec());
    }
    None
}
