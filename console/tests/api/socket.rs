//! The fake API's sockets: `graphql-transport-ws`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::data::Data;
use super::faults::Socket;
use super::schema::Question;
use super::{Inner, Opened};

/// Opens a socket, if it may be.
pub async fn open(State(api): State<Arc<Inner>>, upgrade: WebSocketUpgrade) -> Response {
    let fault = *api.socket.lock().expect("nobody panicked");
    api.sockets.fetch_add(1, Ordering::SeqCst);
    if let Socket::Refused(status) = fault {
        return StatusCode::from_u16(status).expect("a status").into_response();
    }
    upgrade
        .protocols(["graphql-transport-ws"])
        .on_upgrade(move |socket| serve(api, socket, fault))
}

/// One socket, until it ends.
async fn serve(api: Arc<Inner>, mut socket: WebSocket, fault: Socket) {
    let (mut news, mut cut) = (api.news.subscribe(), api.cut.subscribe());
    let mut following: Option<(String, Question, usize)> = None;
    loop {
        if let Some((id, question, place)) = &mut following {
            let waiting = api.data.lock().expect("nobody panicked").changes.len();
            while *place < waiting && !api.is_deaf.load(Ordering::SeqCst) {
                let payload = api.change(question, *place);
                let told = json!({ "id": id, "type": "next", "payload": { "data": payload } });
                if socket.send(Message::text(told.to_string())).await.is_err() {
                    return;
                }
                *place += 1;
                api.told.fetch_add(1, Ordering::SeqCst);
            }
        }
        let message = tokio::select! {
            message = socket.recv() => message,
            _ = news.changed() => continue,
            _ = cut.changed() => return, // Without a word.
        };
        let Some(Ok(Message::Text(text))) = message else { return };
        if api.is_deaf.load(Ordering::SeqCst) {
            continue;
        }
        let said: Value = serde_json::from_str(&text).expect("JSON");
        match said["type"].as_str() {
            Some("connection_init") => {
                if let Socket::Closed(code) = fault {
                    let _ = socket.send(closing(code)).await;
                    return;
                }
                let _ = socket
                    .send(Message::text(json!({ "type": "connection_ack" }).to_string()))
                    .await;
                if fault == Socket::Cut {
                    return;
                }
            }
            Some("ping") => {
                let _ = socket.send(Message::text(json!({ "type": "pong" }).to_string())).await;
            }
            Some("subscribe") => {
                let question = Question::read(&said["payload"]);
                let asked = question.asked().remove(0);
                let after = asked.arguments["after"].as_str().map(str::to_owned);
                api.opened
                    .lock()
                    .expect("nobody panicked")
                    .push(Opened { after: after.clone() });
                if let Socket::Ended(code) = fault {
                    let _ = socket.send(closing(code)).await;
                    return;
                }
                let code = match fault {
                    Socket::TooOld => Some("CURSOR_TOO_OLD"),
                    Socket::FellBehind => Some("FELL_BEHIND"),
                    _ => None,
                };
                if let Some(code) = code {
                    let error = json!({ "message": "go on elsewhere", "extensions": { "code": code, "cursor": "c0" } });
                    let told =
                        json!({ "id": said["id"], "type": "next", "payload": { "data": null, "errors": [error] } });
                    let _ = socket.send(Message::text(told.to_string())).await;
                    continue;
                }
                if asked.name == "connectionHealth" {
                    let place = after.map_or(0, |cursor| Data::place(&cursor));
                    following = Some((said["id"].as_str().expect("an id").to_owned(), question, place));
                }
            }
            _ => {}
        }
    }
}

fn closing(code: u16) -> Message {
    Message::Close(Some(CloseFrame {
        code,
        reason: "no".into(),
    }))
}
