//! Jobs that run when the test says so.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callab_worker::{DrainError, Handlers};
use chrono::TimeDelta;
use domain::jobs::{Finish, Job, Worked};
use entity::job::JobState;
use serde_json::json;

use crate::bench::{Bench, quiet};
use crate::kinds::{Later, Patient, Pressing, Restless};

#[tokio::test]
async fn a_drain_runs_what_is_due_oldest_first_and_tells_how_it_ended() {
    let bench = Bench::new().await;
    let attempts = AtomicUsize::new(0);
    let handlers = Handlers::default()
        .with(move |_, _: Pressing| {
            let first = attempts.fetch_add(1, Ordering::SeqCst) == 0;
            async move {
                Ok(if first {
                    Worked::Again(Duration::from_secs(30))
                } else {
                    Worked::Done(json!({ "seen": true }))
                })
            }
        })
        .with(|_, _: Patient| async { Ok(Worked::Done(json!({}))) });
    let patient = bench.enqueue_one(Patient::from(1)).await;
    bench.clock.advance(TimeDelta::seconds(1));
    let pressing = bench.enqueue_one(Pressing::from(2)).await;
    let later = bench.enqueue_one(Later::from(3)).await;
    let options = quiet(1, handlers);

    let ran = callab_worker::drain(&bench.services, &options).await.unwrap();
    let order: Vec<_> = ran.iter().map(|ran| ran.job).collect();
    assert_eq!(order, [patient, pressing]);
    assert_eq!(ran[0].kind, Patient::KIND);
    assert_eq!(ran[0].ended, Some(Finish::Done(json!({}))));
    assert_eq!(ran[1].ended, Some(Finish::Again(Duration::from_secs(30))));

    bench.clock.advance(TimeDelta::seconds(29));
    assert_eq!(callab_worker::drain(&bench.services, &options).await.unwrap(), []);
    bench.clock.advance(TimeDelta::seconds(1));
    let ran = callab_worker::drain(&bench.services, &options).await.unwrap();
    assert_eq!(ran[0].ended, Some(Finish::Done(json!({ "seen": true }))));
    assert_eq!(bench.row(later).await.state, JobState::Waiting);
}

#[tokio::test]
async fn a_drain_of_jobs_that_never_end_ends() {
    let bench = Bench::new().await;
    let handlers = Handlers::default().with(|_, _: Restless| async { Ok(Worked::Again(Duration::ZERO)) });
    bench.enqueue_one(Restless::from(1)).await;
    let drained = callab_worker::drain(&bench.services, &quiet(1, handlers)).await;
    assert!(matches!(drained, Err(DrainError::Endless { .. })));
}
