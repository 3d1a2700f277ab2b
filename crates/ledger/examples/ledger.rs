//! A ledger on the command line, for `scripts/interop.sh`, where strangers' programs read what it wrote and it reads what they wrote.
//!
//! - `ledger write <folder> <entries>`: a ledger with its twin in SM3, its keys, and proofs of every sort
//! - `ledger check <folder> <vkey>`: what is wrong with a ledger folder, a line for each damage
//! - `ledger open <vkey> <note>`: size and root of a signed checkpoint
//! - `ledger proof <vkey> <entry> <proof>`: checks a `.tlog-proof`
//! - `ledger continues <vkey> <old note> <new note> <proof>`: checks a consistency proof, a line of base64 for each hash
#![expect(clippy::print_stdout, reason = "a program that prints findings")]

use std::{fs, io, path::Path, process::ExitCode};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jingui_ledger::{
    Checkpoint, Cosigner, Entry, FolderTiles, Log, LogProof, OpenField, SharedEntries, Signer, Verifier, tree, verify_folder,
};
use jingui_model::{Id, Instant, Problem, rng::SeededRng};
use serde_json::json;

type Said = Result<Vec<String>, Problem>;

/// Sizes at which a checkpoint is kept: the edges of tiles on both sides, and an odd one.
const KEPT: [u64; 12] = [1, 2, 3, 255, 256, 257, 511, 513, 4_660, 65_535, 65_536, 65_537];
/// The proof of every so many-th entry is written out.
const STRIDE: u64 = 997;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let said = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", folder, entries] => write(Path::new(folder), entries.parse().unwrap_or(1)),
        ["check", folder, vkey] => check(folder, vkey),
        ["open", vkey, note] => open(vkey, note).map(|found| vec![format!("{} {}", found.size, BASE64.encode(found.root))]),
        ["proof", vkey, entry, proof] => prove(vkey, entry, proof),
        ["continues", vkey, old, new, proof] => continues(vkey, old, new, proof),
        _ => return ExitCode::from(2),
    };
    match said {
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Err(problem) => {
            println!("{}", problem.code());
            ExitCode::FAILURE
        }
    }
}

/// An entry that differs for every number, in length too.
fn entry(number: u64) -> Result<Vec<u8>, Problem> {
    let rng = SeededRng::new(number);
    let name = "n".repeat(1 + usize::try_from(number % 40).unwrap_or_default());
    let at = Instant::from_micros(1_767_225_600_000_000).plus_seconds(i64::try_from(number).unwrap_or_default());
    let fields = [OpenField::new(&rng, name, json!(number))];
    Ok(Entry::build(at, "update", "secret", Some(Id::from_bytes([7; 16])), Some(number), None, &fields)?.to_bytes())
}

fn write(folder: &Path, entries: u64) -> Said {
    let signer = Signer::new("jingui.example/ledger", &[42; 32])?;
    let sm2 = Signer::sm2("jingui.example/ledger/sm3", &[43; 32])?;
    let cosigner = Cosigner::new("association.example/witness", &[9; 32])?;
    let (one, two) = (folder.join("ledger"), folder.join("ledger-sm3"));
    let mut first = Log::create(FolderTiles::new(&one), &signer)?;
    let mut twin = Log::create(SharedEntries::new(FolderTiles::new(&two), FolderTiles::new(&one)), &sm2)?;
    put(&one.join("vkey"), signer.verifier().to_string())?;
    put(&two.join("vkey"), sm2.verifier().to_string())?;

    let mut kept: Vec<u64> = KEPT.into_iter().filter(|size| *size < entries).collect();
    kept.push(entries);
    for size in &kept {
        let batch = (first.size()..*size).map(entry).collect::<Result<Vec<_>, _>>()?;
        first.append_at(first.size(), &batch, &signer)?;
        twin.append_at(twin.size(), &batch, &sm2)?;
        put(&folder.join(format!("notes/{size}")), first.checkpoint())?;
        put(&folder.join(format!("notes/{size}.sm3")), twin.checkpoint())?;
    }
    for (i, new) in kept.iter().enumerate() {
        for old in kept.iter().take(i) {
            put(&folder.join(format!("consistency/{old}-{new}")), lines(&first.consistency_proof(*old, *new)?))?;
        }
    }
    let edges = kept.iter().flat_map(|size| [size - 1, size % entries]);
    for index in (0..entries).step_by(usize::try_from(STRIDE).unwrap_or(1)).chain(edges) {
        put(&folder.join(format!("proofs/{index}.json")), first.entry(index)?)?;
        put(&folder.join(format!("proofs/{index}.tlog-proof")), LogProof::of(&first, index)?.to_text())?;
        put(&folder.join(format!("proofs/{index}.sm3.tlog-proof")), LogProof::of(&twin, index)?.to_text())?;
    }
    let line = cosigner.cosign(first.state(), Instant::from_micros(1_800_000_000_000_000))?;
    put(&folder.join("cosigned"), cosigner.witness().accept(first.checkpoint(), &line)?)?;
    put(&folder.join("witness.vkey"), cosigner.witness().to_string())?;
    Ok(vec![])
}

fn check(folder: &str, vkey: &str) -> Said {
    let report = verify_folder(&FolderTiles::new(folder), &Verifier::parse(vkey)?);
    Ok(report.damages.iter().map(|damage| format!("{} {}", damage.kind.code(), damage.file)).collect())
}

fn open(vkey: &str, note: &str) -> Result<Checkpoint, Problem> {
    Checkpoint::open(&text(note)?, &Verifier::parse(vkey)?)
}

fn prove(vkey: &str, entry: &str, proof: &str) -> Said {
    LogProof::parse(&text(proof)?)?.verify(&fs::read(entry).map_err(failed)?, &Verifier::parse(vkey)?)?;
    Ok(vec![])
}

fn continues(vkey: &str, old: &str, new: &str, proof: &str) -> Said {
    let (old, new) = (open(vkey, old)?, open(vkey, new)?);
    let hash = |line: &str| BASE64.decode(line).ok().and_then(|hash| hash.try_into().ok());
    let proof = text(proof)?.lines().map(hash).collect::<Option<Vec<_>>>().ok_or_else(|| Problem::invalid("ledger.proof_malformed"))?;
    let good = tree::verify_consistency(Verifier::parse(vkey)?.suite(), old.size, &old.root, new.size, &new.root, &proof);
    if good { Ok(vec![]) } else { Err(Problem::invalid("ledger.fork")) }
}

fn lines(hashes: &[[u8; 32]]) -> String {
    hashes.iter().map(|hash| format!("{}\n", BASE64.encode(hash))).collect()
}

fn text(path: &str) -> Result<String, Problem> {
    fs::read_to_string(path).map_err(failed)
}

fn put(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Problem> {
    path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, bytes)).map_err(failed)
}

fn failed(error: io::Error) -> Problem {
    Problem::unavailable("ledger.io").detail(error)
}
