//! Tries our own public address, the way Twilio would reach it.

use std::time::Duration;

use async_trait::async_trait;
use domain::public_url::Reach;
use reqwest::{Client, redirect};

/// Longer than a proof of ours by far; an address that leads elsewhere may answer with anything.
const MOST_BYTES: usize = 4096;

/// Over HTTP, within five seconds, without following redirects: Twilio's signature covers the exact address.
#[derive(Clone, Debug)]
pub struct HttpReach(Client);

impl HttpReach {
    /// A client that takes nothing from the environment.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn new() -> reqwest::Result<Self> {
        let client = Client::builder()
            .timeout(Duration::from_secs(5))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("callab-byot/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }
}

#[async_trait]
impl Reach for HttpReach {
    async fn fetch(&self, url: &str) -> Result<String, String> {
        let in_words = |error: reqwest::Error| format!("{:#}", anyhow::Error::from(error.without_url()));
        let mut answer = self.0.get(url).send().await.map_err(in_words)?;
        if !answer.status().is_success() {
            return Err(format!("it answers with status {}", answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(in_words)? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST_BYTES {
                return Err(format!("its answer is longer than {MOST_BYTES} bytes"));
            }
        }
        String::from_utf8(body).map_err(|_| "its answer is no text".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;

    use super::*;

    async fn fetch(path: &str) -> Result<String, String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/proof", get(async || "a proof"))
            .route("/elsewhere", get(async || Redirect::to("/proof")))
            .route("/long", get(async || "x".repeat(MOST_BYTES + 1)));
        let server = tokio::spawn(async { axum::serve(listener, app).await });
        let fetched = HttpReach::new().unwrap().fetch(&url).await;
        server.abort();
        fetched
    }

    #[tokio::test]
    async fn only_a_short_answer_of_the_address_itself_counts() {
        assert_eq!(fetch("/proof").await.as_deref(), Ok("a proof"));
        assert!(fetch("/elsewhere").await.unwrap_err().contains("303"));
        assert!(fetch("/long").await.unwrap_err().contains("longer"));
        assert!(fetch("/nowhere").await.unwrap_err().contains("404"));
    }

    #[tokio::test]
    async fn an_address_that_nobody_answers_is_told_in_words() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let _ = rustls::crypto::ring::default_provider().install_default();
        assert!(!HttpReach::new().unwrap().fetch(&url).await.unwrap_err().is_empty());
    }
}
