//! Is the process alive, and should it get requests?

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::Services;
use serde_json::json;
use tracing::warn;

use crate::lifecycle::Lifecycle;

/// How long the database has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/healthz`: alive, and nothing more; webhooks are balanced on it. `/readyz`: reports each dependency, and is 503 only while
/// the process starts or drains, or when GraphQL cannot be served.
pub fn router(services: Services, lifecycle: Lifecycle) -> Router {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .with_state((services, lifecycle))
}

async fn alive() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

async fn ready(State((services, lifecycle)): State<(Services, Lifecycle)>) -> Response {
    let database = if database_answers(&services).await {
        "ok"
    } else {
        "away"
    };
    let status = if lifecycle.is_draining() {
        "draining"
    } else if lifecycle.is_starting() {
        "starting"
    } else if database == "ok" {
        "ready"
    } else {
        "unavailable"
    };
    let code = if status == "ready" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let report = json!({ "status": status, "dependencies": { "database": database } });
    (code, Json(report)).into_response()
}

async fn database_answers(services: &Services) -> bool {
    use sea_orm::ConnectionTrait;
    match tokio::time::timeout(PATIENCE, services.db.execute_unprepared("SELECT 1")).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            warn!(error = &error as &dyn std::error::Error, "the database does not answer");
            false
        }
        Err(_) => {
            warn!("the database did not answer within {} s", PATIENCE.as_secs());
            false
        }
    }
}
