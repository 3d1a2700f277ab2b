//! A small company with a real ledger, a twin, a witness and two real authorities, and the package that it makes for a matter.

use std::collections::BTreeMap;

use jingui_evidence::{
    dossier::{Attached, Authority, Cosigned, Dossier, Item, Matter, Outside, OutsideFile, Over, Point, Record, Stamp, Trusted},
    package::{Bag, Limits, OpenBag},
    time::{HashAlgorithm, Imprint, Reply, Request, Token, TrustRoots, renewal::archive_imprint},
};
use jingui_ledger::{Checkpoint, Cosigner, Entry, Log, LogProof, MemoryTiles, OpenField, Signer};
use jingui_model::{Id, Instant, rng::SeededRng};
use serde_json::{Value, json};

use crate::authority::{Folder, Key, authority};

pub const FILE: &[u8] = "时间,温度\n0,20\n40,860\n".as_bytes();
pub const SHOWN: &str = "淬火保温四十分钟";
pub const HIDDEN: &str = "回火温度二百一十度";
/// The entries of the package.
pub const ENTRIES: [u64; 6] = [0, 3, 5, 7, 12, 33];

pub fn secret() -> Id {
    Id::from_bytes([7; 16])
}

pub fn other() -> Id {
    Id::from_bytes([9; 16])
}

/// Midnight of 2026-01-01 and so many minutes.
pub fn at(minutes: u64) -> Instant {
    Instant::from_micros(1_767_225_600_000_000 + minutes as i64 * 60_000_000)
}

/// The fields of an entry: always the same for the same number.
pub fn fields(index: u64) -> Vec<OpenField> {
    let rng = SeededRng::new(index + 1);
    let field = |name: &str, value: Value| OpenField::new(&rng, name, value);
    let digest = hex::encode(HashAlgorithm::Sha256.digest(&[FILE]));
    let mut fields = vec![field("actor_name", json!(format!("经办人{index:03}"))), field("note", json!(format!("内部说明第{index:03}号")))];
    fields.extend(match index {
        3 => vec![field("data.name", json!("热处理曲线")), field("number", json!("SM-2026-0001"))],
        7 => vec![
            field("data.points[0]", json!({"name": "保温", "content": SHOWN})),
            field("data.points[1]", json!({"name": "回火", "content": HIDDEN})),
        ],
        12 => vec![field("data.files", json!([{"name": "曲线/记录.csv", "size": FILE.len(), "sha256": digest, "type": "text/csv"}]))],
        5 => vec![field("data.points[0]", json!({"name": "另一秘密", "content": "配方乙"}))],
        _ => vec![],
    });
    fields
}

pub fn entry(index: u64) -> Vec<u8> {
    let (act, kind, subject) = match index {
        0 => ("start", "system", None),
        3 | 7 | 12 | 33 => ("update", "secret", Some(secret())),
        5 => ("create", "secret", Some(other())),
        _ => ("update", "rule", Some(Id::from_bytes([index as u8; 16]))),
    };
    Entry::build(at(index), act, kind, subject, subject.map(|_| index + 1), None, &fields(index)).expect("entry").to_bytes()
}

pub struct World {
    pub folder: Folder,
    pub second: Folder,
    pub signer: Signer,
    pub twin_signer: Signer,
    pub cosigner: Cosigner,
    pub log: Log,
    pub twin: Log,
    /// Signed checkpoints by size.
    pub notes: BTreeMap<u64, String>,
}

impl World {
    pub fn new() -> Self {
        let signer = Signer::new("jingui.example/ledger", &[42; 32]).expect("signer");
        let twin_signer = Signer::sm2("jingui.example/ledger/sm3", &[43; 32]).expect("signer");
        let mut log = Log::create(MemoryTiles::default(), &signer).expect("log");
        let mut twin = Log::create(MemoryTiles::default(), &twin_signer).expect("twin");
        let mut notes = BTreeMap::new();
        for size in [10, 20, 30, 40] {
            let batch: Vec<_> = (log.size()..size).map(entry).collect();
            log.append(&batch, &signer).expect("appended");
            notes.insert(size, log.checkpoint().to_owned());
        }
        twin.append(&(0..25).map(entry).collect::<Vec<_>>(), &twin_signer).expect("appended");
        let cosigner = Cosigner::new("association.example/witness", &[9; 32]).expect("cosigner");
        Self { folder: authority(Key::P256), second: authority(Key::P256), signer, twin_signer, cosigner, log, twin, notes }
    }

    pub fn trusted(&self) -> Trusted {
        let keys = [self.signer.verifier().to_string(), self.twin_signer.verifier().to_string(), self.cosigner.witness().to_string()];
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        Trusted {
            roots: TrustRoots::new([self.folder.der("root"), self.second.der("root")]).expect("roots"),
            ..Trusted::read(&keys, None).expect("keys")
        }
    }

    pub fn item(&self, index: u64, opened: &[&str]) -> Item {
        Item {
            bytes: self.log.entry(index).expect("entry"),
            opened: fields(index).into_iter().filter(|field| opened.contains(&field.name.as_str())).collect(),
            proof: LogProof::of(&self.log, index).expect("proof"),
            twin: (index < self.twin.size()).then(|| LogProof::of(&self.twin, index).expect("proof")),
        }
    }

