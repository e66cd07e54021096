//! A worker is killed in the middle of what it does; another takes over.

use std::time::{Duration, Instant};

use entity::job::{self, JobState};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;

use crate::cluster::Cluster;
use crate::customer::{Customer, agent};
use crate::rows;
use crate::trouble::{answer_late, came_since, requests};
use crate::until::{until, until_true};

/// What a killed worker's jobs wait at most for another worker, with the settings of the product: a stated bound.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(45);

/// How long Twilio's answers take that the worker does not live to hear.
const SLOW: Duration = Duration::from_secs(7);

/// The worker dies while it reads an account's numbers, just before and just after it writes a number's routing, and just before
/// and just after it places a call; once Twilio tells of that call by itself, and once nothing does.
#[tokio::test(flavor = "multi_thread")]
async fn another_worker_takes_over_in_time_and_nothing_is_done_twice_or_by_half() {
    let cluster = Cluster::start().await;
    let api = cluster.api().await;
    let owner = cluster.owner("a", &api.url);
    let agent = agent(&owner, "ws://127.0.0.1:9/agent").await;
    let settling = cluster.worker().await;
    let customers = Customer::settled(&cluster, &owner, 6).await;
    drop(settling);
    let [reads, not_written, written, not_placed, placed, silently_placed] = customers.as_slice() else {
        panic!("six customers");
    };

    // What they want, while no worker runs; and where the worker is that is going to die.
    reads.sync().await;
    not_written.assign(&agent).await;
    written.assign(&agent).await;
    cluster.sim.hold_calls(&silently_placed.twilio.sid);
    let callers = [not_placed, placed, silently_placed];
    let mut tests = Vec::new();
    for caller in callers {
        tests.push((caller, caller.test_call().await));
    }
    let cuts = [
        (reads, "sync-numbers", "GET", "IncomingPhoneNumbers.json"),
        (not_written, "configure-number", "GET", &not_written.original.sid),
        (written, "configure-number", "POST", &written.original.sid),
        (not_placed, "place-call", "GET", "Balance"),
        (placed, "place-call", "POST", "Calls.json"),
        (silently_placed, "place-call", "POST", "Calls.json"),
    ];
    let cuts = cuts.map(|(customer, kind, method, path)| (kind, requests(method, path, &customer.twilio.sid)));
    let mark = cluster.sim.count_requests();
    for (_, on) in &cuts {
        answer_late(&cluster.sim, on.clone(), SLOW);
    }
    let mut first = cluster.worker().await;
    until_true("the worker is in the middle of all of it", async || {
        cuts.iter().all(|(_, on)| came_since(&cluster.sim, mark, on))
    })
    .await;
    let killed_at = Instant::now();
    first.process.kill();
    // What it had at that moment: a job of the timetable's may have ended just before.
    let begun = running(&cluster).await;
    for (kind, _) in &cuts {
        assert!(begun.iter().any(|job| job.kind == *kind), "{kind} runs: {begun:?}");
    }

    let _second = cluster.worker().await;
    for job in begun {
        until(&format!("another worker at {}", job.kind), async || {
            let now = rows::job(&cluster.db, job.id).await;
            // A job of the timetable's may have a newer one of its key behind it, which does its work.
            let is_left_to_a_newer = now.report == Some(json!({ "superseded": true }));
            let of_timetable = cuts.iter().all(|(kind, _)| *kind != job.kind);
            (now.fence > job.fence + 1 || of_timetable && is_left_to_a_newer).then_some(())
        })
        .await;
        let took = killed_at.elapsed();
        assert!(
            took < TAKEN_OVER_WITHIN,
            "{} waited {took:?} for another worker",
            job.kind
        );
    }

    cluster.sim.release_calls(&silently_placed.twilio.sid);
    for (caller, test) in &tests {
        let verdict = until("a verdict", async || caller.verdict(test).await).await;
        assert_eq!(verdict, "PASS", "{test}");
        assert_eq!(caller.calls(&cluster.sim), 1, "at most one call");
    }
    rows::all_ended(&cluster.db).await;
    for customer in [not_written, written] {
        customer.has_our_routing(&cluster).await;
    }
    for customer in [reads, not_placed, placed, silently_placed] {
        customer.has_its_own_routing(&cluster.sim);
    }
}

async fn running(cluster: &Cluster) -> Vec<job::Model> {
    let running = job::Entity::find().filter(job::COLUMN.state.eq(JobState::Running));
    running.all(&cluster.db).await.expect("the database")
}
