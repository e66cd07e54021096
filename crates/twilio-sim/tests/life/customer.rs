//! A customer's server: answers webhooks with what it was told to, checks their signature, and has an agent on a WebSocket.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use callab_twilio_sim::{Pairs, Phone, SimAccount, signature};
use serde_json::{Value, json};

use super::server::Server;

/// A webhook as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// The form, or the query of a GET.
    pub parameters: Pairs,
    pub signed: bool,
    pub has_signature: bool,
    pub idempotency_token: String,
}

#[derive(Clone)]
struct Reply {
    status: u16,
    content_type: Option<&'static str>,
    body: String,
}

/// What the agent does when it has heard some frames.
#[derive(Clone, Copy)]
pub enum Agent {
    /// Closes after this many media messages.
    ClosesAfter(usize),
    /// Sends two frames of sound and a mark, clears a second lot with another mark, and closes when both marks are back.
    TalksAndClears,
    /// Is gone without a closing handshake after the first media message.
    Vanishes,
    /// Listens until the call ends.
    Listens,
}

#[derive(Default)]
struct Inner {
    replies: HashMap<String, Reply>,
    received: Vec<Received>,
    heard: Vec<Value>,
    handshakes: Vec<bool>,
}

#[derive(Clone)]
pub struct Customer {
    pub url: String,
    token: Arc<Mutex<String>>,
    agent: Arc<Mutex<Agent>>,
    inner: Arc<Mutex<Inner>>,
}

impl Customer {
    pub async fn start(auth_token: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let customer = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            token: Arc::new(Mutex::new(auth_token.to_owned())),
            agent: Arc::new(Mutex::new(Agent::ClosesAfter(3))),
            inner: Arc::default(),
        };
        let router = Router::new()
            .route("/agent", get(agent))
            .fallback(webhook)
            .with_state(customer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        customer
    }

    /// The address of a path here.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub fn agent_url(&self) -> String {
        self.at("/agent").replace("http://", "ws://")
    }

    pub fn set_agent(&self, agent: Agent) {
        *self.agent.lock().unwrap() = agent;
    }

    /// From now on answers a path with `TwiML`.
    pub fn says(&self, path: &str, twiml: &str) {
        self.replies_with(path, 200, Some("text/xml"), twiml);
    }

    pub fn replies_with(&self, path: &str, status: u16, content_type: Option<&'static str>, body: &str) {
        let reply = Reply {
            status,
            content_type,
            body: body.to_owned(),
        };
        self.inner.lock().unwrap().replies.insert(path.to_owned(), reply);
    }

    pub fn received(&self) -> Vec<Received> {
        self.inner.lock().unwrap().received.clone()
    }

    pub fn received_at(&self, path: &str) -> Vec<Received> {
        self.received()
            .into_iter()
            .filter(|received| received.path.split('?').next() == Some(path))
            .collect()
    }

    /// The messages of media streams, in order.
    pub fn heard(&self) -> Vec<Value> {
        self.inner.lock().unwrap().heard.clone()
    }

    /// For each media stream, whether its handshake was signed.
    pub fn handshakes(&self) -> Vec<bool> {
        self.inner.lock().unwrap().handshakes.clone()
    }

    fn is_signed(&self, url: &str, form: &Pairs, headers: &HeaderMap) -> bool {
        let expected = signature(&self.token.lock().unwrap(), url, form);
        headers
            .get("x-twilio-signature")
            .is_some_and(|sent| sent.as_bytes() == expected.as_bytes())
    }

    fn reply(&self, path: &str) -> Reply {
        let known = self.inner.lock().unwrap().replies.get(path).cloned();
        known.unwrap_or(Reply {
            status: 204,
            content_type: None,
            body: String::new(),
        })
    }
}

