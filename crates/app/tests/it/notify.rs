//! Who is told of what and when, on a running node with a clock that is put; how a channel fails and comes back. The way out is a
//! list here; the real ones (SMTP, HTTP) are tested where they are written, in `server` and in `scripts/interop`.

use std::sync::{Arc, Mutex};

use jingui_app::{
    node::Node,
    notify::{
        self, Round,
        carrier::{Carrier, Channel},
        preference::{Preference, Rhythm},
    },
    settings::{NoticeChange, SettingsChange},
};
use jingui_kinds::record::Record;
use jingui_model::{Clock, Id, Instant, Problem};
use jingui_notify::Letter;
use jingui_vault::{SystemRng, Unlock};
use serde_json::json;
use tokio::sync::watch;

use crate::support::{Backend, House, PASSPHRASE, house};

/// What went out; and what is answered instead, if something is to fail.
#[derive(Default)]
struct Post {
    out: Mutex<Vec<Letter>>,
    fault: Mutex<Option<Problem>>,
}

impl Carrier for Post {
    fn carry(&self, _: &Channel, letter: &Letter, _: bool, _: Instant) -> Result<(), Problem> {
        match self.fault.lock().unwrap().clone() {
            Some(problem) => Err(problem),
            None => {
                self.out.lock().unwrap().push(letter.clone());
                Ok(())
            }
        }
    }
}

impl Post {
    /// What went to the worker; the office has duties of its own.
    fn to_worker(&self) -> Vec<Letter> {
        self.take().into_iter().filter(|l| l.to == "li@example.com").collect()
    }
    fn take(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.out.lock().unwrap())
    }
    fn fails(&self, problem: Option<Problem>) {
        *self.fault.lock().unwrap() = problem;
    }
}

struct Scene {
    house: House,
    post: Arc<Post>,
    channel: Record,
    worker: Id,
    department: Id,
}

/// A company with a mail channel for everybody, and a worker with an address.
async fn scene(backend: Backend, rhythm: &str) -> Scene {
    let house = house(backend).await;
    let post = Arc::new(Post::default());
    house.live.notifier.employ(Arc::<Post>::clone(&post));
    let system = house.caller("sysadmin");
    let data = json!({ "name": "公司邮件", "way": "mail", "server": "mail.example", "sender": "jingui@example.com", "key": "geheim" });
    let channel = house.create(&system, "notice_channel", data).await.unwrap();
    let notices = NoticeChange {
        address: Some("https://jingui.example/".to_owned()),
        notice_channel: Some(channel.id.to_string()),
        notice_rhythm: Some(rhythm.to_owned()),
        ..NoticeChange::default()
    };
    house.live.change_settings(&system, &SettingsChange { notices, ..SettingsChange::default() }).await.unwrap();
    let department = house.department("研发部").await;
    let worker = house.person("worker", "李工", Some(department), &["staff"]).await;
    let person = house.record(worker);
    house.act(&house.caller("office"), &person, "edit", json!({ "email": "li@example.com" })).await.unwrap();
    Scene { house, post, channel, worker, department }
}

impl Scene {
    fn at(&self, at: &str) {
        self.house.clock.set(at.parse().unwrap());
    }

    async fn turn(&self) -> Round {
        let (_stop, stop) = watch::channel(false);
        notify::turn(&self.house.live, self.house.node.holder, &stop).await.unwrap().expect("the lease")
    }

    /// Something to put right, by the worker.
    async fn task(&self, due: &str) -> Record {
        let data = json!({ "name": "热处理参数泄露在公共盘", "source": "other", "severity": "minor", "department": self.department,
            "responsible": self.worker, "due": due, "finding": "淬火 845 度" });
        self.house.system("corrective_action", data).await
    }

    fn entries(&self) -> Vec<Record> {
        let world = self.house.live.world.read();
        let table = world.table("stuck_effect").unwrap();
        table.live().iter().map(|r| table.row(r).unwrap().record().unwrap()).collect()
    }
}

// The company is founded on Saturday, 2026-11-21 at 09:00 (Beijing).
const MONDAY_NINE: &str = "2026-11-23T01:00:00Z";

