//! What outsiders said: time stamps over checkpoints with their renewals, cosignatures of witnesses, seals over the whole package.

use std::collections::{BTreeMap, BTreeSet};

use jingui_ledger::{Checkpoint, Verifier, Witness};
use jingui_model::Problem;

use super::{Exam, trees::Signed};
use crate::{
    dossier::{
        fault::{Fault, FaultKind},
        findings::{Cosigned, Seal, Stamp, Standing},
        form::{self, StampHead},
        layout,
    },
    package::bag::{STAMPS, tag_manifest_file},
    time::{Certificate, HashAlgorithm, Token, TrustRoots, Verdict, renewal},
};

/// Roots that the package brings.
pub struct Roots {
    /// All of them, and those of the reader.
    all: TrustRoots,
    /// The same, as certificates at hand.
    extra: Vec<Certificate>,
    /// Fingerprints by authority.
    of: BTreeMap<String, BTreeSet<String>>,
}

/// A stamp, read.
struct Read {
    number: u64,
    head: StampHead,
    token: Token,
    /// The note, when it is the first of its sequence and all about it holds.
    note: Option<String>,
}

impl Exam<'_> {
    /// Reads the roots; a name that no authority has is left over.
    pub fn roots(&mut self) -> Roots {
        let mut of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut extra: Vec<Certificate> = Vec::new();
        for authority in &self.index.authorities {
            let mut prints = BTreeSet::new();
            for name in &authority.roots {
                let path = layout::trust(name);
                let plain = !name.contains('/') && std::path::Path::new(name).extension().is_some_and(|ending| ending == "pem");
                if !plain {
                    self.fault(Fault::in_index(FaultKind::Root, "authorities").part("path"));
                    continue;
                }
                let Some(bytes) = self.take(FaultKind::Root, &path) else { continue };
                match TrustRoots::from_pem(bytes) {
                    Ok(roots) => {
                        prints.extend(roots.certificates().iter().map(Certificate::fingerprint));
                        extra.extend(roots.certificates().iter().cloned());
                    }
                    Err(problem) => self.fault(Fault::new(FaultKind::Root, &path).cause(&problem)),
                }
            }
            if of.insert(authority.name.clone(), prints).is_some() {
                self.fault(Fault::in_index(FaultKind::Root, "authorities").part("twice"));
            }
        }
        let raws = extra.iter().chain(self.trusted.roots.certificates()).map(Certificate::raw);
        let all = TrustRoots::new(raws).unwrap_or_default();
        Roots { all, extra, of }
    }

    /// The numbers of the files in a folder, which count from 1 without gaps.
    fn numbers(&mut self, folder: &str, kind: FaultKind) -> Vec<u64> {
        let inner = folder.strip_prefix("data/").unwrap_or(folder);
        let number = |path: &str| {
            let (number, _) = path.strip_prefix(inner)?.split_once('.')?;
            number.parse::<u64>().ok().filter(|n| *n > 0 && n.to_string() == number)
        };
        let found: BTreeSet<u64> = self.bag.payload().filter_map(|(path, _)| number(path)).collect();
        if (1..).zip(&found).any(|(expected, number)| expected != *number) {
            self.fault(Fault::new(kind, folder).part("number"));
        }
        found.into_iter().collect()
    }

    /// Time stamps that hold.
    pub fn stamps(&mut self, ledger: &Signed, roots: &Roots) -> Vec<Stamp> {
        let numbers = self.numbers(layout::STAMPS, FaultKind::Stamp);
        let read: Vec<Read> = numbers.into_iter().filter_map(|number| self.stamp(number, ledger, roots)).collect();
        let mut renewed: BTreeMap<u64, &Read> = BTreeMap::new();
        let sizes: BTreeMap<u64, u64> = read.iter().map(|stamp| (stamp.number, stamp.head.size)).collect();
        for stamp in &read {
            let Some(before) = stamp.head.renews else { continue };
            let same = sizes.get(&before) == Some(&stamp.head.size);
            if before >= stamp.number || !same || renewed.insert(before, stamp).is_some() {
                self.fault(Fault::new(FaultKind::Stamp, path_of(stamp.number, "json")).part("renews"));
            }
        }
        let mut found = Vec::new();
        for first in &read {
            let Some(note) = &first.note else { continue };
            let mut sequence = vec![first];
            // One that renews itself, or a later one, is at fault already; numbers grow here, so it ends.
            let next_of = |read: &Read| renewed.get(&read.number).copied().filter(|next| next.number > read.number);
            while let Some(next) = sequence.last().copied().and_then(next_of) {
                sequence.push(next);
            }
            found.extend(self.sequence(note, &sequence, roots));
        }
        found
    }

    /// Reads one stamp. Its note is kept only when all but the token holds.
    fn stamp(&mut self, number: u64, ledger: &Signed, roots: &Roots) -> Option<Read> {
        let path = |ending| path_of(number, ending);
        let written = self.take(FaultKind::Stamp, &path("json"));
        let raw = self.take(FaultKind::Stamp, &path("tst"));
        let head = written.map(form::read::<StampHead>);
        if head == Some(None) {
            self.fault(Fault::new(FaultKind::Stamp, path("json")).part("form"));
        }
        let head = head.flatten();
        if head.as_ref().is_some_and(|head| !roots.of.contains_key(&head.authority)) {
            self.fault(Fault::new(FaultKind::Stamp, path("json")).part("authority"));
        }
        let note = match head.as_ref().and_then(|head| head.renews) {
            Some(_) => None,
            None => self.older(number, layout::STAMPS, FaultKind::Stamp, head.as_ref().map(|head| head.size), ledger),
        };
        let token = match raw.map(Token::parse)? {
            Ok(token) => token,
            Err(problem) => {
                self.fault(Fault::new(FaultKind::Stamp, path("tst")).cause(&problem));
                return None;
            }
        };
        Some(Read { number, head: head?, token, note: note.map(|(note, _)| note) })
    }

    /// A signed checkpoint that the package's checkpoint continues.
    fn older(&mut self, number: u64, folder: &str, kind: FaultKind, size: Option<u64>, ledger: &Signed) -> Option<(String, Checkpoint)> {
        let (path, proof) = (layout::numbered(folder, number, "note"), layout::numbered(folder, number, "consistency"));
        let note = self.take(kind, &path);
        let hashes = self.take(FaultKind::Consistency, &proof);
        let note = match note.map(std::str::from_utf8)? {
            Ok(note) => note,
            Err(_) => {
                self.fault(Fault::new(kind, &path).part("text"));
                return None;
            }
        };
        let checkpoint = match Checkpoint::open(note, &ledger.verifier) {
            Ok(checkpoint) => checkpoint,
            Err(problem) => {
                self.fault(Fault::new(kind, &path).cause(&problem));
                return None;
            }
        };
        if size.is_some_and(|size| size != checkpoint.size) {
            self.fault(Fault::new(kind, layout::numbered(folder, number, "json")).part("size"));
            return None;
        }
        match form::read_hashes(hashes?) {
            None => self.fault(Fault::new(FaultKind::Consistency, proof).part("form")),
            Some(hashes) if !ledger.continues(&checkpoint, &hashes) => self.fault(Fault::new(FaultKind::Consistency, proof).part("hashes")),
            Some(_) => return Some((note.to_owned(), checkpoint)),
        }
        None
    }

    /// A stamp with its renewals.
    fn sequence(&mut self, note: &str, sequence: &[&Read], roots: &Roots) -> Option<Stamp> {
        let first = sequence.first()?;
        let tokens: Vec<Token> = sequence.iter().map(|read| read.token.clone()).collect();
        let authorities = sequence.iter().map(|read| roots.of.get(&read.head.authority));
        match self.judge(note.as_bytes(), &tokens, authorities, roots) {
            Ok((standing, verdicts)) => Some(Stamp {
                number: first.number,
                size: first.head.size,
                authority: first.head.authority.clone(),
                standing,
                time: verdicts.first()?.time,
                ends: verdicts.last()?.ends,
                renewed_by: sequence.iter().skip(1).map(|read| read.number).collect(),
                verdicts,
            }),
            Err(problem) => {
                let place = problem.field().and_then(|field| field.strip_prefix("tokens[")?.strip_suffix(']')?.parse::<usize>().ok());
                let number = place.and_then(|place| sequence.get(place)).map_or(first.number, |read| read.number);
                self.fault(Fault::new(FaultKind::Stamp, path_of(number, "tst")).cause(&problem));
                // A renewal that fails takes nothing from what came before it.
                self.sequence(note, sequence.get(..place?)?, roots)
            }
        }
    }

    /// Verifies a sequence of tokens for a reader who has roots of his own, and for one who takes those of the package. The
    /// standing is that of the weakest token.
    fn judge<'r>(
        &self,
        data: &[u8],
        tokens: &[Token],
        authorities: impl Iterator<Item = Option<&'r BTreeSet<String>>>,
        roots: &Roots,
    ) -> Result<(Standing, Vec<Verdict>), Problem> {
        // A root that only has the name of the issuer is none: authorities change keys and keep names.
        let verify = |known: &TrustRoots| match renewal::verify_sequence(data, tokens, known, &roots.extra) {
            Err(problem) if problem.code() == "stamp.chain_signature" => {
                renewal::verify_sequence(data, tokens, &TrustRoots::default(), &roots.extra)
            }
            judged => judged,
        };
        let reader = verify(&self.trusted.roots)?;
        if reader.iter().all(Verdict::is_trusted) {
            return Ok((Standing::Trusted, reader));
        }
        let verdicts = verify(&roots.all)?;
        let standing = |((verdict, of_reader), prints): ((&Verdict, &Verdict), Option<&BTreeSet<String>>)| {
            let root = verdict.chain.last().filter(|_| verdict.is_trusted()).map(|link| &link.fingerprint);
            if of_reader.is_trusted() {
                Standing::Trusted
            } else if root.is_some_and(|root| prints.is_some_and(|prints| prints.contains(root))) {
                Standing::Claimed
            } else {
                Standing::Unknown
            }
        };
        let standing = verdicts.iter().zip(&reader).zip(authorities).map(standing).max().unwrap_or(Standing::Unknown);
        Ok((standing, verdicts))
    }

    /// Cosigned checkpoints that hold.
    pub fn cosigned(&mut self, ledger: &Signed) -> Vec<Cosigned> {
        let mut keys: Vec<(Verifier, Witness)> = Vec::new();
        for (at, witness) in self.index.witnesses.iter().enumerate() {
            let field = format!("witnesses[{at}].vkey");
            let Some(key) = self.key(&witness.vkey, &field) else { continue };
            match Witness::parse(&witness.vkey) {
                Ok(witness) => keys.push((key, witness)),
                Err(problem) => self.fault(Fault::in_index(FaultKind::Key, field).cause(&problem)),
            }
        }
        let mut found = Vec::new();
        for number in self.numbers(layout::COSIGNED, FaultKind::Cosignature) {
            let Some((note, checkpoint)) = self.older(number, layout::COSIGNED, FaultKind::Cosignature, None, ledger) else { continue };
            let fault = || Fault::new(FaultKind::Cosignature, layout::numbered(layout::COSIGNED, number, "note"));
            let before = found.len();
            for (key, witness) in &keys {
                match witness.said(&note) {
                    Ok(Some(said)) => found.push(Cosigned {
                        number,
                        size: checkpoint.size,
                        witness: said.witness,
                        vkey: key.to_string(),
                        standing: self.trusted.standing(key),
                        at: said.at,
                    }),
                    Ok(None) => {}
                    Err(problem) => self.fault(fault().cause(&problem)),
                }
            }
            if found.len() == before {
                self.fault(fault().part("witness"));
            }
        }
        found
    }

    /// Time stamps over a tag manifest that hold.
    pub fn seals(&mut self, roots: &Roots) -> Vec<Seal> {
        let files: Vec<(String, &[u8])> = self.bag.stamps().map(|(path, bytes)| (path.to_owned(), bytes)).collect();
        let mut found = Vec::new();
        for (name, bytes) in files {
            let path = format!("{STAMPS}{name}");
            let number = name.strip_suffix(".tst").filter(|n| n.parse::<u64>().is_ok_and(|m| m > 0 && m.to_string() == *n));
            if number.is_none() {
                self.fault(Fault::new(FaultKind::Unexpected, path));
                continue;
            }
            let judged = Token::parse(bytes).and_then(|token| {
                let sm3 = token.info().imprint.algorithm() == HashAlgorithm::Sm3;
                let manifests = [HashAlgorithm::Sm3, HashAlgorithm::Sha256].map(tag_manifest_file);
                let stamped =
                    |file: &&String| self.bag.file(file).is_some_and(|m| crate::time::Stamped::Data(m).matches(&token.info().imprint));
                let file = manifests.iter().find(stamped).or(if sm3 { manifests.first() } else { manifests.last() });
                let data = file.and_then(|file| self.bag.file(file)).unwrap_or_default();
                let any: BTreeSet<String> = roots.of.values().flatten().cloned().collect();
                self.judge(data, &[token], std::iter::once(Some(&any)), roots)
            });
            match judged {
                Ok((standing, verdicts)) => {
                    found.extend(verdicts.into_iter().map(|verdict| Seal { path: path.clone(), standing, verdict }))
                }
                Err(problem) => self.fault(Fault::new(FaultKind::Seal, path).cause(&problem)),
            }
        }
        found
    }
}

fn path_of(number: u64, ending: &str) -> String {
    layout::numbered(layout::STAMPS, number, ending)
}
