//! The chain of audit entries: what was changed, taken out, moved, put in or cut off is found; what was erased holds.

mod tampering;
mod waiting;
mod working;

use std::time::{Duration, Instant};

use callab_tests::TestApp;
use callab_tests::database::is_postgres;
use domain::audit::{self, Act, FaultKind, Head, Known, Verified};
use domain::{Actor, Request, Role};
use entity::{WorkspaceId, audit_entry, workspace};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::json;

/// The workspace that the web app calls so. Made at its first request.
async fn workspace(app: &TestApp, name: &str) -> WorkspaceId {
    app.client(Some(name), "owner")
        .ask("{ viewer { role } }", json!({}))
        .await;
    let found = workspace::Entity::find().filter(workspace::COLUMN.external_id.eq(name));
    found.one(&app.services.db).await.unwrap().unwrap().id
}

fn request(name: &str, workspace: WorkspaceId) -> Request {
    Request {
        actor: Actor::new(name, Role::Owner, Some(workspace)),
        request_id: format!("request of {name}"),
        address: Some("192.0.2.7".to_owned()),
        once: None,
    }
}

/// Writes one entry, as a use case does.
async fn act(app: &TestApp, workspace: WorkspaceId, name: &str, n: usize) {
    let mut tx = app.services.begin().await.unwrap();
    let act = Act::on("agent.update", "agent", n).with(json!({ "n": n, "list": [1.5, null, "é"], "who": name }));
    tx.audit(&request(name, workspace), workspace, act).await.unwrap();
    tx.commit().await.unwrap();
}

/// A workspace with a chain of six entries, by anna and berta in turn.
async fn chained(app: &TestApp, name: &str) -> WorkspaceId {
    let workspace = workspace(app, name).await;
    for n in 1..=6 {
        act(app, workspace, if n % 2 == 1 { "anna" } else { "berta" }, n).await;
    }
    audit::chain(&app.services).await.unwrap();
    workspace
}

/// Waits until the process in the background has chained all entries.
async fn caught_up(app: &TestApp, workspace: WorkspaceId) {
    let begun = Instant::now();
    while entries(app, workspace).await.iter().any(|entry| entry.seq.is_none()) {
        assert!(begun.elapsed() < Duration::from_mins(1), "entries still wait");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn entries(app: &TestApp, workspace: WorkspaceId) -> Vec<audit_entry::Model> {
    let entries = audit_entry::Entity::find().filter(audit_entry::COLUMN.workspace_id.eq(workspace));
    let entries = entries.order_by_asc(audit_entry::COLUMN.seq);
    entries.all(&app.services.db).await.unwrap()
}

async fn verify(app: &TestApp, workspace: WorkspaceId, heads: &[Head]) -> Verified {
    let known = Known {
        heads: heads.iter().cloned().collect(),
        ..Known::default()
    };
    verify_by(app, workspace, &known).await
}

async fn verify_by(app: &TestApp, workspace: WorkspaceId, known: &Known) -> Verified {
    let services = &app.services;
    let stored = (&services.db, services.vault.as_ref());
    audit::verify(stored, services.clock.as_ref(), workspace, known)
        .await
        .unwrap()
}

/// What is wrong, and where.
async fn fault(app: &TestApp, workspace: WorkspaceId, heads: &[Head]) -> Option<(FaultKind, i64)> {
    let fault = verify(app, workspace, heads).await.fault;
    fault.map(|fault| (fault.kind, fault.seq))
}

/// As somebody who owns the tables: what keeps our own mistakes away keeps nobody else away.
async fn off_guard(app: &TestApp) {
    let triggers = [
        ("audit_entry_is_not_changed", "audit_entry"),
        ("audit_entry_is_not_deleted", "audit_entry"),
        ("audit_head_only_moves_on", "audit_head"),
        ("audit_head_is_not_deleted", "audit_head"),
    ];
    for (trigger, table) in triggers {
        let on = if is_postgres() {
            format!(" ON {table}")
        } else {
            String::new()
        };
        run(app, &format!("DROP TRIGGER {trigger}{on}")).await;
    }
}

async fn run(app: &TestApp, sql: &str) {
    app.services.db.execute_unprepared(sql).await.unwrap();
}
