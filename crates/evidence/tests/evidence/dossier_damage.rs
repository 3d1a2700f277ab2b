//! Packages that were meddled with: by accident, and by somebody who recomputes every list (`docs/evidence-package.md`, "Checking").

use std::collections::BTreeMap;

use jingui_evidence::{
    dossier::{Fault, FaultKind, Findings, Outcome, Standing, Trusted, verify},
    package::{Bag, Limits, OpenBag, zip},
    time::{HashAlgorithm, Imprint, TrustRoots},
};
use jingui_ledger::{Entry, Log, LogProof, MemoryTiles, OpenField, Signer};
use serde_json::{Value, json};

use crate::{
    authority::{Key, authority},
    dossier_world::{FILE, Payload, World, at, bagged, fields, other, payload, secret, stamped},
};

/// One file of each class, a sibling to exchange it with, and a free name of the same class.
const CLASSES: [(&str, &str, &str, &str); 16] = [
    ("entry", "data/entries/7.json", "data/entries/3.json", "data/entries/8.json"),
    ("opened, salt", "data/entries/7.opened.json", "data/entries/3.opened.json", "data/entries/5.opened.json"),
    ("proof", "data/entries/7.tlog-proof", "data/entries/3.tlog-proof", "data/entries/8.tlog-proof"),
    ("twin proof", "data/entries/7.sm3.tlog-proof", "data/entries/3.sm3.tlog-proof", "data/entries/33.sm3.tlog-proof"),
    ("note", "data/stamps/1.note", "data/stamps/2.note", "data/stamps/3.note"),
    ("token", "data/stamps/1.tst", "data/stamps/2.tst", "data/stamps/4.tst"),
    ("renewal", "data/stamps/3.tst", "data/stamps/2.tst", "data/stamps/4.tst"),
    ("stamp", "data/stamps/2.json", "data/stamps/3.json", "data/stamps/4.json"),
    ("consistency", "data/stamps/1.consistency", "data/stamps/2.consistency", "data/stamps/3.consistency"),
    ("cosigned", "data/cosigned/1.note", "data/stamps/2.note", "data/cosigned/2.note"),
    ("cosigned consistency", "data/cosigned/1.consistency", "data/stamps/1.consistency", "data/cosigned/2.consistency"),
    ("root", "data/trust/a.pem", "data/trust/b.pem", "data/trust/c.pem"),
    ("file", "data/files/", "data/entries/7.json", "data/files/x"),
    ("outside", "data/outside/1/公证书.pdf", "data/report.html", "data/outside/1/2.pdf"),
    ("paper", "data/report.html", "data/index.json", "data/other.html"),
    ("index", "data/index.json", "data/report.html", "data/index2.json"),
];

fn damaged(bytes: &[u8], trusted: &Trusted) -> (Fault, Findings) {
    let found = verify(bytes, trusted);
    assert_eq!(found.outcome, Outcome::Damaged);
    assert_eq!(found.first.as_ref(), found.faults.first());
    (found.first.clone().expect("first"), found)
}

/// The path of a class in this payload.
fn real<'a>(files: &'a Payload, path: &'a str) -> &'a str {
    files.keys().find(|name| name.starts_with(path)).map_or(path, String::as_str)
}

/// What is done to one file: a name, and the payload afterwards.
fn changes(files: &Payload, path: &str, sibling: &str, free: &str) -> Vec<(String, Payload)> {
    let bytes = &files[path];
    let with = |change: &dyn Fn(&mut Payload)| {
        let mut changed = files.clone();
        change(&mut changed);
        changed
    };
    let mut all: Vec<(String, Payload)> = Vec::new();
    for place in [0, bytes.len() / 5, bytes.len() / 3, bytes.len() / 2, bytes.len() * 3 / 4, bytes.len() - 1] {
        all.push((format!("flip {place}"), with(&|p| p.get_mut(path).expect("there")[place] ^= 1)));
    }
    for end in [0, bytes.len() / 2, bytes.len() - 1] {
        all.push((format!("truncate {end}"), with(&|p| p.get_mut(path).expect("there").truncate(end))));
    }
    all.push(("delete".to_owned(), with(&|p| _ = p.remove(path))));
    all.push(("double".to_owned(), with(&|p| p.get_mut(path).expect("there").extend(bytes.clone()))));
    all.push((
        "swap".to_owned(),
        with(&|p| {
            p.insert(path.to_owned(), files[sibling].clone());
            p.insert(sibling.to_owned(), bytes.clone());
        }),
    ));
    all.push(("duplicate".to_owned(), with(&|p| _ = p.insert(free.to_owned(), bytes.clone()))));
    all
}

