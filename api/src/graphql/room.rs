//! Room for heavy operations: so much is carried out at the same time in this process. What comes on top waits a moment for its turn, and
//! is refused then, so that memory is bounded and light operations are answered at once however many heavy ones come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextValidation};
use async_graphql::{Response, ServerError, ValidationResult};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::guard::Admitted;
use super::results::ResultLimits;
use crate::metrics;

/// The code of an operation for which there was no room.
pub const BUSY: &str = "BUSY";

/// When one that was refused may come again, in seconds.
pub const RETRY_AFTER_S: u64 = 1;

/// What an operation costs that needs no turn. A page of 25 rows with a dozen fields each is one.
const LIGHT: u32 = 500;

/// The cost of what is carried out at the same time, for each processor. The heaviest operation takes all of it.
const PER_PROCESSOR: usize = 5_000;

/// How long an operation waits for its turn.
const WAITS: Duration = Duration::from_millis(500);

/// How much introspection costs as much as one field of ours. A schema that is read whole has the room for itself: it is quick, and its
/// answer is large.
const INTROSPECTION: u64 = 2;

/// The room of one process. Cheap to clone; every clone is the same room.
#[derive(Clone, Debug)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    size: u32,
    waits: Duration,
}

impl Room {
    /// As much as this machine's processors carry.
    pub(super) fn of_this_machine() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self::new(PER_PROCESSOR.saturating_mul(processors), WAITS)
    }

    fn new(size: usize, waits: Duration) -> Self {
        let size = u32::try_from(size.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self {
            free: Arc::new(Semaphore::new(size as usize)),
            size,
            waits,
        }
    }
}

impl ExtensionFactory for Room {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Turn {
            room: self.clone(),
            cost: AtomicU32::new(0),
        })
    }
}

/// One operation, and what it costs once that is known.
struct Turn {
    room: Room,
    cost: AtomicU32,
}

#[async_trait::async_trait]
impl Extension for Turn {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let valid = next.run(ctx).await?;
        let schema = ctx
            .data_opt::<Admitted>()
            .map_or(0, |admitted| admitted.introspection_cost);
        let cost = (valid.complexity as u64).saturating_add(schema / INTROSPECTION);
        self.cost
            .store(u32::try_from(cost).unwrap_or(u32::MAX), Ordering::Relaxed);
        Ok(valid)
    }

    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        let cost = self.cost.load(Ordering::Relaxed);
        if cost <= LIGHT {
            return next.run(ctx, name).await;
        }
        let turn = self.room.free.acquire_many(cost.min(self.room.size));
        // A result of a subscription waits as long as it has time: to begin again would cost more.
        let turn = if ctx.data_opt::<ResultLimits>().is_some() {
            turn.await.ok()
        } else {
            timeout(self.room.waits, turn).await.ok().and_then(Result::ok)
        };
        match turn {
            Some(_held) => next.run(ctx, name).await,
            None => busy(),
        }
    }
}

fn busy() -> Response {
    metrics::refused(BUSY, "room");
    let message =
        "Too much is asked for at the moment, and nothing of this was carried out. Send it again in a second.";
    let mut error = ServerError::new(message, None);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", BUSY);
    extensions.set("retryAfter", RETRY_AFTER_S);
    Response::from_errors(vec![error])
}

/// Whether an answer says that there was no room.
pub(crate) fn is_busy(response: &Response) -> bool {
    let code = response
        .errors
        .first()
        .and_then(|error| error.extensions.as_ref()?.get("code"));
    code == Some(&BUSY.into())
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};

    use super::*;

    struct Query(Arc<Semaphore>);

    #[Object]
    impl Query {
        #[graphql(complexity = 600)]
        async fn heavy(&self) -> i32 {
            self.0.acquire().await.map_or(0, |_| 1)
        }

        async fn light(&self) -> i32 {
            2
        }
    }

    #[tokio::test]
    async fn light_operations_pass_where_heavy_ones_wait_and_are_refused() {
        let go_on = Arc::new(Semaphore::new(0));
        let schema = Schema::build(Query(go_on.clone()), EmptyMutation, EmptySubscription)
            .extension(Room::new(1_000, Duration::from_millis(100)))
            .finish();
        let running = tokio::spawn({
            let schema = schema.clone();
            async move { schema.execute("{ heavy }").await }
        });
        let waiting = {
            let schema = schema.clone();
            async move {
                // Once the first has its turn.
                tokio::time::sleep(Duration::from_millis(20)).await;
                schema.execute("{ heavy }").await
            }
        };
        let refused = waiting.await;
        assert!(is_busy(&refused), "{refused:?}");
        assert!(!is_busy(&schema.execute("{ light }").await));
        go_on.add_permits(1);
        assert!(running.await.unwrap().errors.is_empty());
        assert!(
            schema.execute("{ heavy }").await.errors.is_empty(),
            "the turn was given back"
        );
    }

    /// One that costs more than there is room for has the room for itself.
    #[tokio::test]
    async fn the_heaviest_fits() {
        let go_on = Arc::new(Semaphore::new(1));
        let schema = Schema::build(Query(go_on), EmptyMutation, EmptySubscription)
            .extension(Room::new(501, Duration::ZERO))
            .finish();
        assert!(schema.execute("{ heavy }").await.errors.is_empty());
    }
}
