//! What becomes of a job, whatever its handler does.

use std::time::Duration;

use callab_worker::Handlers;
use chrono::TimeDelta;
use domain::Fault;
use domain::jobs::{Job, WorkError, Worked};
use entity::JobId;
use entity::job::{self, JobState};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;
use tokio::sync::mpsc;
use twilio::TwilioError;

use crate::bench::{Bench, quiet, soon};
use crate::kinds::{Final, Hasty, Later, NewPressing, Patient, Pressing};

/// Runs the job in a worker, and behind it one that shows that the worker still works and the first was delivered before.
async fn run_one(bench: &Bench, job: impl Job, handlers: Handlers) -> job::Model {
    let (done, mut was_done) = mpsc::unbounded_channel();
    let handlers = handlers.with(move |_, _: Patient| {
        let sent = done.send(());
        async move { Ok(Worked::Done(json!(sent.is_ok()))) }
    });
    let id = bench.enqueue_one(job).await;
    bench.enqueue_one(Patient::from(u128::MAX)).await;
    let running = bench.start(quiet(1, handlers));
    soon(was_done.recv()).await.expect("the worker works on");
    running.stop().await;
    bench.row(id).await
}

fn delay(row: &job::Model) -> TimeDelta {
    row.run_at - row.created_at
}

#[tokio::test]
async fn a_panic_is_one_failed_attempt() {
    let bench = Bench::new().await;
    let handlers = Handlers::default().with(|_, job: Pressing| async move { panic!("on {}", job.subject) });
    let row = run_one(&bench, Pressing::from(1), handlers).await;
    assert_eq!(delay(&row), TimeDelta::seconds(1));
    assert_eq!((row.state, row.attempt), (JobState::Waiting, 1));
    assert_eq!(row.last_error.as_deref(), Some("panicked"));
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_cut_off() {
    let bench = Bench::new().await;
    let handlers = Handlers::default().with(|_, _: Hasty| std::future::pending());
    let row = run_one(&bench, Hasty::from(1), handlers).await;
    assert_eq!(delay(&row), TimeDelta::seconds(1));
    assert_eq!((row.state, row.attempt), (JobState::Waiting, 1));
    assert_eq!(row.last_error.as_deref(), Some("took longer than 1ms"));
}

#[tokio::test]
async fn the_error_decides_what_comes_next() {
    let limited = || TwilioError::RateLimited {
        retry_after: Some(Duration::from_secs(30)),
    };
    let fault = || Fault::Unreadable {
        row: "job".to_owned(),
        what: "nothing",
    };

    let bench = Bench::new().await;
    let handlers = Handlers::default()
        .with(move |_, _: Pressing| async move { Err(WorkError::Twilio(limited())) })
        .with(move |_, _: Hasty| async move { Err(WorkError::Fault(fault())) })
        .with(move |_, _: Final| async move { Err(DbErr::Custom("away".to_owned()).into()) });
    let (pressing, hasty, last) = (
        bench.enqueue_one(Pressing::from(1)).await,
        bench.enqueue_one(Hasty::from(2)).await,
        bench.enqueue_one(Final::from(3)).await,
    );
    callab_worker::drain(&bench.services, &quiet(1, handlers))
        .await
        .unwrap();

    let row = bench.row(pressing).await;
    assert_eq!(
        (row.state.clone(), delay(&row)),
        (JobState::Waiting, TimeDelta::seconds(30))
    );
    let row = bench.row(hasty).await;
    assert_eq!(row.state, JobState::Failed);
    let row = bench.row(last).await;
    assert_eq!(
        (row.state, row.attempt),
        (JobState::Failed, 1),
        "it was its last attempt"
    );
    assert_eq!(row.last_error.as_deref(), Some("the database failed"));
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_is_given_up() {
    let bench = Bench::new().await;
    let handlers = Handlers::default().with(|_, _: Pressing| async { Ok(Worked::Done(json!({}))) });
    let id = bench.enqueue_one(Pressing::from(1)).await;
    change(&bench, id, job::Column::Payload, json!({ "object": 1 })).await;
    callab_worker::drain(&bench.services, &quiet(1, handlers))
        .await
        .unwrap();
    let row = bench.row(id).await;
    assert_eq!((row.state, row.attempt), (JobState::Failed, 1));
    assert_eq!(
        row.last_error.as_deref(),
        Some("its payload cannot be read: missing field `subject`")
    );
}

#[tokio::test]
async fn a_kind_or_version_of_another_release_waits_for_it() {
    let bench = Bench::new().await;
    let known = || Handlers::default().with(|_, _: Pressing| async { Ok(Worked::Done(json!({}))) });
    for row in [
        run_one(&bench, Later::from(1), known()).await,
        run_one(&bench, NewPressing::from(2), known()).await,
    ] {
        assert_eq!((row.state, row.attempt, row.fence), (JobState::Waiting, 0, 0));
        assert_eq!(row.last_error, None);
    }
}

async fn change(bench: &Bench, id: JobId, column: job::Column, value: serde_json::Value) {
    job::Entity::update_many()
        .col_expr(column, sea_orm::sea_query::Expr::value(value))
        .filter(job::COLUMN.id.eq(id))
        .exec(&bench.services.db)
        .await
        .expect("changed");
}