/// The package with some of its payload changed, its lists as they were.
fn with_old_lists(package: &[u8], changed: &Payload) -> Vec<u8> {
    let mut files = zip::read(package, &Limits::default()).expect("read");
    let path = |name: &str| name.split_once('/').map(|(_, path)| path.to_owned()).expect("folder");
    files.retain(|file| !path(&file.name).starts_with("data/"));
    files.extend(changed.iter().map(|(path, bytes)| zip::File { name: format!("JG-2026-0007/{path}"), bytes: bytes.clone() }));
    zip::write(&files).expect("written")
}

#[test]
fn whatever_happens_to_a_file_the_first_wrong_thing_is_named() {
    let world = World::new();
    let package = world.dossier().pack().expect("packed");
    let (files, trusted) = (payload(&package), world.trusted());
    for (class, path, sibling, free) in CLASSES {
        let path = real(&files, path);
        for (what, changed) in changes(&files, path, sibling, free) {
            let (first, _) = damaged(&with_old_lists(&package, &changed), &trusted);
            let named = if what == "duplicate" { free } else { path };
            let expected = first.path == named || what == "swap" && first.path == sibling;
            // A file more also makes the payload larger than bag-info says, and that list comes first.
            let oxum =
                first.path == "bag-info.txt" && ["truncate", "double", "delete", "duplicate", "swap"].iter().any(|w| what.starts_with(w));
            assert!(expected || oxum, "{class} {what}: {first:?}");
        }
    }
}

/// Whoever recomputes every list makes a whole bag. Then what is in it contradicts itself, unless nothing but the company vouches for it.
#[test]
fn new_lists_over_meddled_contents_do_not_help() {
    let world = World::new();
    let (files, trusted) = (payload(&world.dossier().pack().expect("packed")), world.trusted());
    assert_eq!(verify(&bagged(&files), &trusted).outcome, Outcome::Whole);
    for (class, path, sibling, free) in CLASSES {
        let path = real(&files, path);
        for (what, changed) in changes(&files, path, sibling, free) {
            let found = verify(&bagged(&changed), &trusted);
            let Some(first) = &found.first else {
                // Roots, papers and labels are claims; and a token has bytes that nobody signs.
                let unsigned = class == "token" || class == "renewal";
                assert!(matches!(class, "root" | "paper" | "index") || unsigned && what.starts_with("flip"), "{class} {what}");
                assert!(found.stamps.iter().all(|stamp| stamp.standing == Standing::Trusted), "{class} {what}");
                continue;
            };
            if what == "swap" || class == "index" {
                continue;
            }
            let named = if what == "duplicate" { free } else { path };
            let stem = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
            let near = first.path == named || stem(&first.path) == stem(named) || named.starts_with(&first.path);
            assert!(near || first.entry == Some(7), "{class} {what}: {first:?}");
        }
    }
}

