//! A voice agent that says back what it hears for two seconds, and hangs up.
//!
//! Source: <https://www.twilio.com/docs/voice/media-streams/websocket-messages>

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use serde_json::{Value, json};

/// Where it is on the demo's address.
pub const PATH: &str = "/demo/agent";

/// Two seconds of sound: a frame is 20 ms.
const FRAMES: usize = 100;

/// The route of the agent.
pub fn router() -> Router {
    Router::new().route(
        PATH,
        any(async |upgrade: WebSocketUpgrade| -> Response { upgrade.on_upgrade(talk) }),
    )
}

/// Talks until enough was said, or the caller is gone.
async fn talk(mut socket: WebSocket) {
    let mut heard = 0;
    while heard < FRAMES
        && let Some(Ok(message)) = socket.recv().await
    {
        let Message::Text(text) = message else { continue };
        let Ok(message) = serde_json::from_str::<Value>(&text) else {
            break;
        };
        match message["event"].as_str() {
            Some("media") => {
                heard += 1;
                if socket.send(Message::text(echo(&message).to_string())).await.is_err() {
                    return;
                }
            }
            Some("stop") => break,
            _ => {}
        }
    }
    let _ = socket.send(Message::Close(None)).await; // The caller may be gone.
    // The other side's own goodbye, so that it does not see a connection that breaks.
    while let Some(Ok(_)) = socket.recv().await {}
}

fn echo(media: &Value) -> Value {
    json!({
        "event": "media",
        "streamSid": media["streamSid"],
        "media": { "payload": media["media"]["payload"] },
    })
}
