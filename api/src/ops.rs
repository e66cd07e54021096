//! What operators and their machines ask, on an address of its own that nobody else reaches.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics::gauge;

use crate::health::{self, Health};
use crate::metrics::DEPENDENCY_UP;

/// The format of the answer. Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes what was counted in this process as Prometheus text. Cheap to clone.
#[derive(Clone)]
pub struct Counted(Arc<dyn Fn() -> String + Send + Sync>);

impl Counted {
    /// Asks `render` for the text.
    pub fn new(render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(render))
    }

    /// The text.
    #[must_use]
    pub fn render(&self) -> String {
        (self.0)()
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counted")
    }
}

/// `/healthz`, `/readyz` and `/metrics`, for a process with or without an API. What is counted tells how much is going on and
/// where it hurts, which is not for the public: [`crate::router`] does not have `/metrics`.
pub fn router(health: Health, counted: Counted) -> Router {
    let metrics = Router::new()
        .route("/metrics", get(metrics))
        .with_state((health.clone(), counted));
    health::routes(health).merge(metrics)
}

async fn metrics(State((health, counted)): State<(Health, Counted)>) -> impl IntoResponse {
    for (name, word) in health.look().await {
        if word != "not used" {
            gauge!(DEPENDENCY_UP, "dependency" => name).set(if word == "ok" { 1.0 } else { 0.0 });
        }
    }
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], counted.render())
}

#[cfg(test)]
mod tests;
