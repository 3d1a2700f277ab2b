//! Bags (BagIt 1.0, RFC 8493): files with lists of their digests, and lists of the digests of those lists.
//!
//! A package is one folder in a ZIP:
//!
//! ```text
//! <name>/bagit.txt                 version and encoding
//! <name>/bag-info.txt              who, when, how much
//! <name>/manifest-sha256.txt       digests of everything in data/
//! <name>/manifest-sm3.txt          the same in SM3
//! <name>/data/…                    the payload
//! <name>/<tag files>               what the caller adds: proofs, certificates, a report
//! <name>/tagmanifest-sha256.txt    digests of every file above but the payload
//! <name>/tagmanifest-sm3.txt       the same in SM3
//! <name>/stamps/…                  what came afterwards: time stamps over the tag manifests
//! ```
//!
//! Whoever stamps a tag manifest stamps everything: it fixes the manifests, they fix the payload. Only `stamps/` stands in no list.

mod check;
mod manifest;
mod open;

use std::collections::BTreeMap;

use jingui_model::Problem;

pub use check::{Damage, DamageKind};
pub use open::OpenBag;

use super::{
    name,
    zip::{self, File},
};
use crate::time::HashAlgorithm;

/// What `bagit.txt` says (RFC 8493 2.1.1).
const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const DECLARATION_FILE: &str = "bagit.txt";
const INFO_FILE: &str = "bag-info.txt";
const PAYLOAD: &str = "data/";
/// Files here are in no manifest.
pub const STAMPS: &str = "stamps/";
/// The label that says how much the payload is (RFC 8493 2.2.2).
const OXUM: &str = "Payload-Oxum";
/// Each manifest is written with each of them.
pub const ALGORITHMS: [HashAlgorithm; 2] = [HashAlgorithm::Sha256, HashAlgorithm::Sm3];

/// The word in the name of a manifest.
const fn word(algorithm: HashAlgorithm) -> &'static str {
    match algorithm {
        HashAlgorithm::Sha256 => "sha256",
        HashAlgorithm::Sha384 => "sha384",
        HashAlgorithm::Sha512 => "sha512",
        HashAlgorithm::Sm3 => "sm3",
    }
}

/// The manifest of the payload.
#[must_use]
pub fn manifest_file(algorithm: HashAlgorithm) -> String {
    format!("manifest-{}.txt", word(algorithm))
}

/// The manifest of the other files; what a time stamp is put on.
#[must_use]
pub fn tag_manifest_file(algorithm: HashAlgorithm) -> String {
    format!("tagmanifest-{}.txt", word(algorithm))
}

/// A bag that is being packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bag {
    name: String,
    info: Vec<(String, String)>,
    payload: BTreeMap<String, Vec<u8>>,
    tags: BTreeMap<String, Vec<u8>>,
    stamps: BTreeMap<String, Vec<u8>>,
}

impl Bag {
    /// An empty bag. The name is the folder's; `info` are labels and values of `bag-info.txt` in the order in which they shall stand
    /// (RFC 8493 2.2.2: `Source-Organization`, `Bagging-Date`, …). `Payload-Oxum` is added by itself.
    ///
    /// # Errors
    /// `package.name` for a name that is no single safe part of a path; `package.label` for a label or value with a line break, a label
    /// with a colon, or one that is reserved.
    pub fn new(name: &str, info: &[(&str, &str)]) -> Result<Self, Problem> {
        if name.contains('/') {
            return Err(Problem::invalid("package.name").arg("path", name::shown(name.as_bytes())));
        }
        name::check(name)?;
        for (label, value) in info {
            let control = |text: &str| text.chars().any(char::is_control);
            let reserved = label.eq_ignore_ascii_case(OXUM);
            if label.is_empty() || label.contains(':') || label.trim() != *label || control(label) || control(value) || reserved {
                return Err(Problem::invalid("package.label").arg("label", name::shown(label.as_bytes())));
            }
        }
        let info = info.iter().map(|(label, value)| ((*label).to_owned(), value.trim().to_owned())).collect();
        Ok(Self { name: name.to_owned(), info, payload: BTreeMap::new(), tags: BTreeMap::new(), stamps: BTreeMap::new() })
    }

    /// Puts a file into `data/`; the path is below it.
    ///
    /// # Errors
    /// `package.name`, `package.duplicate`.
    pub fn payload(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), Problem> {
        add(&mut self.payload, format!("{PAYLOAD}{path}"), bytes)
    }

    /// Adds a file beside the payload, listed in the tag manifests.
    ///
    /// # Errors
    /// `package.name` also for names that the bag itself uses; `package.duplicate`.
    pub fn tag(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), Problem> {
        if is_reserved(path) {
            return Err(Problem::invalid("package.name").arg("path", name::shown(path.as_bytes())));
        }
        add(&mut self.tags, path.to_owned(), bytes)
    }

    /// Adds a file to `stamps/`: what states something about a tag manifest and so cannot be listed in it.
    ///
    /// # Errors
    /// `package.name`, `package.duplicate`.
    pub fn stamp(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), Problem> {
        add(&mut self.stamps, format!("{STAMPS}{path}"), bytes)
    }

    /// The bytes of the tag manifest, as the bag stands now: what a time-stamp authority is asked about.
    #[must_use]
    pub fn tag_manifest(&self, algorithm: HashAlgorithm) -> Vec<u8> {
        let own = self.own();
        manifest::write(algorithm, own.iter().chain(&self.tags))
    }

    /// The package. Equal contents give equal bytes.
    ///
    /// # Errors
    /// `package.duplicate` when a name differs from another only in case or composition, `package.too_large`.
    pub fn write(&self) -> Result<Vec<u8>, Problem> {
        let mut files = self.own();
        files.extend(ALGORITHMS.map(|algorithm| (tag_manifest_file(algorithm), self.tag_manifest(algorithm))));
        let added = [&self.payload, &self.tags, &self.stamps].into_iter().flatten().map(|(path, bytes)| (path.clone(), bytes.clone()));
        let all = files.into_iter().chain(added).map(|(path, bytes)| File { name: format!("{}/{path}", self.name), bytes });
        zip::write(&all.collect::<Vec<_>>())
    }

    /// The files that the bag makes itself, without the tag manifests.
    fn own(&self) -> BTreeMap<String, Vec<u8>> {
        let size: usize = self.payload.values().map(Vec::len).sum();
        let mut info: String = self.info.iter().map(|(label, value)| format!("{label}: {value}\n")).collect();
        info.push_str(&format!("{OXUM}: {size}.{}\n", self.payload.len()));
        let mut own = BTreeMap::from([(DECLARATION_FILE.to_owned(), DECLARATION.into()), (INFO_FILE.to_owned(), info.into_bytes())]);
        own.extend(ALGORITHMS.map(|algorithm| (manifest_file(algorithm), manifest::write(algorithm, &self.payload))));
        own
    }
}

fn add(to: &mut BTreeMap<String, Vec<u8>>, path: String, bytes: Vec<u8>) -> Result<(), Problem> {
    name::check(&path)?;
    if to.contains_key(&path) {
        return Err(Problem::invalid("package.duplicate").arg("path", name::shown(path.as_bytes())));
    }
    to.insert(path, bytes);
    Ok(())
}

/// Whether the bag itself uses this name.
fn is_reserved(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default().to_lowercase();
    let own = matches!(first.as_str(), "data" | "stamps" | DECLARATION_FILE | INFO_FILE | "fetch.txt");
    own || first.starts_with("manifest-") || first.starts_with("tagmanifest-")
}
