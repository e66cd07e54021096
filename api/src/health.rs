//! Is the process alive, should it get requests, and what does it depend on?

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::Services;
use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::warn;

use crate::lifecycle::Lifecycle;

/// How long what the process depends on has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long readiness is told without another look: strangers can ask for it as often as they like.
const KEPT: Duration = Duration::from_millis(250);

const DATABASE: &str = "database";
const OK: &str = "ok";
const AWAY: &str = "away";

/// Something that a process depends on and goes on without: readiness reports it, and never fails because of it. Cheap to clone.
#[derive(Clone)]
pub struct Dependency {
    name: &'static str,
    ask: Arc<dyn Fn() -> BoxFuture<'static, &'static str> + Send + Sync>,
}

impl fmt::Debug for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Dependency {
    /// Reported as `ok` or `away`. One that does not answer within two seconds is away.
    pub fn new<F>(name: &'static str, is_up: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self::told(name, move || is_up().map(|up| if up { OK } else { AWAY }))
    }

    /// Reported in the words of `ask`; `ok` is the good one. One that does not answer within two seconds is `away`.
    pub fn told<F>(name: &'static str, ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = &'static str> + Send + 'static,
    {
        let ask = move || ask().boxed();
        Self {
            name,
            ask: Arc::new(ask),
        }
    }

    /// Reported as `not used`: this process is configured to work without it.
    #[must_use]
    pub fn not_used(name: &'static str) -> Self {
        Self::told(name, || future::ready("not used"))
    }

    async fn look(&self, patience: Duration) -> (&'static str, &'static str) {
        let word = tokio::time::timeout(patience, (self.ask)()).await;
        (self.name, word.unwrap_or(AWAY))
    }
}

/// The health of one process, with or without an API. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health {
    services: Services,
    lifecycle: Lifecycle,
    dependencies: Vec<Dependency>,
    seen: Arc<Mutex<Option<(Instant, Looked)>>>,
}

/// Every dependency in a word.
type Looked = Vec<(&'static str, &'static str)>;

impl Health {
    /// Of a process that depends on its database alone.
    #[must_use]
    pub fn new(services: Services, lifecycle: Lifecycle) -> Self {
        Self {
            services,
            lifecycle,
            dependencies: Vec::new(),
            seen: Arc::default(),
        }
    }

    /// The same, with further dependencies to report.
    #[must_use]
    pub fn with_dependencies(self, dependencies: Vec<Dependency>) -> Self {
        Self { dependencies, ..self }
    }

    /// Every dependency in a word, the database first. All are asked at the same time.
    pub async fn look(&self) -> Looked {
        let database = async {
            let up = database_answers(&self.services).await;
            (DATABASE, if up { OK } else { AWAY })
        };
        let others = future::join_all(self.dependencies.iter().map(|dependency| dependency.look(PATIENCE)));
        let (database, others) = tokio::join!(database, others);
        [vec![database], others].concat()
    }

    /// What was found a moment ago, or is found now. However many ask, one looks.
    async fn look_or_remember(&self) -> Looked {
        let mut seen = self.seen.lock().await;
        if let Some((_, looked)) = seen.as_ref().filter(|(at, _)| at.elapsed() < KEPT) {
            return looked.clone();
        }
        let looked = self.look().await;
        *seen = Some((Instant::now(), looked.clone()));
        looked
    }
}

/// [`routes`] of a process that depends on its database alone.
pub fn router(services: Services, lifecycle: Lifecycle) -> Router {
    routes(Health::new(services, lifecycle))
}

/// `/healthz`: alive, and nothing more; webhooks are balanced on it. `/readyz`: reports each dependency, and is 503 only while
/// the process starts or drains, or when the database is away: GraphQL cannot be served and no job run then.
pub fn routes(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .with_state(health)
}

async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn ready(State(health): State<Health>) -> Response {
    let looked = health.look_or_remember().await;
    let status = if health.lifecycle.is_draining() {
        "draining"
    } else if health.lifecycle.is_starting() {
        "starting"
    } else if looked.contains(&(DATABASE, OK)) {
        "ready"
    } else {
        "unavailable"
    };
    let code = if status == "ready" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let dependencies: Map<String, Value> = looked
        .into_iter()
        .map(|(name, word)| (name.to_owned(), json!(word)))
        .collect();
    let report = json!({ "status": status, "dependencies": dependencies });
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

#[cfg(test)]
mod tests;
