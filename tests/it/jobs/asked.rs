//! What people ask of jobs: lists, calling off, trying again.

use callab_tests::{Client, Story};
use chrono::{DateTime, TimeDelta, Utc};
use domain::jobs::{self, Finish};
use entity::job::{self, JobState};
use entity::twilio_account;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{app, claim, end};

#[tokio::test]
async fn a_job_that_runs_can_be_called_off_and_then_tried_again() {
    let (app, _) = app().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "cancelJob").await;
    let input = json!({ "jobId": story.ids.job });
    let state = async || {
        let document = "query($id: ID!) { job(id: $id) { state isCancelable attempt } }";
        story.client.ask(document, json!({ "id": story.ids.job })).await["job"].clone()
    };
    assert_eq!(
        state().await,
        json!({ "state": "WAITING", "isCancelable": true, "attempt": 0 })
    );
    let waiting = job::Entity::find().filter(job::COLUMN.state.eq(JobState::Waiting));
    let id = waiting
        .one(&app.services.db)
        .await
        .unwrap()
        .expect("the check in an hour")
        .id;
    app.clock.advance(TimeDelta::hours(1));
    let running = claim(&app.services, &[id]).await.remove(0);
    assert_eq!(
        story.client.refused("retryJob", input.clone()).await,
        [("JOB_NOT_RETRYABLE".to_owned(), Some("jobId".to_owned()))]
    );

    story.client.done("cancelJob", "job { state }", input.clone()).await;
    assert_eq!(state().await["state"], "CANCELED");
    assert!(
        !jobs::renew(&app.services, &running).await.unwrap(),
        "its worker is told to stop"
    );
    assert_eq!(end(&app.services, running, Finish::Done(json!({}))).await, None);
    assert_eq!(
        story.client.refused("cancelJob", input.clone()).await,
        [("ALREADY_ENDED".to_owned(), Some("jobId".to_owned()))]
    );

    story.client.done("retryJob", "job { state }", input.clone()).await;
    assert_eq!(
        state().await,
        json!({ "state": "WAITING", "isCancelable": true, "attempt": 0 })
    );
    app.run_jobs().await;
    assert_eq!(state().await["state"], "DONE");
}

#[tokio::test]
async fn what_must_not_be_left_half_done_is_not_called_off_and_a_twin_that_waits_does_the_work() {
    let (app, _) = app().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "assignAgent").await;
    story
        .client
        .done("assignAgent", "assignment { id }", story.input("assignAgent"))
        .await;
    let list = "{ jobs(filter: { kinds: [\"configure-number\"] }) { nodes { id isCancelable } } }";
    let node = story.client.ask(list, json!({})).await["jobs"]["nodes"][0].clone();
    assert_eq!(node["isCancelable"], false);
    let input = json!({ "jobId": node["id"] });
    assert_eq!(
        story.client.refused("cancelJob", input.clone()).await,
        [("JOB_NOT_CANCELABLE".to_owned(), Some("jobId".to_owned()))]
    );

    // It failed for good, and was asked for anew since.
    let waiting = job::Entity::find().filter(job::COLUMN.kind.eq("configure-number"));
    let id = waiting.one(&app.services.db).await.unwrap().expect("the job").id;
    let failed = claim(&app.services, &[id]).await.remove(0);
    end(&app.services, failed, Finish::Failed("for good".to_owned())).await;
    let whose = twilio_account::Entity::find()
        .one(&app.services.db)
        .await
        .unwrap()
        .expect("the account");
    let number = entity::phone_number::Entity::find()
        .filter(entity::phone_number::COLUMN.e164.eq(&story.number))
        .one(&app.services.db)
        .await
        .unwrap()
        .expect("the number");
    let mut tx = app.services.begin().await.unwrap();
    tx.enqueue(&whose, &jobs::ConfigureNumber { number: number.id })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        story.client.refused("retryJob", input).await,
        [("JOB_SUPERSEDED".to_owned(), Some("jobId".to_owned()))]
    );
    app.run_jobs().await;
}

#[tokio::test]
async fn jobs_come_in_pages_newest_first_and_by_what_they_are() {
    let (app, _) = app().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "startTestCall").await;
    let document = "query($f: JobFilter, $n: Int, $a: String) { jobs(filter: $f, first: $n, after: $a) \
                    { edges { cursor node { id kind state createdAt } } pageInfo { hasNextPage endCursor } } }";
    let ask = async |variables: Value| story.client.ask(document, variables).await["jobs"].clone();
    let all = ask(json!({ "n": 100 })).await;
    let ids = |page: &Value| -> Vec<Value> {
        let edges = page["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"]["id"].clone()).collect()
    };
    assert!(ids(&all).len() > 4, "{all}");
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = ask(json!({ "n": 2, "a": after })).await;
        paged.extend(ids(&page));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(paged, ids(&all));
    for (filter, count) in [
        (json!({ "states": ["DONE"], "kinds": ["configure-number"] }), 1),
        (json!({ "subjectId": story.ids.number }), 1),
        (json!({ "states": ["FAILED"] }), 0),
        (json!({ "queue": "ROUTINE", "kinds": ["configure-number"] }), 0),
        (json!({ "accountId": "nonsense" }), 0),
    ] {
        assert_eq!(ids(&ask(json!({ "f": filter })).await).len(), count, "{filter}");
    }
}

#[tokio::test]
async fn jobs_are_counted_for_a_workspace_and_for_staff_over_all() {
    let (app, _) = app().await;
    let mut story = Story::begin(&app, app.owner()).await;
    let counts = async |client: &Client, workspace: Option<&str>| {
        let document = "query($w: ID) { jobCounts(workspaceId: $w) { waiting running failed oldestDueAt } }";
        client.ask(document, json!({ "w": workspace })).await["jobCounts"].clone()
    };
    let nothing = json!({ "waiting": 0, "running": 0, "failed": 0, "oldestDueAt": null });
    assert_eq!(counts(&story.client, None).await, nothing);

    story.tell_before(&app, "cancelJob").await; // Leaves a job that is due in an hour.
    let waiting = job::Entity::find().filter(job::COLUMN.state.eq(JobState::Waiting));
    let row = waiting.one(&app.services.db).await.unwrap().expect("a job that waits");
    let told = counts(&story.client, None).await;
    assert_eq!(
        (&told["waiting"], &told["running"], &told["failed"]),
        (&json!(1), &json!(0), &json!(0))
    );
    let due: DateTime<Utc> = told["oldestDueAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(due.timestamp_micros(), row.run_at.timestamp_micros());

    app.clock.advance(TimeDelta::hours(1));
    let claimed = claim(&app.services, &[row.id]).await.remove(0);
    assert_eq!(counts(&story.client, None).await["running"], json!(1));
    end(&app.services, claimed, Finish::Failed("for good".to_owned())).await;
    let failed = json!({ "waiting": 0, "running": 0, "failed": 1, "oldestDueAt": null });
    assert_eq!(counts(&story.client, None).await, failed);

    // Another workspace has none of it, whatever it names; staff see it by its workspace and over all.
    let (other, support) = (app.client(Some("b"), "owner"), app.client(None, "support"));
    let ours = story.ids.workspace.as_str();
    assert_eq!(counts(&other, None).await, nothing);
    assert_eq!(counts(&other, Some(ours)).await, nothing);
    assert_eq!(counts(&support, None).await, failed);
    assert_eq!(counts(&support, Some(ours)).await, failed);
    assert_eq!(counts(&support, Some("nonsense")).await, nothing);
    app.clock.advance(TimeDelta::hours(24));
    assert_eq!(counts(&story.client, None).await["failed"], json!(0));
}
