//! Witnesses (C2SP tlog-witness, tlog-cosignature): what they sign and what they refuse.

use jingui_ledger::{
    Checkpoint, Cosigner, Witness,
    cosign::{AddCheckpoint, Refusal},
};
use jingui_model::Instant;
use proptest::prelude::*;

use crate::{grown, signer};

fn cosigner() -> Cosigner {
    Cosigner::new("association.example/witness", &[9; 32]).unwrap()
}

fn at(seconds: i64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

fn request(old: u64, size: u64) -> AddCheckpoint {
    let log = grown(size);
    AddCheckpoint { old, proof: log.consistency_proof(old, size).unwrap(), note: log.checkpoint().to_owned() }
}

/// The example of the specification, with the key that is published beside it nowhere: only the form is checked.
#[test]
fn the_example_request_reads_back() {
    let text = "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    let request = AddCheckpoint::parse(text).unwrap();
    assert_eq!((request.old, request.proof.len(), request.origin().unwrap().as_str()), (20_852_014, 2, "example.com/behind-the-sofa"));
    assert_eq!(request.to_text(), text);
    for broken in [
        text.replace("old 2", "old 02"),
        text.replace("old ", "old"),
        text.replace("PlRN", "Pl RN"),
        text.replace("kaw=", "kax="),
        text.replace("\n\n", "\n"),
        format!("old 0\n{}\n{}", "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n".repeat(64), signer().sign("a\n").unwrap()),
        "x".repeat(70_000),
    ] {
        assert_eq!(AddCheckpoint::parse(&broken).unwrap_err().code(), "ledger.request_malformed");
    }
}

#[test]
fn a_witness_cosigns_what_continues_what_it_saw() {
    let (log, cosigner) = (signer(), cosigner());
    let witness = Witness::parse(&cosigner.witness().to_string()).unwrap();
    let mut seen: Option<Checkpoint> = None;
    for (old, new) in [(0, 0), (0, 5), (5, 5), (5, 300), (300, 301)] {
        let request = AddCheckpoint::parse(&request(old, new).to_text()).unwrap();
        let checked = request.check(log.verifier(), seen.as_ref()).unwrap();
        let line = cosigner.cosign(&checked, at(1_800_000_000)).unwrap();
        let note = witness.accept(&request.note, &line).unwrap();
        let said = witness.said(&note).unwrap().unwrap();
        assert_eq!((said.at, said.witness.as_str()), (at(1_800_000_000), "association.example/witness"));
        // The company's own key still opens it, and it is still the same checkpoint.
        assert_eq!(Checkpoint::open(&note, log.verifier()).unwrap(), checked);
        assert_eq!(witness.said(&request.note).unwrap(), None);
        seen = Some(checked);
    }
}

#[test]
fn a_witness_refuses_forks_gaps_and_strangers() {
    let log = signer();
    let seen = Checkpoint::open(grown(300).checkpoint(), log.verifier()).unwrap();
    let status = |request: &AddCheckpoint, seen: Option<&Checkpoint>| request.check(log.verifier(), seen).map_err(|r| r.status());
    assert_eq!(request(0, 400).check(log.verifier(), Some(&seen)), Err(Refusal::Conflict(300)));
    assert_eq!(request(200, 400).check(log.verifier(), Some(&seen)), Err(Refusal::Conflict(300)));
    assert_eq!(status(&AddCheckpoint { old: 500, ..request(300, 400) }, Some(&seen)), Err(400));
    assert_eq!(status(&AddCheckpoint { proof: vec![], ..request(300, 400) }, Some(&seen)), Err(422));
    let other = Checkpoint { root: [0; 32], ..seen.clone() };
    assert_eq!(status(&request(300, 400), Some(&other)), Err(422), "a fork");
    assert_eq!(status(&request(300, 300), Some(&other)), Err(409), "the same size with another root");
    let stranger = jingui_ledger::Signer::new(&seen.origin, &[1; 32]).unwrap();
    let forged = AddCheckpoint { note: seen.sign(&stranger).unwrap(), ..request(0, 300) };
    assert_eq!(status(&forged, None), Err(403));
}

#[test]
fn a_cosignature_holds_for_its_note_its_time_and_its_key() {
    let (log, cosigner) = (grown(7), cosigner());
    let witness = cosigner.witness();
    let line = cosigner.cosign(log.state(), at(1_700_000_000)).unwrap();
    let code = |note: &str, line: &str| witness.accept(note, line).map(|_| ()).map_err(|p| p.code().to_owned());
    assert_eq!(code(grown(8).checkpoint(), &line), Err("ledger.bad_signature".to_owned()));
    // The time is under the signature: bytes 4 to 11 after the key's id.
    let mut later = line.clone();
    let at = later.rfind(' ').unwrap() + 10;
    later.replace_range(at..=at, if &line[at..=at] == "A" { "B" } else { "A" });
    assert_eq!(code(log.checkpoint(), &later), Err("ledger.bad_signature".to_owned()));
    let other = Cosigner::new("association.example/witness", &[8; 32]).unwrap();
    let line = other.cosign(log.state(), Instant::from_micros(0)).unwrap();
    assert_eq!(code(log.checkpoint(), &line), Err("ledger.not_signed".to_owned()));
    assert_eq!(code(log.checkpoint(), "rubbish\n"), Err("ledger.note_malformed".to_owned()));
    assert!(Witness::parse(&signer().verifier().to_string()).is_err());
    assert!(cosigner.cosign(log.state(), Instant::from_micros(-1)).is_err());
}

proptest! {
    #[test]
    fn no_request_makes_the_parser_panic(text in "\\PC{0,300}", cut in 0_usize..400, flip in 0_usize..400) {
        let _ = AddCheckpoint::parse(&text);
        let mut bytes = request(3, 9).to_text().into_bytes();
        let at = flip % bytes.len();
        bytes[at] ^= 1;
        bytes.truncate(bytes.len().saturating_sub(cut % 50));
        if let Ok(text) = String::from_utf8(bytes) && let Ok(request) = AddCheckpoint::parse(&text) {
            let _ = request.check(signer().verifier(), None);
        }
    }
}
