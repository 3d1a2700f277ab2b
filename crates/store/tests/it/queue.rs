//! The queue and the leases: each job to one holder at a time, a dead holder's job to the next.

use std::collections::BTreeSet;

use crate::world::{at, both, code, id, job};
use jingui_store::{JobOverview, NEVER};

both! {
    async fn a_job_goes_to_one_holder_until_its_lease_ends(world) {
        let mut write = world.store.begin().await.unwrap();
        write.enqueue(&job(1, 20)).await.unwrap();
        write.enqueue(&job(2, 10)).await.unwrap();
        assert_eq!(code(write.enqueue(&job(2, 10)).await), "store.exists");
        write.commit().await.unwrap();
        let store = &world.store;
        assert_eq!(store.claim_job(9, id(50), 100).await.unwrap(), None, "none is due yet");
        let taken = store.claim_job(30, id(50), 100).await.unwrap().unwrap();
        assert_eq!((taken.id, taken.attempts, taken.run_at, taken.sealed), (id(2), 1, at(10), vec![1, 0, 255]), "the one due longest");
        assert_eq!(store.claim_job(30, id(51), 60).await.unwrap().unwrap().id, id(1));
        assert_eq!(store.claim_job(59, id(52), 90).await.unwrap(), None);
        assert_eq!(store.claim_job(60, id(52), 90).await.unwrap().map(|j| (j.id, j.attempts)), Some((id(1), 2)), "its holder is late");
        assert!(!store.finish_job(id(1), id(51)).await.unwrap(), "too late");
        assert!(store.finish_job(id(2), id(50)).await.unwrap());
        assert!(store.fail_job(id(1), id(52), 70, "mail.refused").await.unwrap());
        assert!(!store.fail_job(id(1), id(52), 70, "mail.refused").await.unwrap());
        let row = JobOverview { kind: "mail".into(), waiting: 1, running: 0, failing: 1, dead: 0, oldest: Some(at(70)) };
        assert_eq!(store.jobs_overview().await.unwrap(), [row]);
        store.claim_job(70, id(50), 200).await.unwrap().unwrap();
        let row = JobOverview { kind: "mail".into(), waiting: 0, running: 1, failing: 0, dead: 0, oldest: None };
        assert_eq!(store.jobs_overview().await.unwrap(), [row]);
        assert!(store.fail_job(id(1), id(50), NEVER, "mail.refused").await.unwrap());
        assert_eq!(store.claim_job(NEVER - 1, id(50), NEVER).await.unwrap(), None, "given up");
        let row = JobOverview { kind: "mail".into(), waiting: 0, running: 0, failing: 0, dead: 1, oldest: None };
        assert_eq!(store.jobs_overview().await.unwrap(), [row]);
    }

    async fn who_starts_anew_finds_what_was_taken_before(world) {
        let mut write = world.store.begin().await.unwrap();
        write.enqueue(&job(1, 10)).await.unwrap();
        write.enqueue(&job(2, 10)).await.unwrap();
        write.commit().await.unwrap();
        let store = &world.store;
        assert_eq!(store.claim_job(10, id(50), 100).await.unwrap().unwrap().id, id(1));
        assert_eq!(store.claim_job(10, id(51), 100).await.unwrap().unwrap().id, id(2));
        assert_eq!(store.put_back_jobs(id(50)).await.unwrap(), 1, "its own only");
        assert_eq!(store.claim_job(11, id(50), 100).await.unwrap().map(|j| (j.id, j.attempts)), Some((id(1), 2)), "at once");
        assert_eq!(store.claim_job(11, id(50), 100).await.unwrap(), None);
    }

    async fn many_holders_never_get_the_same_job(world) {
        let mut write = world.store.begin().await.unwrap();
        for n in 0..40 {
            write.enqueue(&job(n, 1)).await.unwrap();
        }
        write.commit().await.unwrap();
        let holders: Vec<_> = (0..8)
            .map(|holder| {
                let store = world.store.clone();
                tokio::spawn(async move {
                    let mut taken = vec![];
                    while let Some(job) = store.claim_job(5, id(100 + holder), 1000).await.unwrap() {
                        taken.push(job.id);
                    }
                    taken
                })
            })
            .collect();
        let mut all = vec![];
        for holder in holders {
            all.extend(holder.await.unwrap());
        }
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "no job twice");
        // A claim may come back empty while others take the last ones; none is lost.
        while let Some(job) = world.store.claim_job(5, id(99), 1000).await.unwrap() {
            all.push(job.id);
        }
        all.sort();
        assert_eq!(all, (0..40).map(id).collect::<Vec<_>>());
    }

    async fn a_lease_has_one_holder_at_a_time(world) {
        let store = &world.store;
        assert!(store.try_lease("sequencer", id(1), 0, 100).await.unwrap());
        assert!(!store.try_lease("sequencer", id(2), 99, 200).await.unwrap());
        assert!(store.try_lease("sequencer", id(1), 99, 150).await.unwrap(), "extended");
        assert!(store.try_lease("backup", id(2), 99, 200).await.unwrap());
        assert!(store.try_lease("sequencer", id(2), 150, 200).await.unwrap(), "it ended");
        store.release_lease("sequencer", id(1)).await.unwrap();
        assert!(!store.try_lease("sequencer", id(1), 160, 200).await.unwrap(), "only its holder gives it back");
        store.release_lease("sequencer", id(2)).await.unwrap();
        assert!(store.try_lease("sequencer", id(1), 160, 200).await.unwrap());
    }
}
