//! Machines that disagree about the time by ten minutes.

use std::path::PathBuf;
use std::time::Duration;

use callab_tests::TestAgent;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock as _, SystemClock};
use entity::event;
use entity::job::{self, JobState};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryOrder as _};

use crate::cluster::Cluster;
use crate::customer::{Customer, agent};
use crate::process::Process;
use crate::rows;
use crate::trouble::{answer_late, requests};
use crate::until::{until, until_true};

/// How far two things that happen at the same moment may lie apart.
const TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// The library that tells a process another time.
fn faketime() -> String {
    let places = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
    ];
    let library = |place: &&str| PathBuf::from(place).join("faketime/libfaketimeMT.so.1");
    let found = places.iter().map(library).find(|library| library.exists());
    let found = found.expect("libfaketime (Debian, Ubuntu: apt-get install faketime)");
    found.display().to_string()
}

/// A process of another time leaves two objects behind when it is killed.
struct Tidy(Vec<u32>);

impl Drop for Tidy {
    fn drop(&mut self) {
        for id in &self.0 {
            for name in [format!("faketime_shm_{id}"), format!("sem.faketime_sem_{id}")] {
                let _ = std::fs::remove_file(PathBuf::from("/dev/shm").join(name)); // It is gone when the process ended in order.
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_whose_clocks_disagree_work_together() {
    let cluster = Cluster::start().await;
    let library = faketime();
    let off = |by: &'static str| {
        [
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME", by),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    };
    let (ahead, behind) = (off("+300s"), off("-300s"));
    let mut tidy = Tidy(Vec::new());
    let api = cluster.api_with(&ahead).await;
    tidy.0.push(api.process.id());
    let before = cluster.worker_with(&ahead).await;
    tidy.0.push(before.process.id());
    let after = cluster.worker_with(&behind).await;
    tidy.0.push(after.process.id());
    let begun = SystemClock.now();
    is_off_by(&before.process, TimeDelta::seconds(300)).await;
    is_off_by(&after.process, TimeDelta::seconds(-300)).await;

    let owner = cluster.owner("a", &api.url);
    let customers = Customer::settled(&cluster, &owner, 8).await;
    let front_desk = TestAgent::start().await.expect("an agent");
    let agent = agent(&owner, front_desk.url()).await;
    customers[0].assign(&agent).await;

    // A lease of one is no lease that has run out to the other.
    let mut reads = Vec::new();
    for customer in &customers {
        let on = requests("GET", "IncomingPhoneNumbers.json", &customer.twilio.sid);
        answer_late(&cluster.sim, on, Duration::from_secs(5));
        customer.sync().await;
        let account = rows::account(&cluster.db, &customer.twilio.sid).await;
        reads.push(rows::job_about(&cluster.db, "sync-numbers", account.id).await.id);
    }
    // What is due later starts no sooner, and not much later.
    let later = delayed_by(&cluster, &rows::job(&cluster.db, reads[0]).await, 8).await;
    let test = customers[1].test_call().await;
    let verdict = until("a verdict", async || customers[1].verdict(&test).await).await;
    assert_eq!(verdict, "PASS");
    assert_eq!(customers[1].calls(&cluster.sim), 1);
    rows::all_ended(&cluster.db).await;
    for id in reads {
        let read = rows::job(&cluster.db, id).await;
        assert_eq!((read.attempt, read.fence, read.state), (1, 1, JobState::Done));
    }
    let later = rows::job(&cluster.db, later).await;
    let started = later.finished_at.expect("its end");
    assert!(
        started >= later.run_at && started < later.run_at + TOLERANCE,
        "{later:?}"
    );
    for worker in [&before, &after] {
        assert!(
            worker.process.log().contains("is done"),
            "both had work: {}",
            worker.process.name()
        );
    }
    customers[0].has_our_routing(&cluster).await;

    // Whoever wrote it down: it happened when it happened.
    let ended = SystemClock.now();
    let events = event::Entity::find()
        .order_by_asc(event::COLUMN.seq)
        .all(&cluster.db)
        .await
        .expect("the database");
    for (earlier, later) in events.iter().zip(events.iter().skip(1)) {
        assert!(earlier.at < later.at + TOLERANCE, "{earlier:?} {later:?}");
    }
    for event in events {
        assert!(
            event.at > begun - TOLERANCE && event.at < ended + TOLERANCE,
            "{event:?}"
        );
    }
    let (mut api, mut before, mut after) = (api, before, after);
    for process in [&mut api.process, &mut before.process, &mut after.process] {
        process.terminate();
        assert!(process.ended_within(Duration::from_secs(25)).await.success());
    }
}

/// Asserts that a process lives in another time, by its log.
async fn is_off_by(process: &Process, offset: TimeDelta) {
    let first = until("a line in the log", async || {
        let log = process.log();
        log.split_once(' ').map(|(time, _)| time.to_owned())
    })
    .await;
    let told: DateTime<Utc> = first.parse().expect("a time");
    let apart = told - (SystemClock.now() + offset);
    assert!(apart.abs() < TimeDelta::seconds(60), "its clock was not moved: {first}");
}

/// A copy of a job that may start so many seconds later, by the database's clock.
async fn delayed_by(cluster: &Cluster, like: &job::Model, seconds: u32) -> entity::JobId {
    let id = entity::JobId(domain::Ids::new_id(&domain::SystemIds));
    let sql = format!(
        "INSERT INTO job (id, workspace_id, kind, version, queue, subject, unique_key, payload, state, run_at, attempt, \
         max_attempts, fence, story, created_at) \
         SELECT '{}', workspace_id, kind, version, queue, subject, 'delayed', payload, 'WAITING', \
         now() + interval '{seconds} seconds', 0, max_attempts, 0, '[]', now() FROM job WHERE id = '{}'",
        id.0, like.id.0
    );
    cluster.db.execute_unprepared(&sql).await.expect("the database");
    until_true("the job", async || rows::job(&cluster.db, id).await.id == id).await;
    id
}
