//! What can be wrong with a package, in the order in which it counts (`docs/evidence-package.md`, "Checking").

use std::collections::BTreeMap;

use jingui_model::Problem;
use serde::Serialize;

use super::layout;
use crate::package::Damage;

/// What sort of thing is wrong. What others rest on comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The ZIP.
    Archive,
    /// A list of the bag, or what describes it.
    List,
    /// A file that is not what the lists say.
    Listed,
    /// The index.
    Index,
    /// A verifier key.
    Key,
    /// The checkpoint that all proofs lead to.
    Checkpoint,
    /// The bytes of an entry.
    Entry,
    /// The proof of an entry.
    Proof,
    /// The checkpoint of the twin.
    TwinCheckpoint,
    /// The proof of an entry in the twin.
    TwinProof,
    /// A disclosed field.
    Opened,
    /// An entry that is not about its record.
    Record,
    /// A secret point.
    Point,
    /// A disclosed file.
    File,
    /// A root certificate that the package brings.
    Root,
    /// A time stamp: its description, note or token.
    Stamp,
    /// The proof that the package continues what was stamped or cosigned.
    Consistency,
    /// The lines of a witness.
    Cosignature,
    /// A file from outside.
    Outside,
    /// The matrix.
    Matrix,
    /// A file that nothing explains.
    Unexpected,
    /// A time stamp over the package.
    Seal,
}

impl FaultKind {
    const fn code(self) -> &'static str {
        match self {
            Self::Archive => "package.fault.archive",
            Self::List | Self::Listed => "package.damage.content",
            Self::Index => "package.fault.index",
            Self::Key => "package.fault.key",
            Self::Checkpoint => "package.fault.checkpoint",
            Self::Entry => "package.fault.entry",
            Self::Proof => "package.fault.proof",
            Self::TwinCheckpoint => "package.fault.twin_checkpoint",
            Self::TwinProof => "package.fault.twin_proof",
            Self::Opened => "package.fault.opened",
            Self::Record => "package.fault.record",
            Self::Point => "package.fault.point",
            Self::File => "package.fault.file",
            Self::Root => "package.fault.root",
            Self::Stamp => "package.fault.stamp",
            Self::Consistency => "package.fault.consistency",
            Self::Cosignature => "package.fault.cosignature",
            Self::Outside => "package.fault.outside",
            Self::Matrix => "package.fault.matrix",
            Self::Unexpected => "package.fault.unexpected",
            Self::Seal => "package.fault.seal",
        }
    }
}

/// Why a part of the ledger or a time stamp was refused: its own code and arguments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cause {
    /// `ledger.…` or `stamp.…`.
    pub code: String,
    /// The arguments of its text.
    pub args: BTreeMap<String, String>,
}

/// One thing that is wrong. Ordered by what others rest on, then by entry and path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// What sort of thing.
    pub kind: FaultKind,
    /// The entry that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The file.
    pub path: String,
    /// The field, of the entry or of the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The code whose text explains it, with the argument `path`.
    pub code: String,
    /// Which part of it, in one word for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<&'static str>,
    /// What refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

impl Fault {
    pub(super) fn new(kind: FaultKind, path: impl Into<String>) -> Self {
        Self { kind, entry: None, path: path.into(), field: None, code: kind.code().to_owned(), part: None, cause: None }
    }

    /// A file that must be there and is not.
    pub(super) fn absent(kind: FaultKind, path: impl Into<String>) -> Self {
        Self { code: "package.damage.missing".to_owned(), ..Self::new(kind, path) }
    }

    pub(super) fn in_index(kind: FaultKind, field: impl Into<String>) -> Self {
        Self::new(kind, layout::INDEX).field(field)
    }

    pub(super) fn damage(damage: &Damage) -> Self {
        let kind = if damage.path.starts_with("data/") { FaultKind::Listed } else { FaultKind::List };
        Self { code: damage.kind.code().to_owned(), ..Self::new(kind, &damage.path) }
    }

    pub(super) fn entry(mut self, index: u64) -> Self {
        self.entry = Some(index);
        self
    }

    pub(super) fn field(mut self, name: impl Into<String>) -> Self {
        self.field = Some(name.into());
        self
    }

    pub(super) const fn part(mut self, part: &'static str) -> Self {
        self.part = Some(part);
        self
    }

    pub(super) fn cause(mut self, problem: &Problem) -> Self {
        let args = problem.args().iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        self.cause = Some(Cause { code: problem.code().to_owned(), args });
        self
    }

    /// The arguments of its text: path, entry, field, and those of the cause.
    #[must_use]
    pub fn args(&self) -> BTreeMap<String, String> {
        let mut args = self.cause.as_ref().map(|cause| cause.args.clone()).unwrap_or_default();
        args.insert("path".to_owned(), self.path.clone());
        args.extend(self.entry.map(|entry| ("entry".to_owned(), entry.to_string())));
        args.extend(self.field.clone().map(|field| ("field".to_owned(), field)));
        args
    }

    /// The same as a refusal, for whoever made the package.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let problem = Problem::invalid(self.code.clone()).arg("path", &self.path);
        match self.field.clone().or_else(|| self.entry.map(|entry| format!("entries[{entry}]"))) {
            Some(field) => problem.at(field),
            None => problem,
        }
        .detail(format_args!("{:?} {:?}", self.part, self.cause))
    }
}
