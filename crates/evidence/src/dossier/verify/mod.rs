//! Verification of a package that anybody may have made (`docs/evidence-package.md`, "Checking"). Everything is examined, whatever
//! fails; the faults are put in order at the end.

mod records;
mod stamps;
mod trees;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    fault::{Fault, FaultKind},
    findings::{Findings, Outcome, Trusted},
    form,
    index::{Index, VERSION, sha256},
    layout,
};
use crate::{
    package::{
        DamageKind, Limits, OpenBag,
        bag::{ALGORITHMS, STAMPS, manifest_file, tag_manifest_file},
    },
    time::HashAlgorithm,
};

/// Most witnesses, authorities, and roots of one authority.
const MAX_PARTIES: usize = 100;

/// Says what a package proves to a reader who trusts these keys and roots. Without any, its own keys are claims.
#[must_use]
pub fn verify(bytes: &[u8], trusted: &Trusted) -> Findings {
    // As many files as a ZIP without extensions can have.
    let limits = Limits { entries: usize::from(u16::MAX), ..Limits::default() };
    let bag = match OpenBag::read(bytes, &limits) {
        Ok(bag) => bag,
        Err(problem) => return Findings::unopened(bytes, &problem),
    };
    let mut faults = damages(&bag);
    let Some(written) = bag.file(layout::INDEX) else {
        faults.push(Fault::absent(FaultKind::Index, layout::INDEX));
        let mut findings = Findings::empty().with(faults);
        if bag.file("bagit.txt").is_none() {
            findings.outcome = Outcome::Unreadable;
        }
        return findings;
    };
    let Some(index) = form::read::<Index>(written).filter(|index| index.version == VERSION && is_modest(index)) else {
        faults.push(Fault::new(FaultKind::Index, layout::INDEX));
        return Findings::empty().with(faults);
    };
    let used = BTreeSet::from([layout::INDEX.to_owned()]);
    let mut exam = Exam { bag: &bag, trusted, index: &index, used, digests: BTreeMap::new(), faults };
    let findings = exam.run();
    findings.with(exam.faults)
}

/// Whether the parts that are tried against each other are as few as in any real package.
fn is_modest(index: &Index) -> bool {
    let few = |count: usize| count <= MAX_PARTIES;
    few(index.witnesses.len()) && few(index.authorities.len()) && index.authorities.iter().all(|authority| few(authority.roots.len()))
}

/// What the bag says about itself. Where the two tag manifests disagree about a file, the one that is wrong is at fault, not the file.
fn damages(bag: &OpenBag) -> Vec<Fault> {
    let at_fault = |path: &str| -> Option<String> {
        let content = bag.file(path).filter(|_| is_own(path))?;
        let lists = |algorithm: HashAlgorithm| {
            let line = format!("{}  {path}", hex::encode(algorithm.digest(&[content])));
            bag.file(&tag_manifest_file(algorithm))
                .and_then(|list| std::str::from_utf8(list).ok())
                .is_some_and(|l| l.lines().any(|l| l == line))
        };
        let (wrong, right): (Vec<_>, Vec<_>) = ALGORITHMS.into_iter().partition(|algorithm| !lists(*algorithm));
        wrong.first().filter(|_| !right.is_empty()).map(|algorithm| tag_manifest_file(*algorithm))
    };
    let named = |damage: crate::package::Damage| {
        let blamed = if damage.kind == DamageKind::Content && !damage.path.starts_with("data/") { at_fault(&damage.path) } else { None };
        Fault::damage(&crate::package::Damage { path: blamed.unwrap_or(damage.path), ..damage })
    };
    bag.damages().into_iter().map(named).collect()
}

/// Whether the bag itself has a file of this name outside of the payload.
fn is_own(path: &str) -> bool {
    let lists = |name: fn(HashAlgorithm) -> String| ALGORITHMS.into_iter().any(|algorithm| name(algorithm) == path);
    matches!(path, "bagit.txt" | "bag-info.txt") || lists(manifest_file) || lists(tag_manifest_file)
}

/// One examination.
struct Exam<'a> {
    bag: &'a OpenBag,
    trusted: &'a Trusted,
    index: &'a Index,
    /// Files that something explains.
    used: BTreeSet<String>,
    /// Digests of files, each made once however often the index names it.
    digests: BTreeMap<String, String>,
    faults: Vec<Fault>,
}

impl<'a> Exam<'a> {
    fn run(&mut self) -> Findings {
        let mut findings = Findings::empty();
        let ledger = self.ledger();
        let twin = self.twin();
        let entries = self.entries(ledger.as_ref(), twin.as_ref());
        self.points(&entries);
        let files = self.files(&entries);
        let roots = self.roots();
        if let Some(ledger) = &ledger {
            findings.stamps = self.stamps(ledger, &roots);
            findings.cosigned = self.cosigned(ledger);
        }
        self.outside();
        self.matrix();
        findings.sealed = self.seals(&roots);
        for path in layout::PAPERS {
            self.maybe(path);
        }
        self.left_over(ledger.is_some());
        findings.ledger = ledger.map(|tree| tree.finding());
        findings.twin = twin.map(|tree| tree.finding());
        records::conclude(&mut findings, entries, files);
        self.claims(&mut findings);
        findings
    }

    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// A file that may be there.
    fn maybe(&mut self, path: &str) -> Option<&'a [u8]> {
        self.used.insert(path.to_owned());
        self.bag.file(path)
    }

    /// A file that must be there.
    fn take(&mut self, kind: FaultKind, path: &str) -> Option<&'a [u8]> {
        let found = self.maybe(path);
        if found.is_none() {
            self.fault(Fault::absent(kind, path));
        }
        found
    }

    /// The digest of a file, as the index writes it.
    fn digest(&mut self, path: &str, bytes: &[u8]) -> String {
        self.digests.entry(path.to_owned()).or_insert_with(|| sha256(bytes)).clone()
    }

    /// Files that nothing explains. Without a signed checkpoint stamps were not looked at; they are explained all the same.
    fn left_over(&mut self, looked_at_stamps: bool) {
        let unseen = |path: &str| !looked_at_stamps && (path.starts_with(layout::STAMPS) || path.starts_with(layout::COSIGNED));
        let explained = |path: &str| self.used.contains(path) || is_own(path) || path.starts_with(STAMPS) || unseen(path);
        let left: Vec<String> = self.bag.paths().filter(|path| !explained(path)).map(str::to_owned).collect();
        self.faults.extend(left.into_iter().map(|path| Fault::new(FaultKind::Unexpected, path)));
    }

    fn claims(&self, findings: &mut Findings) {
        let index = self.index;
        findings.claim("package.claim.company", layout::INDEX, &index.company);
        findings.claim("package.claim.made", layout::INDEX, format!("{} {}", index.made_at, index.made_by));
        let labels = index.records.iter().filter_map(|r| r.label.as_ref());
        for label in labels.chain(index.records.iter().flat_map(|r| r.points.iter().map(|p| &p.label))) {
            findings.claim("package.claim.label", layout::INDEX, label);
        }
        if index.matrix.is_some() {
            findings.claim("package.claim.matrix", layout::INDEX, "");
        }
        for path in layout::PAPERS.into_iter().filter(|path| self.bag.file(path).is_some()) {
            findings.claim("package.claim.paper", path, "");
        }
        for file in index.outside.iter().flat_map(|outside| &outside.files) {
            findings.claim("package.claim.outside", &file.path, &file.name);
        }
    }
}
