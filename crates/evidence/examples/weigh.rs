//! Figures for evidence packages: size of a proof in a ledger of 100 million entries, time to verify a single item, time to make and
//! verify a package of 1,000 records. `cargo run --release -p jingui-evidence --example weigh`
#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::{collections::BTreeMap, time::Instant as Clock};

use jingui_evidence::dossier::{Dossier, Item, Matter, Point, Record, Trusted, verify};
use jingui_ledger::{Entry, Log, LogProof, MemoryTiles, OpenField, Signer, tree::Subtrees};
use jingui_model::{Id, Instant, Problem, rng::SeededRng};
use serde_json::json;

/// A tree of any size whose subtrees all have the same hash: enough to count the hashes of a proof.
struct Huge;

impl Subtrees for Huge {
    fn suite(&self) -> jingui_ledger::Suite {
        jingui_ledger::Suite::Standard
    }

    fn perfect(&self, _: u32, _: u64) -> Result<[u8; 32], Problem> {
        Ok([7; 32])
    }
}

fn record(index: u64) -> Id {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(index.to_be_bytes()).for_each(|(to, from)| *to = from);
    Id::from_bytes(bytes)
}

fn dossier(
    signer: &Signer,
    log: &Log,
    indexes: impl Iterator<Item = u64> + Clone,
    field: &dyn Fn(u64) -> OpenField,
) -> Result<Dossier, Problem> {
    let item = |index: u64| {
        Ok::<_, Problem>((
            index,
            Item { bytes: log.entry(index)?, opened: vec![field(index)], proof: LogProof::of(log, index)?, twin: None },
        ))
    };
    let point = |index| Point { label: "point".to_owned(), entry: index, field: "data.points[0]".to_owned() };
    let one = |index| Record {
        id: record(index),
        kind: "secret".to_owned(),
        number: None,
        label: None,
        grade: None,
        entries: vec![index],
        points: vec![point(index)],
        files: vec![],
    };
    let at = Instant::from_micros(1_767_225_600_000_000);
    Ok(Dossier {
        name: "measure".to_owned(),
        info: vec![],
        matter: Matter::default(),
        company: "measure".to_owned(),
        made_at: at,
        made_by: "measure".to_owned(),
        as_of: at,
        software: "measure".to_owned(),
        ledger: signer.verifier().clone(),
        twin: None,
        witnesses: vec![],
        authorities: vec![],
        roots: BTreeMap::new(),
        records: indexes.clone().map(one).collect(),
        context: vec![],
        entries: indexes.map(item).collect::<Result<_, _>>()?,
        matrix: None,
        outside: vec![],
        files: BTreeMap::new(),
        stamps: vec![],
        cosigned: vec![],
        papers: BTreeMap::new(),
        seals: vec![],
    })
}

fn main() -> Result<(), Problem> {
    let signer = Signer::new("jingui.example/ledger", &[42; 32])?;
    let field = |index: u64| OpenField::new(&SeededRng::new(index), "data.points[0]", json!({"name": "n", "content": "x".repeat(200)}));
    let entry = |index: u64| {
        let at = Instant::from_micros(1_767_225_600_000_000 + index as i64);
        Entry::build(at, "update", "secret", Some(record(index)), Some(1), None, &[field(index)]).map(|e| e.to_bytes())
    };
    let mut log = Log::create(MemoryTiles::default(), &signer)?;
    log.append(&(0..10_000).map(entry).collect::<Result<Vec<_>, _>>()?, &signer)?;

    let size = 100_000_000;
    let hashes = jingui_ledger::tree::inclusion_proof(&Huge, 12_345_678, size)?;
    let proof = LogProof { index: 12_345_678, hashes, extra: None, checkpoint: log.checkpoint().replace("10000", &size.to_string()) };
    println!("proof in a ledger of {size}: {} hashes, {} bytes as a file", proof.hashes.len(), proof.to_text().len());

    let trusted = Trusted::read(&[&signer.verifier().to_string()], None)?;
    for (records, rounds) in [(1_u64, 200_u32), (1_000, 3)] {
        let made = dossier(&signer, &log, 0..records, &field)?;
        let start = Clock::now();
        let mut bytes = vec![];
        for _ in 0..rounds {
            bytes = made.clone().pack()?;
        }
        let packed = start.elapsed() / rounds;
        let start = Clock::now();
        for _ in 0..rounds {
            let _ = verify(&bytes, &trusted);
        }
        println!("{records} records, {} bytes: packed in {packed:?}, verified in {:?}", bytes.len(), start.elapsed() / rounds);
    }
    Ok(())
}
