//! The certificate for one file or one record: a page that can be filed beside it, with a code that leads to the check (B 8.1.2, H 10.2.1).
//!
//! It proves nothing by itself: whoever doubts it takes the package, or the ledger, and checks. It says so.

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jingui_docs::paper::{Block, Cell, HashLine, Mark, Paper, Qr, Span, Table};
use jingui_evidence::{
    dossier::{Attached, Dossier, Findings, Proven, Time, Tree},
    time::HashAlgorithm,
};
use jingui_model::{Instant, Problem};

use super::{
    sets::{bullets, coded, pair, stack},
    voice::Voice,
};

/// How large the code is printed: a module of about 0.4 mm, which a telephone reads from paper.
const CODE_MM: f32 = 28.0;

/// What a certificate is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A file whose digest stands in the entry.
    File {
        /// Its name as recorded.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// SHA-256 in hexadecimal.
        sha256: String,
        /// SM3 in hexadecimal.
        sm3: String,
    },
    /// A record, as it was after the entry.
    Record {
        /// Its number.
        number: Option<String>,
        /// Its name, as far as that is disclosed.
        label: Option<String>,
        /// Its version after the act.
        revision: Option<u64>,
        /// SHA-256 of the entry's bytes, in hexadecimal.
        sha256: String,
    },
}

impl Subject {
    /// The digest that a reader compares: of the file, or of `data/entries/<i>.json`.
    #[must_use]
    pub fn sha256(&self) -> &str {
        match self {
            Self::File { sha256, .. } | Self::Record { sha256, .. } => sha256,
        }
    }
}

/// Everything that a certificate says.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// Its number.
    pub number: String,
    /// Whose ledger it is.
    pub company: String,
    /// What it is about.
    pub subject: Subject,
    /// The kind of record.
    pub kind: String,
    /// The grade of the record.
    pub grade: Option<String>,
    /// The entry's index.
    pub entry: u64,
    /// What was done.
    pub act: String,
    /// When, by the company's clock.
    pub at: Instant,
    /// When at the latest, and by whose word.
    pub time: Option<Time>,
    /// The tree that the proof leads to.
    pub ledger: Tree,
    /// Whether the entry stands in the twin too.
    pub twin: bool,
    /// Witnesses that saw the entry: how the company calls them, and when by their clocks.
    pub witnesses: Vec<(String, Instant)>,
    /// The proof: hashes from the entry up to the root.
    pub hashes: Vec<[u8; 32]>,
    /// When the certificate was made.
    pub made_at: Instant,
    /// With what.
    pub software: String,
    /// Where `verify.html` is to be had, without the name of the page.
    pub base: String,
}

impl Certificate {
    /// For the one record of a dossier: for its file when it has exactly one, else for its last entry.
    ///
    /// # Errors
    /// `certificate.one_record`; `certificate.unproven` when the verification did not find the entry, or the file, proven.
    pub fn new(dossier: &Dossier, findings: &Findings, base: &str) -> Result<Self, Problem> {
        let [record] = dossier.records.as_slice() else {
            return Err(Problem::invalid("certificate.one_record").arg("count", dossier.records.len()));
        };
        let unproven = || Problem::invalid("certificate.unproven");
        let proven = |index: u64| findings.proven.iter().find(|proven| proven.index == index);
        let (subject, proven) = if let [file] = record.files.as_slice() {
            let proven = proven(file.entry).filter(|proven| proven.files.contains(&file.path)).ok_or_else(unproven)?;
            (of_file(dossier, file).ok_or_else(unproven)?, proven)
        } else {
            let proven = record.entries.last().and_then(|index| proven(*index)).ok_or_else(unproven)?;
            let item = dossier.entries.get(&proven.index).ok_or_else(unproven)?;
            let (number, label) = (record.number.clone(), record.label.clone());
            (Subject::Record { number, label, revision: proven.revision, sha256: hex(HashAlgorithm::Sha256, &item.bytes) }, proven)
        };
        let item = dossier.entries.get(&proven.index).ok_or_else(unproven)?;
        Ok(Self {
            number: dossier.name.clone(),
            company: dossier.company.clone(),
            subject,
            kind: record.kind.clone(),
            grade: record.grade.clone(),
            entry: proven.index,
            act: proven.act.clone(),
            at: proven.at,
            time: proven.time.clone(),
            ledger: findings.ledger.clone().ok_or_else(unproven)?,
            twin: proven.twin,
            witnesses: witnesses(dossier, findings, proven),
            hashes: item.proof.hashes.clone(),
            made_at: dossier.made_at,
            software: dossier.software.clone(),
            base: base.trim_end_matches('/').to_owned(),
        })
    }