/// Lists that were meddled with themselves.
#[test]
fn a_damaged_list_is_named_and_not_what_it_lists() {
    let world = World::new();
    let mut dossier = world.dossier();
    let imprint = Imprint::of(HashAlgorithm::Sm3, &dossier.tag_manifest(HashAlgorithm::Sm3).expect("manifest"));
    dossier.seals = vec![stamped(&world.folder, &imprint)];
    let package = dossier.pack().expect("packed");
    let trusted = world.trusted();
    assert_eq!(verify(&package, &trusted).sealed.len(), 1);
    let change = |path: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut files = zip::read(&package, &Limits::default()).expect("read");
        let file = files.iter_mut().find(|file| file.name == format!("JG-2026-0007/{path}")).expect("there");
        change(&mut file.bytes);
        zip::write(&files).expect("written")
    };
    for path in ["bagit.txt", "manifest-sha256.txt", "manifest-sm3.txt", "tagmanifest-sha256.txt", "tagmanifest-sm3.txt", "stamps/1.tst"] {
        let length = zip::read(&package, &Limits::default())
            .expect("read")
            .iter()
            .find(|f| f.name.ends_with(&format!("/{path}")))
            .expect("there")
            .bytes
            .len();
        for place in [0, 3, length / 3, length / 2, length - 70.min(length)] {
            // The last hexadecimal digit of a digest stays one when its lowest bit changes, mostly; the list stays in form.
            let (first, _) = damaged(&change(path, &|bytes| bytes[place] ^= 1), &trusted);
            assert!(first.path == path || first.kind == FaultKind::List, "{path} {place}: {first:?}");
            assert!(first.kind != FaultKind::Listed, "{path} {place}: {first:?}");
        }
        let (first, _) = damaged(&change(path, &|bytes| bytes.truncate(bytes.len() / 2)), &trusted);
        assert!(first.path == path || first.kind == FaultKind::List, "{path}: {first:?}");
    }
    // A file beside the payload, in every list, is still none of ours.
    let mut bag = Bag::new("JG-2026-0007", &[]).expect("bag");
    payload(&package).into_iter().for_each(|(path, bytes)| bag.payload(&path["data/".len()..], bytes).expect("added"));
    bag.tag("READ-ME-FIRST.html", b"<p>lies</p>".to_vec()).expect("added");
    let (first, _) = damaged(&bag.write().expect("written"), &trusted);
    assert_eq!((first.kind, first.path.as_str()), (FaultKind::Unexpected, "READ-ME-FIRST.html"));
    // Bytes all over the archive: never a panic, and never another content. Dates and the like in a ZIP are nobody's evidence.
    let open = |bytes: &[u8]| OpenBag::read(bytes, &Limits::default()).ok();
    for place in (0..package.len()).step_by(package.len() / 300) {
        let mut bytes = package.clone();
        bytes[place] ^= 0x10;
        let found = verify(&bytes, &trusted);
        assert_eq!(found.first.is_none(), found.outcome == Outcome::Whole);
        assert!(found.outcome != Outcome::Whole || open(&bytes) == open(&package), "{place}");
        assert!(verify(&package[..place], &trusted).outcome != Outcome::Whole, "{place}");
    }
}

/// Replaces text in a file, which must be there.
fn edit(files: &Payload, path: &str, replaced: &[(&str, &str)]) -> Payload {
    let mut changed = files.clone();
    let text = String::from_utf8(files[path].clone()).expect("text");
    let text = replaced.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in {path}");
        text.replace(from, to)
    });
    changed.insert(path.to_owned(), text.into_bytes());
    changed
}

fn put(files: &Payload, more: &[(&str, Vec<u8>)]) -> Payload {
    let more = more.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone()));
    files.clone().into_iter().chain(more).collect::<BTreeMap<_, _>>()
}

