//! Who has a job.

use std::time::Duration;

use callab_worker::Handlers;
use chrono::TimeDelta;
use domain::jobs::{self, Claimer, Worked};
use entity::job::JobState;
use sea_orm::ConnectionTrait;
use serde_json::json;
use tokio::sync::mpsc;

use crate::bench::{Bench, quiet, soon};
use crate::kinds::Pressing;

/// Tells when the handler that holds it is gone.
struct Gone(mpsc::UnboundedSender<&'static str>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.send("gone");
    }
}

/// `Pressing` jobs: the first attempt never ends by itself, a second one is done at once. Both tell that they started.
fn endless_once(told: mpsc::UnboundedSender<&'static str>) -> Handlers {
    let attempts = std::sync::atomic::AtomicUsize::new(0);
    Handlers::default().with(move |_, _: Pressing| {
        let first = attempts.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        let gone = Gone(told.clone());
        async move {
            let _ = gone.0.send("started");
            if first {
                std::future::pending::<()>().await;
            }
            Ok(Worked::Done(json!({ "attempt": "second" })))
        }
    })
}

#[tokio::test]
async fn a_handler_that_lost_its_lease_is_stopped_and_writes_nothing() {
    let mut bench = Bench::new().await;
    bench.services.limits.lease = Duration::from_millis(60);
    let (told, mut heard) = mpsc::unbounded_channel();
    let running = bench.start(quiet(1, endless_once(told)));
    let id = bench.enqueue_one(Pressing::from(1)).await;
    assert_eq!(soon(heard.recv()).await, Some("started"));

    // Another takes the job back, as the sweep of any worker does, and works it in the only slot once that is free.
    let sweeper = Claimer {
        owner: "sweeper".to_owned(),
        known: Vec::new(),
    };
    assert_eq!(jobs::take_back_all(&bench.services, &sweeper).await.unwrap(), 1);
    assert_eq!(soon(heard.recv()).await, Some("gone"));
    assert_eq!(soon(heard.recv()).await, Some("started"));
    running.stop().await;
    let row = bench.row(id).await;
    assert_eq!((row.state, row.attempt, row.fence), (JobState::Done, 2, 3));
    assert_eq!(row.report, Some(json!({ "attempt": "second" })));
}

#[tokio::test]
async fn a_handler_stops_when_its_lease_cannot_be_renewed() {
    let mut bench = Bench::new().await;
    bench.services.limits.lease = Duration::from_millis(60);
    let (told, mut heard) = mpsc::unbounded_channel();
    let running = bench.start(quiet(1, endless_once(told)));
    bench.enqueue_one(Pressing::from(1)).await;
    assert_eq!(soon(heard.recv()).await, Some("started"));
    bench
        .services
        .db
        .execute_unprepared("ALTER TABLE job RENAME TO away")
        .await
        .unwrap();
    assert_eq!(soon(heard.recv()).await, Some("gone"));
    running.stop().await;
}

#[tokio::test]
async fn a_lease_is_renewed_while_the_handler_works() {
    let mut bench = Bench::new().await;
    bench.services.limits.lease = Duration::from_millis(1500);
    let (told, mut heard) = mpsc::unbounded_channel();
    let options = callab_worker::Options {
        stop_within: Duration::ZERO,
        ..quiet(1, endless_once(told))
    };
    let running = bench.start(options);
    let id = bench.enqueue_one(Pressing::from(1)).await;
    assert_eq!(soon(heard.recv()).await, Some("started"));
    let first = bench.row(id).await.lease_until;
    bench.clock.advance(TimeDelta::seconds(1)); // Less than the lease, or it would be taken back.
    let renewed = async {
        while bench.row(id).await.lease_until == first {
            tokio::task::yield_now().await;
        }
    };
    soon(renewed).await;
    let row = bench.row(id).await;
    assert_eq!(row.lease_until.unwrap() - first.unwrap(), TimeDelta::seconds(1));
    assert!(row.lease_owner.unwrap().starts_with("test-"));
    running.stop().await;
}

#[tokio::test]
async fn a_job_of_a_worker_that_died_is_taken_back_once_its_lease_has_run_out() {
    let bench = Bench::new().await;
    let (told, mut heard) = mpsc::unbounded_channel();
    let handlers = Handlers::default().with(move |_, _: Pressing| {
        let sent = told.send(());
        async move { Ok(Worked::Done(json!(sent.is_ok()))) }
    });
    let id = bench.enqueue_one(Pressing::from(1)).await;
    bench.lose_nudges().await;
    let dead = Claimer {
        owner: "dead".to_owned(),
        known: handlers.known(),
    };
    assert_eq!(jobs::claim(&bench.services, &[id], &dead).await.unwrap().len(), 1);

    // A worker that starts before the lease has run out leaves it alone, though it is nudged.
    let early = bench.start(quiet(1, handlers.clone()));
    bench.nudge(&[id]).await;
    let other = bench.enqueue_one(Pressing::from(2)).await;
    soon(heard.recv()).await.unwrap();
    early.stop().await;
    assert_eq!(bench.row(other).await.state, JobState::Done);
    assert_eq!(bench.row(id).await.lease_owner.as_deref(), Some("dead"));

    bench.clock.advance(TimeDelta::seconds(46));
    let running = bench.start(quiet(1, handlers));
    soon(heard.recv()).await.unwrap();
    running.stop().await;
    let row = bench.row(id).await;
    assert_eq!((row.state, row.attempt), (JobState::Done, 2));
}

#[tokio::test]
async fn a_lease_of_no_length_is_refused_at_the_start() {
    let mut bench = Bench::new().await;
    bench.services.limits.lease = Duration::ZERO;
    let ended = callab_worker::run(
        bench.services.clone(),
        bench.transport.clone(),
        quiet(1, Handlers::default()),
        tokio_util::sync::CancellationToken::new(),
    );
    assert!(matches!(soon(ended).await, Err(callab_worker::WorkerError::NoLease)));
}
