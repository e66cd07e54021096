//! How jobs share the slots, and what never runs at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use callab_worker::Handlers;
use domain::jobs::Worked;
use entity::job::JobState;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

use crate::bench::{Bench, quiet, soon};
use crate::kinds::{Patient, Pressing};

/// `Pressing` jobs that tell when they start and end only when they are let go; and how many ran at once at most.
#[derive(Clone)]
struct Held {
    started: mpsc::UnboundedSender<u128>,
    gate: Arc<Semaphore>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Held {
    fn new() -> (Self, mpsc::UnboundedReceiver<u128>) {
        let (started, heard) = mpsc::unbounded_channel();
        let held = Self {
            started,
            gate: Arc::new(Semaphore::new(0)),
            running: Arc::default(),
            most: Arc::default(),
        };
        (held, heard)
    }

    fn handlers(&self) -> Handlers {
        let held = self.clone();
        Handlers::default().with(move |_, job: Pressing| {
            let held = held.clone();
            async move {
                let running = held.running.fetch_add(1, Ordering::SeqCst) + 1;
                held.most.fetch_max(running, Ordering::SeqCst);
                let _ = held.started.send(job.subject.as_u128());
                held.gate.acquire().await.expect("the gate stays").forget();
                held.running.fetch_sub(1, Ordering::SeqCst);
                Ok(Worked::Done(json!({})))
            }
        })
    }
}

#[tokio::test]
async fn no_more_run_than_there_are_slots_and_the_rest_stays_in_the_transport() {
    let bench = Bench::new().await;
    let (held, mut heard) = Held::new();
    let five: Vec<Pressing> = (1..=5).map(Pressing::from).collect();
    let ids = bench.enqueue(&five).await;
    bench.lose_nudges().await; // The first sweep pushes them, once.
    let running = bench.start(quiet(2, held.handlers()));

    soon(heard.recv()).await.unwrap();
    soon(heard.recv()).await.unwrap();
    assert_eq!(bench.transport.len(), 3);
    held.gate.add_permits(5);
    for _ in 0..3 {
        soon(heard.recv()).await.unwrap();
    }
    running.stop().await;

    assert_eq!(held.most.load(Ordering::SeqCst), 2);
    for id in ids {
        assert_eq!(bench.row(id).await.state, JobState::Done);
    }
}

#[tokio::test]
async fn one_unique_key_runs_once_at_a_time_and_one_waits_behind_it() {
    let bench = Bench::new().await;
    let (held, mut heard) = Held::new();
    let (others, mut other_ran) = mpsc::unbounded_channel();
    let handlers = held.handlers().with(move |_, _: Patient| {
        let sent = others.send(());
        async move { Ok(Worked::Done(json!(sent.is_ok()))) }
    });
    let running = bench.start(quiet(4, handlers));

    let first = bench.enqueue_one(Pressing::from(1)).await;
    assert_eq!(soon(heard.recv()).await, Some(1));
    let second = bench.enqueue_one(Pressing::from(1)).await;
    let third = bench.enqueue_one(Pressing::from(1)).await;
    assert_ne!(first, second);
    assert_eq!(second, third, "one waits, not two");
    // Nudged again and again while the first runs, and others pass by.
    for subject in 10..15 {
        bench.nudge(&[second, second]).await;
        bench.enqueue_one(Patient::from(subject)).await;
        soon(other_ran.recv()).await.unwrap();
    }
    assert_eq!(bench.row(second).await.state, JobState::Waiting);

    held.gate.add_permits(1); // The end of the first wakes the second: no timer does.
    assert_eq!(soon(heard.recv()).await, Some(1));
    held.gate.add_permits(1);
    running.stop().await;
    assert_eq!(held.most.load(Ordering::SeqCst), 1);
    for id in [first, second] {
        let row = bench.row(id).await;
        assert_eq!((row.state, row.attempt), (JobState::Done, 1));
    }
}

#[tokio::test]
async fn a_job_delivered_many_times_runs_once() {
    let bench = Bench::new().await;
    let (held, mut heard) = Held::new();
    held.gate.add_permits(100);
    let ids = bench.enqueue(&[Pressing::from(1), Pressing::from(2)]).await;
    let running = bench.start(quiet(4, held.handlers()));
    // An id that was popped is delivered again when it is pushed again: before, while and after its job runs.
    let mut last = Vec::new();
    for subject in 3..=12 {
        bench.nudge(&ids).await;
        last = bench.enqueue(&[Pressing::from(subject)]).await;
        while soon(heard.recv()).await.unwrap() != subject {}
    }
    running.stop().await;
    for id in [ids[0], ids[1], last[0]] {
        let row = bench.row(id).await;
        assert_eq!((row.state, row.attempt, row.fence), (JobState::Done, 1, 1));
    }
}