#[test]
fn lies_in_a_whole_bag_are_found() {
    let world = World::new();
    let (files, trusted) = (payload(&world.dossier().pack().expect("packed")), world.trusted());
    let first = |files: &Payload| damaged(&bagged(files), &trusted).0;
    let short = |fault: Fault| (fault.kind, fault.path, fault.entry, fault.part);
    let (index, opened) = ("data/index.json", "data/entries/7.opened.json");

    // Another value under the old salt.
    let fault = first(&edit(&files, opened, &[("四十", "五十")]));
    assert_eq!(fault.field.as_deref(), Some("data.points[0]"));
    assert_eq!(short(fault), (FaultKind::Opened, opened.to_owned(), Some(7), Some("commitment")));

    // The field under another name, and with a salt of one's own.
    let fault = first(&edit(&files, opened, &[("data.points[0]", "data.points[1]")]));
    assert_eq!((fault.kind, fault.entry), (FaultKind::Opened, Some(7)));
    let own = OpenField { salt: [1; 32], ..fields(7).pop().expect("field") };
    let text = serde_json::to_vec(&json!({ "fields": [own] })).expect("JSON");
    assert_eq!(first(&put(&files, &[(opened, text)])).kind, FaultKind::Opened);

    // An entry of another ledger, with its genuine proof.
    let stranger = Signer::new("jingui.example/ledger", &[1; 32]).expect("signer");
    let forged = Entry::build(at(7), "update", "secret", Some(secret()), Some(8), None, &fields(7)).expect("entry").to_bytes();
    let mut log = Log::create(MemoryTiles::default(), &stranger).expect("log");
    let batch: Vec<_> = (0..40).map(|i| if i == 7 { forged.clone() } else { crate::dossier_world::entry(i + 100) }).collect();
    log.append(&batch, &stranger).expect("appended");
    let proof = LogProof::of(&log, 7).expect("proof").to_text().into_bytes();
    let fault = first(&put(&files, &[("data/entries/7.json", forged), ("data/entries/7.tlog-proof", proof)]));
    assert_eq!(short(fault), (FaultKind::Proof, "data/entries/7.tlog-proof".to_owned(), Some(7), Some("checkpoint")));

    // The proof of another entry, as it is and with this entry's number.
    let fault = first(&put(&files, &[("data/entries/7.tlog-proof", files["data/entries/3.tlog-proof"].clone())]));
    assert_eq!(short(fault), (FaultKind::Proof, "data/entries/7.tlog-proof".to_owned(), Some(7), Some("index")));
    let renumbered = edit(&files, "data/entries/3.tlog-proof", &[("index 3", "index 7")]);
    let fault = first(&put(&files, &[("data/entries/7.tlog-proof", renumbered["data/entries/3.tlog-proof"].clone())]));
    assert_eq!(short(fault), (FaultKind::Proof, "data/entries/7.tlog-proof".to_owned(), Some(7), Some("hashes")));

    // A stamp over another checkpoint, which the ledger has signed and which the package continues.
    let proof: String = files["data/cosigned/1.consistency"].iter().map(|b| char::from(*b)).collect();
    let moved =
        put(&files, &[("data/stamps/2.note", world.notes[&20].clone().into_bytes()), ("data/stamps/2.consistency", proof.into_bytes())]);
    let fault = first(&edit(&moved, "data/stamps/2.json", &[("30", "20")]));
    assert_eq!((fault.path.as_str(), fault.cause.expect("cause").code.as_str()), ("data/stamps/2.tst", "stamp.wrong_imprint"));

    // A stamp that shall cover more, or less, than it was over.
    for size in ["20", "40"] {
        let fault = first(&edit(&files, "data/stamps/2.json", &[("30", size)]));
        assert_eq!(short(fault), (FaultKind::Stamp, "data/stamps/2.json".to_owned(), None, Some("size")));
    }
    // A renewal that is over something else; the stamp that it should renew still proves what it proved.
    let (fault, found) = damaged(&bagged(&put(&files, &[("data/stamps/3.tst", files["data/stamps/2.tst"].clone())])), &trusted);
    assert_eq!((fault.path.as_str(), fault.cause.expect("cause").code.as_str()), ("data/stamps/3.tst", "stamp.wrong_imprint"));
    assert_eq!(found.stamps.iter().map(|s| (s.number, s.verdicts.len())).collect::<Vec<_>>(), [(1, 1), (2, 1)]);
    // A renewal that becomes a stamp of its own, or renews what it does not.
    let fault = first(&edit(&files, "data/stamps/3.json", &[(",\"renews\":1", "")]));
    assert_eq!((fault.kind, fault.path.as_str()), (FaultKind::Stamp, "data/stamps/3.note"));
    for to in ["2", "3", "4"] {
        let fault = first(&edit(&files, "data/stamps/3.json", &[("\"renews\":1", &format!("\"renews\":{to}"))]));
        assert_eq!((fault.path.as_str(), fault.part), ("data/stamps/3.json", Some("renews")));
    }

    // Another file, with the entry that vouched for the first.
    let path = real(&files, "data/files/").to_owned();
    let (old, new) = (hex::encode(HashAlgorithm::Sha256.digest(&[FILE])), hex::encode(HashAlgorithm::Sha256.digest(&[b"other"])));
    let mut swapped = edit(&files, index, &[(&old, &new)]);
    swapped.remove(&path);
    let there = path.replace(&old, &new);
    swapped.insert(there.clone(), b"other".to_vec());
    let fault = first(&swapped);
    assert_eq!((fault.kind, fault.path.as_str(), fault.part), (FaultKind::File, there.as_str(), Some("content")));
    let sized = edit(&swapped, index, &[(&format!("\"size\":{}", FILE.len()), "\"size\":5")]);
    let fault = first(&sized);
    assert_eq!(short(fault), (FaultKind::File, there, Some(12), Some("digest")));

    // A point of another record, and an entry put under another record.
    let fault = first(&edit(&files, index, &[("\"points\":[{\"entry\":7", "\"points\":[{\"entry\":5")]));
    assert_eq!((fault.kind, fault.entry), (FaultKind::Point, Some(5)));
    let lists = |a: &str, b: &str| edit(&files, index, &[("\"entries\":[3,7,12,33]", a), ("\"entries\":[5]", b)]);
    let fault = first(&lists("\"entries\":[3,12,33]", "\"entries\":[5,7]"));
    assert_eq!((fault.kind, fault.path.as_str(), fault.field), (FaultKind::Record, "data/entries/7.json", Some(other().to_string())));
    assert_eq!(first(&lists("\"entries\":[3,7,12,33]", "\"entries\":[5,7]")).kind, FaultKind::Index);

    // A smaller ledger in the index, another root, a key without a signature.
    for (from, to) in [("\"size\":40", "\"size\":39"), ("\"origin\":\"jingui.example/ledger\"", "\"origin\":\"jingui.example/other\"")] {
        let kind = first(&edit(&files, index, &[(from, to)])).kind;
        assert!(matches!(kind, FaultKind::Checkpoint | FaultKind::Key), "{from}: {kind:?}");
    }
    let none = Trusted::default();
    let own = edit(&files, index, &[(&world.signer.verifier().to_string(), &stranger.verifier().to_string())]);
    let (fault, found) = damaged(&bagged(&own), &none);
    assert_eq!((fault.kind, fault.path.as_str(), found.proven.len()), (FaultKind::Checkpoint, "data/entries/0.tlog-proof", 0));
}

