//! News between processes, over Redis' publish and subscribe.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backon::BackoffBuilder;
use domain::Ids;
use domain::events::{Events, JobChange, Neighbours, News};
use entity::{JobId, WorkspaceId};
use futures_util::StreamExt;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, Client, RedisError};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use uuid::Uuid;

use super::BACKOFF;

/// How much news waits to be sent. What comes beyond is dropped: the others read the rows a moment later all the same.
const WAITING: usize = 10_000;

/// How many pieces of news are sent as one message.
const AT_ONCE: usize = 1000;

/// How long sending one message may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// How often a process says something, if only that it is there.
const BEAT_EVERY: Duration = Duration::from_secs(5);

/// After such a silence, its own voice included, a connection is taken for dead.
const SILENCE: Duration = Duration::from_secs(15);

/// One message.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Message {
    /// The process that sent it: it does not hear itself.
    from: Uuid,
    /// Whether there are events to read.
    #[serde(default)]
    events: bool,
    /// Jobs that changed, each with its workspace.
    #[serde(default)]
    jobs: Vec<(WorkspaceId, JobId)>,
    /// Whether something before this was not sent.
    #[serde(default)]
    unsure: bool,
}

/// The other processes that use the same Redis and prefix.
#[derive(Debug)]
pub struct RedisNeighbours {
    client: Client,
    channel: String,
    me: Uuid,
    waiting: mpsc::Sender<News>,
    /// Whether news was dropped for want of room.
    is_dropping: Arc<AtomicBool>,
    is_heard: AtomicBool,
}

impl RedisNeighbours {
    /// Begins to connect, for sending, and answers at once. The channel's name begins with `prefix`.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn connect(client: Client, prefix: &str, ids: &dyn Ids) -> Arc<Self> {
        let (waiting, to_send) = mpsc::channel(WAITING);
        let is_dropping = Arc::new(AtomicBool::new(false));
        let neighbours = Arc::new(Self {
            is_dropping: is_dropping.clone(),
            channel: format!("{prefix}:news"),
            me: ids.new_id(),
            client: client.clone(),
            waiting,
            is_heard: AtomicBool::new(true), // Until it is known better: not every process listens.
        });
        let sender = Sender {
            client,
            channel: neighbours.channel.clone(),
            me: neighbours.me,
            is_dropping,
        };
        tokio::spawn(sender.run(to_send));
        neighbours
    }

    /// Whether the others are heard, as far as is known.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.is_heard.load(Ordering::Relaxed)
    }

    /// Tells `events` what the others tell, until `stop`. After a break it says that something may have been missed.
    pub async fn hear(&self, events: &Events, stop: CancellationToken) {
        let mut backoff = BACKOFF.build();
        let mut was_heard = true;
        loop {
            let heard = stop.run_until_cancelled(self.hear_once(events)).await;
            self.is_heard.store(false, Ordering::Relaxed);
            let Some(heard) = heard else { return };
            match heard {
                // It was connected, so that this is a new outage.
                Ok(()) => {
                    backoff = BACKOFF.build();
                    was_heard = true;
                }
                Err(error) if was_heard => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "cannot hear other processes: live views are late"
                    );
                    was_heard = false;
                }
                Err(_) => {}
            }
            let wait = backoff.next().unwrap_or_default();
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
        }
    }

    /// Hears the others for as long as the connection lasts.
    async fn hear_once(&self, events: &Events) -> Result<(), RedisError> {
        let mut connection = self.client.get_async_pubsub().await?;
        connection.subscribe(&self.channel).await?;
        self.is_heard.store(true, Ordering::Relaxed);
        events.hear(News::Unsure); // What was told while nobody listened here.
        info!("news of other processes is heard");
        let mut messages = connection.into_on_message();
        while let Ok(Some(message)) = tokio::time::timeout(SILENCE, messages.next()).await {
            match serde_json::from_slice::<Message>(message.get_payload_bytes()) {
                Ok(message) if message.from == self.me => {}
                Ok(message) => pass_on(events, message),
                Err(_) => debug!("heard news of another release, which this one does not understand"),
            }
        }
        Ok(())
    }
}

fn pass_on(events: &Events, message: Message) {
    if message.unsure {
        events.hear(News::Unsure);
    } else if message.events {
        events.hear(News::Events);
    }
    if !message.jobs.is_empty() {
        let change = |(workspace, job)| JobChange { workspace, job };
        events.hear(News::Jobs(message.jobs.into_iter().map(change).collect()));
    }
}

impl Neighbours for RedisNeighbours {
    fn tell(&self, news: News) {
        // When full, Redis is slow or away: the rows tell the same.
        if self.waiting.try_send(news).is_err() {
            self.is_dropping.store(true, Ordering::Relaxed);
        }
    }
}

/// Sends what waits.
struct Sender {
    client: Client,
    channel: String,
    me: Uuid,
    is_dropping: Arc<AtomicBool>,
}

impl Sender {
    /// As few messages as possible: what gathered while the last one was sent goes together. Ends with the last sender of news.
    async fn run(self, mut waiting: mpsc::Receiver<News>) {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWER_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN));
        let (mut connection, mut is_lost) = (None, false);
        let mut news = Vec::with_capacity(AT_ONCE);
        loop {
            let gathered = tokio::time::timeout(BEAT_EVERY, waiting.recv_many(&mut news, AT_ONCE)).await;
            if let Ok(0) = gathered {
                return;
            }
            let mut message = together(self.me, news.drain(..));
            message.unsure |= is_lost | self.is_dropping.swap(false, Ordering::Relaxed);
            if connection.is_none() {
                let made = self.client.get_multiplexed_async_connection_with_config(&config).await;
                connection = made.ok();
            }
            let sent = match &mut connection {
                Some(open) => self.publish(open, &message).await,
                None => false,
            };
            is_lost = !sent;
            if !sent {
                connection = None;
            }
        }
    }

    /// Whether it was sent. Redis may be away: the rows tell the same.
    async fn publish(&self, connection: &mut MultiplexedConnection, message: &Message) -> bool {
        let Ok(text) = serde_json::to_string(message) else {
            return false; // Not known to happen.
        };
        let sent: Result<i64, RedisError> = connection.publish(&self.channel, text).await;
        if let Err(error) = &sent {
            debug!(
                error = error as &dyn std::error::Error,
                "could not tell other processes of news"
            );
        }
        sent.is_ok()
    }
}

fn together(me: Uuid, news: impl Iterator<Item = News>) -> Message {
    let mut message = Message {
        from: me,
        ..Message::default()
    };
    for news in news {
        match news {
            News::Events => message.events = true,
            News::Unsure => message.unsure = true,
            News::Jobs(changes) => message
                .jobs
                .extend(changes.iter().map(|change| (change.workspace, change.job))),
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_goes_together_and_comes_back_as_it_was() {
        let change = |number| JobChange {
            workspace: WorkspaceId(Uuid::from_u128(1)),
            job: JobId(Uuid::from_u128(number)),
        };
        let me = Uuid::from_u128(9);
        let news = [
            News::Jobs(vec![change(1)]),
            News::Events,
            News::Jobs(vec![change(2), change(3)]),
        ];
        let message = together(me, news.into_iter());
        assert!(message.events);
        assert_eq!(message.jobs.len(), 3);
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message);
        // A later release may say more.
        let newer = r#"{"from":"00000000-0000-0000-0000-000000000009","weather":"fine"}"#;
        assert_eq!(serde_json::from_str::<Message>(newer).unwrap().jobs, []);
    }
}