async fn webhook(State(customer): State<Customer>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, 1 << 20).await.unwrap();
    let path = parts.uri.to_string();
    let is_get = parts.method == "GET";
    let form = if is_get { Pairs::default() } else { Pairs::parse(&body) };
    let signed = customer.is_signed(&customer.at(&path), &form, &parts.headers);
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let received = Received {
        method: parts.method.to_string(),
        parameters: if is_get {
            Pairs::parse(parts.uri.query().unwrap_or_default().as_bytes())
        } else {
            form
        },
        signed,
        has_signature: !header("x-twilio-signature").is_empty(),
        idempotency_token: header("i-twilio-idempotency-token"),
        path: path.clone(),
    };
    customer.inner.lock().unwrap().received.push(received);
    let reply = customer.reply(path.split('?').next().unwrap());
    let mut response = (StatusCode::from_u16(reply.status).unwrap(), reply.body).into_response();
    response.headers_mut().remove("content-type");
    if let Some(content_type) = reply.content_type {
        response
            .headers_mut()
            .insert("content-type", content_type.parse().unwrap());
    }
    response
}

async fn agent(State(customer): State<Customer>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let signed = customer.is_signed(&customer.agent_url(), &Pairs::default(), &headers);
    customer.inner.lock().unwrap().handshakes.push(signed);
    upgrade.on_upgrade(move |socket| converse(customer, socket))
}

async fn converse(customer: Customer, mut socket: WebSocket) {
    let agent = *customer.agent.lock().unwrap();
    let (mut frames, mut marks) = (0, 0);
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text).unwrap();
        customer.inner.lock().unwrap().heard.push(message.clone());
        match message["event"].as_str() {
            Some("start") if matches!(agent, Agent::TalksAndClears) => {
                for message in talk(&message["streamSid"], "said", 2) {
                    socket.send(Message::text(message.to_string())).await.unwrap();
                }
            }
            Some("mark") => {
                marks += 1;
                if marks == 2 {
                    socket.send(Message::Close(None)).await.unwrap();
                    return;
                }
                let sid = &message["streamSid"];
                let interruption = talk(sid, "cleared", 1000)
                    .into_iter()
                    .chain([json!({ "event": "clear", "streamSid": sid })]);
                for message in interruption {
                    socket.send(Message::text(message.to_string())).await.unwrap();
                }
            }
            Some("media") => {
                frames += 1;
                if matches!(agent, Agent::Vanishes) {
                    return;
                }
                if matches!(agent, Agent::ClosesAfter(limit) if frames == limit) {
                    socket.send(Message::Close(None)).await.unwrap();
                    return;
                }
            }
            _ => {}
        }
    }
}

/// Some 20 ms frames of sound in one message, and a mark behind them.
fn talk(stream_sid: &Value, mark: &str, frames: usize) -> [Value; 2] {
    // 160 zero bytes are 213 and a third base64 digits: three frames make 640 of them, so whole frames are made of three bytes each.
    let payload = "AAAA".repeat(frames * 160 / 3 + 1);
    [
        json!({ "event": "media", "streamSid": stream_sid, "media": { "payload": payload } }),
        json!({ "event": "mark", "streamSid": stream_sid, "mark": { "name": mark } }),
    ]
}

/// Who calls, and talks for a minute.
pub const CALLER: &str = "+14155550199";
/// The number of [`Server::account`].
pub const NUMBER: &str = "+14155550100";

/// A customer whose number asks `/voice`, falls back to `/fallback` and tells `/status`.
pub async fn answering(server: &Server) -> (SimAccount, String, Customer) {
    let (account, pn) = server.account();
    let customer = Customer::start(&account.auth_token).await;
    server.sim.change_number(&pn, |number| {
        number.voice_url = customer.at("/voice?ref=a%20b#rc=0");
        number.voice_fallback_url = customer.at("/fallback");
        number.status_callback = customer.at("/status");
    });
    server.sim.phone(
        CALLER,
        Phone::Answers {
            after: Duration::ZERO,
            talks: Duration::from_mins(1),
        },
    );
    (account, pn, customer)
}
