//! The commands of `HOW-TO-CHECK` are run as they stand, on the published package: they pass on the whole one, and each sort of damage
//! is noticed by some step beyond the lists.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use jingui_app::case::papers::how_to_check;
use jingui_evidence::package::{Bag, Limits, OpenBag};
use jingui_model::Lang;
use tempfile::TempDir;

/// What is done to the bytes of a file.
type Change = fn(&mut Vec<u8>);

fn blocks(text: &str) -> Vec<&str> {
    text.split("```sh\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

/// The published package, unpacked; with one file changed, and every list made anew, as somebody does who wants to deceive.
fn unpacked(change: Option<(&str, Change)>) -> (TempDir, PathBuf) {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../evidence/tests/vectors");
    let open = OpenBag::read(&fs::read(vectors.join("package.zip")).unwrap(), &Limits::default()).unwrap();
    let mut bag = Bag::new("checked", &[]).unwrap();
    let mut changed = false;
    for (path, bytes) in open.payload() {
        let mut bytes = bytes.to_vec();
        if let Some((file, change)) = change
            && path == file
        {
            change(&mut bytes);
            changed = true;
        }
        bag.payload(path, bytes).unwrap();
    }
    assert_eq!(changed, change.is_some());
    if change.is_none() {
        // The seal is over the lists of the published one.
        let folder = tempfile::tempdir().unwrap();
        return lay(&open, folder);
    }
    lay(&OpenBag::read(&bag.write().unwrap(), &Limits::default()).unwrap(), tempfile::tempdir().unwrap())
}

fn lay(bag: &OpenBag, folder: TempDir) -> (TempDir, PathBuf) {
    for path in bag.paths() {
        let to = folder.path().join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bag.file(path).unwrap()).unwrap();
    }
    let path = folder.path().to_path_buf();
    (folder, path)
}

/// Runs these blocks; gives the numbers of those that failed and everything that was said.
fn run(folder: &Path, wanted: impl Fn(usize) -> bool) -> (Vec<usize>, String) {
    let text = how_to_check(Lang::Zh);
    let (mut failed, mut said) = (vec![], String::new());
    for (n, block) in blocks(&text).into_iter().enumerate().filter(|(n, _)| wanted(*n)) {
        let out = Command::new("bash").args(["-o", "pipefail", "-c", block]).current_dir(folder).output().expect("bash");
        said.push_str(&String::from_utf8_lossy(&out.stdout));
        said.push_str(&String::from_utf8_lossy(&out.stderr));
        if !out.status.success() {
            failed.push(n);
        }
    }
    (failed, said)
}

#[test]
fn both_languages_give_the_same_commands() {
    let (zh, en) = (how_to_check(Lang::Zh), how_to_check(Lang::En));
    assert_eq!(blocks(&zh), blocks(&en));
    assert_eq!(blocks(&zh).len(), 12);
}

#[test]
fn every_step_passes_on_the_published_package() {
    let (_keep, folder) = unpacked(None);
    let (failed, said) = run(&folder, |_| true);
    assert_eq!(failed, Vec::<usize>::new(), "{said}");
    for wanted in [
        "ok data/entries/33.tlog-proof",
        "ok data/entries/7.sm3.tlog-proof",
        "ok data/entries/7.opened.json data.points[0]",
        "entries 0 to 29",
        "ok data/stamps/2.consistency",
        "data/cosigned/1.note association.example/witness 2027-01-01 00:00:00 UTC",
    ] {
        assert!(said.contains(wanted), "{wanted} is missing in\n{said}");
    }
    assert_eq!(said.matches("Verification: OK").count(), 4, "a seal, two stamps, a renewal\n{said}");
    assert_eq!(said.matches("Signature Verified Successfully").count(), 6, "five checkpoints, a witness\n{said}");
}

#[test]
fn damage_is_noticed_by_the_step_that_speaks_of_it() {
    let flip: Change = |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    let tail: Change = |bytes| {
        let near = bytes.len() - 20;
        bytes[near] = if bytes[near] == b'A' { b'B' } else { b'A' };
    };
    let letter: Change = |bytes| *bytes = String::from_utf8(bytes.clone()).unwrap().replace("四十", "五十").into_bytes();
    let other: Change = |bytes| *bytes = String::from_utf8(bytes.clone()).unwrap().replace("\n30\n", "\n31\n").into_bytes();
    for (file, change, step) in [
        ("entries/3.json", flip, 5),
        ("entries/12.tlog-proof", flip, 5),
        ("entries/7.sm3.tlog-proof", flip, 5),
        ("entries/7.opened.json", letter, 6),
        ("files/4a2df63c886e84159bd580594421662ed7250f0b386c69d99418552c7358d74c/曲线_记录.csv", flip, 7),
        ("stamps/2.note", other, 3),
        ("stamps/2.note", other, 8),
        ("stamps/2.consistency", flip, 9),
        ("stamps/3.tst", flip, 10),
        ("cosigned/1.note", tail, 11),
    ] {
        let (_keep, folder) = unpacked(Some((file, change)));
        // The lists were made anew, so they notice nothing; the keys and checkpoints are what later steps need.
        let (failed, said) = run(&folder, |n| matches!(n, 0 | 3 | 4) || n == step);
        assert!(failed.contains(&step), "{file}: step {step} passes, {failed:?} fail\n{said}");
    }
}
