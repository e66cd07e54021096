//! Jobs: how they are claimed, in whose turn, and what becomes of those that fail, are unknown or are called off.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use callab_tests::app::claimer;
use callab_tests::{Story, TestApp};
use chrono::TimeDelta;
use domain::jobs::{self, Claim, Ended, Fence, Finish, Nudge, PushError, Queue, ReturnNumber, VerifyAccount, Whose};
use domain::{Services, accounts, pruning};
use entity::job::{self, JobState};
use entity::{JobId, NumberId, event, twilio_account};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::{Value, json};
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

/// After a long stop everything is due at once: it is caught up with at the workers' pace, and then spread.
#[tokio::test]
async fn accounts_that_are_due_together_are_caught_up_with_once_and_part_company() {
    let (app, pushed) = app().await;
    let account = account(&app).await;
    app.clock.advance(TimeDelta::hours(5));
    let queue = async |chance: f64| {
        accounts::queue_due_checks(&app.services, &move || chance)
            .await
            .unwrap()
    };
    pushed.take();
    assert_eq!(
        (queue(0.0).await, queue(0.0).await),
        (1, 0),
        "once, however often it is looked for"
    );
    assert_eq!(pushed.take().len(), 1);
    let due = async || {
        let row = twilio_account::Entity::find_by_id(account.id)
            .one(&app.services.db)
            .await;
        row.unwrap().unwrap().next_check_at
    };
    let now = domain::Clock::now(&*app.clock);
    assert_eq!(
        due().await,
        now + TimeDelta::seconds(150),
        "late ones are spread over a whole interval"
    );
    app.clock.advance(TimeDelta::seconds(150));
    queue(1.0).await;
    assert_eq!(due().await, domain::Clock::now(&*app.clock) + TimeDelta::seconds(330));
    let rows = job::Entity::find()
        .filter(job::COLUMN.kind.eq("verify-account"))
        .filter(job::COLUMN.state.eq(JobState::Waiting));
    assert_eq!(
        rows.count(&app.services.db).await.unwrap(),
        1,
        "they fall together while the first waits"
    );
    assert_eq!(row(&app, pushed.take()[0]).await.queue, "routine");
    forget_jobs(&app).await;
}

/// What is asked for by a person overtakes what the timetable wants, and is not set back by it.
#[tokio::test]
async fn a_wish_makes_a_routine_job_urgent_and_the_timetable_does_not_take_that_back() {
    let (app, _) = app().await;
    let account = account(&app).await;
    app.clock.advance(TimeDelta::hours(5));
    let wish = async || {
        let mut tx = app.services.begin().await.unwrap();
        let job = domain::jobs::SyncNumbers { account: account.id };
        let id = tx.enqueue(&account, &job).await.unwrap();
        tx.commit().await.unwrap();
        row(&app, id).await
    };
    accounts::queue_due_syncs(&app.services, &|| 0.5).await.unwrap();
    let waiting = job::Entity::find().filter(job::COLUMN.state.eq(JobState::Waiting));
    let routine = waiting.clone().one(&app.services.db).await.unwrap().expect("it is due");
    assert_eq!(routine.queue, "routine");
    assert_eq!((wish().await.id, wish().await.queue), (routine.id, "urgent".to_owned()));
    app.clock.advance(TimeDelta::hours(5));
    accounts::queue_due_syncs(&app.services, &|| 0.5).await.unwrap();
    assert_eq!(row(&app, routine.id).await.queue, "urgent");
    forget_jobs(&app).await;
}

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
async fn what_is_over_is_kept_for_a_time_and_the_newest_event_for_ever() {
    let (app, _) = app().await;
    let account = account(&app).await;
    let ids = many(&app.services, &account, 2).await;
    for claim in claim(&app.services, &ids).await {
        let finish = if claim.job.id == ids[0] {
            Finish::Done(json!({}))
        } else {
            Finish::Failed("for a reason".to_owned())
        };
        end(&app.services, claim, finish).await.expect("written");
    }
    app.clock.advance(TimeDelta::minutes(10));
    accounts::queue_due_checks(&app.services, &|| 0.5).await.unwrap();
    app.run_jobs().await; // A routine one that goes well.
    let jobs = async || job::Entity::find().count(&app.services.db).await.unwrap();
    let prune = async || pruning::prune(&app.services).await.unwrap();
    let (before, events) = (
        jobs().await,
        event::Entity::find().count(&app.services.db).await.unwrap(),
    );
    assert_eq!((prune().await.jobs, prune().await.events), (0, 0), "nothing is old");
    app.clock.advance(TimeDelta::hours(25));
    assert_eq!(
        prune().await.jobs,
        3,
        "the routine ones: two checks, and the assessment after the sync"
    );
    app.clock.advance(TimeDelta::days(6));
    domain::events::number(&app.services).await.unwrap();
    let pruned = prune().await;
    assert_eq!((pruned.jobs, jobs().await), (before - 3, 0));
    assert_eq!(pruned.events, events - 1);
    let newest = domain::events::newest(&app.services).await.unwrap();
    assert_eq!(u64::try_from(newest).unwrap(), events, "the order goes on from there");
}
