//! A package proves what it should, to readers with and without keys of their own, and holds nothing that was not disclosed.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use jingui_evidence::{
    dossier::{Dossier, Outcome, Standing, Trusted, verify},
    package::OpenBag,
    time::{HashAlgorithm, Imprint},
};
use jingui_model::Problem;
use serde_json::Value;

use crate::dossier_world::{ENTRIES, SHOWN, World, at, bagged, fields, payload, secret, stamped};

/// 在线诉讼规则 16 to 18: what was recorded, that it is unaltered since, and who besides the company says so.
#[test]
fn a_package_proves_to_a_reader_with_keys_what_it_only_claims_to_others() {
    let world = World::new();
    let mut dossier = world.dossier();
    let imprint = Imprint::of(HashAlgorithm::Sha256, &dossier.tag_manifest(HashAlgorithm::Sha256).expect("manifest"));
    dossier.seals = vec![stamped(&world.second, &imprint)];
    let bytes = dossier.clone().pack().expect("packed");
    assert_eq!(dossier.pack().as_ref(), Ok(&bytes), "equal contents give equal bytes");

    let found = verify(&bytes, &world.trusted());
    assert_eq!((found.outcome, &found.first), (Outcome::Whole, &None));
    assert_eq!(found.proven.iter().map(|p| p.index).collect::<Vec<_>>(), ENTRIES);
    let ledger = found.ledger.clone().expect("ledger");
    assert_eq!(
        (ledger.size, ledger.standing, found.twin.as_ref().map(|t| (t.size, t.standing))),
        (40, Standing::Trusted, Some((25, Standing::Trusted)))
    );
    let stamps: Vec<_> = found.stamps.iter().map(|s| (s.number, s.size, s.standing, s.renewed_by.clone(), s.verdicts.len())).collect();
    assert_eq!(stamps, [(1, 10, Standing::Trusted, vec![3], 2), (2, 30, Standing::Trusted, vec![], 1)]);
    assert!(found.stamps[0].ends >= found.stamps[0].verdicts[1].time);
    assert_eq!(found.cosigned.iter().map(|c| (c.size, c.standing, c.at)).collect::<Vec<_>>(), [(20, Standing::Trusted, at(60 * 24 * 365))]);
    assert_eq!(found.sealed.iter().map(|s| (s.path.as_str(), s.standing)).collect::<Vec<_>>(), [("stamps/1.tst", Standing::Trusted)]);

    // An entry is covered by what came after it: 7 by both stamps, 12 by the second and the witness, 33 by nothing.
    let of = |index: u64| found.proven.iter().find(|p| p.index == index).expect("proven");
    let time = |index: u64| of(index).time.as_ref().map(|t| (t.stamp, t.authority.as_str()));
    assert_eq!((time(7), time(12), time(33)), (Some((1, "甲时间戳")), Some((2, "甲时间戳")), None));
    assert_eq!((of(12).cosigned.len(), of(33).cosigned.len(), of(12).twin, of(33).twin), (1, 0, true, false));
    assert_eq!((of(7).opened.clone(), of(12).files.len(), of(7).subject), (vec!["data.points[0]".to_owned()], 1, Some(secret())));
    let claims: Vec<_> = found.claimed.iter().map(|c| (c.code, c.path.as_str())).collect();
    assert!(claims.contains(&("package.claim.time", "data/entries/33.json")));
    assert!(!claims.iter().any(|(code, _)| matches!(*code, "package.claim.key" | "package.claim.authority" | "package.claim.witness")));

    // Whoever trusts nothing yet gets the same statements, as claims.
    let found = verify(&bytes, &Trusted::default());
    assert_eq!(found.outcome, Outcome::Whole);
    assert!(found.stamps.iter().all(|s| s.standing == Standing::Claimed) && found.sealed[0].standing == Standing::Claimed);
    for (code, count) in [("package.claim.key", 2), ("package.claim.authority", 2), ("package.claim.witness", 1)] {
        assert_eq!(found.claimed.iter().filter(|c| c.code == code).count(), count, "{code}");
    }
    let json = serde_json::to_value(&found).expect("findings are JSON");
    assert_eq!((&json["outcome"], &json["proven"][0]["index"]), (&Value::from("whole"), &Value::from(0)));

    // A key of the same name that the reader knows to be another one is no claim but a contradiction.
    let stranger = jingui_ledger::Signer::new("jingui.example/ledger", &[1; 32]).expect("signer");
    let found = verify(&bytes, &Trusted { keys: vec![stranger.verifier().clone()], ..Trusted::default() });
    assert_eq!(found.first.map(|f| (f.code, f.field)), Some(("package.fault.key".to_owned(), Some("ledger.vkey".to_owned()))));

    // openssl says the same about the tokens.
    let files = payload(&bytes);
    for (number, root) in [(1, "a.pem"), (2, "a.pem")] {
        for (name, path) in [
            ("note", format!("data/stamps/{number}.note")),
            ("token", format!("data/stamps/{number}.tst")),
            ("pem", format!("data/trust/{root}")),
        ] {
            world.folder.write(name, &files[&path]);
        }
        world.folder.openssl(&["ts", "-verify", "-token_in", "-in", "token", "-data", "note", "-CAfile", "pem"]);
    }
    world.folder.write(
        "manifest",
        OpenBag::read(&bytes, &jingui_evidence::package::Limits::default()).expect("bag").file("tagmanifest-sha256.txt").expect("list"),
    );
    world.second.write("manifest", &world.folder.read("manifest"));
    world.second.write("token", &stamped(&world.second, &imprint));
    world.second.openssl(&["ts", "-verify", "-token_in", "-in", "token", "-data", "manifest", "-CAfile", "root.pem"]);
}

