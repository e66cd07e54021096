//! The timetable of a worker: everything it does unasked, in one place.
//!
//! Recurring work is a due time in the database, on the row it concerns or on a turn, taken by whichever worker comes first. So
//! these timers need no agreement between workers: one that looks in vain did one statement.

use std::fmt::Display;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::jobs::{Claimer, Due, NudgeError, Swept, take_turn};
use domain::{Fault, Services, accounts, health, jobs, pruning, twilio_status};
use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::due;
use crate::runner::Runner;
use crate::{Options, gauges};

/// How many times in its length expired leases are looked for: a job waits that much longer at most for another worker.
const LOOKS_A_LEASE: u32 = 20;

/// How many times in its interval a worker asks whether it is its turn.
const LOOKS_A_TURN: u32 = 4;

/// How often accounts are looked for whose evidence has grown old.
const ASSESS_EVERY: Duration = Duration::from_secs(30);

/// How often rows are looked for whose time is over.
const PRUNE_EVERY: Duration = Duration::from_mins(1);

/// How often the age of tokens is looked at.
const ROTATION_POLICIES_EVERY: Duration = Duration::from_hours(24);

/// How far back the look-ahead looks once more: a row is due from the moment it names, and seen from the commit that wrote it.
const OVERLAP: TimeDelta = TimeDelta::seconds(2);

/// Keeps the timetable until `stop`.
pub(crate) async fn run(services: &Services, options: &Options, runner: &Runner, stop: &CancellationToken) {
    let recurring = options.recurring_every;
    let chance = || options.jitter.roll();
    let reported = Mutex::default();
    tokio::join!(
        start_delayed(services, options.look_ahead_every, runner, stop),
        repeat("take back", services.limits.lease / LOOKS_A_LEASE, stop, || {
            jobs::take_back_expired(services, runner.claimer())
        }),
        in_turn(services, "sweep", options.sweep_every, stop, || async {
            let swept = jobs::sweep(services, runner.claimer()).await?;
            report_unknown(&swept, &reported);
            Ok::<_, DbErr>(swept)
        }),
        in_turn(services, "assess", ASSESS_EVERY, stop, || health::reassess_overdue(
            services
        )),
        in_turn(services, "prune", PRUNE_EVERY, stop, || pruning::prune(services)),
        in_turn(services, "rotation policies", ROTATION_POLICIES_EVERY, stop, || {
            accounts::rotation::apply_policies(services)
        }),
        in_turn(
            services,
            "check twilio status",
            services.limits.status_every,
            stop,
            || { twilio_status::check(services) }
        ),
        repeat("measure", gauges::EVERY, stop, || gauges::measure(
            services,
            &options.handlers
        )),
        repeat("queue due checks", recurring, stop, || accounts::queue_due_checks(
            services, &chance
        )),
        repeat("queue due syncs", recurring, stop, || accounts::queue_due_syncs(
            services, &chance
        )),
        repeat("queue due billing checks", recurring, stop, || {
            accounts::queue_due_billing(services, &chance)
        }),
        repeat("queue due calls", recurring, stop, || accounts::queue_due_calls(
            services, &chance
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

/// The same for what one of all workers does.
async fn in_turn<T, E, F>(
    services: &Services,
    name: &str,
    every: Duration,
    stop: &CancellationToken,
    work: impl Fn() -> F,
) where
    T: std::fmt::Debug,
    E: Into<Fault>,
    F: Future<Output = Result<T, E>>,
{
    repeat(name, every / LOOKS_A_TURN, stop, || async {
        if take_turn(services, name, every).await? {
            work().await.map(Some).map_err(Into::into)
        } else {
            Ok(None)
        }
    })
    .await;
}

fn failed<E: std::error::Error + Display + 'static>(name: &str, error: &E) {
    let error = error as &dyn std::error::Error;
    warn!(schedule.name = name, error, "could not do scheduled work: {name}");
}

/// Says which jobs wait for a release that knows them, when that has changed.
fn report_unknown(swept: &Swept, reported: &Mutex<Vec<(String, i64)>>) {
    let mut reported = reported.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if swept.unknown == *reported {
        return;
    }
    for (kind, waiting) in &swept.unknown {
        warn!(
            job.name = kind,
            waiting, "{waiting} jobs wait for a release that knows {kind}: this one does not"
        );
    }
    reported.clone_from(&swept.unknown);
}

/// Nudges workers about delayed jobs, such as retries, the moment they become due.
///
/// Jobs that may start at once are nudged by those who write them; only while that reaches nobody they are looked for here, too.
///
/// Sleeps until the next due time it knows of, and looks again when a job of this worker's was delayed. Jobs delayed by another
/// process are seen at most `every` so late. All workers do the same and may nudge twice; a job nudged twice runs once.
async fn start_delayed(services: &Services, every: Duration, runner: &Runner, stop: &CancellationToken) {
    let mut told_until = None; // What was due at the start is the first sweep's.
    while !stop.is_cancelled() {
        let wait = match look_ahead(services, runner.claimer(), &mut told_until).await {
            Ok(Some(next)) => next.min(every),
            Ok(None) => every,
            Err(error) => {
                failed("start delayed jobs", &error);
                every
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = runner.delayed.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Nudges workers about what became due since `told_until`, moves that on, and answers how long until the next.
async fn look_ahead(
    services: &Services,
    claimer: &Claimer,
    told_until: &mut Option<DateTime<Utc>>,
) -> Result<Option<Duration>, NudgeError> {
    let now = services.clock.database_now((&services.db).into()).await?;
    if let Some(since) = *told_until {
        let since = since - OVERLAP;
        let due = if services.queue.is_up() {
            Due::DelayedSince(since)
        } else {
            Due::Since(since)
        };
        jobs::nudge_due(services, &claimer.known, due, usize::MAX).await?;
    }
    *told_until = Some(now);
    let next = due::next_after(services, now).await?;
    Ok(next.map(|next| (next - now).to_std().unwrap_or_default()))
}
