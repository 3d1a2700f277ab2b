//! A small bearing factory with a real ledger, a twin, a witness and two real authorities, and the dossier that it makes for a matter.

use std::collections::{BTreeMap, BTreeSet};

use jingui_evidence::{
    dossier::{
        Attached, Authority, Cosigned, Dossier, Item, Kinds, Matter, Outside, OutsideFile, Over, Point, Record, Stamp, Trusted,
        matrix::{Fact, Matrix, Subject, matrix},
    },
    time::{HashAlgorithm, Imprint, Reply, Request, Token, renewal::archive_imprint},
};
use jingui_ledger::{Checkpoint, Cosigner, Entry, Log, LogProof, MemoryTiles, OpenField, Signer};
use jingui_model::{Id, Instant, rng::SeededRng};
use serde_json::{Value, json};

use crate::attest::authority::{Folder, Key, authority};

pub const FILE: &[u8] = "时间（分）,温度（℃）\n0,20\n35,845\n75,845\n".as_bytes();
/// How many entries the ledger has, and how many of them the twin.
const SIZE: u64 = 60;
const TWIN: u64 = 56;

pub fn first() -> Id {
    Id::from_bytes([0x11; 16])
}

pub fn second() -> Id {
    Id::from_bytes([0x22; 16])
}

