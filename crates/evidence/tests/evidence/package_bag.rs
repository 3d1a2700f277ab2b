//! Bags: written as RFC 8493 says, and any damage is named by kind and path.

use std::process::Command;

use jingui_evidence::{
    package::{
        Bag, Damage, DamageKind, File, Limits, OpenBag,
        bag::{manifest_file, tag_manifest_file},
        zip,
    },
    time::HashAlgorithm::{self, Sha256, Sm3},
};
use jingui_model::Problem;

fn bag() -> Bag {
    let mut bag = Bag::new("JG-2026-0007", &[("Source-Organization", "某某公司"), ("Bagging-Date", "2026-11-21")]).expect("bag");
    bag.payload("热处理 曲线.csv", b"t,T\n0,20\n".to_vec()).expect("added");
    bag.payload("proofs/100%.txt", b"proof".to_vec()).expect("added");
    bag.tag("report.txt", b"report".to_vec()).expect("added");
    let manifest = bag.tag_manifest(Sha256);
    bag.stamp("1.tst", [b"a token over ", &manifest[..20]].concat()).expect("added");
    bag
}

fn open(bytes: &[u8]) -> OpenBag {
    OpenBag::read(bytes, &Limits::default()).expect("opened")
}

#[test]
fn a_bag_has_the_files_of_rfc_8493_and_is_whole() {
    let bytes = bag().write().expect("written");
    assert_eq!(bag().write(), Ok(bytes.clone()));
    let open = open(&bytes);
    assert_eq!((open.name(), open.check()), ("JG-2026-0007", None));
    let text = |path: &str| String::from_utf8(open.file(path).expect(path).to_vec()).expect("text");
    assert_eq!(text("bagit.txt"), "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    assert_eq!(text("bag-info.txt"), "Source-Organization: 某某公司\nBagging-Date: 2026-11-21\nPayload-Oxum: 14.2\n");
    assert_eq!((open.info("bagging-date"), open.info("Payload-Oxum")), (Some("2026-11-21"), Some("14.2")));
    let digest = hex::encode(Sha256.digest(&[b"proof"]));
    assert!(text("manifest-sha256.txt").starts_with(&format!("{digest}  data/proofs/100%25.txt\n")));
    assert_eq!(
        text("tagmanifest-sha256.txt").lines().map(|l| &l[66..]).collect::<Vec<_>>(),
        ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sm3.txt", "report.txt"]
    );
    assert_eq!(text("tagmanifest-sm3.txt").as_bytes(), bag().tag_manifest(Sm3));
    assert_eq!(open.payload().map(|(path, _)| path).collect::<Vec<_>>(), ["proofs/100%.txt", "热处理 曲线.csv"]);
    assert_eq!(open.stamps().map(|(path, _)| path).collect::<Vec<_>>(), ["1.tst"]);
}

#[test]
fn manifests_can_be_checked_with_public_tools() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut plain = Bag::new("plain", &[]).expect("bag");
    plain.payload("热处理.csv", b"t,T\n".to_vec()).expect("added");
    for file in zip::read(&plain.write().expect("written"), &Limits::default()).expect("read") {
        let path = folder.path().join(&file.name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("made");
        std::fs::write(path, &file.bytes).expect("written");
    }
    let run = |script: &str| {
        let out = Command::new("sh").args(["-ec", script]).current_dir(folder.path().join("plain")).output().expect("sh");
        assert!(out.status.success(), "{script}: {}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    };
    run("sha256sum --strict -c manifest-sha256.txt tagmanifest-sha256.txt");
    run(
        "while read -r digest path; do test \"$(openssl dgst -sm3 -r \"$path\" | cut -d' ' -f1)\" = \"$digest\"; done < tagmanifest-sm3.txt",
    );
}

#[test]
fn names_that_the_bag_needs_itself_are_not_free() {
    let code = |result: Result<(), Problem>| result.err().map(|p| p.code().to_owned());
    let mut bag = bag();
    for path in ["bagit.txt", "Bag-Info.txt", "manifest-md5.txt", "tagmanifest-sha256.txt", "data/x", "stamps/x", "fetch.txt", "../x", ""] {
        assert_eq!(code(bag.tag(path, vec![])).as_deref(), Some("package.name"), "{path}");
    }
    for path in ["../x", "/x", "a\nb", ""] {
        assert_eq!(code(bag.payload(path, vec![])).as_deref(), Some("package.name"), "{path}");
        assert_eq!(code(bag.stamp(path, vec![])).as_deref(), Some("package.name"), "{path}");
    }
    assert_eq!(code(bag.tag("report.txt", vec![])).as_deref(), Some("package.duplicate"));
    assert_eq!(code(bag.tag("REPORT.txt", vec![])), None);
    assert_eq!(code(bag.write().map(|_| ())).as_deref(), Some("package.duplicate"));
    for name in ["", "a/b", "..", "a:b"] {
        assert_eq!(code(Bag::new(name, &[]).map(|_| ())).as_deref(), Some("package.name"), "{name}");
    }
    for label in [("", ""), ("a:b", ""), ("a", "b\nPayload-Oxum: 0.0"), ("payload-oxum", "1.1"), (" a", "")] {
        assert_eq!(code(Bag::new("a", &[label]).map(|_| ())).as_deref(), Some("package.label"), "{label:?}");
    }
}

/// The files of the good bag, changed, in a package again.
fn damaged(change: impl FnOnce(&mut Vec<File>)) -> OpenBag {
    let mut files = zip::read(&bag().write().expect("written"), &Limits::default()).expect("read");
    change(&mut files);
    open(&zip::write(&files).expect("written"))
}

fn at(files: &[File], path: &str) -> usize {
    files.iter().position(|f| f.name == format!("JG-2026-0007/{path}")).expect(path)
}

fn damage(kind: DamageKind, path: &str) -> Damage {
    Damage { kind, path: path.to_owned() }
}

/// Files that are in a list: each sort once.
const LISTED: [&str; 6] =
    ["data/proofs/100%.txt", "data/热处理 曲线.csv", "report.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sm3.txt"];

#[test]
fn a_deleted_file_is_missing() {
    for path in LISTED.into_iter().chain(["bagit.txt", "tagmanifest-sha256.txt", "tagmanifest-sm3.txt"]) {
        let found = damaged(|files| drop(files.remove(at(files, path)))).check();
        assert_eq!(found, Some(damage(DamageKind::Missing, path)));
    }
    // What came afterwards is in no list.
    assert_eq!(damaged(|files| drop(files.remove(at(files, "stamps/1.tst")))).check(), None);
}

#[test]
fn a_flipped_or_cut_byte_is_other_content() {
    for path in LISTED {
        let original = open(&bag().write().expect("written")).file(path).expect(path).to_vec();
        for place in (0..original.len()).step_by(3) {
            for cut in [false, true] {
                let broken = damaged(|files| {
                    let file = at(files, path);
                    let bytes = &mut files[file].bytes;
                    if cut { bytes.truncate(place) } else { bytes[place] ^= 1 }
                });
                // A list that changed may also name other files, or none: the list itself is named in any case.
                let found = broken.damages();
                assert!(found.contains(&damage(DamageKind::Content, path)), "{path} {place} {found:?}");
                if path.starts_with("data/") && !cut || path == "report.txt" {
                    assert_eq!(found, [damage(DamageKind::Content, path)]);
                }
            }
        }
    }
    // The tag manifests vouch for each other.
    for algorithm in [Sha256, Sm3] {
        let path = tag_manifest_file(algorithm);
        let length = open(&bag().write().expect("written")).file(&path).expect("there").len();
        for place in (0..length).step_by(3) {
            let found = damaged(|files| {
                let file = at(files, &path);
                files[file].bytes[place] ^= 1;
            });
            assert!(found.check().is_some(), "{path} {place}");
        }
    }
}

#[test]
fn exchanged_contents_are_named_both() {
    let found = damaged(|files| {
        let (a, b) = (at(files, "data/proofs/100%.txt"), at(files, "data/热处理 曲线.csv"));
        let kept = files[a].bytes.clone();
        files[a].bytes = files[b].bytes.clone();
        files[b].bytes = kept;
    });
    let both = ["data/proofs/100%.txt", "data/热处理 曲线.csv"].map(|path| damage(DamageKind::Content, path));
    assert_eq!(found.damages(), both);
    assert_eq!(found.check().as_ref(), both.first());
}

#[test]
fn a_file_that_nobody_listed_is_named() {
    for path in ["data/copy.csv", "copy.txt", "manifest-md5.txt", "fetch.txt"] {
        let found = damaged(|files| {
            let mut copy = files[at(files, "data/热处理 曲线.csv")].clone();
            copy.name = format!("JG-2026-0007/{path}");
            files.push(copy);
        });
        let mut expected = vec![damage(DamageKind::Unlisted, path)];
        if path.starts_with("data/") {
            expected.push(damage(DamageKind::Oxum, "bag-info.txt"));
        }
        assert_eq!(found.damages(), expected, "{path}");
    }
}

#[test]
fn both_lists_name_the_same_files_and_none_but_their_own() {
    // Whoever changes a payload together with one list, and that list in the tag manifests of one algorithm, is caught by the other.
    let relist = |files: &mut Vec<File>, algorithm: HashAlgorithm, path: &str, bytes: &[u8]| {
        let digest = |content: &[u8]| hex::encode(algorithm.digest(&[content]));
        let rewrite = |files: &mut Vec<File>, list: &str, path: &str, content: &[u8]| {
            let list = at(files, list);
            let text = String::from_utf8(files[list].bytes.clone()).expect("text");
            let ends = format!("  {}", path.replace('%', "%25"));
            let lines = text.lines().map(|l| if l.ends_with(&ends) { format!("{}{ends}\n", digest(content)) } else { format!("{l}\n") });
            files[list].bytes = lines.collect::<String>().into_bytes();
            files[list].bytes.clone()
        };
        let manifest = rewrite(files, &manifest_file(algorithm), path, bytes);
        rewrite(files, &tag_manifest_file(algorithm), &manifest_file(algorithm), &manifest);
    };
    let found = damaged(|files| {
        let payload = at(files, "data/proofs/100%.txt");
        files[payload].bytes = b"other".to_vec();
        relist(files, Sha256, "data/proofs/100%.txt", b"other");
    });
    assert_eq!(found.check(), Some(damage(DamageKind::Content, "data/proofs/100%.txt")));

    let without = damaged(|files| {
        let list = at(files, "manifest-sm3.txt");
        let text = String::from_utf8(files[list].bytes.clone()).expect("text");
        files[list].bytes = text.lines().take(1).map(|l| format!("{l}\n")).collect::<String>().into_bytes();
    });
    assert!(without.damages().contains(&damage(DamageKind::Uneven, "data/热处理 曲线.csv")));
    for line in ["report.txt", "../x", "data/../x"] {
        let found = damaged(|files| {
            let list = at(files, "manifest-sha256.txt");
            files[list].bytes.extend(format!("{}  {line}\n", hex::encode(Sha256.digest(&[b"report"]))).bytes());
        });
        assert!(found.damages().contains(&damage(DamageKind::Malformed, "manifest-sha256.txt")), "{line}");
    }
    let found = damaged(|files| {
        let declaration = at(files, "bagit.txt");
        files[declaration].bytes = b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n".to_vec();
    });
    assert_eq!(found.check(), Some(damage(DamageKind::Malformed, "bagit.txt")));
}

#[test]
fn damage_is_named_in_one_order() {
    let found = damaged(|files| {
        files.retain(|f| !f.name.ends_with("manifest-sm3.txt") && !f.name.ends_with("report.txt"));
        let payload = at(files, "data/热处理 曲线.csv");
        files[payload].bytes.push(b'x');
        files.push(File { name: "JG-2026-0007/data/new".to_owned(), bytes: vec![] });
        files.reverse();
    });
    assert_eq!(
        found.damages(),
        [
            damage(DamageKind::Missing, "manifest-sm3.txt"),
            damage(DamageKind::Missing, "report.txt"),
            damage(DamageKind::Missing, "tagmanifest-sm3.txt"),
            damage(DamageKind::Content, "data/热处理 曲线.csv"),
            damage(DamageKind::Unlisted, "data/new"),
            damage(DamageKind::Oxum, "bag-info.txt"),
        ]
    );
}

#[test]
fn a_package_is_one_folder() {
    let read = |files: &[File]| OpenBag::read(&zip::write(files).expect("written"), &Limits::default()).err().map(|p| p.code().to_owned());
    let file = |name: &str| File { name: name.to_owned(), bytes: vec![] };
    assert_eq!(read(&[]).as_deref(), Some("package.no_bag"));
    assert_eq!(read(&[file("bagit.txt")]).as_deref(), Some("package.no_bag"));
    assert_eq!(read(&[file("a/bagit.txt"), file("b/bagit.txt")]).as_deref(), Some("package.no_bag"));
    assert_eq!(open(&zip::write(&[file("a/x")]).expect("written")).check(), Some(damage(DamageKind::Missing, "bag-info.txt")));
}