/// A company that makes an authority of its own gets a claim, and what an honest authority said goes before it.
#[test]
fn an_authority_of_ones_own_proves_nothing_to_others() {
    let world = World::new();
    let own = authority(Key::P256);
    let mut dossier = world.dossier();
    dossier.roots.insert("a.pem".to_owned(), own.read("root.pem"));
    dossier.stamps.truncate(2);
    dossier.stamps[0].token = stamped(&own, &Imprint::of(HashAlgorithm::Sha256, world.notes[&10].as_bytes()));
    let found = verify(&dossier.clone().pack().expect("packed"), &world.trusted());
    assert_eq!((found.outcome, found.stamps[0].standing, found.stamps[1].standing), (Outcome::Whole, Standing::Claimed, Standing::Trusted));
    let seven = found.proven.iter().find(|p| p.index == 7).and_then(|p| p.time.clone()).expect("covered");
    assert_eq!((seven.stamp, seven.standing), (2, Standing::Trusted));

    // A root of another authority than the one named makes nobody known.
    dossier.stamps[0].authority = "乙时间戳".to_owned();
    let found = verify(&dossier.pack().expect("packed"), &Trusted { roots: TrustRoots::default(), ..world.trusted() });
    assert_eq!((found.outcome, found.stamps[0].standing), (Outcome::Whole, Standing::Unknown));
    let claims: Vec<_> = found.claimed.iter().filter(|c| c.code == "package.claim.authority").map(|c| c.value.as_str()).collect();
    assert!(!claims.is_empty(), "{claims:?}");
}

#[test]
fn no_index_makes_the_reader_panic() {
    let world = World::new();
    let files = payload(&world.dossier().pack().expect("packed"));
    let index: Value = serde_json::from_slice(&files["data/index.json"]).expect("JSON");
    let trusted = world.trusted();
    let odd = [
        json!(null),
        json!(-1),
        json!(9_007_199_254_740_992_u64),
        json!(""),
        json!("../../x"),
        json!([]),
        json!({}),
        json!([0, 0]),
        json!([9_007_199_254_740_991_u64]),
    ];
    let pointers = pointers(&index, "");
    assert!(pointers.len() > 80);
    for (at, pointer) in pointers.iter().enumerate() {
        for value in [&odd[at % odd.len()], &odd[at * 5 % odd.len()]] {
            let mut changed = index.clone();
            *changed.pointer_mut(pointer).expect("there") = value.clone();
            if changed == index {
                continue;
            }
            let text = jingui_model::canonical::to_bytes(&changed).expect("canonical");
            let found = verify(&bagged(&put(&files, &[("data/index.json", text)])), &trusted);
            // Words, instants and the absence of points are the company's own affair.
            let own = value.is_string() || ["as_of", "made_at", "points"].iter().any(|key| pointer.ends_with(key));
            assert!(found.outcome == Outcome::Damaged || own, "{pointer} {value}");
        }
    }
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    for path in ["data/index.json", "data/entries/7.json", "data/entries/7.opened.json", "data/stamps/1.json"] {
        assert_eq!(verify(&bagged(&put(&files, &[(path, deep.clone())])), &trusted).outcome, Outcome::Damaged, "{path}");
    }
}

/// Every place of a JSON value.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, child)| (format!("{at}/{key}"), child)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(key, child)| (format!("{at}/{key}"), child)).collect(),
        _ => vec![],
    };
    children.into_iter().flat_map(|(at, child)| std::iter::once(at.clone()).chain(pointers(child, &at))).collect()
}
