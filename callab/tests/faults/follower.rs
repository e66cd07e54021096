//! Someone who follows events over a socket, and notes what is told.

use callab_tests::{Client, Said, Socket};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const EVENTS: &str = "subscription($after: String) { events(after: $after) { cursor at data } }";

/// An event as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its cursor.
    pub cursor: String,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// Why nothing more is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Broken {
    /// The socket was closed, with this code.
    Closed(Option<u16>),
    /// The view ended with this error.
    Error(Value),
}

/// A follower of the events of a workspace.
#[derive(Debug)]
pub struct Follower {
    socket: Socket,
}

impl Follower {
    /// Subscribes at an API, to what happens after a cursor.
    pub async fn after(api_url: &str, client: &Client, cursor: Option<&str>) -> Self {
        let mut socket = Socket::signed_in(api_url, client.token()).await;
        socket.subscribe("e", EVENTS, json!({ "after": cursor })).await;
        Self { socket }
    }

    /// The next event, or why there is none.
    pub async fn next(&mut self) -> Result<Told, Broken> {
        let message = match self.socket.next().await {
            Said::Message(message) => message,
            Said::Closed(code) => return Err(Broken::Closed(code)),
        };
        let errors = [&message["payload"]["errors"][0], &message["payload"][0]];
        if let Some(error) = errors.into_iter().find(|error| !error.is_null()) {
            return Err(Broken::Error(error.clone()));
        }
        let event = &message["payload"]["data"]["events"];
        Ok(Told {
            cursor: event["cursor"]
                .as_str()
                .unwrap_or_else(|| panic!("{message}"))
                .to_owned(),
            at: event["at"].as_str().and_then(|at| at.parse().ok()).expect("a time"),
        })
    }
}

/// The cursor of what happened last.
pub async fn newest_cursor(client: &Client) -> String {
    let data = client.ask("{ eventCursor }", json!({})).await;
    data["eventCursor"].as_str().expect("a cursor").to_owned()
}