    /// Where the code leads: the page that checks, with what to look for (`docs/evidence-package.md`, "Certificates").
    #[must_use]
    pub fn link(&self) -> String {
        let root = BASE64_STANDARD.decode(&self.ledger.root).unwrap_or_default();
        let (entry, sha256, size) = (self.entry, self.subject.sha256(), self.ledger.size);
        format!("{}/verify.html#entry={entry}&sha256={sha256}&size={size}&root={}", self.base, BASE64_URL_SAFE_NO_PAD.encode(root))
    }
}

fn of_file(dossier: &Dossier, file: &Attached) -> Option<Subject> {
    let sm3 = hex(HashAlgorithm::Sm3, dossier.files.get(&file.path)?);
    Some(Subject::File { name: file.name.clone(), size: file.size, sha256: file.sha256.clone(), sm3 })
}

fn hex(algorithm: HashAlgorithm, bytes: &[u8]) -> String {
    hex::encode(algorithm.digest(&[bytes]))
}

fn witnesses(dossier: &Dossier, findings: &Findings, proven: &Proven) -> Vec<(String, Instant)> {
    let seen = findings.cosigned.iter().filter(|seen| proven.cosigned.contains(&seen.number));
    let name = |vkey: &str| dossier.witnesses.iter().find(|(_, witness)| witness.to_string() == vkey).map(|(name, _)| name.clone());
    seen.map(|seen| (name(&seen.vkey).unwrap_or_else(|| seen.witness.clone()), seen.at)).collect()
}

/// The certificate on one sheet.
#[must_use]
pub fn certificate(certificate: &Certificate, voice: Voice<'_>) -> Paper {
    let word = |code| voice.word(code);
    let mut paper = Paper::new(voice.lang, word("certificate.title"), certificate.made_at);
    paper.subtitle = voice.say("certificate.number", &[("number", &certificate.number), ("entry", &certificate.entry)]);
    paper.mark = certificate.grade.as_deref().map(|grade| Mark { grade: voice.grade(grade), ..Mark::default() });
    paper.header.clone_from(&certificate.company);
    paper.footer = voice.say("certificate.footer", &[("software", &certificate.software)]);
    paper.page_label = word("paper.page");
    paper.author.clone_from(&certificate.company);
    paper.zone = voice.zone;
    paper.blocks = vec![
        Block::KeyValues(facts(certificate, &voice)),
        proof(certificate, &voice),
        means(certificate, &voice),
        foot(certificate, &voice),
    ];
    paper
}

