//! Whether a bag is whole (RFC 8493 3): every place where it is not, in an order that depends on nothing but the damage.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    ALGORITHMS, DECLARATION, DECLARATION_FILE, INFO_FILE, OXUM, OpenBag, PAYLOAD, STAMPS, manifest, manifest_file, tag_manifest_file,
};
use crate::time::HashAlgorithm;

/// What is wrong with a file; the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DamageKind {
    /// It is listed, or always there, and is not there now.
    Missing,
    /// It is a list or a declaration, and not in their form.
    Malformed,
    /// Its content is not what was listed.
    Content,
    /// It is there, and in no list.
    Unlisted,
    /// One list names it, the list with the other algorithm does not.
    Uneven,
    /// The payload has another size or number of files than `bag-info.txt` says.
    Oxum,
}

impl DamageKind {
    /// The code whose text explains it, with the argument `path`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "package.damage.missing",
            Self::Malformed => "package.damage.malformed",
            Self::Content => "package.damage.content",
            Self::Unlisted => "package.damage.unlisted",
            Self::Uneven => "package.damage.uneven",
            Self::Oxum => "package.damage.oxum",
        }
    }
}

/// One place where a bag is not whole. Ordered by kind, then by path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Damage {
    /// What is wrong.
    pub kind: DamageKind,
    /// Where, as a path in the bag.
    pub path: String,
}

/// Lists of one sort, one for each algorithm.
type Lists = Vec<(HashAlgorithm, BTreeMap<String, Vec<u8>>)>;

impl OpenBag {
    /// The first of [`Self::damages`]: nothing when the bag is whole.
    #[must_use]
    pub fn check(&self) -> Option<Damage> {
        self.damages().into_iter().next()
    }

    /// Everything that is wrong, by kind and path, each once.
    #[must_use]
    pub fn damages(&self) -> Vec<Damage> {
        let mut found = BTreeSet::new();
        let mut note = |kind, path: &str| {
            found.insert(Damage { kind, path: path.to_owned() });
        };
        match self.file(DECLARATION_FILE) {
            None => note(DamageKind::Missing, DECLARATION_FILE),
            Some(text) if text != DECLARATION.as_bytes() => note(DamageKind::Malformed, DECLARATION_FILE),
            Some(_) => {}
        }
        if self.file(INFO_FILE).is_none() {
            note(DamageKind::Missing, INFO_FILE);
        } else if self.info(OXUM) != Some(&self.oxum()) {
            note(DamageKind::Oxum, INFO_FILE);
        }
        let is_payload = |path: &str| path.starts_with(PAYLOAD);
        let is_tag_manifest = |path: &str| ALGORITHMS.into_iter().any(|algorithm| path == tag_manifest_file(algorithm));
        for (name_of, belongs) in [
            (manifest_file as fn(HashAlgorithm) -> String, &is_payload as &dyn Fn(&str) -> bool),
            (tag_manifest_file, &|path: &str| !is_payload(path) && !is_tag_manifest(path) && !path.starts_with(STAMPS)),
        ] {
            let lists = self.lists(name_of, belongs, &mut note);
            self.compare(&lists, belongs, &mut note);
        }
        found.into_iter().collect()
    }

    /// `<bytes>.<files>` of the payload.
    fn oxum(&self) -> String {
        let (bytes, files) = self.payload().fold((0, 0), |(bytes, files), (_, content)| (bytes + content.len(), files + 1));
        format!("{bytes}.{files}")
    }

    /// The lists that can be read. A list that names what is none of its business is out of form.
    fn lists(&self, name_of: fn(HashAlgorithm) -> String, belongs: &dyn Fn(&str) -> bool, note: &mut dyn FnMut(DamageKind, &str)) -> Lists {
        let mut lists = Vec::new();
        for algorithm in ALGORITHMS {
            let name = name_of(algorithm);
            let Some(text) = self.file(&name) else {
                note(DamageKind::Missing, &name);
                continue;
            };
            match manifest::read(algorithm, text).filter(|list| list.keys().all(|path| belongs(path))) {
                Some(list) => lists.push((algorithm, list)),
                None => note(DamageKind::Malformed, &name),
            }
        }
        lists
    }

    /// Holds the files that belong to these lists against them.
    fn compare(&self, lists: &Lists, belongs: &dyn Fn(&str) -> bool, note: &mut dyn FnMut(DamageKind, &str)) {
        for (algorithm, list) in lists {
            for (path, digest) in list {
                match self.file(path) {
                    None => note(DamageKind::Missing, path),
                    Some(bytes) if algorithm.digest(&[bytes]) != *digest => note(DamageKind::Content, path),
                    Some(_) if lists.iter().any(|(_, other)| !other.contains_key(path)) => note(DamageKind::Uneven, path),
                    Some(_) => {}
                }
            }
        }
        for path in self.files.keys().filter(|path| belongs(path)) {
            if !lists.is_empty() && !lists.iter().any(|(_, list)| list.contains_key(path)) {
                note(DamageKind::Unlisted, path);
            }
        }
    }
}
