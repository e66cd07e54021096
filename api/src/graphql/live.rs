//! Live views: the state now, then each change.

use std::sync::Arc;

use ::entity::event;
use futures_util::{Stream, stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// What a live view waits for.
pub(super) enum Wake {
    /// Something happened that concerns it.
    Event(Arc<event::Model>),
    /// It fell so far behind that events were dropped, or it has just begun: everything is to be read again.
    ReadAgain,
}

/// First [`Wake::ReadAgain`], then every event that concerns the view, in order. Ends when the process does.
///
/// `events` has to be subscribed before this is called, so that no change falls between the first reading and the first event.
pub(super) fn wakes(
    events: Receiver<Arc<event::Model>>,
    concerns: impl Fn(&event::Model) -> bool + Send + 'static,
) -> impl Stream<Item = Wake> + Send {
    stream::unfold(
        (events, concerns, true),
        |(mut events, concerns, is_first)| async move {
            if is_first {
                return Some((Wake::ReadAgain, (events, concerns, false)));
            }
            loop {
                match events.recv().await {
                    Ok(event) if concerns(&event) => return Some((Wake::Event(event), (events, concerns, false))),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return Some((Wake::ReadAgain, (events, concerns, false))),
                    Err(RecvError::Closed) => return None,
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use ::entity::{EventId, WorkspaceId};
    use futures_util::StreamExt;
    use tokio::sync::broadcast;
    use uuid::Uuid;

    use super::*;

    fn event(seq: i64, kind: &str) -> Arc<event::Model> {
        Arc::new(event::Model {
            id: EventId(Uuid::from_u128(1)),
            seq: Some(seq),
            workspace_id: WorkspaceId(Uuid::from_u128(2)),
            kind: kind.to_owned(),
            subject: Uuid::from_u128(3),
            data: serde_json::Value::Null,
            at: chrono::DateTime::UNIX_EPOCH,
        })
    }

    #[tokio::test]
    async fn a_view_that_falls_behind_reads_everything_again() {
        let (sender, events) = broadcast::channel(2);
        let mut wakes = Box::pin(wakes(events, |event| event.kind == "mine"));
        assert!(matches!(wakes.next().await, Some(Wake::ReadAgain)));
        sender.send(event(1, "other")).unwrap();
        sender.send(event(2, "mine")).unwrap();
        assert!(matches!(wakes.next().await, Some(Wake::Event(event)) if event.seq == Some(2)));
        for seq in 3..9 {
            sender.send(event(seq, "mine")).unwrap();
        }
        assert!(matches!(wakes.next().await, Some(Wake::ReadAgain)));
        assert!(matches!(wakes.next().await, Some(Wake::Event(event)) if event.seq == Some(7)));
        drop(sender);
        assert!(matches!(wakes.next().await, Some(Wake::Event(event)) if event.seq == Some(8)));
        assert!(wakes.next().await.is_none());
    }
}
