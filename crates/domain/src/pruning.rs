//! Rows that are kept for a time: when it is over they go, a batch at a time.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};

use crate::Services;
use crate::billing;
use crate::clock::DatabaseTime;
use crate::jobs::QueueName;
use crate::sql::Sql;

/// How many rows one statement deletes.
const BATCH: u64 = 5000;

/// How many statements one turn runs for each kind of row: what is left then is the next turn's.
const AT_MOST: usize = 100;

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Jobs that ended long ago.
    pub jobs: u64,
    /// Events that happened long ago.
    pub events: u64,
    /// Balances and usage of long ago.
    pub billing: u64,
    /// Diagnoses that were made long ago.
    pub diagnoses: u64,
    /// Notifications that were made long ago, with their attempts.
    pub notifications: u64,
    /// Test calls of long ago.
    pub test_calls: u64,
    /// Calls of long ago.
    pub calls: u64,
    /// Entries of Twilio's error log of long ago.
    pub alerts: u64,
    /// Changes of long ago of how calls are set up.
    pub configuration: u64,
}

/// Deletes jobs, events, calls, alerts, changes, figures and notifications whose time is over.
///
/// # Errors
/// When the database fails. What was deleted before stays deleted.
pub async fn prune(services: &Services) -> Result<Pruned, DbErr> {
    let time = services.clock.database_time(services.db.get_database_backend());
    let mut pruned = Pruned::default();
    for queue in QueueName::ALL {
        pruned.jobs += batches(services, || jobs(services, time, queue)).await?;
    }
    pruned.jobs += batches(services, || routine_jobs_that_went_well(services, time)).await?;
    pruned.events = batches(services, || events(services, time)).await?;
    for statement in billing::pruning_statements(services, time, BATCH) {
        pruned.billing += batches(services, || statement.clone()).await?;
    }
    pruned.diagnoses = batches(services, || diagnoses(services, time)).await?;
    pruned.notifications = batches(services, || notifications(services, time)).await?;
    pruned.test_calls = batches(services, || test_calls(services, time)).await?;
    batches(services, || steps_of_calls(services, time)).await?;
    pruned.calls = batches(services, || calls(services, time)).await?;
    pruned.alerts = batches(services, || alerts(services, time)).await?;
    pruned.configuration = batches(services, || configuration(services, time)).await?;
    batches(services, || findings(services, time)).await?;
    Ok(pruned)
}

/// Runs the statement again and again, until it finds less than a batch.
async fn batches(services: &Services, statement: impl Fn() -> Sql) -> Result<u64, DbErr> {
    let mut deleted = 0;
    for _ in 0..AT_MOST {
        let batch = services.db.execute_raw(statement().statement()).await?.rows_affected();
        deleted += batch;
        if batch < BATCH {
            break;
        }
    }
    Ok(deleted)
}

fn jobs(services: &Services, time: DatabaseTime, queue: QueueName) -> Sql {
    older(services, time, queue, services.limits.keep_jobs, "")
}

/// Most jobs by far: checks that found nothing new, at every account every few minutes.
fn routine_jobs_that_went_well(services: &Services, time: DatabaseTime) -> Sql {
    let kept = services.limits.keep_routine_jobs;
    older(services, time, QueueName::Routine, kept, " AND state = 'DONE'")
}

fn older(services: &Services, time: DatabaseTime, queue: QueueName, kept: Duration, and: &str) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM job WHERE id IN (SELECT id FROM job WHERE queue = ")
        .value(queue.as_str())
        .text(" AND finished_at < ")
        .time_before(time, kept)
        .text(and)
        .text(" ORDER BY finished_at LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}

/// As long as jobs are kept: a diagnosis is told by its job's row as well.
fn diagnoses(services: &Services, time: DatabaseTime) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM diagnosis_run WHERE id IN (SELECT id FROM diagnosis_run WHERE created_at < ")
        .time_before(time, services.limits.keep_jobs)
        .text(" ORDER BY created_at LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}

/// Up to the first that is to be kept, so that none is missing between those that are. The newest stays, whatever its age: the
/// sequencer numbers on from it.
fn events(services: &Services, time: DatabaseTime) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM event WHERE id IN (SELECT id FROM event WHERE seq < COALESCE((SELECT seq FROM event WHERE at >= ")
        .time_before(time, services.limits.keep_events)
        .text(" AND seq IS NOT NULL ORDER BY seq LIMIT 1), (SELECT max(seq) FROM event)) ORDER BY seq LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}

/// Their attempts go with them.
fn notifications(services: &Services, time: DatabaseTime) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM notification WHERE id IN (SELECT id FROM notification WHERE created_at < ")
        .time_before(time, services.limits.keep_notifications)
        .text(" ORDER BY created_at LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}

/// A test shows the steps of its calls: it goes before them.
fn test_calls(services: &Services, time: DatabaseTime) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM test_call WHERE id IN (SELECT id FROM test_call WHERE created_at < ")
        .time_before(time, services.limits.keep_calls)
        .text(" ORDER BY created_at LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}

/// Calls of long ago that no test shows any more, without their steps.
fn calls(services: &Services, time: DatabaseTime) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM call WHERE id IN (SELECT id FROM call WHERE started_at < ")
        .time_before(time, services.limits.keep_calls)
        .text(NOT_SHOWN_BY_A_TEST)
        .text(" AND NOT EXISTS (SELECT 1 FROM call_step s WHERE s.call_id = call.id) ORDER BY started_at LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}

fn steps_of_calls(services: &Services, time: DatabaseTime) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM call_step WHERE id IN (SELECT s.id FROM call_step s JOIN call ON call.id = s.call_id WHERE call.started_at < ")
        .time_before(time, services.limits.keep_calls)
        .text(NOT_SHOWN_BY_A_TEST)
        .text(" ORDER BY call.started_at LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}

const NOT_SHOWN_BY_A_TEST: &str = " AND NOT EXISTS (SELECT 1 FROM test_call t WHERE t.call_id = call.id) \
      AND NOT EXISTS (SELECT 1 FROM test_call t WHERE t.caller_call_id = call.id)";

fn alerts(services: &Services, time: DatabaseTime) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM twilio_alert WHERE id IN (SELECT id FROM twilio_alert WHERE generated_at < ")
        .time_before(time, services.limits.keep_alerts)
        .text(" ORDER BY generated_at LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}

fn configuration(services: &Services, time: DatabaseTime) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM configuration_change WHERE id IN (SELECT id FROM configuration_change WHERE at < ")
        .time_before(time, services.limits.keep_configuration)
        .text(" ORDER BY at LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}

/// Unusual activity that ended long ago goes with the calls it is about.
fn findings(services: &Services, time: DatabaseTime) -> Sql {
    Sql::new(services.db.get_database_backend())
        .text("DELETE FROM activity_finding WHERE id IN (SELECT id FROM activity_finding WHERE ended_at < ")
        .time_before(time, services.limits.keep_calls)
        .text(" LIMIT ")
        .value(BATCH.cast_signed())
        .text(")")
}
