//! Fetches a short text: of our own public address, or the keys that tokens are signed with.

use std::time::Duration;

use reqwest::{Client, redirect};

/// Asks for short texts over HTTP, within five seconds, without following redirects. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SmallAnswers {
    client: Client,
    most_bytes: usize,
}

impl SmallAnswers {
    /// A client that takes nothing from the environment and reads no more than `most_bytes`.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn new(most_bytes: usize) -> reqwest::Result<Self> {
        let client = Client::builder()
            .timeout(Duration::from_secs(5))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("callab-byot/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, most_bytes })
    }

    /// The text at an address.
    ///
    /// # Errors
    /// Why there is none, in words for the log, without the address.
    pub async fn fetch(&self, url: &str) -> Result<String, String> {
        let in_words = |error: reqwest::Error| format!("{:#}", anyhow::Error::from(error.without_url()));
        let mut answer = self.client.get(url).send().await.map_err(in_words)?;
        if !answer.status().is_success() {
            return Err(format!("it answers with status {}", answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(in_words)? {
            body.extend_from_slice(&chunk);
            if body.len() > self.most_bytes {
                return Err(format!("its answer is longer than {} bytes", self.most_bytes));
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

    const MOST_BYTES: usize = 4096;

    async fn fetch(path: &str) -> Result<String, String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/proof", get(async || "a proof"))
            .route("/elsewhere", get(async || Redirect::to("/proof")))
            .route("/long", get(async || "x".repeat(MOST_BYTES + 1)));
        let server = tokio::spawn(async { axum::serve(listener, app).await });
        let fetched = SmallAnswers::new(MOST_BYTES).unwrap().fetch(&url).await;
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
        assert!(
            !SmallAnswers::new(MOST_BYTES)
                .unwrap()
                .fetch(&url)
                .await
                .unwrap_err()
                .is_empty()
        );
    }
}
