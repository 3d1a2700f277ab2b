//! Issue 2, "Bad input and faults": a full disk. Whatever cannot be kept is refused and says why, nothing that
//! was acknowledged is lost, what needs no writing still works, and when there is room again work goes on
//! without a restart.
//!
//! The data folder lies on a small disk in memory (tmpfs), which the test mounts: it must run as root (or in
//! a container with `CAP_SYS_ADMIN`), and says so when it cannot.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::company::{Company, expect};
use crate::evidence;
use crate::luck::Chance;
use crate::work::{Stop, Worker, all_work, settle};
use serde_json::json;

/// More than the ledger keeps in reserve (64 MiB) and what a small company needs.
const SIZE: &str = "size=160m";

/// The small disk; unmounted when dropped.
struct Small(PathBuf);

impl Small {
    fn mount(within: &Path) -> Self {
        let point = within.join("small");
        std::fs::create_dir(&point).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "jingui-small"]).arg(&point).output().expect("mount");
        assert!(mounted.status.success(), "this test mounts a small disk and must be root: {}", String::from_utf8_lossy(&mounted.stderr));
        Self(point)
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut file = File::options().append(true).create(true).open(self.0.join("filler")).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![7; size]).is_ok() {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_loses_nothing_and_goes_on_when_there_is_room() {
    let side = tempfile::tempdir().unwrap();
    let small = Small::mount(side.path());
    let chance = Chance::new("disk");
    let (company, mut server) = Company::found(&small.0.join("data"), side.path(), None);
    let mut workers: Vec<Worker> = (0..4).map(|n| Worker::new(n, chance.fork())).collect();
    for round in 0..3 {
        all_work(&mut workers, &company, &server.address, 20, || ());
        small.fill();
        // The database may have some room of its own left from before.
        let stops = all_work(&mut workers, &company, &server.address, 2000, || ());
        assert!(stops.iter().all(|s| *s == Stop::Full), "round {round}: {stops:?}");
        assert!(workers.iter().all(Worker::waits));

        // What it says, and what still works.
        let data = json!({ "name": "no room", "source": "weekly", "severity": "minor", "department": company.departments[0],
            "responsible": company.person, "due": "2099-12-31" });
        let mut client = company.client(&server);
        let answer = client.post("/api/records/corrective_action", &json!({ "data": data }), None).unwrap();
        assert_eq!((answer.status, answer.body["code"].as_str()), (503, Some("store.disk_full")), "{}", answer.body);
        assert!(answer.body["detail"].as_str().is_some_and(|d| d.contains("disk is full")), "{}", answer.body);
        let list = expect(client.get("/api/records/corrective_action?limit=5"), 200, "a list");
        assert!(list["total"].as_u64().is_some_and(|n| n > 0));
        let known = workers.iter().flat_map(|w| &w.records).find(|r| r.kind == "campaign").expect("a campaign");
        expect(client.get(&format!("/api/records/campaign/{}", known.id)), 200, "a record without a grade");
        assert_eq!(client.get("/healthz").unwrap().status, 200);
        assert!(server.runs());

        if round == 1 {
            // Dying and starting again on a full disk makes nothing worse.
            server.kill();
            drop(company.start());
            small.free();
            server = company.up();
        } else {
            small.free();
        }
        settle(&mut workers, &company, &server);
        all_work(&mut workers, &company, &server.address, 20, || ());
        evidence::register(&company, &server, &workers);
        evidence::covered(&company, &server);
    }
    evidence::effects(&company, &server, &workers);
    server.kill();
    evidence::ledger(&company, &workers);
    evidence::verified(&company);
}
