//! Gives places back to Redis without making anyone wait.

use std::time::Duration;

use redis::Pipeline;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::debug;
use twilio::Permit;

use super::shared::Shared;

/// How many places go back in one message.
const BATCH: usize = 100;

/// How long to wait after a failure.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A place to give back.
#[derive(Debug)]
pub(super) struct Release {
    /// The key of the account's holders.
    pub(super) holders: String,
    pub(super) holder: String,
    /// When Redis takes the holder for dead by itself.
    pub(super) until: Instant,
    /// The place in this process. It goes to the next in line after the one in Redis, which that one needs first.
    pub(super) slot: Option<Permit>,
}

/// Gives back what comes, until nobody can send any more. What Redis does not take now is tried again until it is void.
pub(super) async fn run(mut releases: mpsc::UnboundedReceiver<Release>, redis: Shared) {
    let mut waiting: Vec<Release> = Vec::new();
    loop {
        if waiting.is_empty() {
            if releases.recv_many(&mut waiting, BATCH).await == 0 {
                return;
            }
        } else {
            tokio::select! {
                received = releases.recv_many(&mut waiting, BATCH) => if received == 0 {
                    return;
                },
                () = redis.up() => tokio::time::sleep(AGAIN_AFTER).await,
            }
        }
        if let Some(live) = redis.get().await {
            match removal(&waiting).query_async::<()>(&mut live.connection.clone()).await {
                Ok(()) => waiting.clear(),
                Err(error) => {
                    debug!(error = &error as &dyn std::error::Error, "could not give places back");
                    if error.is_io_error() {
                        redis.lost(&live);
                    } else {
                        waiting.clear(); // It would be refused again; the leases end.
                    }
                }
            }
        }
        let now = Instant::now();
        waiting.retain(|release| release.until > now);
        for release in &mut waiting {
            release.slot = None;
        }
    }
}

fn removal(releases: &[Release]) -> Pipeline {
    let mut commands = redis::pipe();
    for release in releases {
        commands.zrem(&release.holders, &release.holder).ignore();
    }
    commands
}