    pub fn stamp(&self, size: u64) -> Stamp {
        let note = self.notes[&size].clone();
        let token = stamped(&self.folder, &Imprint::of(HashAlgorithm::Sha256, note.as_bytes()));
        let proof = self.log.consistency_proof(size, 40).expect("proof");
        Stamp { authority: "甲时间戳".to_owned(), size, token, over: Over::Note(note, proof) }
    }

    /// Everything but a seal.
    pub fn dossier(&self) -> Dossier {
        let record = |id: Id, entries: &[u64]| Record {
            id,
            kind: "secret".to_owned(),
            number: Some("SM-2026-0001".to_owned()),
            label: Some("热处理曲线".to_owned()),
            grade: Some("important".to_owned()),
            entries: entries.to_vec(),
            points: vec![],
            files: vec![],
        };
        let file = Attached::new("曲线/记录.csv", FILE, 12, "data.files");
        let deed = OutsideFile::new(1, "公证书.pdf", b"deed");
        let files = BTreeMap::from([(file.path.clone(), FILE.to_vec()), (deed.path.clone(), b"deed".to_vec())]);
        let point = Point { label: "保温".to_owned(), entry: 7, field: "data.points[0]".to_owned() };
        let opened: [&[&str]; 6] = [&[], &["data.name", "number"], &[], &["data.points[0]"], &["data.files"], &[]];
        let first = self.stamp(10);
        let renewed = {
            let imprint = archive_imprint(HashAlgorithm::Sm3, self.notes[&10].as_bytes(), &[Token::parse(&first.token).expect("token")]);
            Stamp { authority: "乙时间戳".to_owned(), size: 10, token: stamped(&self.second, &imprint), over: Over::Stamp(1) }
        };
        let seen = Checkpoint::open(&self.notes[&20], self.signer.verifier()).expect("checkpoint");
        let line = self.cosigner.cosign(&seen, at(60 * 24 * 365)).expect("cosigned");
        Dossier {
            name: "JG-2026-0007".to_owned(),
            info: vec![("Source-Organization".to_owned(), "某某公司".to_owned())],
            matter: Matter {
                name: "某某诉某某".to_owned(),
                case_no: Some("（2026）民初1号".to_owned()),
                alleged_on: "2026-06-01".parse().ok(),
            },
            company: "某某公司".to_owned(),
            made_at: at(100_000),
            made_by: "法务".to_owned(),
            as_of: at(90_000),
            software: "jingui 0.1.0".to_owned(),
            ledger: self.signer.verifier().clone(),
            twin: Some(self.twin_signer.verifier().clone()),
            witnesses: vec![("行业协会".to_owned(), self.cosigner.witness())],
            authorities: [("甲时间戳", "a.pem"), ("乙时间戳", "b.pem")]
                .map(|(name, root)| Authority { name: name.to_owned(), roots: vec![root.to_owned()] })
                .to_vec(),
            roots: BTreeMap::from([("a.pem".to_owned(), self.folder.read("root.pem")), ("b.pem".to_owned(), self.second.read("root.pem"))]),
            records: vec![Record { points: vec![point], files: vec![file], ..record(secret(), &[3, 7, 12, 33]) }, record(other(), &[5])],
            context: vec![0],
            entries: ENTRIES.into_iter().zip(opened).map(|(index, opened)| (index, self.item(index, opened))).collect(),
            matrix: None,
            outside: vec![Outside {
                kind: "deed".to_owned(),
                label: "公证书".to_owned(),
                issuer: Some("某公证处".to_owned()),
                day: None,
                record: Some(secret()),
                files: vec![deed],
            }],
            files,
            stamps: vec![first, self.stamp(30), renewed],
            cosigned: vec![Cosigned {
                note: self.cosigner.witness().accept(&self.notes[&20], &line).expect("accepted"),
                consistency: self.log.consistency_proof(20, 40).expect("proof"),
            }],
            papers: BTreeMap::from([("data/report.html".to_owned(), b"<p>report</p>".to_vec())]),
            seals: vec![],
        }
    }
}

pub fn stamped(folder: &Folder, imprint: &Imprint) -> Vec<u8> {
    let request = Request::new(imprint.clone(), Some(5), None, true).expect("request");
    Reply::parse(&folder.reply(&request, "authority", &[])).expect("granted").token.raw().to_vec()
}

/// The payload of a package.
pub type Payload = BTreeMap<String, Vec<u8>>;

pub fn payload(package: &[u8]) -> Payload {
    let open = OpenBag::read(package, &Limits::default()).expect("opened");
    open.payload().map(|(path, bytes)| (format!("data/{path}"), bytes.to_vec())).collect()
}

/// A whole bag with this payload: what somebody makes who recomputes every list.
pub fn bagged(payload: &Payload) -> Vec<u8> {
    let mut bag = Bag::new("JG-2026-0007", &[]).expect("bag");
    for (path, bytes) in payload {
        bag.payload(path.strip_prefix("data/").expect("payload"), bytes.clone()).expect("added");
    }
    bag.write().expect("written")
}
