//! How jobs are claimed, in whose turn, and what becomes of those that fail or are unknown.

use std::time::Duration;

use callab_tests::TestApp;
use callab_tests::app::claimer;
use chrono::TimeDelta;
use domain::Services;
use domain::jobs::{self, Claim, Fence, Finish, VerifyAccount};
use entity::job::{self, JobState};
use entity::{JobId, twilio_account};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;

use super::{account, app, claim, end, forget_jobs, many, row};

#[tokio::test]
async fn jobs_of_one_account_take_turns_and_hold_up_nobody_else() {
    let (app, pushed) = app().await;
    let account = account(&app).await;
    let ids = many(&app.services, &account, 10).await;
    let other = many(&app.services, account.workspace_id, 1).await[0]; // The same number, so it is the first of them.
    assert_eq!(other, ids[0]);
    pushed.take();

    let mut claims = claim(&app.services, &ids).await;
    assert_eq!(claims.len(), 4, "of ten that were delivered at once");
    assert_eq!(claim(&app.services, &ids).await.len(), 0, "and no more while they run");
    let waiting = |claims: &[Claim]| {
        let running: Vec<JobId> = claims.iter().map(|claim| claim.job.id).collect();
        ids.iter()
            .copied()
            .filter(|id| !running.contains(id))
            .collect::<Vec<_>>()
    };

    // The end of one wakes another of its account.
    let done = claims.pop().unwrap();
    let done_id = done.job.id;
    end(&app.services, done, Finish::Done(json!({})))
        .await
        .expect("written");
    let woken = pushed.take();
    assert!(!woken.is_empty() && woken.iter().all(|id| waiting(&claims).contains(id) && *id != done_id));
    assert_eq!(claim(&app.services, &woken).await.len(), 1);
    forget_jobs(&app).await;
}