/// One entry: act, kind, record, and its fields with whether they are disclosed.
pub struct Deed {
    pub at: Instant,
    pub act: &'static str,
    pub kind: &'static str,
    pub subject: Option<Id>,
    pub fields: Vec<(&'static str, Value, bool)>,
}

/// The first day, and so many hours.
fn hours(n: i64) -> Instant {
    let start: Instant = "2026-01-05T08:30:00+08:00".parse().expect("instant");
    start.plus_seconds(n * 3_600 + n * 37 % 59)
}

/// Everything that happened, by index. Others than these are daily notes about the system's health.
pub fn deed(index: u64) -> Deed {
    let at = hours(i64::try_from(index).expect("small") * 24 + if index > 40 { 120 } else { 0 });
    let digest: String = HashAlgorithm::Sha256.digest(&[FILE]).iter().map(|b| format!("{b:02x}")).collect();
    let file =
        json!({"id": Id::from_bytes([0x51; 16]), "name": "淬火记录 2026-01.csv", "size": FILE.len(), "sha256": digest, "version": 1});
    let secret = |act, subject, fields| Deed { at, act, kind: "secret", subject: Some(subject), fields };
    match index {
        0 => Deed {
            at,
            act: "started",
            kind: "system",
            subject: None,
            fields: vec![("version", json!("0.1.0"), true), ("size", json!(0), false)],
        },
        1 => secret(
            "create",
            first(),
            vec![
                ("number", json!("SM-2026-0001"), true),
                ("data.name", json!("GCr15 轴承套圈淬火工艺"), true),
                ("data.category", json!("隐藏类别代号七"), false),
                ("data.subject", json!("process"), true),
                ("data.grade", json!("core"), true),
                (
                    "data.points[0]",
                    json!({"name": "保温时间", "content": "845 ℃ 下保温 40 分钟，炉内气氛碳势 0.95%。", "difference": "公开资料为 860 ℃、25 分钟。"}),
                    true,
                ),
                ("data.points[1]", json!({"name": "回火温度", "content": "隐藏内容甲：回火二百一十度两小时"}), false),
                ("data.value_amount", json!({"cents": 730_000_000_i64, "currency": "CNY"}), true),
                ("data.term", json!({"open": true}), true),
                ("data.measures", json!(["keeper", "marked", "dual_control"]), true),
                ("actor_name", json!("隐藏的经办人钱某"), false),
                ("note", json!("隐藏的内部说明"), false),
            ],
        ),
        2 => secret("submit", first(), vec![("actor_name", json!("隐藏的经办人钱某"), false), ("to", json!("pending"), true)]),
        3 => secret(
            "approved",
            first(),
            vec![("from", json!("pending"), true), ("to", json!("effective"), true), ("data.classified_on", json!("2026-01-08"), true)],
        ),
        5 => secret(
            "attach",
            first(),
            vec![("data.files[0]", file, true), ("data.files[1]", json!({"name": "隐藏的图纸.dwg", "size": 1, "sha256": "00"}), false)],
        ),
        6 => secret(
            "create",
            second(),
            vec![
                ("number", json!("SM-2026-0002"), true),
                ("data.name", json!("隐藏名称：客户报价底单"), false),
                ("data.grade", json!("general"), true),
            ],
        ),
        30 => secret("read", first(), vec![("actor_name", json!("李某"), true), ("door", json!("console"), true)]),
        58 => secret("edit", first(), vec![("data.value_note", json!("用于三条产线，年节约成本约 730 万元。"), true)]),
        _ => Deed {
            at,
            act: if index == 20 { "clock_set" } else { "health" },
            kind: "system",
            subject: None,
            fields: if index == 20 {
                vec![("seconds", json!(-7), true)]
            } else {
                vec![
                    ("entries", json!(index), true),
                    ("free_bytes", json!(91_000_000_000_u64 - index * 1_000_000), true),
                    ("ledger", json!({"outcome": "whole", "entries": index}), true),
                    ("database_bytes", json!(424_242_424_200_u64 + index), false),
                ]
            },
        },
    }
}

fn opened(index: u64, all: bool) -> Vec<OpenField> {
    let rng = SeededRng::new(index + 1);
    let made = deed(index).fields.into_iter().map(|(name, value, shown)| (OpenField::new(&rng, name, value), shown));
    made.filter(|(_, shown)| all || *shown).map(|(field, _)| field).collect()
}

/// Every value that must not be seen.
pub fn hidden() -> Vec<String> {
    let values = (0..SIZE).flat_map(|index| deed(index).fields).filter(|(_, _, shown)| !shown).map(|(_, value, _)| value);
    let texts = values.flat_map(|value| match value {
        Value::String(text) => vec![text],
        Value::Object(map) => map.get("content").or(map.get("name")).and_then(Value::as_str).map(str::to_owned).into_iter().collect(),
        Value::Number(number) if number.as_u64() > Some(1_000) => vec![number.to_string()],
        _ => vec![],
    });
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

fn entry(index: u64) -> Vec<u8> {
    let deed = deed(index);
    let revision = deed.subject.map(|_| index);
    Entry::build(deed.at, deed.act, deed.kind, deed.subject, revision, None, &opened(index, true)).expect("entry").to_bytes()
}

fn stamped(folder: &Folder, imprint: &Imprint) -> Vec<u8> {
    let request = Request::new(imprint.clone(), Some(5), None, true).expect("request");
    Reply::parse(&folder.reply(&request, "authority", &[])).expect("granted").token.raw().to_vec()
}

/// What the reader trusts who has the company's key and the first authority's root.
pub fn trusted(dossier: &Dossier) -> Trusted {
    let keys = [dossier.ledger.to_string()];
    Trusted::read(&[&keys[0]], dossier.roots.get("national.pem").map(Vec::as_slice)).expect("trusted")
}

fn facts() -> Vec<Fact> {
    let fact = |kind: &str, n: u8, label: &str, day: &str, state: &str, fields: &[&str]| Fact {
        kind: kind.to_owned(),
        id: Id::from_bytes([n; 16]),
        label: label.to_owned(),
        entry: None,
        day: day.parse().ok(),
        state: state.to_owned(),
        secret: None,
        point: None,
        fields: fields.iter().map(|f| (*f).to_owned()).collect(),
    };
    let own = ["points", "classified_on", "measures", "value_note", "files", "circle_posts"];
    vec![
        Fact {
            entry: Some(3), secret: Some(first()), ..fact("secret", 0x11, "GCr15 轴承套圈淬火工艺", "2026-01-08", "effective", &own)
        },
        Fact { secret: Some(first()), ..fact("outside_evidence", 0x11, "查新报告", "2026-02-02", "filed", &["type=novelty_report"]) },
        Fact { secret: Some(second()), ..fact("secret", 0x22, "SM-2026-0002", "2026-01-11", "draft", &["points"]) },
        Fact {
            secret: Some(first()),
            entry: Some(58),
            ..fact("rule", 0x11, "商业秘密管理办法（修订）", "2100-03-01", "issued", &["issued_on"])
        },
        Fact {
            secret: Some(first()), ..fact("outside_evidence", 0x11, "与某某公司的保密协议", "", "filed", &["type=agreement"])
        },
    ]
}

fn found() -> Matrix {
    let point = |name: &str| Subject { record: first(), point: Some(name.to_owned()) };
    let subjects = [point("保温时间"), Subject { record: second(), point: None }];
    matrix(&Kinds::shipped().expect("table"), &subjects, &facts(), "2099-06-01".parse().ok(), None)
}

/// The dossier; its time stamps are of this very moment, so the alleged act lies far ahead.
pub fn dossier() -> Dossier {
    let signer = Signer::new("hengchuan.example/ledger", &[42; 32]).expect("signer");
    let twin_signer = Signer::sm2("hengchuan.example/ledger/sm3", &[43; 32]).expect("signer");
    let (mut log, mut twin) =
        (Log::create(MemoryTiles::default(), &signer).expect("log"), Log::create(MemoryTiles::default(), &twin_signer).expect("twin"));
    let mut notes = BTreeMap::new();
    for size in [10, 40, 56, SIZE] {
        log.append(&(log.size()..size).map(entry).collect::<Vec<_>>(), &signer).expect("appended");
        notes.insert(size, log.checkpoint().to_owned());
    }
    twin.append(&(0..TWIN).map(entry).collect::<Vec<_>>(), &twin_signer).expect("appended");
    let (folder, other) = (authority(Key::P256), authority(Key::P256));
    let stamp = |size: u64| {
        let note = notes[&size].clone();
        let token = stamped(&folder, &Imprint::of(HashAlgorithm::Sha256, note.as_bytes()));
        Stamp {
            authority: "国家授时联合信任中心".to_owned(),
            size,
            token,
            over: Over::Note(note, log.consistency_proof(size, SIZE).expect("proof")),
        }
    };
    let oldest = stamp(10);
    let renewal = {
        let imprint = archive_imprint(HashAlgorithm::Sm3, notes[&10].as_bytes(), &[Token::parse(&oldest.token).expect("token")]);
        Stamp { authority: "某省可信时间服务".to_owned(), size: 10, token: stamped(&other, &imprint), over: Over::Stamp(1) }
    };
    let cosigner = Cosigner::new("bearing-association.example/witness", &[9; 32]).expect("cosigner");
    let seen = Checkpoint::open(&notes[&40], signer.verifier()).expect("checkpoint");
    let line = cosigner.cosign(&seen, hours(41 * 24)).expect("cosigned");
    let item = |index: u64| Item {
        bytes: log.entry(index).expect("entry"),
        opened: opened(index, false),
        proof: LogProof::of(&log, index).expect("proof"),
        twin: (index < TWIN).then(|| LogProof::of(&twin, index).expect("proof")),
    };
    let of = |id: Id| (0..SIZE).filter(|index| deed(*index).subject == Some(id)).collect::<Vec<_>>();
    let context: Vec<u64> = (0..SIZE).filter(|index| deed(*index).subject.is_none()).collect();
    let file = Attached::new("淬火记录 2026-01.csv", FILE, 5, "data.files[0]");
    let report = OutsideFile::new(1, "查新报告.pdf", b"novelty");
    let record = |id: Id, number: &str, grade: &str| Record {
        id,
        kind: "secret".to_owned(),
        number: Some(number.to_owned()),
        label: None,
        grade: Some(grade.to_owned()),
        entries: of(id),
        points: vec![],
        files: vec![],
    };
    Dossier {
        name: "ZJ-2026-0003".to_owned(),
        info: vec![],
        matter: Matter {
            name: "衡川精密轴承有限公司诉临澜轴承科技有限公司侵害技术秘密纠纷".to_owned(),
            case_no: Some("（2026）浙 02 知民初 31 号".to_owned()),
            alleged_on: "2099-06-01".parse().ok(),
        },
        company: "衡川精密轴承有限公司".to_owned(),
        made_at: hours(90 * 24),
        made_by: "法务部 周某".to_owned(),
        as_of: hours(80 * 24),
        software: "jingui 0.1.0".to_owned(),
        ledger: signer.verifier().clone(),
        twin: Some(twin_signer.verifier().clone()),
        witnesses: vec![("轴承行业协会".to_owned(), cosigner.witness())],
        authorities: [("国家授时联合信任中心", "national.pem"), ("某省可信时间服务", "province.pem")]
            .map(|(name, root)| Authority { name: name.to_owned(), roots: vec![root.to_owned()] })
            .to_vec(),
        roots: BTreeMap::from([("national.pem".to_owned(), folder.read("root.pem")), ("province.pem".to_owned(), other.read("root.pem"))]),
        records: vec![
            Record {
                label: Some("GCr15 轴承套圈淬火工艺".to_owned()),
                points: vec![Point { label: "保温时间".to_owned(), entry: 1, field: "data.points[0]".to_owned() }],
                files: vec![file.clone()],
                ..record(first(), "SM-2026-0001", "core")
            },
            record(second(), "SM-2026-0002", "general"),
        ],
        entries: (0..SIZE).map(|index| (index, item(index))).collect(),
        context,
        matrix: Some(found()),
        outside: vec![Outside {
            kind: "novelty_report".to_owned(),
            label: "国内外科技查新报告".to_owned(),
            issuer: Some("某省科学技术情报研究所".to_owned()),
            day: "2026-02-02".parse().ok(),
            record: Some(first()),
            files: vec![report.clone()],
        }],
        files: BTreeMap::from([(file.path, FILE.to_vec()), (report.path, b"novelty".to_vec())]),
        stamps: vec![oldest, renewal, stamp(40), stamp(56)],
        cosigned: vec![Cosigned {
            note: cosigner.witness().accept(&notes[&40], &line).expect("accepted"),
            consistency: log.consistency_proof(40, SIZE).expect("proof"),
        }],
        papers: BTreeMap::new(),
        seals: vec![],
    }
}
