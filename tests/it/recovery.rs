//! A crash between any two steps is repaired by the job: its row tells that it was begun, and the state is read afresh.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use callab_tests::app::{ECHO_LINE, claimer};
use callab_tests::{Story, TestApp};
use chrono::TimeDelta;
use domain::jobs::{self, Claim, Ended, Finish, Nudge, PushError, Queue, Swept};
use entity::call_intent::IntentState;
use entity::job::JobState;
use entity::phone_number::RoutingState;
use entity::{borrowed_routing, call_intent, job, phone_number};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};
use twilio_sim::{SimNumber, scenario};

/// The newest job of a kind.
async fn newest(app: &TestApp, kind: &str) -> job::Model {
    let jobs = job::Entity::find()
        .filter(job::COLUMN.kind.eq(kind))
        .order_by_desc(job::COLUMN.id);
    jobs.one(&app.services.db).await.unwrap().expect("a job of that kind")
}

/// A worker takes the newest job of a kind, and dies.
async fn taken_by_the_dead(app: &TestApp, kind: &str) -> Claim {
    let id = newest(app, kind).await.id;
    let claims = jobs::claim(&app.services, &[id], &claimer("dead")).await.unwrap();
    claims.into_iter().next().expect("the job is to be had")
}

/// A job that was done is as if the worker had died just before it could say so.
async fn never_said_to_be_done(app: &TestApp, kind: &str) {
    let done = newest(app, kind).await;
    assert_eq!(done.state, JobState::Done, "{done:?}");
    job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(JobState::Running))
        .col_expr(job::Column::LeaseOwner, Expr::value("dead"))
        .col_expr(
            job::Column::LeaseUntil,
            Expr::value(done.run_at + TimeDelta::seconds(45)),
        )
        .col_expr(
            job::Column::FinishedAt,
            Expr::value(None::<chrono::DateTime<chrono::Utc>>),
        )
        .filter(job::COLUMN.id.eq(done.id))
        .exec(&app.services.db)
        .await
        .unwrap();
}

/// The process starts again: what was running is taken back, and everything due is done. A job that was cut off twice in a row
/// waits a moment.
async fn restart(app: &TestApp) -> Vec<String> {
    assert_eq!(
        jobs::take_back_all(&app.services, &claimer("restarted")).await.unwrap(),
        1
    );
    app.pass(TimeDelta::seconds(20))
        .await
        .into_iter()
        .map(|ran| ran.kind)
        .collect()
}

/// A story whose number answers elsewhere at first, with all told before a mutation.
async fn before(app: &TestApp, mutation: &str) -> Story {
    let mut story = Story::begin(app, app.owner()).await;
    story.twilio = scenario::answered_elsewhere(&app.sim);
    story.number = app.sim.numbers(&story.twilio.sid)[0].phone_number.clone();
    story.tell_before(app, mutation).await;
    story
}

/// Makes a mutation and runs no job.
async fn ask(story: &Story, mutation: &str) -> Value {
    story
        .client
        .done(mutation, Story::fields(mutation), story.input(mutation))
        .await
}

fn at_twilio(app: &TestApp, story: &Story) -> SimNumber {
    let mut numbers = app.sim.numbers(&story.twilio.sid).into_iter();
    numbers
        .find(|number| number.phone_number == story.number)
        .expect("the number")
}

async fn row(app: &TestApp, story: &Story) -> phone_number::Model {
    let row = phone_number::Entity::find().filter(phone_number::COLUMN.e164.eq(&story.number));
    row.one(&app.services.db).await.unwrap().expect("the number's row")
}

fn writes(app: &TestApp) -> usize {
    app.sim.count_requests_to("POST", "IncomingPhoneNumbers")
}

/// The number's row is as it was before the job wrote its end.
async fn forget(app: &TestApp, before: phone_number::Model) {
    let back = phone_number::ActiveModel::from(before).reset_all();
    phone_number::Entity::update(back).exec(&app.services.db).await.unwrap();
}

async fn borrowed_voice_urls(app: &TestApp) -> Vec<Option<String>> {
    let rows = borrowed_routing::Entity::find().all(&app.services.db).await.unwrap();
    rows.into_iter().map(|row| row.routing.voice_url).collect()
}

