//! Statements and envelopes made by hand, for what no tool would make.

use jingui_evidence::time::{HashAlgorithm, Imprint};

use crate::authority::{DATA, Folder};

/// One DER value.
pub fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    match body.len() {
        short @ 0..=0x7f => out.push(u8::try_from(short).expect("short")),
        long => {
            out.push(0x82);
            out.extend(u16::try_from(long).expect("small").to_be_bytes());
            if long < 0x100 {
                out.splice(1..=2, [0x81]);
            }
        }
    }
    out.extend(body);
    out
}

/// The values directly inside a value.
pub fn inside(value: &[u8]) -> Vec<&[u8]> {
    let header = |bytes: &[u8]| match bytes[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        long => {
            let n = usize::from(long & 0x7f);
            (2 + n, bytes[2..2 + n].iter().fold(0, |sum, b| sum << 8 | usize::from(*b)))
        }
    };
    let mut rest = &value[header(value).0..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (head, body) = header(rest);
        let (one, after) = rest.split_at(head + body);
        found.push(one);
        rest = after;
    }
    found
}

pub fn oid(body: &[u8]) -> Vec<u8> {
    der(0x06, &[body])
}

pub const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
pub const SM3: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11];
const PKCS9: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09];

fn pkcs9(rest: &[u8]) -> Vec<u8> {
    oid(&[PKCS9, rest].concat())
}

/// A `TSTInfo` for [`DATA`] under SHA-256 that states this time; `more` follows the time.
pub fn info(time: &str, more: &[&[u8]]) -> Vec<u8> {
    info_for(&Imprint::of(HashAlgorithm::Sha256, DATA), time, more)
}

pub fn info_for(imprint: &Imprint, time: &str, more: &[&[u8]]) -> Vec<u8> {
    let algorithm = if imprint.algorithm() == HashAlgorithm::Sm3 { SM3 } else { SHA256 };
    let imprint = der(0x30, &[&der(0x30, &[&oid(algorithm)]), &der(0x04, &[imprint.digest()])]);
    der(
        0x30,
        &[
            &der(0x02, &[&[1]]),
            &oid(&[0x2a, 0x03, 0x04, 0x01]),
            &imprint,
            &der(0x02, &[&[7]]),
            &der(0x18, &[time.as_bytes()]),
            &more.concat(),
        ],
    )
}

/// How an envelope shall be.
pub struct Envelope<'a> {
    pub folder: &'a Folder,
    pub signer: &'a str,
    /// Of the digests, with the contents of its identifier.
    pub hash: (HashAlgorithm, &'a [u8]),
    /// The signature's `AlgorithmIdentifier`.
    pub algorithm: Vec<u8>,
    /// `openssl` arguments that sign the file `attributes` into the file `signature`.
    pub sign: &'a [&'a str],
    /// Contents of the identifier in the content type attribute.
    pub content_type: &'a [u8],
    pub bound: bool,
    /// Attributes that are added.
    pub more: Vec<Vec<u8>>,
    /// How many times the signer stands in the envelope.
    pub signers: usize,
}

pub const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];

impl<'a> Envelope<'a> {
    pub fn new(folder: &'a Folder, signer: &'a str, hash: (HashAlgorithm, &'a [u8]), algorithm: Vec<u8>, sign: &'a [&'a str]) -> Self {
        Self { folder, signer, hash, algorithm, sign, content_type: TST_INFO, bound: true, more: vec![], signers: 1 }
    }

    /// ECDSA with SHA-256.
    pub fn ecdsa(folder: &'a Folder, sign: &'a [&'a str]) -> Self {
        let algorithm = der(0x30, &[&oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])]);
        Self::new(folder, "authority", (HashAlgorithm::Sha256, SHA256), algorithm, sign)
    }

    pub fn token(&self, info: &[u8]) -> Vec<u8> {
        let certificate = self.folder.der(self.signer);
        let tbs = inside(inside(&certificate)[0]);
        let (serial, issuer) = (tbs[1], tbs[3]);
        let (hash, id) = self.hash;
        let algorithm = der(0x30, &[&oid(id)]);
        let attribute = |id: Vec<u8>, value: Vec<u8>| der(0x30, &[&id, &der(0x31, &[&value])]);
        let mut attributes =
            vec![attribute(pkcs9(&[3]), oid(self.content_type)), attribute(pkcs9(&[4]), der(0x04, &[&hash.digest(&[info])]))];
        if self.bound {
            let named = der(0x30, &[&algorithm, &der(0x04, &[&hash.digest(&[&certificate])])]);
            attributes.push(attribute(pkcs9(&[0x10, 2, 0x2f]), der(0x30, &[&der(0x30, &[&named])])));
        }
        attributes.extend(self.more.clone());
        let attributes = attributes.concat();
        self.folder.write("attributes", &der(0x31, &[&attributes]));
        self.folder.openssl(self.sign);
        let signature = self.folder.read("signature");
        let signer = der(
            0x30,
            &[
                &der(0x02, &[&[1]]),
                &der(0x30, &[issuer, serial]),
                &algorithm,
                &der(0xa0, &[&attributes]),
                &self.algorithm,
                &der(0x04, &[&signature]),
            ],
        );
        let content = der(0x30, &[&oid(TST_INFO), &der(0xa0, &[&der(0x04, &[info])])]);
        let signers = signer.repeat(self.signers);
        let data =
            der(0x30, &[&der(0x02, &[&[3]]), &der(0x31, &[&algorithm]), &content, &der(0xa0, &[&certificate]), &der(0x31, &[&signers])]);
        let signed_data = oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]);
        der(0x30, &[&signed_data, &der(0xa0, &[&data])])
    }
}