/// Handing over one secret point does not show the others: neither values nor salts of undisclosed fields are in the package.
#[test]
fn nothing_undisclosed_is_in_the_package() {
    let world = World::new();
    let bytes = world.dossier().pack().expect("packed");
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let spellings = |text: &str| {
        let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let gb = encoding_rs::GB18030.encode(text).0.into_owned();
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        [
            text.as_bytes().to_vec(),
            wide(u16::to_le_bytes),
            wide(u16::to_be_bytes),
            gb,
            escaped.into_bytes(),
            STANDARD.encode(text).into_bytes(),
        ]
    };
    // The search finds what is disclosed.
    assert!(holds(SHOWN.as_bytes()));
    let mut hidden = 0;
    for index in 0..40 {
        for field in fields(index) {
            let shown = matches!((index, field.name.as_str()), (3, "data.name" | "number") | (7, "data.points[0]") | (12, "data.files"));
            let hex = hex::encode(field.salt);
            let salts = [
                field.salt.to_vec(),
                STANDARD.encode(field.salt).into_bytes(),
                URL_SAFE.encode(field.salt).into_bytes(),
                hex.clone().into_bytes(),
                hex.to_uppercase().into_bytes(),
            ];
            assert_eq!(salts.iter().any(|salt| holds(salt)), shown, "{index} {}", field.name);
            if shown {
                continue;
            }
            hidden += 1;
            let texts: Vec<&str> = match &field.value {
                Value::String(text) => vec![text],
                value => value.as_object().into_iter().flat_map(|map| map.values()).filter_map(Value::as_str).collect(),
            };
            for text in texts.into_iter().filter(|text| *text != "SM-2026-0001") {
                assert!(!spellings(text).iter().any(|spelling| holds(spelling)), "{index} {} {text}", field.name);
            }
        }
    }
    assert!(hidden > 80);
}

