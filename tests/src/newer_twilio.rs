//! A Twilio of the future: passes requests on to the simulated one, and changes words of the answers.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;

/// What is replaced by what.
type Words = Vec<(String, String)>;

/// A server between the product and the simulated Twilio. It ends with the runtime.
#[derive(Clone, Debug)]
pub struct NewerTwilio {
    url: String,
    http: reqwest::Client,
    behind: Arc<Mutex<String>>,
    words: Arc<Mutex<Words>>,
}

impl NewerTwilio {
    /// Starts one on a free port; nothing is behind it yet.
    ///
    /// # Errors
    /// When no port is to be had.
    pub async fn start() -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port")?;
        let newer = Self {
            url: format!("http://{}/{{product}}", listener.local_addr()?),
            http: reqwest::Client::builder().no_proxy().build()?,
            behind: Arc::default(),
            words: Arc::default(),
        };
        let router = Router::new().fallback(pass_on).with_state(newer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(newer)
    }

    /// Its address, a template for the product.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts the simulated Twilio at `sim_url` behind it.
    pub fn put_behind(&self, sim_url: &str) {
        sim_url.clone_into(&mut self.behind.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// From now on answers say `new` where they said `old`.
    pub fn say(&self, old: &str, new: &str) {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        words.push((old.to_owned(), new.to_owned()));
    }

    async fn answer(&self, request: Request) -> anyhow::Result<Response> {
        let behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (parts, body) = request.into_parts();
        let body: Bytes = axum::body::to_bytes(body, usize::MAX).await?;
        let mut headers = parts.headers;
        headers.remove("host");
        let sent = self.http.request(parts.method, format!("{behind}{}", parts.uri));
        let answer = sent.headers(headers).body(body).send().await?;
        let status = answer.status();
        let mut text = answer.text().await?;
        for (old, new) in self.words.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            text = text.replace(old, new);
        }
        Ok((status, [("content-type", "application/json")], text).into_response())
    }
}

async fn pass_on(State(newer): State<NewerTwilio>, request: Request) -> Response {
    let answer = newer.answer(request).await;
    answer.unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}
