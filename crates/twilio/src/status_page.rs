//! Twilio's public status page: what Twilio itself says is broken. An Atlassian Statuspage, asked without credentials.

use std::str::FromStr;
use std::time::Duration;

use reqwest::{Client, Url};
use tokio::time::Instant;
use tracing::{debug, info};

use crate::answer::read_up_to;
use crate::client::http_client;
use crate::status_summary::Answer;
use crate::{AnswerFault, HttpTwilioError, StatusSummary, metrics};

/// The most of an answer that is read. It lists every part of Twilio, carriers by country among them.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Where the status page is, [`StatusPageUrl::TWILIO`] or a server that stands in for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPageUrl(Url);

/// The text is no address of a status page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a status page is at an http or https address without user, password, query or fragment")]
pub struct StatusPageUrlError;

impl StatusPageUrl {
    /// Where Twilio's own page is.
    pub const TWILIO: &'static str = "https://status.twilio.com";
}

impl FromStr for StatusPageUrl {
    type Err = StatusPageUrlError;

    fn from_str(text: &str) -> Result<Self, StatusPageUrlError> {
        let text = text.trim().trim_end_matches('/');
        let mut url = Url::parse(text).map_err(|_| StatusPageUrlError)?;
        let signed_in = !url.username().is_empty() || url.password().is_some();
        let surplus = signed_in || url.query().is_some() || url.fragment().is_some();
        if surplus || !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(StatusPageUrlError);
        }
        let path = format!("{}/api/v2/summary.json", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(Self(url))
    }
}

/// Why the status page could not be read. None of it says anything about Twilio itself.
#[derive(Debug, thiserror::Error)]
pub enum StatusPageError {
    /// No whole answer came.
    #[error("could not reach Twilio's status page")]
    Unreachable(#[source] reqwest::Error),
    /// An answer without success.
    #[error("Twilio's status page answered with status {status}")]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// A success that could not be read: HTML, for instance.
    #[error("could not read what Twilio's status page answered")]
    Unreadable(#[from] AnswerFault),
}

impl StatusPageError {
    /// The kind of error in a word, for logs and metrics.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Status { .. } => "refused",
            Self::Unreadable(_) => "malformed",
        }
    }
}

/// Reads the status page. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StatusPage {
    http: Client,
    url: StatusPageUrl,
}

impl StatusPage {
    /// A reader of the page at `url`, whose requests take at most `timeout` from connecting to the last byte.
    ///
    /// # Errors
    /// [`HttpTwilioError`] when the process has no crypto provider or the HTTP client cannot be made.
    pub fn new(url: StatusPageUrl, timeout: Duration) -> Result<Self, HttpTwilioError> {
        let http = http_client(timeout, timeout)?;
        Ok(Self { http, url })
    }

    /// Reads what Twilio says of itself, once: who asks does so again by a timetable.
    ///
    /// # Errors
    /// [`StatusPageError`] when the page is out of reach or answers something else. What it lists and cannot be read by itself is
    /// left out.
    pub async fn summary(&self) -> Result<StatusSummary, StatusPageError> {
        let started = Instant::now();
        let outcome = self.ask().await;
        let elapsed = started.elapsed();
        let word = outcome.as_ref().err().map_or("ok", StatusPageError::outcome);
        metrics::sent("StatusSummary", word, elapsed);
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok(_) => debug!(elapsed_ms, outcome = word, "read Twilio's status page"),
            Err(error) => info!(elapsed_ms, outcome = word, "{error}"),
        }
        outcome
    }

    async fn ask(&self) -> Result<StatusSummary, StatusPageError> {
        let asked = self.http.get(self.url.0.clone()).send().await;
        let response = asked.map_err(StatusPageError::Unreachable)?;
        if !response.status().is_success() {
            let status = response.status().as_u16();
            return Err(StatusPageError::Status { status });
        }
        let body = read_up_to(response, MAX_BODY_BYTES)
            .await
            .map_err(StatusPageError::Unreachable)?;
        let limit_bytes = MAX_BODY_BYTES;
        let body = body.ok_or(AnswerFault::TooLarge { limit_bytes })?;
        let answer: Answer = serde_json::from_slice(&body).map_err(AnswerFault::from)?;
        Ok(answer.into())
    }
}