#[tokio::test]
async fn configure_number_survives_a_crash_at_each_step() {
    let app = TestApp::start().await;
    let story = before(&app, "assignAgent").await;
    let original = at_twilio(&app, &story);
    ask(&story, "assignAgent").await;
    let applying = row(&app, &story).await;
    assert_eq!(applying.routing, RoutingState::Applying);

    // Before anything was done.
    taken_by_the_dead(&app, "configure-number").await;
    assert_eq!(restart(&app).await, ["configure-number"]);
    assert_eq!((row(&app, &story).await.routing, writes(&app)), (RoutingState::Ours, 1));
    let ours = at_twilio(&app, &story);

    // After Twilio's write, before our row: nothing is written again, and our own routing is not borrowed.
    never_said_to_be_done(&app, "configure-number").await;
    forget(&app, applying.clone()).await;
    assert_eq!(restart(&app).await, ["configure-number"]);
    assert_eq!((row(&app, &story).await.routing, writes(&app)), (RoutingState::Ours, 1));

    // After it was borrowed, before Twilio's write: it is written, and borrowed once.
    never_said_to_be_done(&app, "configure-number").await;
    forget(&app, applying).await;
    app.sim
        .change_number(&original.sid, |number| *number = original.clone());
    restart(&app).await;
    assert_eq!((row(&app, &story).await.routing, writes(&app)), (RoutingState::Ours, 2));
    assert_eq!(at_twilio(&app, &story).voice_url, ours.voice_url);
    assert_eq!(borrowed_voice_urls(&app).await, [Some(original.voice_url)]);
}

#[tokio::test]
async fn return_number_survives_a_crash_at_each_step() {
    let app = TestApp::start().await;
    let mut story = before(&app, "assignAgent").await;
    let original = at_twilio(&app, &story);
    story.tell(&app, "assignAgent").await;
    ask(&story, "removePhoneNumber").await;
    let pending = row(&app, &story).await;
    assert_eq!(pending.routing, RoutingState::ReturnPending);

    // Before anything was done.
    taken_by_the_dead(&app, "return-number").await;
    assert_eq!(restart(&app).await, ["return-number"]);
    let returned = row(&app, &story).await;
    assert_eq!((&returned.routing, writes(&app)), (&RoutingState::NotOurs, 2));
    let given_back = at_twilio(&app, &story);
    assert_eq!(
        (&given_back.voice_url, &given_back.status_callback),
        (&original.voice_url, &original.status_callback)
    );

    // After Twilio's write, before our row: it is found given back, and nobody is blamed.
    never_said_to_be_done(&app, "return-number").await;
    forget(&app, pending).await;
    borrowed_routing::Entity::update_many()
        .col_expr(
            borrowed_routing::Column::ReturnedAt,
            Expr::value(None::<chrono::DateTime<chrono::Utc>>),
        )
        .exec(&app.services.db)
        .await
        .unwrap();
    assert_eq!(restart(&app).await, ["return-number"]);
    let again = row(&app, &story).await;
    assert_eq!(
        (&again.routing, &again.routing_problem, writes(&app)),
        (&RoutingState::NotOurs, &None, 2)
    );
    assert_eq!(at_twilio(&app, &story).voice_url, original.voice_url);
}

/// An outbound test that is wanted; no job of it has run.
async fn call_wanted(app: &TestApp) -> (Story, Value) {
    let mut story = Story::begin(app, app.owner()).await;
    story.tell_before(app, "startTestCall").await;
    app.sim.hold_calls(&story.twilio.sid); // So that nothing but the job tells of the call.
    let input = json!({ "phoneNumberId": story.ids.number, "kind": "OUTBOUND", "to": ECHO_LINE });
    let payload = story.client.done("startTestCall", "testCall { id }", input).await;
    (story, payload["testCall"]["id"].clone())
}

async fn intent(app: &TestApp) -> call_intent::Model {
    call_intent::Entity::find()
        .one(&app.services.db)
        .await
        .unwrap()
        .expect("the intent")
}

/// The intent is as it is between the step to SENDING and the answer.
async fn sending(app: &TestApp) {
    call_intent::Entity::update_many()
        .col_expr(call_intent::Column::State, Expr::value(IntentState::Sending))
        .col_expr(
            call_intent::Column::SentAt,
            Expr::value(domain::Clock::now(&*app.clock)),
        )
        .col_expr(call_intent::Column::CallSid, Expr::value(None::<String>))
        .exec(&app.services.db)
        .await
        .unwrap();
}

fn calls_posted(app: &TestApp) -> usize {
    app.sim.count_requests_to("POST", "Calls")
}

/// Promise 4: what may have been sent is looked for, and never sent again.
#[tokio::test]
async fn a_call_that_was_about_to_be_sent_is_never_sent_again() {
    let app = TestApp::start().await;
    let (story, test) = call_wanted(&app).await;
    taken_by_the_dead(&app, "place-call").await;
    sending(&app).await;
    assert!(restart(&app).await.contains(&"place-call".to_owned()));
    assert_eq!(intent(&app).await.state, IntentState::Sending, "it may still turn up");
    for _ in 0..30 {
        app.pass(TimeDelta::seconds(5)).await;
    }
    let told = intent(&app).await;
    assert_eq!((told.state.as_str(), calls_posted(&app)), ("CLOSED", 0));
    let document = "query($id: ID!) { testCall(id: $id) { verdict } }";
    let data = story.client.ask(document, json!({ "id": test })).await;
    assert_eq!(data["testCall"]["verdict"], "UNKNOWN");
}