/// B 3.1.2: a message says number, what is asked, until when and where; never what a record says, nor how it is called.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_says_what_is_to_be_done_and_nothing_of_what_it_is_about() {
    let scene = scene(Backend::chosen(), "single").await;
    let task = scene.task("2026-12-20").await;
    scene.at(MONDAY_NINE);
    scene.turn().await;
    let letters = scene.post.take();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.to, "li@example.com");
    let number = task.number.clone().unwrap();
    let [line] = letter.lines.as_slice() else { panic!("{letter:?}") };
    assert!(line.text.starts_with(&number) && line.text.contains("2026-12-20"), "{line:?}");
    assert_eq!(line.link.as_deref(), Some(format!("https://jingui.example/r/corrective_action/{}", task.id).as_str()));
    let all = format!("{letter:?}");
    for secret in ["热处理", "淬火", "845", "geheim"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

/// Once for each person, record and stage: over rounds, restarts and edits; and again when the day comes near and has passed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_stage_is_told_once_whatever_restarts() {
    let mut scene = scene(Backend::chosen(), "single").await;
    let task = scene.task("2026-12-10").await;
    scene.at(MONDAY_NINE);
    scene.turn().await;
    assert_eq!(scene.post.take().len(), 1);
    scene.turn().await;
    let office = scene.house.caller("office");
    scene.house.act(&office, &task, "edit", json!({ "advice": "移走" })).await.unwrap();
    scene.turn().await;
    scene.house = scene.house.restart().await;
    scene.house.live.notifier.employ(Arc::<Post>::clone(&scene.post));
    scene.turn().await;
    assert_eq!(scene.post.take(), [], "told already");
    scene.at("2026-12-07T01:00:00Z");
    scene.turn().await;
    scene.turn().await;
    let soon = scene.post.take();
    assert_eq!(soon.len(), 1, "three days before");
    assert!(!soon[0].lines[0].text.contains("逾期"));
    scene.at("2026-12-11T01:00:00Z");
    scene.turn().await;
    scene.turn().await;
    let late = scene.post.take();
    assert!(late.len() == 1 && late[0].lines[0].text.contains("已逾期"), "{late:?}");
    scene.at("2027-02-01T01:00:00Z");
    scene.turn().await;
    assert_eq!(scene.post.take(), [], "it is late only once");
}

/// Quiet from 20:00 to 08:00 and on days of rest, in the company's zone; what is urgent comes at any hour (B 8.2).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_hold_everything_back_but_what_is_urgent() {
    let scene = scene(Backend::chosen(), "single").await;
    scene.task("2026-12-20").await;
    for quiet in ["2026-11-21T02:00:00Z", "2026-11-22T12:00:00Z", "2026-11-22T16:30:00Z", "2026-11-22T23:59:00Z"] {
        scene.at(quiet);
        let round = scene.turn().await;
        assert_eq!(round.next, Some("2026-11-23T00:00:00Z".parse().unwrap()), "Monday at 08:00 in Beijing");
        assert_eq!(scene.post.take(), [], "{quiet}");
    }
    let person = scene.house.record(scene.house.caller("office").view.person.unwrap());
    scene.house.act(&scene.house.caller("office"), &person, "edit", json!({ "email": "office@example.com" })).await.unwrap();
    scene.house.system("incident", json!({ "name": "图纸外发" })).await;
    scene.turn().await;
    let urgent = scene.post.take();
    assert_eq!(urgent.iter().map(|l| l.to.as_str()).collect::<Vec<_>>(), ["office@example.com"]);
    assert!(!format!("{urgent:?}").contains("图纸"));
    scene.at("2026-11-23T00:00:00Z");
    scene.turn().await;
    assert_eq!(scene.post.to_worker().len(), 1);
    // Hours are meant in the company's zone: when it moves, so do they.
    scene.task("2026-12-21").await;
    scene.at("2026-11-23T13:00:00Z");
    scene.turn().await;
    assert_eq!(scene.post.to_worker(), [], "21:00 in Beijing");
    let moved = SettingsChange { zone_minutes: Some(0), ..SettingsChange::default() };
    scene.house.live.change_settings(&scene.house.caller("sysadmin"), &moved).await.unwrap();
    scene.turn().await;
    assert_eq!(scene.post.to_worker().len(), 1, "13:00 in Greenwich");
}

