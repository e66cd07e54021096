//! Looks into the rows.

use domain::jobs::{Job as _, SyncCalls};
use entity::job::{self, JobState};
use entity::{borrowed_routing, call_intent, phone_number, twilio_account};
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    Select,
};

use crate::until::until;

/// The jobs of a kind, oldest first.
pub async fn jobs(db: &DatabaseConnection, kind: &str) -> Vec<job::Model> {
    let jobs = job::Entity::find().filter(job::COLUMN.kind.eq(kind));
    jobs.order_by_asc(job::COLUMN.id).all(db).await.expect("the database")
}

/// The newest job of a kind about a row.
pub async fn job_about(db: &DatabaseConnection, kind: &str, subject: impl ToString) -> job::Model {
    let jobs = job::Entity::find()
        .filter(job::COLUMN.kind.eq(kind))
        .filter(job::COLUMN.subject.eq(subject.to_string()))
        .order_by_desc(job::COLUMN.id);
    jobs.one(db).await.expect("the database").expect("a job of that kind")
}

/// A job as it is now.
pub async fn job(db: &DatabaseConnection, id: entity::JobId) -> job::Model {
    let job = job::Entity::find_by_id(id).one(db).await;
    job.expect("the database").expect("the job")
}

/// States of a job that has not ended.
const OPEN: [JobState; 2] = [JobState::Waiting, JobState::Running];

/// The jobs that somebody waits for. Twilio's log is read by the timetable, and a minute after a test call.
fn counted() -> Select<job::Entity> {
    job::Entity::find().filter(job::COLUMN.kind.ne(SyncCalls::KIND))
}

/// How many jobs have not ended.
pub async fn open_jobs(db: &DatabaseConnection) -> u64 {
    counted()
        .filter(job::COLUMN.state.is_in(OPEN))
        .count(db)
        .await
        .expect("the database")
}

/// Waits until every job has ended, and answers them all. Each of them is done, or failed with a reason. Those
/// that nobody waits for are left out.
pub async fn all_ended(db: &DatabaseConnection) -> Vec<job::Model> {
    let jobs = until("the end of all jobs", async || {
        if open_jobs(db).await > 0 {
            return None;
        }
        let jobs = counted().all(db).await.expect("the database");
        jobs.iter().all(|job| !OPEN.contains(&job.state)).then_some(jobs)
    })
    .await;
    for job in &jobs {
        let has_reason = job.last_error.as_ref().is_some_and(|error| !error.is_empty());
        let ended = job.state == JobState::Done || (job.state == JobState::Failed && has_reason);
        assert!(ended && job.finished_at.is_some(), "{job:?}");
    }
    jobs
}

/// The account of that SID.
pub async fn account(db: &DatabaseConnection, sid: &str) -> twilio_account::Model {
    let account = twilio_account::Entity::find().filter(twilio_account::COLUMN.sid.eq(sid));
    account.one(db).await.expect("the database").expect("the account")
}

/// The row of a number.
pub async fn number(db: &DatabaseConnection, e164: &str) -> phone_number::Model {
    let number = phone_number::Entity::find().filter(phone_number::COLUMN.e164.eq(e164));
    number.one(db).await.expect("the database").expect("the number")
}

/// What was borrowed of a number, ever, oldest first.
pub async fn borrowed(db: &DatabaseConnection, number: &phone_number::Model) -> Vec<borrowed_routing::Model> {
    let rows = borrowed_routing::Entity::find()
        .filter(borrowed_routing::COLUMN.phone_number_id.eq(number.id))
        .order_by_asc(borrowed_routing::COLUMN.id);
    rows.all(db).await.expect("the database")
}

/// The intents of calls from a number, oldest first.
pub async fn intents(db: &DatabaseConnection, number: &phone_number::Model) -> Vec<call_intent::Model> {
    let intents = call_intent::Entity::find()
        .filter(call_intent::COLUMN.phone_number_id.eq(number.id))
        .order_by_asc(call_intent::COLUMN.id);
    intents.all(db).await.expect("the database")
}
