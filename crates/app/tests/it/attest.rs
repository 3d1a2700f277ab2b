//! Time from outside, witnesses, the SM3 twin and the notes about the system itself, on a running node.
//! The authority is a real one (`openssl ts`); the witness is the protocol's engine.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jingui_app::{
    attest::courier::{Answer, Courier},
    case::{Choice, Extras},
};
use jingui_evidence::{
    dossier::{Outcome, Standing, Trusted, verify},
    time::{Stamped, Token, TrustRoots},
};
use jingui_ledger::{Checkpoint, Cosigner, Verifier, Witness, cosign::AddCheckpoint};
use jingui_model::{Id, Problem};
use jingui_store::Attestation;
use serde_json::json;

use crate::support::{House, house};

#[expect(dead_code, reason = "shared with the engine's own tests, which use more of it")]
#[path = "../../../evidence/tests/evidence/authority.rs"]
pub mod authority;
use authority::{Folder, Key};

/// Authority and witness behind one courier; it can be cut off.
struct Outside {
    folder: Mutex<Folder>,
    cosigner: Cosigner,
    log: Mutex<Option<Verifier>>,
    seen: Mutex<Option<Checkpoint>>,
    cut: AtomicBool,
}

impl Outside {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            folder: Mutex::new(authority::authority(Key::P256)),
            cosigner: Cosigner::new("association.example/witness", &[3; 32]).unwrap(),
            log: Mutex::default(),
            seen: Mutex::default(),
            cut: AtomicBool::new(false),
        })
    }

    fn root(&self) -> String {
        String::from_utf8(self.folder.lock().unwrap().read("root.pem")).unwrap()
    }
}

impl Courier for Outside {
    fn post(&self, url: &str, content_type: &str, body: &[u8], _limit: u64) -> Result<Answer, Problem> {
        if self.cut.load(Ordering::SeqCst) {
            return Err(Problem::unavailable("courier.unreachable").arg("host", "tsa.example"));
        }
        if url == "http://tsa.example/" {
            assert_eq!(content_type, "application/timestamp-query");
            let folder = self.folder.lock().unwrap();
            folder.write("query.tsq", body);
            let arguments =
                ["ts", "-reply", "-config", "conf", "-queryfile", "query.tsq", "-signer", "authority.pem", "-inkey", "authority.key"];
            folder.openssl(&[&arguments, &["-out", "reply.tsr"][..]].concat());
            return Ok(Answer { status: 200, body: folder.read("reply.tsr") });
        }
        assert_eq!(url, "http://witness.example/w/add-checkpoint");
        let request = AddCheckpoint::parse(std::str::from_utf8(body).unwrap()).unwrap();
        let mut seen = self.seen.lock().unwrap();
        match request.check(self.log.lock().unwrap().as_ref().unwrap(), seen.as_ref()) {
            Ok(next) => {
                // The witness's own clock.
                let line = self.cosigner.cosign(&next, "2026-11-21T02:00:00Z".parse().unwrap()).unwrap();
                *seen = Some(next);
                Ok(Answer { status: 200, body: line.into_bytes() })
            }
            Err(refusal) => {
                let size = seen.as_ref().map_or(0, |s| s.size);
                Ok(Answer { status: refusal.status(), body: format!("{size}\n").into_bytes() })
            }
        }
    }
}

async fn attended(outside: &Arc<Outside>) -> House {
    let courier: Arc<dyn Courier> = Arc::<Outside>::clone(outside);
    let house = house(crate::support::Backend::chosen()).await.restart_with(|node| node.employ(courier)).await;
    *outside.log.lock().unwrap() = Some(Verifier::parse(&house.live.ledger.state().vkey).unwrap());
    house
}

