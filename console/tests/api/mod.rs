//! A fake API in this process, over real HTTP and real sockets: what it knows is planted, and it errs when it is told to.

pub mod data;
pub mod faults;
pub mod schema;
mod socket;

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data::Data;
use faults::{Http, Socket};
use futures_util::stream;
use schema::{Asked, Question, Schema};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

/// The operator's session with it. It must never be shown.
pub const TOKEN: &str = "session-of-op-17-b2e6f0c4a1";

/// A subscription that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// After which event.
    pub after: Option<String>,
}

/// What its parts share.
pub struct Inner {
    schema: Schema,
    data: Mutex<Data>,
    http: Mutex<Http>,
    socket: Mutex<Socket>,
    is_deaf: AtomicBool,
    news: watch::Sender<()>,
    cut: watch::Sender<()>,
    told: AtomicUsize,
    questions: AtomicUsize,
    asked: Mutex<Vec<(Instant, Asked, bool)>>,
    sockets: AtomicUsize,
    opened: Mutex<Vec<Opened>>,
}

/// The API. It is gone when it is dropped.
pub struct Api {
    inner: Arc<Inner>,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Api {
    /// Starts it with what it shall know.
    pub fn start(data: Data) -> Self {
        let inner = Arc::new(Inner {
            schema: Schema::load(),
            data: Mutex::new(data),
            http: Mutex::default(),
            socket: Mutex::default(),
            is_deaf: AtomicBool::new(false),
            news: watch::Sender::new(()),
            cut: watch::Sender::new(()),
            told: AtomicUsize::new(0),
            questions: AtomicUsize::new(0),
            asked: Mutex::default(),
            sockets: AtomicUsize::new(0),
            opened: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let mut api = Self {
            inner,
            address,
            runtime: None,
        };
        api.serve(listener);
        api
    }

    fn serve(&mut self, listener: TcpListener) {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        listener.set_nonblocking(true).expect("a socket");
        let routes = Router::new()
            .route("/graphql", post(answer))
            .route("/graphql/ws", get(socket::open));
        let service = routes.with_state(self.inner.clone());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            axum::serve(listener, service).await
        });
        self.runtime = Some(runtime);
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// It is gone: connections break, and nobody listens.
    pub fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    /// It is there again, at the same address, and knows what it knew.
    pub async fn start_again(&mut self) {
        loop {
            if let Ok(listener) = TcpListener::bind(self.address) {
                return self.serve(listener);
            }
            tokio::time::sleep(Duration::from_millis(50)).await; // The last one is not quite gone.
        }
    }

    /// From now on questions are answered so.
    pub fn answers(&self, how: Http) {
        *self.inner.http.lock().expect("nobody panicked") = how;
    }

    /// From now on new sockets behave so.
    pub fn sockets(&self, how: Socket) {
        *self.inner.socket.lock().expect("nobody panicked") = how;
    }

    /// All sockets end without a word.
    pub fn cut(&self) {
        let _ = self.inner.cut.send(());
    }

    /// Sockets stay open, and nobody reads or writes them any more; or does again.
    pub fn deaf(&self, is_deaf: bool) {
        self.inner.is_deaf.store(is_deaf, Ordering::SeqCst);
    }

    /// Changes what it knows, and tells whoever follows.
    pub fn with<T>(&self, change: impl FnOnce(&mut Data) -> T) -> T {
        let answer = change(&mut self.inner.data.lock().expect("nobody panicked"));
        let _ = self.inner.news.send(());
        answer
    }

    /// A connection's health becomes another.
    pub fn change(&self, place: usize, state: &str) {
        self.with(|data| data.change(place, state));
    }

    /// When a field was asked for.
    pub fn asked(&self, field: &str) -> Vec<Instant> {
        let asked = self.inner.asked.lock().expect("nobody panicked");
        let of_field = asked.iter().filter(|(_, asked, _)| asked.name == field);
        of_field.map(|(at, ..)| *at).collect()
    }

    /// How many changes were told on sockets.
    pub fn told(&self) -> usize {
        self.inner.told.load(Ordering::SeqCst)
    }

    /// How many questions were asked.
    pub fn questions(&self) -> usize {
        self.inner.questions.load(Ordering::SeqCst)
    }

    /// The changes that were asked for.
    pub fn changes(&self) -> Vec<Asked> {
        let asked = self.inner.asked.lock().expect("nobody panicked");
        let changes = asked.iter().filter(|(_, _, is_change)| *is_change);
        changes.map(|(_, asked, _)| asked.clone()).collect()
    }

    /// How many sockets were tried, and which subscriptions were opened on them.
    pub fn followed(&self) -> (usize, Vec<Opened>) {
        let opened = self.inner.opened.lock().expect("nobody panicked").clone();
        (self.inner.sockets.load(Ordering::SeqCst), opened)
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Inner {
    /// What is told of the change at a place.
    fn change(&self, question: &Question, place: usize) -> Value {
        let data = self.data.lock().expect("nobody panicked");
        let mut row = data.rows[data.changes[place]].clone();
        row["cursor"] = json!(format!("c{}", place + 1));
        self.schema.answer(question, &data.text, |_| row.clone())
    }
}

/// What is planted for a field at the root.
fn planted(data: &Data, asked: &Asked) -> Value {
    if let Some(value) = data.planted.get(&asked.name) {
        let mut value = value.clone();
        // What is planted of every connection, and that one's row.
        if let ("twilioAccount", Some(planted)) = (asked.name.as_str(), value.as_object_mut()) {
            let row = data.row(&asked.arguments["id"]);
            planted.extend(row.as_object().cloned().unwrap_or_default());
        }
        return value;
    }
    match asked.name.as_str() {
        "viewer" => data.viewer.clone(),
        "serverTime" => json!(data::now()),
        "schemaVersion" => json!(data.schema_version),
        "eventCursor" => json!(data.cursor()),
        "twilioAccountCount" => json!(data.rows.len()),
        "twilioAccounts" => data.page(&asked.arguments),
        "twilioAccount" => data.row(&asked.arguments["id"]),
        "nodes" => data.nodes(&asked.arguments["ids"]),
        "verifyTwilioAccount" | "syncNumbers" => json!({ "userErrors": [] }),
        _ => json!({ "anything": true }),
    }
}

/// Answers one question.
async fn answer(State(api): State<Arc<Inner>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let question = Question::read(&body);
    api.questions.fetch_add(1, Ordering::SeqCst);
    for asked in question.asked() {
        api.asked
            .lock()
            .expect("nobody panicked")
            .push((Instant::now(), asked, question.is_change()));
    }
    let how = api.http.lock().expect("nobody panicked").clone();
    match how {
        Http::Well => {}
        Http::After(wait) => tokio::time::sleep(wait).await,
        Http::Status(status, again) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let mut response = (status, "no").into_response();
            if let Some(seconds) = again {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            return response;
        }
        Http::Words(words) => return words.into_response(),
        Http::Endless => {
            let chunk = "x".repeat(64 << 10);
            let chunks = stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
            return Body::from_stream(chunks).into_response();
        }
    }
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
    if authorization != Some(&format!("Bearer {TOKEN}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let data = api.data.lock().expect("nobody panicked");
    let answer = api.schema.answer(&question, &data.text, |asked| planted(&data, asked));
    Json(json!({ "data": answer })).into_response()
}
