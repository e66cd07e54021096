//! Which code works which kind of job.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::Services;
use domain::jobs::{Job, Known, WorkError, Worked};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

/// Why a handler did not get its work done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandlerError {
    /// The row's payload is not the kind's: no attempt can succeed.
    #[error("the payload cannot be read")]
    Payload(#[source] serde_json::Error),
    /// The use case failed.
    #[error(transparent)]
    Work(#[from] WorkError),
}

/// A handler's attempt under way.
type Attempt = BoxFuture<'static, Result<Worked, HandlerError>>;

/// The kinds of jobs that a worker knows, each with its handler.
#[derive(Clone, Debug, Default)]
pub struct Handlers(Vec<Handler>);

/// How jobs of one kind and version are worked.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) kind: &'static str,
    version: i32,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
    work: Arc<dyn Fn(Services, Value) -> Attempt + Send + Sync>,
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version {}", self.kind, self.version)
    }
}

impl Handler {
    /// Works one job. Nothing runs before the future is polled, so that a panic of the handler is the future's.
    pub(crate) fn work(&self, services: Services, payload: Value) -> Attempt {
        let work = self.work.clone();
        async move { work(services, payload).await }.boxed()
    }
}

impl Handlers {
    /// Adds the kind `J`, worked by `work`.
    ///
    /// # Panics
    /// When the kind has a handler for this version already.
    #[must_use]
    pub fn with<J, F, W>(mut self, work: F) -> Self
    where
        J: Job + 'static,
        F: Fn(Services, J) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Worked, WorkError>> + Send + 'static,
    {
        assert!(
            self.find(J::KIND, J::VERSION).is_none(),
            "two handlers for {} jobs",
            J::KIND
        );
        let work = Arc::new(work);
        self.0.push(Handler {
            kind: J::KIND,
            version: J::VERSION,
            timeout: J::TIMEOUT,
            work: Arc::new(move |services, payload| {
                let work = work.clone();
                async move {
                    let job: J = serde_json::from_value(payload).map_err(HandlerError::Payload)?;
                    Ok(work(services, job).await?)
                }
                .boxed()
            }),
        });
        self
    }

    /// The handler of rows of this kind and version. `None` when only a newer or older release knows them.
    pub(crate) fn find(&self, kind: &str, version: i32) -> Option<&Handler> {
        self.0
            .iter()
            .find(|handler| handler.kind == kind && handler.version == version)
    }

    /// The kinds and versions that have a handler.
    #[must_use]
    pub fn known(&self) -> Vec<Known> {
        let known = |handler: &Handler| Known {
            kind: handler.kind,
            version: handler.version,
        };
        self.0.iter().map(known).collect()
    }

    /// The longest that any attempt may take.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.0.iter().map(|handler| handler.timeout).max().unwrap_or_default()
    }
}
