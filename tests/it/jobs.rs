//! Jobs: how they are claimed, in whose turn, and what becomes of those that fail, are unknown or are called off.

mod asked;
mod claiming;
mod timetable;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use callab_tests::app::claimer;
use callab_tests::{Story, TestApp};
use domain::Services;
use domain::jobs::{self, Claim, Ended, Finish, Nudge, PushError, Queue, ReturnNumber, Whose};
use entity::{JobId, NumberId, job, twilio_account};
use sea_orm::{EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

/// A transport that remembers what was pushed and delivers nothing.
#[derive(Debug, Default)]
struct Remembered(Mutex<Vec<JobId>>);

#[async_trait]
impl Queue for Remembered {
    async fn push(&self, nudges: &[Nudge]) -> Result<(), PushError> {
        self.0.lock().unwrap().extend(nudges.iter().map(|nudge| nudge.job));
        Ok(())
    }
}

impl Remembered {
    fn take(&self) -> Vec<JobId> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn app() -> (TestApp, Arc<Remembered>) {
    let pushed = Arc::new(Remembered::default());
    let queue = Arc::clone(&pushed);
    (TestApp::start_with(|services| services.queue = queue).await, pushed)
}

/// An account whose numbers were read, and which no job is about.
async fn account(app: &TestApp) -> twilio_account::Model {
    let mut story = Story::begin(app, app.owner()).await;
    story.tell(app, "connectTwilioAccount").await;
    let account = twilio_account::Entity::find().filter(twilio_account::COLUMN.sid.eq(&story.twilio.sid));
    account.one(&app.services.db).await.unwrap().expect("the account")
}

/// So many jobs of one account that may all start.
async fn many(services: &Services, whose: impl Into<Whose>, count: u128) -> Vec<JobId> {
    let whose = whose.into();
    let mut tx = services.begin().await.unwrap();
    let mut ids = Vec::new();
    for number in 0..count {
        let number = NumberId(Uuid::from_u128(number + 1));
        ids.push(tx.enqueue(whose, &ReturnNumber { number }).await.unwrap());
    }
    tx.commit().await.unwrap();
    ids
}

async fn claim(services: &Services, ids: &[JobId]) -> Vec<Claim> {
    jobs::claim(services, ids, &claimer("worker")).await.unwrap()
}

async fn end(services: &Services, claim: Claim, finish: Finish) -> Option<Finish> {
    let ended = vec![Ended { claim, finish }];
    jobs::finish(services, &claimer("worker").known, ended)
        .await
        .unwrap()
        .pop()
        .flatten()
}

async fn row(app: &TestApp, id: JobId) -> job::Model {
    let row = job::Entity::find_by_id(id).one(&app.services.db).await.unwrap();
    row.expect("the job")
}

/// The counts of the jobs that are left over are no business of the test's end.
async fn forget_jobs(app: &TestApp) {
    job::Entity::delete_many().exec(&app.services.db).await.unwrap();
}
