use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::testing;

/// A serving process with these dependencies, and its status and report.
async fn readiness(dependencies: Vec<Dependency>) -> (StatusCode, Value) {
    let (services, _directory) = testing::services().await;
    let lifecycle = Lifecycle::new(CancellationToken::new());
    lifecycle.serving();
    asked(Health::new(services, lifecycle).with_dependencies(dependencies)).await
}

async fn asked(health: Health) -> (StatusCode, Value) {
    let request = Request::get("/readyz").body(Body::empty()).unwrap();
    let response = routes(health).oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_lost_dependency_is_told_and_the_process_stays_ready() {
    for (dependency, word) in [
        (Dependency::new("redis", async || true), "ok"),
        (Dependency::new("redis", async || false), "away"),
        (Dependency::not_used("redis"), "not used"),
        (Dependency::told("migrations", async || "pending"), "pending"),
    ] {
        let name = dependency.name;
        let (status, report) = readiness(vec![dependency]).await;
        assert_eq!(status, StatusCode::OK, "{report}");
        let dependencies = json!({ "database": "ok", name: word });
        assert_eq!(report, json!({ "status": "ready", "dependencies": dependencies }));
    }
}

#[tokio::test]
async fn a_dependency_that_does_not_answer_is_away() {
    let hangs = Dependency::new("redis", future::pending);
    assert_eq!(hangs.look(Duration::ZERO).await, ("redis", "away"));
}

#[tokio::test]
async fn however_many_ask_at_once_one_looks() {
    let (services, _directory) = testing::services().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let counts = Dependency::new("redis", move || {
        counter.fetch_add(1, Ordering::Relaxed);
        async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            true
        }
    });
    let lifecycle = Lifecycle::new(CancellationToken::new());
    let health = Health::new(services, lifecycle).with_dependencies(vec![counts]);
    let looked = future::join_all((0..50).map(|_| health.look_or_remember())).await;
    assert!(looked.iter().all(|looked| looked.contains(&("redis", "ok"))));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    tokio::time::sleep(KEPT).await;
    health.look_or_remember().await;
    assert_eq!(asked.load(Ordering::Relaxed), 2, "what is told is not old");
}

#[tokio::test]
async fn without_its_database_a_process_is_not_ready_and_tells_of_the_others() {
    let (services, _directory) = testing::services().await;
    let lifecycle = Lifecycle::new(CancellationToken::new());
    lifecycle.serving();
    services.db.close().await.unwrap();
    let redis = Dependency::new("redis", async || true);
    let (status, report) = asked(Health::new(services, lifecycle).with_dependencies(vec![redis])).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let dependencies = json!({ "database": "away", "redis": "ok" });
    assert_eq!(report, json!({ "status": "unavailable", "dependencies": dependencies }));
}