/// The digest goes out at its hour on working days, whole; after weeks without a running node it is still one letter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_a_day_and_one_letter_after_weeks_offline() {
    let scene = scene(Backend::chosen(), "digest").await;
    for _ in 0..3 {
        scene.task("2026-12-20").await;
    }
    scene.turn().await;
    scene.at("2026-11-23T00:29:00Z");
    scene.turn().await;
    assert_eq!(scene.post.take(), []);
    scene.at("2026-11-23T00:30:00Z");
    scene.turn().await;
    let digest = scene.post.take();
    assert_eq!(digest.iter().map(|l| l.lines.len()).collect::<Vec<_>>(), [3]);
    assert!(digest[0].subject.contains('3'));
    // Now one by one, and nobody home for weeks: still one letter, the latest stage of each.
    for _ in 0..150 {
        scene.task("2026-12-01").await;
    }
    let mine = scene.house.caller("worker");
    let wanted =
        Preference { rhythm: Rhythm::Single, lang: "en".to_owned(), ..scene.house.live.notice_preference(&mine).unwrap().preference };
    scene.house.live.choose_notices(&mine, &wanted).await.unwrap();
    scene.at("2027-01-11T03:00:00Z");
    scene.turn().await;
    let late = scene.post.take();
    assert_eq!(late.len(), 1);
    assert!(late[0].subject.contains("153") && late[0].lines[0].text.contains("late"), "{:?}", late[0].lines[0]);
    assert!(late[0].lines.len() <= 101, "the rest is counted");
}

/// Who is away is told after coming back, but for what is urgent (B 10; H 5.3).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_away_is_told_afterwards() {
    let scene = scene(Backend::chosen(), "single").await;
    scene.task("2026-12-20").await;
    let away =
        json!({ "name": "休假", "person": scene.worker, "department": scene.department, "first": "2026-11-23", "last": "2026-11-24" });
    scene.house.system("absence", away).await;
    scene.at(MONDAY_NINE);
    assert_eq!(scene.turn().await.next, Some("2026-11-25T00:00:00Z".parse().unwrap()), "Wednesday at 08:00");
    assert_eq!(scene.post.to_worker(), []);
    scene.at("2026-11-25T00:00:00Z");
    scene.turn().await;
    assert_eq!(scene.post.to_worker().len(), 1);
}

/// A duty is told when it is raised, and once when it falls late, before and after the register says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_10_1_a_duty_is_told_when_it_is_raised_and_once_when_it_is_late() {
    let scene = scene(Backend::chosen(), "single").await;
    let live = Arc::clone(&scene.house.live);
    let office = scene.house.caller("office").view.person.unwrap();
    let person = scene.house.record(office);
    scene.house.act(&scene.house.caller("office"), &person, "edit", json!({ "email": "office@example.com" })).await.unwrap();
    // The first Monday of the year, then two months later.
    scene.at("2027-01-04T02:00:00Z");
    jingui_app::duties::day(&live, "2027-01-04".parse().unwrap()).await.unwrap();
    let duties: Vec<Record> = {
        let world = live.world.read();
        let table = world.table("duty").unwrap();
        table.live().iter().map(|r| table.row(r).unwrap().record().unwrap()).collect()
    };
    let mine = |d: &&Record| d.state == "open" && d.data["responsible"] == json!([office]) && d.data["rule"] == json!("yearly_plan");
    let duty = duties.iter().find(mine).expect("the plan of the year (B 3.1.1)");
    let number = duty.number.clone().unwrap();
    let told = |post: &Post, word: &str| {
        let letters = post.take();
        letters.iter().flat_map(|l| &l.lines).filter(|l| l.text.starts_with(&number) && l.text.contains(word)).count()
    };
    scene.turn().await;
    assert_eq!(told(&scene.post, ""), 1);
    scene.at("2027-03-10T02:00:00Z");
    scene.turn().await;
    jingui_app::duties::day(&live, "2027-03-10".parse().unwrap()).await.unwrap();
    assert_eq!(scene.house.record(duty.id).state, "late");
    scene.turn().await;
    assert_eq!(told(&scene.post, "已逾期"), 1);
}

