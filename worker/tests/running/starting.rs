//! When jobs start.

use std::sync::Arc;
use std::time::Duration;

use callab_worker::{Handlers, Options};
use chrono::TimeDelta;
use domain::SystemClock;
use domain::jobs::Worked;
use serde_json::json;
use tokio::sync::mpsc;

use crate::bench::{Bench, quiet, soon};
use crate::kinds::{Patient, Pressing};

/// Handlers that tell the subject of each job and are done.
fn telling(told: mpsc::UnboundedSender<u128>) -> Handlers {
    let (pressing, patient) = (told.clone(), told);
    Handlers::default()
        .with(move |_, job: Pressing| {
            let sent = pressing.send(job.subject.as_u128());
            async move { Ok(Worked::Done(json!({ "told": sent.is_ok() }))) }
        })
        .with(move |_, job: Patient| {
            let sent = patient.send(job.subject.as_u128());
            async move { Ok(Worked::Done(json!({ "told": sent.is_ok() }))) }
        })
}

#[tokio::test]
async fn a_pushed_job_starts_without_waiting_for_a_timer() {
    let bench = Bench::new().await;
    let (told, mut heard) = mpsc::unbounded_channel();
    let running = bench.start(quiet(1, telling(told)));
    // The first shows that the worker runs and its first sweep is over; the others find it idle.
    for subject in 1..=5 {
        let id = bench.enqueue_one(Pressing::from(subject)).await;
        assert_eq!(soon(heard.recv()).await, Some(subject));
        if subject == 5 {
            running.stop().await;
            assert_eq!(bench.row(id).await.report, Some(json!({ "told": true })));
            return;
        }
    }
}

#[tokio::test]
async fn the_first_sweep_finds_what_nobody_was_told_of() {
    let bench = Bench::new().await;
    let (told, mut heard) = mpsc::unbounded_channel();
    bench.enqueue_one(Pressing::from(1)).await;
    bench.lose_nudges().await;
    let running = bench.start(quiet(1, telling(told)));
    assert_eq!(soon(heard.recv()).await, Some(1));
    running.stop().await;
}

#[tokio::test]
async fn urgent_jobs_overtake_routine_ones_which_still_get_their_turn() {
    let bench = Bench::new().await;
    let (told, mut heard) = mpsc::unbounded_channel();
    let patient: Vec<Patient> = (101..=103).map(Patient::from).collect();
    let pressing: Vec<Pressing> = (1..=20).map(Pressing::from).collect();
    bench.enqueue(&patient).await;
    bench.enqueue(&pressing).await;
    bench.lose_nudges().await;
    let running = bench.start(quiet(1, telling(told)));

    let mut order = Vec::new();
    for _ in 0..23 {
        order.push(soon(heard.recv()).await.unwrap());
    }
    running.stop().await;

    let places: Vec<usize> = (0..23).filter(|place| order[*place] > 100).collect();
    assert!(places[0] > 0, "urgent first: {order:?}");
    assert!(places[0] < 10 && places[1] < 20, "routine now and then: {order:?}");
    assert!(places[2] > 15, "routine no more than its share: {order:?}");
}

#[tokio::test]
async fn a_job_that_is_not_finished_starts_again_on_time() {
    let bench = Bench::on(Arc::new(SystemClock)).await;
    let (told, mut heard) = mpsc::unbounded_channel();
    let handlers = Handlers::default().with(move |_, _: Pressing| {
        let _ = told.send(tokio::time::Instant::now());
        async move { Ok(Worked::Again(Duration::from_millis(80))) }
    });
    let running = bench.start(quiet(1, handlers));
    bench.enqueue_one(Pressing::from(1)).await;
    let first = soon(heard.recv()).await.unwrap();
    let second = soon(heard.recv()).await.unwrap();
    assert!(second - first >= Duration::from_millis(80));
    running.stop().await;
}

#[tokio::test]
async fn a_delayed_job_of_another_process_is_seen_by_looking_ahead() {
    let bench = Bench::new().await;
    let (told, mut heard) = mpsc::unbounded_channel();
    let options = Options {
        look_ahead_every: Duration::from_millis(10),
        ..quiet(1, telling(told))
    };
    let running = bench.start(options);
    bench.enqueue_one(Pressing::from(1)).await;
    assert_eq!(soon(heard.recv()).await, Some(1));
    let delay = Duration::from_mins(1);
    let id = bench.enqueue_after(&[Pressing::from(2)], delay).await[0];
    bench.nudge(&[id]).await;
    bench.enqueue_one(Pressing::from(3)).await;
    assert_eq!(soon(heard.recv()).await, Some(3), "a nudge does not start it early");
    bench.clock.advance(TimeDelta::minutes(1));
    assert_eq!(soon(heard.recv()).await, Some(2));
    running.stop().await;
}