/// Waits until something has come of a source.
async fn from(house: &House, source: Id, size: u64) -> Attestation {
    for _ in 0..600 {
        if let Some(last) = house.live.store.last_attestation(source).await.unwrap()
            && last.size > size
        {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing came: {:?}", house.live.attester.standing(source));
}

async fn acts(house: &House) -> Vec<String> {
    house.live.store.events_from(0, 10_000).await.unwrap().into_iter().map(|e| e.act).collect()
}

/// Waits until an act was noted so often.
async fn noted(house: &House, act: &str, times: usize) {
    for _ in 0..600 {
        if acts(house).await.iter().filter(|a| *a == act).count() >= times {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{act} was not noted {times} times: {:?}", acts(house).await);
}

fn of_authority(root: &str, imprint: &str) -> serde_json::Value {
    json!({ "name": "测试时间戳机构", "url": "http://tsa.example/", "imprint": imprint, "every_minutes": 1, "roots": root })
}

/// H 9.5.4; 在线诉讼规则 17: checkpoints get their time from outside, in both digests, and the token is kept as it came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_are_stamped_by_a_real_authority() {
    let outside = Outside::new();
    let house = attended(&outside).await;
    let security = house.caller("secadmin");
    for imprint in ["sha256", "sm3"] {
        let source = house.create(&security, "time_authority", of_authority(&outside.root(), imprint)).await.unwrap().id;
        let stamp = from(&house, source, 0).await;
        let token = Token::parse(&stamp.body).unwrap();
        let roots = TrustRoots::from_pem(outside.root().as_bytes()).unwrap();
        let verdict = token.verify(Stamped::Data(stamp.note.as_bytes()), None, &roots, &[]).unwrap();
        assert!(verdict.is_trusted());
        assert_eq!((stamp.at, stamp.expires), (verdict.time, Some(verdict.ends)));
        let verifier = Verifier::parse(&house.live.ledger.state().vkey).unwrap();
        assert_eq!(Checkpoint::open(&stamp.note, &verifier).unwrap().size, stamp.size);
        assert!(house.live.store.attested_sizes().await.unwrap().contains(&(source, stamp.size, stamp.id)));
        house.system("department", json!({ "name": format!("部门 {imprint}") })).await;
    }
    noted(&house, "stamped", 2).await;
    // Only who answers for security registers an authority.
    for login in ["office", "sysadmin", "auditor"] {
        let refused = house.create(&house.caller(login), "time_authority", of_authority("", "sha256")).await.unwrap_err();
        assert!(refused.code().starts_with("policy."), "{login}: {}", refused.code());
    }
}

/// An authority that does not answer holds nothing up: it is noted once, asked again later, and the next token covers all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_is_away_is_asked_again() {
    let outside = Outside::new();
    let house = attended(&outside).await;
    outside.cut.store(true, Ordering::SeqCst);
    let source = house.create(&house.caller("secadmin"), "time_authority", of_authority(&outside.root(), "sha256")).await.unwrap().id;
    for _ in 0..400 {
        if house.live.attester.standing(source).failures > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let standing = house.live.attester.standing(source);
    assert_eq!(standing.problem.unwrap().code(), "courier.unreachable");
    assert!(standing.next.unwrap() > house.live.clock.now());
    // Whoever watches is told since when and why, in words; only some may take tokens away.
    for (login, takes) in [("office", true), ("sysadmin", false)] {
        let watch = house.live.watch(&house.caller(login)).await.unwrap();
        let away = watch.outsiders.iter().find(|o| o.id == source).unwrap();
        assert_eq!((away.since, watch.takes), (standing.since, takes), "{login}");
        assert!(away.since.is_some() && away.reason.as_ref().is_some_and(|text| !text.zh.is_empty()));
    }
    assert_eq!(house.live.asked(), (1, 0));
    let done = house.system("department", json!({ "name": "夜班" })).await;
    outside.cut.store(false, Ordering::SeqCst);
    house.live.attester.hurry();
    let stamp = from(&house, source, 0).await;
    let event = house.live.store.events_of(done.id, None, 10).await.unwrap().pop().unwrap();
    assert!(stamp.size > event.index);
    noted(&house, "stamp_failed", 1).await;
    assert_eq!(acts(&house).await.iter().filter(|a| *a == "stamp_failed").count(), 1);
}

/// A package carries what outsiders said, and one more time stamp over itself; who trusts the authority's root has proof of the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_package_carries_time_stamps_cosignatures_and_a_seal() {
    let outside = Outside::new();
    let house = attended(&outside).await;
    let department = house.department("热处理部").await;
    let secret = json!({ "name": "淬火工艺", "department": department, "grade": "important", "points": [{ "name": "油温" }] });
    let secret = house.create(&house.caller("office"), "secret", secret).await.unwrap();
    let security = house.caller("secadmin");
    let key = outside.cosigner.witness().to_string();
    let witness = json!({ "name": "行业协会", "url": "http://witness.example/w/", "key": key, "every_minutes": 1 });
    let mut sources = vec![house.create(&security, "ledger_witness", witness).await.unwrap().id];
    for imprint in ["sha256", "sm3"] {
        sources.push(house.create(&security, "time_authority", of_authority(&outside.root(), imprint)).await.unwrap().id);
    }
    let entry = house.live.store.events_of(secret.id, None, 1).await.unwrap()[0].index;
    house.live.attester.hurry();
    for source in sources {
        from(&house, source, entry).await;
    }
    let covered = house.live.covered(&house.caller("office"), "secret", secret.id).await.unwrap();
    let line = covered.iter().find(|line| line.index == entry).unwrap();
    assert_eq!(line.stamp.as_ref().map(|seen| seen.name.as_str()), Some("测试时间戳机构"));
    assert_eq!(line.cosigned.as_ref().map(|seen| seen.name.as_str()), Some("行业协会"));
    let choice = Choice { secrets: vec![secret.id], ..Choice::default() };
    let made = house.live.make_package(&house.caller("office"), None, &choice, Extras::default()).await.unwrap();
    let trusted = Trusted::read(&[&house.live.ledger.state().vkey, &key], Some(outside.root().as_bytes())).unwrap();
    let found = verify(&made.bytes, &trusted);
    assert_eq!((found.outcome, found.first), (Outcome::Whole, None));
    let proven = found.proven.iter().find(|p| p.index == entry).unwrap();
    let time = proven.time.as_ref().unwrap();
    assert_eq!((time.standing, proven.cosigned.len(), proven.twin), (Standing::Trusted, 1, true));
    assert!(found.cosigned.iter().all(|seen| seen.standing == Standing::Trusted));
    assert_eq!(found.sealed.iter().map(|seal| seal.standing).collect::<Vec<_>>(), [Standing::Trusted; 2], "one over each list of digests");
    // Who trusts nobody beforehand is told that all of it is claimed.
    let found = verify(&made.bytes, &Trusted::default());
    assert!(found.proven.iter().filter_map(|p| p.time.as_ref()).all(|time| time.standing == Standing::Claimed));
    // An authority that is away delays nothing.
    outside.cut.store(true, Ordering::SeqCst);
    let made = house.live.make_package(&house.caller("office"), None, &choice, Extras::default()).await.unwrap();
    assert!(made.findings.sealed.is_empty() && made.findings.stamps.len() > 1);
}

/// 民事证据规定 94: a witness cosigns; a ledger that shows another history is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_cosigns_and_notices_another_history() {
    let outside = Outside::new();
    let house = attended(&outside).await;
    let key = outside.cosigner.witness().to_string();
    let data = json!({ "name": "行业协会", "url": "http://witness.example/w/", "key": key, "every_minutes": 1 });
    let source = house.create(&house.caller("secadmin"), "ledger_witness", data).await.unwrap().id;
    let first = from(&house, source, 0).await;
    let said = Witness::parse(&key).unwrap().said(&first.note).unwrap().unwrap();
    assert_eq!(said.at, first.at);
    house.system("department", json!({ "name": "二车间" })).await;
    house.live.attester.hurry();
    let second = from(&house, source, first.size).await;
    assert!(second.size > first.size);
    // The witness remembers another tree of that size than ours ever was.
    let size = second.size;
    outside.seen.lock().unwrap().as_mut().unwrap().root = [7; 32];
    house.system("department", json!({ "name": "三车间" })).await;
    house.live.attester.hurry();
    for _ in 0..400 {
        if house.live.attester.standing(source).failures > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(house.live.attester.standing(source).problem.unwrap().code(), "witness.disagrees");
    assert_eq!(house.live.store.last_attestation(source).await.unwrap().unwrap().size, size);
    noted(&house, "cosign_failed", 1).await;
}

/// The twin follows, each of its checkpoints stands in the first ledger, and both are whole after a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sm3_twin_follows_and_is_logged() {
    let house = house(crate::support::Backend::chosen()).await;
    for _ in 0..400 {
        if acts(&house).await.contains(&"twin_checkpoint".to_owned()) {
            break;
        }
        house.clock.set(house.live.clock.now().plus_seconds(10));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let state = house.live.twin.state();
    assert!(state.size > 0);
    let index = state.size - 1;
    let event = house.live.store.events_from(index, 1).await.unwrap().remove(0);
    let proofs = house.live.twin.proofs(vec![index, 10_000]).await.unwrap();
    assert_eq!(proofs.len(), 1, "what the twin has not reached has no proof");
    proofs[0].verify(&event.entry, &Verifier::parse(&state.vkey).unwrap()).unwrap();
    noted(&house, "started", 1).await;
    noted(&house, "health", 1).await;
    let house = house.restart().await;
    assert!(house.live.twin.verify().await.unwrap().whole());
    assert!(house.live.twin.state().size >= state.size);
}

/// "One secret point without showing the others": rows are committed to one by one, and read back together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_are_committed_to_one_by_one() {
    let house = house(crate::support::Backend::chosen()).await;
    let department = house.department("研发部").await;
    let points = json!([{ "name": "淬火温度", "content": "850 ℃" }, { "name": "回火时间", "content": "120 min" }]);
    let secret = house.system("secret", json!({ "name": "热处理", "grade": "core", "department": department, "points": points })).await;
    let event = house.live.store.events_of(secret.id, None, 10).await.unwrap().pop().unwrap();
    let entry = jingui_ledger::Entry::parse(&event.entry).unwrap();
    let names: Vec<_> = entry.fields().keys().filter(|n| n.starts_with("data.points")).cloned().collect();
    assert_eq!(names, ["data.points[0]", "data.points[1]"]);
    let row = house.live.store.record(secret.id).await.unwrap().unwrap();
    let key = house.live.vault.record_key(secret.id, &row.key).unwrap();
    let opened = jingui_app::pipeline::open_event(&house.live.vault, Some(&key), &event).unwrap();
    let one = opened.fields.iter().find(|f| f.name == "data.points[1]").unwrap();
    assert!(entry.opens(one));
    assert!(one.value.to_string().contains("回火时间") && !one.value.to_string().contains("淬火"));
    let together = &opened.changes()["points"];
    assert_eq!(together.as_array().unwrap().len(), 2);
}
