//! Entries that do not come to their places.

use std::time::{Duration, Instant};

use callab_tests::TestApp;
use callab_tests::database::is_postgres;
use callab_tests::logs::Logs;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock as _;
use domain::audit::{self, FaultKind};
use entity::{AuditEntryId, WorkspaceId, audit_entry};
use sea_orm::{ActiveValue::Set, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::{act, caught_up, chained, entries, fault, off_guard, run, verify, workspace};

/// What somebody may do in a transaction of their own, before or after the workspace has an entry that waits.
const LOCKS: [(&str, &str); 4] = [
    ("the end", "SELECT * FROM audit_head WHERE workspace_id = $ FOR UPDATE"),
    (
        "an end that is not there yet",
        "INSERT INTO audit_head SELECT $, seq, mac, tag, moved_at FROM audit_head LIMIT 1",
    ),
    (
        "a key that is not there yet",
        "INSERT INTO workspace_key (workspace_id, name, master_key, sealed, created_at)
             SELECT $, name, master_key, sealed, created_at FROM workspace_key LIMIT 1",
    ),
    ("all ends", "LOCK TABLE audit_head IN EXCLUSIVE MODE"),
];

#[tokio::test]
async fn a_lock_that_somebody_holds_keeps_no_other_workspace_waiting() {
    if !is_postgres() {
        return; // Who writes to a file has all of it, and nobody acts meanwhile.
    }
    for (what, lock) in LOCKS {
        let app = TestApp::start().await;
        let other = chained(&app, "b").await;
        let held = match what {
            "the end" | "all ends" => chained(&app, "a").await,
            _ => workspace(&app, "a").await,
        };
        if what == "an end that is not there yet" {
            act(&app, held, "anna", 0).await;
            caught_up(&app, held).await;
            off_guard(&app).await;
            run(&app, &format!("DELETE FROM audit_head WHERE workspace_id = '{held}'")).await;
        }
        let before = entries(&app, held).await.len();
        let holding = app.services.begin().await.unwrap();
        let lock = lock.replace('$', &format!("'{held}'::uuid"));
        holding.db().execute_unprepared(&lock).await.unwrap();

        act(&app, held, "anna", 7).await;
        tokio::time::sleep(Duration::from_millis(1500)).await; // The sequencer meets the lock.
        if what != "all ends" {
            act(&app, other, "berta", 7).await;
            let begun = Instant::now();
            caught_up(&app, other).await;
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "{what}: {:?}",
                begun.elapsed()
            );
        }
        let waiting = entries(&app, held)
            .await
            .into_iter()
            .filter(|entry| entry.seq.is_none());
        assert_eq!(waiting.count(), 1, "{what}");

        drop(holding);
        caught_up(&app, held).await;
        assert!(entries(&app, held).await.len() > before, "{what}");
        if what != "an end that is not there yet" {
            assert_eq!(fault(&app, held, &[]).await, None, "{what}");
        }
    }
}

#[tokio::test]
async fn a_lock_that_lasts_is_told_in_the_log() {
    if !is_postgres() {
        return;
    }
    let logs = Logs::keep();
    let app = TestApp::start().await;
    let held = chained(&app, "a").await;
    let holding = app.services.begin().await.unwrap();
    let lock = format!("SELECT * FROM audit_head WHERE workspace_id = '{held}' FOR UPDATE");
    holding.db().execute_unprepared(&lock).await.unwrap();
    act(&app, held, "anna", 7).await;
    let told = format!("that the audit entries of workspace {held} wait for");
    let begun = Instant::now();
    while !logs.text().contains(&told) {
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing is told");
        // Nobody is cut off for standing still.
        holding.db().execute_unprepared("SELECT 1").await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(9), "{:?}", begun.elapsed());
    drop(holding);
    caught_up(&app, held).await;
    assert_eq!(fault(&app, held, &[]).await, None);
}

/// An entry that was written at some moment and that nobody chains.
async fn left(app: &TestApp, workspace: WorkspaceId, at: DateTime<Utc>) -> AuditEntryId {
    let mut left = entries(app, workspace).await.remove(0).into_active_model();
    let id = AuditEntryId(app.services.ids.new_id());
    (left.id, left.at) = (Set(id), Set(at));
    (left.seq, left.salt, left.personal_digest) = (Set(None), Set(None), Set(None));
    (left.digest, left.mac) = (Set(None), Set(None));
    audit_entry::Entity::insert(left)
        .exec_without_returning(&app.services.db)
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn an_entry_that_waits_for_its_place_for_minutes_is_a_fault() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    app.stop();
    tokio::time::sleep(Duration::from_secs(1)).await; // Nobody chains any more.
    let waits = left(&app, workspace, app.clock.now()).await;
    app.clock.advance(TimeDelta::minutes(5));
    let found = verify(&app, workspace, &[]).await;
    assert_eq!((found.waiting, &found.fault), (1, &None), "it may come yet");

    app.clock.advance(TimeDelta::seconds(1));
    left(&app, workspace, app.clock.now()).await; // A later one is no news.
    let found = verify(&app, workspace, &[]).await;
    assert_eq!((found.entries, found.waiting), (6, 2));
    let fault_found = found.fault.unwrap();
    assert_eq!(
        (fault_found.kind, fault_found.seq, fault_found.entry),
        (FaultKind::Waiting, 7, Some(waits))
    );

    audit::chain(&app.services).await.unwrap();
    let found = verify(&app, workspace, &[]).await;
    assert_eq!((found.entries, found.waiting, found.fault), (8, 0, None));
}

/// Such an entry would wait for years before it seemed to.
#[tokio::test]
async fn an_entry_that_waits_with_a_moment_in_the_future_is_a_fault() {
    let app = TestApp::start().await;
    let workspace = chained(&app, "a").await;
    app.stop();
    tokio::time::sleep(Duration::from_secs(1)).await;
    left(&app, workspace, app.clock.now() + TimeDelta::minutes(5)).await;
    assert_eq!(fault(&app, workspace, &[]).await, None, "clocks differ");
    let ahead = left(&app, workspace, app.clock.now() + TimeDelta::hours(8)).await;
    let found = verify(&app, workspace, &[]).await.fault.unwrap();
    assert_eq!((found.kind, found.entry), (FaultKind::Waiting, Some(ahead)));
}