fn facts(certificate: &Certificate, voice: &Voice<'_>) -> Vec<(String, Vec<Span>)> {
    let mut pairs = vec![pair(voice.word("paper.report.company"), certificate.company.clone())];
    match &certificate.subject {
        Subject::File { name, size, sha256, sm3 } => pairs.extend([
            pair(voice.word("certificate.file"), voice.say("paper.file", &[("name", name), ("size", size)])),
            coded(voice.word("paper.sha256"), sha256.clone()),
            coded(voice.word("paper.sm3"), sm3.clone()),
        ]),
        Subject::Record { number, label, revision, sha256 } => {
            let name: Vec<&str> = [number.as_deref(), label.as_deref()].into_iter().flatten().collect();
            let name = if name.is_empty() { voice.kind(&certificate.kind) } else { name.join(&voice.word("paper.gap")) };
            let record = match revision {
                Some(revision) => voice.say("certificate.version", &[("name", &name), ("revision", revision)]),
                None => name,
            };
            pairs.extend([pair(voice.word("certificate.record"), record), coded(voice.word("certificate.entry_sha256"), sha256.clone())]);
        }
    }
    let (act, zone) = (voice.act(&certificate.kind, &certificate.act), voice.offset());
    let entry =
        [("entry", &certificate.entry as &dyn std::fmt::Display), ("act", &act), ("at", &voice.moment(certificate.at)), ("zone", &zone)];
    pairs.push(pair(voice.word("certificate.entry"), voice.say("certificate.entry_is", &entry)));
    let limit = match &certificate.time {
        Some(time) => {
            let (at, standing) = (voice.limit(time.no_later_than), voice.standing(time.standing));
            voice.say("certificate.limit_is", &[("at", &at), ("zone", &zone), ("authority", &time.authority), ("standing", &standing)])
        }
        None => voice.word("certificate.no_limit"),
    };
    pairs.push((voice.word("paper.records.limit"), vec![Span::strong(limit)]));
    let tree = &certificate.ledger;
    let ledger = [("origin", &tree.origin as &dyn std::fmt::Display), ("size", &tree.size), ("standing", &voice.standing(tree.standing))];
    pairs.push(pair(voice.word("certificate.ledger"), voice.say("certificate.ledger_is", &ledger)));
    pairs.push(coded(voice.word("paper.ledger.root"), tree.root.clone()));
    pairs.push(coded(voice.word("paper.ledger.key"), tree.vkey.clone()));
    let mut also = vec![];
    also.extend(certificate.twin.then(|| voice.word("certificate.in_twin")));
    let seen = certificate.witnesses.iter();
    also.extend(seen.map(|(name, at)| voice.say("certificate.witness", &[("name", name), ("at", &voice.moment(*at))])));
    if !also.is_empty() {
        pairs.push(pair(voice.word("certificate.also"), voice.list(&also)));
    }
    pairs
}

fn proof(certificate: &Certificate, voice: &Voice<'_>) -> Block {
    let hashes: Vec<String> = certificate.hashes.iter().map(|hash| BASE64_STANDARD.encode(hash)).collect();
    let label = voice.say("certificate.proof", &[("count", &hashes.len())]);
    Block::Hashes(vec![HashLine { label, value: hashes.join(" ") }])
}

/// What it proves and what not, side by side.
fn means(certificate: &Certificate, voice: &Voice<'_>) -> Block {
    let file = matches!(certificate.subject, Subject::File { .. });
    let mut proves = vec![if file { "certificate.proves.file" } else { "certificate.proves.record" }, "certificate.proves.entry"];
    proves.extend(certificate.time.is_some().then_some("certificate.proves.time"));
    let not = ["certificate.not.true", "certificate.not.earlier", "certificate.not.alone"];
    let cell = |codes: &[&str]| {
        let list = bullets(codes.iter().map(|code| voice.word(code)));
        stack(vec![list])
    };
    Block::Table(Table {
        caption: String::new(),
        columns: vec![1.0, 1.0],
        head: vec![vec![Cell::head(voice.word("certificate.proves")), Cell::head(voice.word("certificate.not"))]],
        rows: vec![vec![cell(&proves), cell(&not)]],
    })
}

/// The code, where it leads in letters too, and room for the seal.
fn foot(certificate: &Certificate, voice: &Voice<'_>) -> Block {
    let code = Block::Qr(Qr { content: certificate.link(), size_mm: CODE_MM, caption: String::new() });
    let scan = voice.say("certificate.scan", &[("page", &format!("{}/verify.html", certificate.base))]);
    let blank = Span::Blank { label: String::new(), width_mm: 26.0, missing: false };
    let date = Block::spans(vec![Span::plain(voice.word("paper.sign.date")), blank]);
    let seal = vec![Block::text(voice.word("paper.sign.company")), Block::text("\n\n"), date];
    Block::Table(Table {
        columns: vec![3.3, 7.5, 5.0],
        rows: vec![vec![stack(vec![code]), Cell::text(scan), stack(seal)]],
        ..Table::default()
    })
}