/// What could not be verified is not handed out.
#[test]
fn a_package_that_contradicts_itself_is_not_made() {
    let world = World::new();
    let refused = |change: &dyn Fn(&mut Dossier)| {
        let mut dossier = world.dossier();
        change(&mut dossier);
        dossier.pack().map(|_| ()).map_err(|p: Problem| p.code().to_owned())
    };
    let item = |index: u64, names: &[&str]| world.item(index, names);
    assert_eq!(refused(&|_| {}), Ok(()));
    for (code, change) in [
        (
            "package.fault.opened",
            &(|d: &mut Dossier| d.entries.get_mut(&7).expect("7").opened[0].value = "other".into()) as &dyn Fn(&mut Dossier),
        ),
        ("package.fault.opened", &|d| d.entries.get_mut(&7).expect("7").opened[0].salt = [0; 32]),
        ("package.fault.proof", &|d| d.entries.get_mut(&7).expect("7").proof = item(5, &[]).proof),
        ("package.fault.proof", &|d| d.entries.get_mut(&7).expect("7").proof.extra = Some(vec![1])),
        ("package.fault.proof", &|d| _ = d.entries.get_mut(&7).expect("7").proof.hashes.pop()),
        ("package.damage.missing", &|d| d.entries.get_mut(&7).expect("7").twin = None),
        ("package.damage.missing", &|d| _ = d.entries.remove(&7)),
        ("package.fault.unexpected", &|d| _ = d.entries.insert(8, item(8, &[]))),
        ("package.fault.unexpected", &|d| _ = d.files.insert("data/x".to_owned(), vec![])),
        ("package.fault.file", &|d| d.records[0].files[0].field = "number".to_owned()),
        ("package.fault.file", &|d| d.records[0].files[0].name = "别的.csv".to_owned()),
        ("package.fault.file", &|d| d.records[0].files[0].entry = 7),
        ("package.fault.file", &|d| d.files.values_mut().for_each(|bytes| bytes.push(b'x'))),
        ("package.fault.point", &|d| d.records[0].points[0].field = "data.points[1]".to_owned()),
        ("package.fault.record", &|d| d.records[0].id = world_rule()),
        ("package.fault.index", &|d| d.context = vec![0, 7]),
        ("package.fault.index", &|d| d.records[0].entries.reverse()),
        ("package.fault.stamp", &|d| d.stamps[0].size = 9),
        ("package.fault.stamp", &|d| d.stamps[0].authority = "丙".to_owned()),
        ("package.fault.stamp", &|d| d.stamps[0].token = d.stamps[1].token.clone()),
        ("package.fault.stamp", &|d| d.stamps.swap(0, 1)),
        ("package.fault.consistency", &|d| d.cosigned[0].consistency.clear()),
        ("package.fault.cosignature", &|d| d.cosigned[0].note = world.notes[&20].clone()),
        ("package.fault.root", &|d| _ = d.roots.insert("a.pem".to_owned(), b"x".to_vec())),
        ("package.damage.missing", &|d| d.roots.clear()),
        ("package.fault.outside", &|d| d.outside[0].record = Some(world_rule())),
        ("package.fault.seal", &|d| d.seals = vec![d.stamps[0].token.clone()]),
        ("package.empty", &|d| d.entries.clear()),
        ("package.name", &|d| d.name = "a/b".to_owned()),
        ("ledger.not_signed", &|d| {
            d.ledger = jingui_ledger::Signer::new("jingui.example/ledger", &[1; 32]).expect("signer").verifier().clone()
        }),
    ] {
        assert_eq!(refused(change), Err(code.to_owned()));
    }
}

fn world_rule() -> jingui_model::Id {
    jingui_model::Id::from_bytes([1; 16])
}

#[test]
fn what_is_no_package_is_unreadable_and_an_empty_one_damaged() {
    let outcome = |bytes: &[u8]| verify(bytes, &Trusted::default()).outcome;
    assert_eq!(
        (outcome(b""), outcome(b"%PDF-1.7"), outcome(&[0x50, 0x4b, 3, 4, 0, 0])),
        (Outcome::Unreadable, Outcome::Unreadable, Outcome::Damaged)
    );
    assert_eq!(outcome(&bagged(&[].into())), Outcome::Damaged);
}
