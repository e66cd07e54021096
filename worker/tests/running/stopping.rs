//! How a worker stops.

use std::sync::Arc;
use std::time::Duration;

use callab_worker::{Handlers, Options};
use domain::jobs::Worked;
use entity::job::JobState;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

use crate::bench::{Bench, quiet, soon};
use crate::kinds::Pressing;

/// `Pressing` jobs that tell when they start and end when they are let go.
fn held(started: mpsc::UnboundedSender<u128>, gate: Arc<Semaphore>) -> Handlers {
    Handlers::default().with(move |_, job: Pressing| {
        let (started, gate) = (started.clone(), gate.clone());
        async move {
            let _ = started.send(job.subject.as_u128());
            gate.acquire().await.expect("the gate stays").forget();
            Ok(Worked::Done(json!({ "finished": true })))
        }
    })
}

#[tokio::test]
async fn a_stop_lets_running_jobs_finish_and_leaves_the_others_to_other_workers() {
    let bench = Bench::new().await;
    let (started, mut heard) = mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    let ids = bench
        .enqueue(&[Pressing::from(1), Pressing::from(2), Pressing::from(3)])
        .await;
    bench.lose_nudges().await; // The first sweep pushes them, once.
    let running = bench.start(quiet(1, held(started, gate.clone())));
    assert_eq!(soon(heard.recv()).await, Some(1));

    running.stop.cancel();
    for _ in 0..100 {
        assert_eq!(
            bench.row(ids[0]).await.state,
            JobState::Running,
            "the stop waits for it"
        );
    }
    gate.add_permits(3);
    running.stopped().await;

    let row = bench.row(ids[0]).await;
    assert_eq!(
        (row.state, row.report),
        (JobState::Done, Some(json!({ "finished": true })))
    );
    assert_eq!(bench.transport.len(), 2);
    for id in &ids[1..] {
        let row = bench.row(*id).await;
        assert_eq!((row.state, row.attempt), (JobState::Waiting, 0));
    }
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_handed_back() {
    let bench = Bench::new().await;
    let (started, mut heard) = mpsc::unbounded_channel();
    let options = Options {
        stop_within: Duration::from_millis(1),
        ..quiet(1, held(started, Arc::new(Semaphore::new(0))))
    };
    let running = bench.start(options);
    let id = bench.enqueue_one(Pressing::from(1)).await;
    assert_eq!(soon(heard.recv()).await, Some(1));
    running.stop().await;
    let row = bench.row(id).await;
    assert_eq!((row.state, row.lease_owner), (JobState::Waiting, None));
    assert_eq!((row.last_error, row.attempt), (None, 0), "a stop is no failed attempt");
    assert_eq!(row.run_at, row.created_at, "it may start at once elsewhere");
}

#[tokio::test]
async fn an_idle_worker_stops_at_once() {
    let bench = Bench::new().await;
    bench.start(quiet(4, Handlers::default())).stop().await;
}
