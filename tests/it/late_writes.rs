//! What a worker sent to Twilio reaches it after another worker has done the job.

use callab_tests::{Story, TestApp};
use chrono::TimeDelta;
use domain::numbers;
use entity::phone_number::RoutingState;
use entity::{job, phone_number};
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _};
use twilio_sim::{SimNumber, scenario};

/// A story of a number that answered elsewhere before an agent was assigned; and the number as it stood then.
async fn assigned(app: &TestApp) -> (Story, SimNumber) {
    let mut story = Story::begin(app, app.owner()).await;
    story.twilio = scenario::answered_elsewhere(&app.sim);
    let original = app.sim.numbers(&story.twilio.sid)[0].clone();
    story.number.clone_from(&original.phone_number);
    story.tell_before(app, "assignAgent").await;
    story.tell(app, "assignAgent").await;
    (story, original)
}

/// A worker finds that its job of this kind is gone, and what it had sent has arrived.
async fn arrived_late(app: &TestApp, kind: &str, late: &SimNumber) {
    let lost = job::Entity::find()
        .filter(job::COLUMN.kind.eq(kind))
        .order_by_desc(job::COLUMN.id);
    let lost = lost.one(&app.services.db).await.unwrap().unwrap();
    app.sim.change_number(&late.sid, |number| *number = late.clone());
    numbers::look_again(&app.services, &lost).await.unwrap();
    app.pass(TimeDelta::seconds(10)).await;
}

async fn routing(app: &TestApp, number: &SimNumber) -> RoutingState {
    let row = phone_number::Entity::find().filter(phone_number::COLUMN.sid.eq(&number.sid));
    row.one(&app.services.db).await.unwrap().unwrap().routing
}

#[tokio::test]
async fn a_late_write_to_a_number_that_was_given_back_is_given_back_again() {
    let app = TestApp::start().await;
    let (mut story, original) = assigned(&app).await;
    let late = app.sim.number(&original.sid).unwrap();
    assert_ne!(late.voice_url, original.voice_url);
    story.tell(&app, "unassignAgent").await;
    assert_eq!(routing(&app, &original).await, RoutingState::NotOurs);

    arrived_late(&app, "configure-number", &late).await;
    let now = app.sim.number(&original.sid).unwrap();
    assert_eq!(
        (&now.voice_url, &now.voice_fallback_url, &now.status_callback),
        (
            &original.voice_url,
            &original.voice_fallback_url,
            &original.status_callback
        )
    );
    assert_eq!(routing(&app, &original).await, RoutingState::NotOurs);
}

#[tokio::test]
async fn a_late_return_of_a_number_that_is_wanted_again_is_written_over() {
    let app = TestApp::start().await;
    let (mut story, original) = assigned(&app).await;
    let ours = app.sim.number(&original.sid).unwrap();
    story.tell(&app, "unassignAgent").await;
    story.tell(&app, "assignAgent").await;

    arrived_late(&app, "return-number", &original).await;
    assert_eq!(app.sim.number(&original.sid).unwrap().voice_url, ours.voice_url);
    assert_eq!(routing(&app, &original).await, RoutingState::Ours);
}

/// Where nothing arrived late, nothing is written.
#[tokio::test]
async fn a_number_that_is_as_it_should_be_is_left_alone() {
    let app = TestApp::start().await;
    let (mut story, original) = assigned(&app).await;
    story.tell(&app, "unassignAgent").await;
    let (now, writes) = (
        app.sim.number(&original.sid).unwrap(),
        app.sim.count_requests_to("POST", ""),
    );
    arrived_late(&app, "configure-number", &now).await;
    assert_eq!(app.sim.count_requests_to("POST", ""), writes);
    assert_eq!(routing(&app, &original).await, RoutingState::NotOurs);
}