/// What has been done meanwhile is not told, nor is a person who left told anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_what_is_done_and_who_left_is_told_nothing() {
    let scene = scene(Backend::chosen(), "single").await;
    let done = scene.task("2026-12-20").await;
    scene.turn().await;
    assert_eq!(scene.house.live.store.notices().await.unwrap().len(), 1);
    let worker = scene.house.caller("worker");
    scene.house.act(&worker, &done, "start", json!({})).await.unwrap();
    scene.house.act(&worker, &done, "finish", json!({ "action_taken": "已移走" })).await.unwrap();
    scene.at(MONDAY_NINE);
    scene.turn().await;
    assert_eq!(scene.post.take(), []);
    scene.task("2026-12-21").await;
    let person = scene.house.record(scene.worker);
    scene.house.act(&scene.house.caller("office"), &person, "leave", json!({ "left_on": "2026-11-23" })).await.unwrap();
    scene.turn().await;
    assert_eq!(scene.post.take(), []);
    assert_eq!(scene.house.live.store.notices().await.unwrap(), [], "nothing is kept of who left");
}

/// A node that died while it handed a message over: nobody knows how far it got, so it is not sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_being_handed_over_when_a_node_died_is_not_sent_twice() {
    let scene = scene(Backend::chosen(), "single").await;
    scene.task("2026-12-20").await;
    scene.turn().await;
    let keys: Vec<[u8; 32]> = scene.house.live.store.notices().await.unwrap().iter().map(|r| r.key).collect();
    assert!(scene.house.live.store.take_notices(&keys).await.unwrap(), "as a node does right before it dies");
    scene.at(MONDAY_NINE);
    scene.turn().await;
    assert_eq!(scene.post.take(), []);
}

/// Out of reach: tried again with waits that double, shown after half an hour, tried on, and settled by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_5_4_a_channel_out_of_reach_is_shown_and_comes_back_by_itself() {
    let scene = scene(Backend::chosen(), "single").await;
    scene.task("2026-12-20").await;
    scene.at(MONDAY_NINE);
    scene.post.fails(Some(Problem::unavailable("courier.unreachable").arg("host", "mail.example")));
    let mut waits = vec![];
    for _ in 0..8 {
        let round = scene.turn().await;
        let now = scene.house.clock.now();
        assert_eq!(round.failed, 1);
        assert_eq!(scene.turn().await.failed, 0, "not before its time");
        let next = round.next.unwrap();
        waits.push((next.micros() - now.micros()) / 60_000_000);
        scene.house.clock.set(next);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
    let entries = scene.entries();
    assert_eq!(
        entries.iter().map(|e| (e.state.as_str(), &e.data["reason"])).collect::<Vec<_>>(),
        [("stuck", &json!("courier.unreachable"))]
    );
    let work = scene.house.live.work(&scene.house.caller("sysadmin")).unwrap();
    assert!(work.items.iter().any(|i| i.record.id == entries[0].id), "the system administrator sees it");
    scene.post.fails(None);
    scene.turn().await;
    assert_eq!(scene.post.take().len(), 1, "nothing was lost");
    assert_eq!(scene.entries()[0].state, "settled");
}

