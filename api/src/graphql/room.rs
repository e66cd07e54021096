//! Room for heavy operations: so much is carried out at the same time in this process. What comes on top waits a moment for its turn, and
//! is refused then, so that memory is bounded and light operations are answered at once however many heavy ones come.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use async_graphql::Response;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::error;
use crate::metrics;

/// The code of an operation for which there was no room.
const BUSY: &str = "BUSY";

/// When one that was refused may come again, in seconds.
pub const RETRY_AFTER_S: u64 = 1;

/// What an operation costs that needs no turn. A page of 25 rows with a dozen fields each is one.
const LIGHT: usize = 500;

/// The cost of what is carried out at the same time, for each processor. The heaviest operation takes all of it.
const PER_PROCESSOR: usize = 5_000;

/// How long an operation waits for its turn.
const WAITS: Duration = Duration::from_millis(500);

/// The room of one process. Cheap to clone; every clone is the same room.
#[derive(Clone, Debug)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    size: u32,
    waits: Duration,
}

/// A turn, over when it is dropped; none for what needs none.
pub(super) type Turn<'r> = Option<SemaphorePermit<'r>>;

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

    /// Takes a turn for what costs so much.
    ///
    /// # Errors
    /// With the answer to one that has waited long enough.
    pub(super) async fn take(&self, cost: usize) -> Result<Turn<'_>, Response> {
        timeout(self.waits, self.wait(cost)).await.map_err(|_| busy())
    }

    /// The same for what waits as long as it takes: to begin it again would cost more.
    pub(super) async fn wait(&self, cost: usize) -> Turn<'_> {
        if cost <= LIGHT {
            return None;
        }
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        // It is never closed.
        self.free.acquire_many(cost.min(self.size)).await.ok()
    }
}

fn busy() -> Response {
    metrics::refused(BUSY, "room");
    let message =
        "Too much is asked for at the moment, and nothing of this was carried out. Send it again in a second.";
    let mut error = error::coded(BUSY, message);
    error
        .extensions
        .get_or_insert_default()
        .set("retryAfter", RETRY_AFTER_S);
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
    use super::*;

    const HEAVY: usize = 600;

    #[tokio::test]
    async fn light_operations_pass_where_heavy_ones_wait_and_are_refused() {
        let room = Room::new(1_000, Duration::from_millis(100));
        let running = room.take(HEAVY).await.unwrap();
        let refused = room.take(HEAVY).await.unwrap_err();
        assert!(is_busy(&refused), "{refused:?}");
        assert!(room.take(LIGHT).await.is_ok());
        drop(running);
        assert!(room.take(HEAVY).await.is_ok(), "the turn was given back");
    }

    /// One that costs more than there is room for has the room for itself.
    #[tokio::test]
    async fn the_heaviest_fits() {
        let room = Room::new(501, Duration::from_millis(100));
        let running = room.take(HEAVY).await.unwrap();
        assert!(running.is_some());
        assert!(room.take(LIGHT + 1).await.is_err());
    }
}