#[tokio::test]
async fn a_call_that_was_sent_is_found_again() {
    let app = TestApp::start().await;
    call_wanted(&app).await;
    app.run_jobs().await;
    assert_eq!((intent(&app).await.state, calls_posted(&app)), (IntentState::Placed, 1));
    let sid = intent(&app).await.call_sid;
    never_said_to_be_done(&app, "place-call").await;
    sending(&app).await;
    restart(&app).await;
    let told = intent(&app).await;
    assert_eq!(
        (told.state, told.call_sid, calls_posted(&app)),
        (IntentState::Placed, sid, 1)
    );
}

#[tokio::test]
async fn a_call_that_was_not_begun_is_placed_once() {
    let app = TestApp::start().await;
    call_wanted(&app).await;
    taken_by_the_dead(&app, "place-call").await;
    restart(&app).await;
    assert_eq!((intent(&app).await.state, calls_posted(&app)), (IntentState::Placed, 1));
}

/// A sync is one transaction: cut off before it, it is done; cut off after it, it changes nothing more.
#[tokio::test]
async fn a_sync_survives_a_crash_before_and_after_its_transaction() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    let payload = ask(&story, "connectTwilioAccount").await;
    taken_by_the_dead(&app, "sync-numbers").await;
    assert_eq!(restart(&app).await, ["verify-account", "sync-numbers", "assess-health"]);
    story.learn(&app, "connectTwilioAccount", &payload).await;
    let rows = phone_number::Entity::find().all(&app.services.db).await.unwrap();
    assert_eq!(rows.len(), 3);
    never_said_to_be_done(&app, "sync-numbers").await;
    restart(&app).await;
    let again = phone_number::Entity::find().all(&app.services.db).await.unwrap();
    assert_eq!(again, rows);
}

/// A worker that was taken for dead and wakes up can write nothing more.
#[tokio::test]
async fn a_worker_that_wakes_up_late_has_lost_its_job() {
    let app = TestApp::start().await;
    let story = Story::begin(&app, app.owner()).await;
    ask(&story, "connectTwilioAccount").await;
    let claim = taken_by_the_dead(&app, "sync-numbers").await;
    restart(&app).await;
    assert!(!jobs::renew(&app.services, &claim).await.unwrap());
    let late = Ended {
        claim,
        finish: Finish::Failed("late".into()),
    };
    assert_eq!(
        jobs::finish(&app.services, &claimer("late").known, vec![late])
            .await
            .unwrap(),
        [None]
    );
    assert_eq!(newest(&app, "sync-numbers").await.state, JobState::Done);
}

/// A transport that can be away.
#[derive(Debug, Default)]
struct Transport {
    is_away: AtomicBool,
    took: Mutex<Vec<Nudge>>,
}

#[async_trait]
impl Queue for Transport {
    async fn push(&self, nudges: &[Nudge]) -> Result<(), PushError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(PushError("away".into()));
        }
        self.took.lock().unwrap().extend_from_slice(nudges);
        Ok(())
    }
}

/// The row is the truth: a job whose nudge was lost is found by the sweep, and one whose worker gave no sign is taken back.
#[tokio::test]
async fn a_job_that_nobody_was_told_of_is_found_by_the_sweep() {
    let transport = Arc::new(Transport::default());
    let queue = Arc::clone(&transport);
    let app = TestApp::start_with(|services| services.queue = queue).await;
    let story = Story::begin(&app, app.owner()).await;
    transport.is_away.store(true, Ordering::SeqCst);
    ask(&story, "connectTwilioAccount").await;
    let sweep = async || jobs::sweep(&app.services, &claimer("sweeper")).await.unwrap();
    assert_eq!(sweep().await, Swept::default(), "still away");
    transport.is_away.store(false, Ordering::SeqCst);
    assert_eq!(sweep().await.nudged, 2);
    let waiting = [newest(&app, "verify-account").await, newest(&app, "sync-numbers").await];
    let took = transport.took.lock().unwrap().clone();
    assert!(waiting.iter().all(|job| took.contains(&Nudge::from(job))), "{took:?}");

    taken_by_the_dead(&app, "sync-numbers").await;
    let take_back = async || {
        jobs::take_back_expired(&app.services, &claimer("sweeper"))
            .await
            .unwrap()
    };
    app.clock.advance(TimeDelta::seconds(36));
    assert_eq!(take_back().await, 0, "the lease still holds");
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!((take_back().await, sweep().await.nudged), (1, 2));
    assert_eq!(newest(&app, "sync-numbers").await.state, JobState::Waiting);
    app.run_jobs().await;
}
