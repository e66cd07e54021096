//! Waiting for what has to come, and no longer than is reasonable.

use std::time::{Duration, Instant};

/// How long anything that has to come may take, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks until there is something, and answers it.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, look).await
}

/// The same with less patience.
pub async fn until_within<T>(patience: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < patience, "waited {patience:?} in vain for {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Looks until it is so.
pub async fn until_true(what: &str, mut look: impl AsyncFnMut() -> bool) {
    until(what, async || look().await.then_some(())).await;
}
