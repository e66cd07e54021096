//! Processes are asked to end while they have work.

use std::time::{Duration, Instant};

use entity::job::JobState;

use crate::cluster::{Cluster, Setup};
use crate::customer::Customer;
use crate::follower::{Broken, Follower};
use crate::rows;
use crate::trouble::{answer_late, came_since, requests};
use crate::until::until_true;

/// `shutdown.within_s`. Running jobs get 4 s of it.
const WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn processes_end_in_order_and_others_go_on_with_their_jobs() {
    let settings = vec![("CALLAB__SHUTDOWN__WITHIN_S", WITHIN.as_secs().to_string())];
    let cluster = Cluster::start_with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let (mut api, mut first) = (cluster.api().await, cluster.worker().await);
    let owner = cluster.owner("a", &api.url);
    let customers = Customer::settled(&cluster, &owner, 4).await;
    let mut follower = Follower::after(&api.url, &owner, None).await;

    // Two jobs that end in time, two that do not.
    let mark = cluster.sim.count_requests();
    let mut jobs = Vec::new();
    let mut cuts = Vec::new();
    for (customer, seconds) in customers.iter().zip([2, 2, 7, 7]) {
        let on = requests("GET", "IncomingPhoneNumbers.json", &customer.twilio.sid);
        answer_late(&cluster.sim, on.clone(), Duration::from_secs(seconds));
        customer.sync().await;
        let account = rows::account(&cluster.db, &customer.twilio.sid).await;
        jobs.push(rows::job_about(&cluster.db, "sync-numbers", account.id).await.id);
        cuts.push(on);
    }
    until_true("the worker in the middle of them", async || {
        cuts.iter().all(|on| came_since(&cluster.sim, mark, on))
    })
    .await;
    let _second = cluster.worker().await;
    let asked_at = Instant::now();
    first.process.terminate();
    api.process.terminate();

    let closed = loop {
        match follower.next().await {
            Ok(_) => {}
            Err(closed) => break closed,
        }
    };
    assert_eq!(closed, Broken::Closed(Some(1001)));
    for process in [&mut api.process, &mut first.process] {
        let status = process.ended_within(WITHIN + Duration::from_secs(5)).await;
        assert_eq!(status.code(), Some(0), "{}: {}", process.name(), process.log());
    }
    let took = asked_at.elapsed();
    assert!(took < WITHIN + Duration::from_secs(1), "it took {took:?} to end");

    rows::all_ended(&cluster.db).await;
    for (number, id) in jobs.into_iter().enumerate() {
        let job = rows::job(&cluster.db, id).await;
        let starts = if number < 2 { 1 } else { 2 };
        assert_eq!(
            (job.state, job.attempt, job.fence, job.last_error),
            (JobState::Done, 1, starts, None),
            "handed back without an attempt counted"
        );
    }
}
