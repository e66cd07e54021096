//! A customer's webhook for tests: an HTTP server on this machine that keeps what it is sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A delivery as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The path and query it was sent to.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, byte by byte: the signature is over these.
    pub body: String,
}

impl Received {
    /// The body, read.
    ///
    /// # Panics
    /// When it is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// One of its headers.
    ///
    /// # Panics
    /// When it has none of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }
}

#[derive(Debug, Default)]
struct Kept {
    received: Vec<Received>,
    answers: VecDeque<u16>,
}

/// A customer's webhook. It ends with the value.
#[derive(Debug)]
pub struct Receiver {
    url: String,
    kept: Arc<Mutex<Kept>>,
    _stop: DropGuard,
}

impl Receiver {
    /// Starts one on a free port. It answers 204 unless told otherwise.
    ///
    /// # Errors
    /// When no port is to be had.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port")?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let kept = Arc::<Mutex<Kept>>::default();
        let app = Router::new().fallback(receive).with_state(Arc::clone(&kept));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move {
            axum::serve(listener, app)
                .with_graceful_shutdown(stopped.cancelled_owned())
                .await
        });
        Ok(Self {
            url,
            kept,
            _stop: stop.drop_guard(),
        })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The statuses that the next deliveries are answered with. A redirect leads to `/elsewhere` on the same server.
    pub fn answer(&self, statuses: &[u16]) {
        self.kept().answers.extend(statuses);
    }

    /// What came so far.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.kept().received.clone()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn receive(State(kept): State<Arc<Mutex<Kept>>>, uri: Uri, headers: HeaderMap, body: String) -> Response {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.received.push(Received {
        path: uri.to_string(),
        headers,
        body,
    });
    let status = kept.answers.pop_front().unwrap_or(204);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_redirection() {
        return (status, [("location", "/elsewhere")]).into_response();
    }
    status.into_response()
}
