//! The timetable of a worker: everything it does unasked, in one place.
//!
//! Recurring work is a due time on the row it concerns, claimed by whichever worker comes first. So these timers need no
//! agreement between workers: one that looks in vain did one query.

use std::fmt::Display;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{Services, accounts, jobs};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::Options;
use crate::due::{self, NudgeError};

/// Keeps the timetable until `stop`. `delayed` tells that this worker wrote a job that starts later.
pub(crate) async fn run(services: &Services, options: &Options, delayed: &Notify, stop: &CancellationToken) {
    let recurring = options.recurring_every;
    tokio::join!(
        start_delayed(services, options.look_ahead_every, delayed, stop),
        repeat("sweep", options.sweep_every, stop, || jobs::sweep(services)),
        repeat("queue due checks", recurring, stop, || accounts::queue_due_checks(
            services
        )),
        repeat("queue due syncs", recurring, stop, || accounts::queue_due_syncs(
            services
        )),
    );
}

/// Does `work` now and then `every` so often after it ended, until `stop`. A failure is logged; the next turn is the retry.
async fn repeat<T, E, F>(name: &str, every: Duration, stop: &CancellationToken, work: impl Fn() -> F)
where
    T: std::fmt::Debug,
    E: std::error::Error + 'static,
    F: Future<Output = Result<T, E>>,
{
    while !stop.is_cancelled() {
        match work().await {
            Ok(done) => debug!(schedule.name = name, ?done, "did scheduled work: {name}"),
            Err(error) => failed(name, &error),
        }
        stop.run_until_cancelled(tokio::time::sleep(every)).await;
    }
}

fn failed<E: std::error::Error + Display + 'static>(name: &str, error: &E) {
    let error = error as &dyn std::error::Error;
    warn!(schedule.name = name, error, "could not do scheduled work: {name}");
}

/// Nudges workers about delayed jobs, such as retries, the moment they become due.
///
/// Sleeps until the next due time it knows of, and looks again when `delayed` tells of a new one. Jobs delayed by another
/// process are seen at most `every` so late. All workers do the same and may nudge twice; a job nudged twice runs once.
async fn start_delayed(services: &Services, every: Duration, delayed: &Notify, stop: &CancellationToken) {
    let mut told_until = None; // What was due at the start is the first sweep's.
    while !stop.is_cancelled() {
        let wait = match look_ahead(services, &mut told_until).await {
            Ok(Some(next)) => next.min(every),
            Ok(None) => every,
            Err(error) => {
                failed("start delayed jobs", &error);
                every
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = delayed.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Nudges workers about what became due since `told_until`, moves that on, and answers how long until the next.
async fn look_ahead(
    services: &Services,
    told_until: &mut Option<DateTime<Utc>>,
) -> Result<Option<Duration>, NudgeError> {
    let now = services.clock.database_now((&services.db).into()).await?;
    if let Some(since) = *told_until {
        due::nudge_due(services, since, now).await?;
    }
    *told_until = Some(now);
    let next = due::next_after(services, now).await?;
    Ok(next.map(|next| (next - now).to_std().unwrap_or_default()))
}