#[tokio::test]
async fn a_claim_takes_each_job_once_and_none_before_its_time() {
    let (app, _) = app().await;
    let account = account(&app).await;
    let ids = many(&app.services, account.workspace_id, 3).await;
    let mut tx = app.services.begin().await.unwrap();
    let check = VerifyAccount { account: account.id };
    let later = tx
        .enqueue_after(&account, &check, Duration::from_mins(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let all: Vec<JobId> = ids.iter().chain(&ids).chain([&later]).copied().collect();
    let claims = claim(&app.services, &all).await;
    let mut claimed: Vec<JobId> = claims.iter().map(|claim| claim.job.id).collect();
    claimed.sort();
    assert_eq!(claimed, ids, "each once, and not the one for later");
    for claim in &claims {
        assert_eq!((claim.job.attempt, claim.job.fence), (1, 1));
        assert_eq!(claim.job.lease_owner.as_deref(), Some("worker"));
    }
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(claim(&app.services, &[later]).await.len(), 1);
    forget_jobs(&app).await;
}

#[tokio::test]
async fn a_job_that_takes_its_worker_with_it_is_given_up_and_tells_its_story() {
    let (app, _) = app().await;
    let account = account(&app).await;
    let id = many(&app.services, &account, 1).await[0];
    for attempt in 1..=5 {
        assert_eq!(claim(&app.services, &[id]).await.len(), 1, "attempt {attempt}");
        app.clock.advance(TimeDelta::seconds(41));
        assert_eq!(
            jobs::take_back_expired(&app.services, &claimer("worker"))
                .await
                .unwrap(),
            1
        );
        app.clock.advance(TimeDelta::minutes(6)); // It waits longer each time, and never that long.
    }
    let told = row(&app, id).await;
    assert_eq!(
        (told.state, told.attempt),
        (JobState::Failed, 5),
        "of its thousand attempts"
    );
    let document = "query($id: ID!) { jobs(filter: { accountId: $id, states: [FAILED] }) { nodes { lastError failedAttempts { attempt at error } } } }";
    let global = app.owner().ask("{ twilioAccounts { nodes { id } } }", json!({})).await;
    let data = app
        .owner()
        .ask(document, json!({ "id": global["twilioAccounts"]["nodes"][0]["id"] }))
        .await;
    let node = &data["jobs"]["nodes"][0];
    let attempts = node["failedAttempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 5, "{node}");
    assert!(
        attempts
            .iter()
            .all(|attempt| attempt["error"] == "its worker gave no sign")
    );
    assert!(attempts.iter().all(|attempt| attempt["at"].is_string()));
}

#[tokio::test]
async fn a_job_of_a_kind_or_version_that_nobody_knows_waits_and_is_reported() {
    let (app, pushed) = app().await;
    let account = account(&app).await;
    let ids = many(&app.services, account.workspace_id, 3).await;
    for (id, kind, version) in [(ids[0], "fly-to-the-moon", 1), (ids[1], "return-number", 99)] {
        job::Entity::update_many()
            .col_expr(job::Column::Kind, Expr::value(kind))
            .col_expr(job::Column::Version, Expr::value(version))
            .filter(job::COLUMN.id.eq(id))
            .exec(&app.services.db)
            .await
            .unwrap();
    }
    pushed.take();
    let mut swept = jobs::sweep(&app.services, &claimer("worker")).await.unwrap();
    swept.unknown.sort();
    let unknown = [("fly-to-the-moon/1".to_owned(), 1), ("return-number/99".to_owned(), 1)];
    assert_eq!((swept.nudged, swept.unknown.as_slice()), (1, unknown.as_slice()));
    assert_eq!(pushed.take(), [ids[2]], "nobody is told of what nobody can do");
    let claims = claim(&app.services, &ids).await;
    assert_eq!(claims.iter().map(|claim| claim.job.id).collect::<Vec<_>>(), [ids[2]]);
    assert_eq!(row(&app, ids[0]).await.state, JobState::Waiting);
    forget_jobs(&app).await;
}

/// A worker that was taken for dead, and wakes up, writes nothing: not its row's end, and nothing else.
#[tokio::test]
async fn what_a_job_writes_is_written_only_while_it_is_its_workers() {
    let (app, _) = app().await;
    let account = account(&app).await;
    let id = many(&app.services, &account, 1).await[0];
    let lost = claim(&app.services, &[id]).await.remove(0);
    let fence = Some(Fence::from(&lost.job));
    let of_job = Services {
        fence,
        ..app.services.clone()
    };
    let rename = async |label: &str| {
        let tx = of_job.begin().await.unwrap();
        twilio_account::Entity::update_many()
            .col_expr(twilio_account::Column::Label, Expr::value(label))
            .filter(twilio_account::COLUMN.id.eq(account.id))
            .exec(tx.db())
            .await
            .unwrap();
        tx.commit().await
    };
    rename("while it is ours").await.expect("its own claim is proof");
    jobs::tell_progress(&of_job, "half").await.unwrap();
    assert_eq!(row(&app, id).await.progress.as_deref(), Some("half"));

    app.clock.advance(TimeDelta::seconds(41));
    jobs::take_back_expired(&app.services, &claimer("worker"))
        .await
        .unwrap();
    claim(&app.services, &[id]).await.pop().expect("another worker has it");
    let refused = rename("too late").await.unwrap_err().to_string();
    assert!(refused.contains("no longer this worker's"), "{refused}");
    jobs::tell_progress(&of_job, "too late").await.unwrap();
    assert!(!jobs::renew(&app.services, &lost).await.unwrap());
    assert_eq!(end(&app.services, lost, Finish::Done(json!({}))).await, None);
    let label = twilio_account::Entity::find_by_id(account.id)
        .one(&app.services.db)
        .await;
    assert_eq!(label.unwrap().unwrap().label, "while it is ours");
    assert_eq!(row(&app, id).await.progress, None);
    forget_jobs(&app).await;
}

#[tokio::test]
async fn a_turn_is_taken_by_one_of_many_and_comes_again() {
    let app = TestApp::start().await;
    let take = || jobs::take_turn(&app.services, "sweep", Duration::from_secs(30));
    let (first, second, third) = tokio::join!(take(), take(), take());
    let taken = [first, second, third].map(Result::unwrap);
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
    app.clock.advance(TimeDelta::seconds(29));
    assert!(!take().await.unwrap());
    app.clock.advance(TimeDelta::seconds(1));
    assert!(take().await.unwrap());
}
