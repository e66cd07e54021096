//! What becomes due by itself, and what is let go when its time is over.

use chrono::TimeDelta;
use domain::jobs::Finish;
use domain::{accounts, pruning};
use entity::job::{self, JobState};
use entity::{event, twilio_account};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::json;

use super::{account, app, claim, end, forget_jobs, many, row};

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
        2,
        "the routine ones: the timetable's check, and the assessment after the sync; not the check on connecting"
    );
    app.clock.advance(TimeDelta::days(6));
    domain::events::number(&app.services).await.unwrap();
    let pruned = prune().await;
    assert_eq!((pruned.jobs, jobs().await), (before - 2, 0));
    assert_eq!(pruned.events, events - 1);
    let newest = domain::events::newest(&app.services).await.unwrap();
    assert_eq!(u64::try_from(newest).unwrap(), events, "the order goes on from there");
}