/// Refused: given up in sight at once and left alone, until a person has it tried again. What waited goes out together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_5_4_a_channel_that_refuses_is_left_alone_until_somebody_looks() {
    let scene = scene(Backend::chosen(), "single").await;
    scene.task("2026-12-20").await;
    scene.at(MONDAY_NINE);
    scene.post.fails(Some(Problem::invalid("notify.sign_in").arg("reason", 535)));
    assert_eq!(scene.turn().await.failed, 1);
    scene.task("2026-12-20").await;
    scene.at("2026-11-24T02:00:00Z");
    assert_eq!(scene.turn().await, Round::default());
    let entry = scene.entries().remove(0);
    assert_eq!((entry.state.as_str(), &entry.data["about_id"]), ("stuck", &json!(scene.channel.id)));
    let system = scene.house.caller("sysadmin");
    scene.house.act(&system, &entry, "retry", json!({})).await.unwrap();
    scene.house.until("the effect ran", |h| h.live.metrics.effects.load(std::sync::atomic::Ordering::Relaxed) > 0).await;
    assert_eq!(scene.turn().await.failed, 1, "still refused");
    assert_eq!(scene.entries()[0].state, "stuck");
    scene.post.fails(None);
    // A test that gets through settles it as well.
    let person = scene.house.record(system.view.person.unwrap());
    scene.house.act(&scene.house.caller("office"), &person, "edit", json!({ "email": "system@example.com" })).await.unwrap();
    scene.house.live.test_channel(&system, scene.channel.id).await.unwrap();
    assert_eq!((scene.post.take().len(), scene.entries()[0].state.as_str()), (1, "settled"));
    assert_eq!(scene.house.record(scene.channel.id).data["test_result"], json!("passed"));
    scene.turn().await;
    let letters = scene.post.take();
    assert_eq!(letters.iter().filter(|l| l.to == "li@example.com").map(|l| l.lines.len()).collect::<Vec<_>>(), [2]);
}

/// Secrets of a channel are typed in and never come out: not to those who set them, not in its history, not in an export.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_a_channel_never_comes_out() {
    let scene = scene(Backend::Sqlite, "single").await;
    let system = scene.house.caller("sysadmin");
    let edit = json!({ "hook": "https://oapi.dingtalk.com/robot/send?access_token=T0KEN", "key": "geheim2" });
    let edited = scene.house.act(&system, &scene.channel, "edit", edit).await.unwrap();
    let kind = scene.house.live.world.read().kind("notice_channel").unwrap().clone();
    assert_eq!(edited.data["key"], json!("geheim2"), "it is kept");
    let public = jingui_app::records::public(&kind, edited);
    assert!(!public.data.contains_key("key") && !public.data.contains_key("hook"));
    // Others than the system administrator set nothing and test nothing.
    for login in ["worker", "office", "secadmin", "auditor"] {
        let caller = scene.house.caller(login);
        assert!(scene.house.act(&caller, &scene.channel, "edit", json!({ "key": "x" })).await.is_err(), "{login}");
        assert!(scene.house.live.test_channel(&caller, scene.channel.id).await.is_err(), "{login}");
    }
    assert_eq!(scene.post.take(), []);
}

/// Two nodes on one database look at the same time: one letter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_send_one_letter() {
    let scene = scene(Backend::Postgres, "single").await;
    scene.task("2026-12-20").await;
    let clock = Arc::clone(&scene.house.clock);
    let other = Node::open(scene.house.config.clone(), clock, Arc::new(SystemRng)).await.unwrap_or_else(|p| panic!("{p}"));
    other.unseal(Unlock::Passphrase(PASSPHRASE)).await.unwrap_or_else(|p| panic!("{p}"));
    let far = other.live().unwrap();
    far.notifier.employ(Arc::<Post>::clone(&scene.post));
    scene.at(MONDAY_NINE);
    let (_stop, stop) = watch::channel(false);
    let (one, two) = tokio::join!(notify::turn(&scene.house.live, scene.house.node.holder, &stop), notify::turn(&far, other.holder, &stop));
    let held = [one.unwrap(), two.unwrap()].into_iter().flatten().count();
    assert_eq!((held, scene.post.take().len()), (1, 1));
    // The first gives up; the second takes over and has nothing to repeat.
    scene.house.clock.set(scene.house.clock.now().plus_seconds(1000));
    assert_eq!(notify::turn(&far, other.holder, &stop).await.unwrap().map(|r| r.letters), Some(0));
    other.stop().await;
    scene.house.node.stop().await;
}
