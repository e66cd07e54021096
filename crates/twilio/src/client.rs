//! The one place that sends a request to Twilio.

use std::sync::Arc;
use std::time::Duration;

use backon::Retryable;
use reqwest::header::{ACCEPT, ACCEPT_CHARSET, HeaderMap, HeaderValue};
use reqwest::{Client, redirect};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::{debug, info};
use zeroize::Zeroizing;

use crate::answer::Head;
use crate::request::Request;
use crate::{AnswerFault, AuthToken, BaseUrl, Budget, Credentials, InProcessBudget, RetryPolicy, TwilioError, tokens};

/// Idle connections are closed by us before Twilio closes them: a request sent into a closing connection is one of which
/// nobody knows whether it arrived.
const MAX_IDLE: Duration = Duration::from_secs(15);

/// How long no request of an account is sent after Twilio asked us to slow down without saying for how long.
const PAUSE: Duration = Duration::from_secs(1);

/// How [`HttpTwilio`] talks to Twilio.
#[derive(Debug, Clone)]
pub struct HttpTwilioConfig {
    /// Where Twilio is.
    pub base_url: BaseUrl,
    /// The longest a connection may take to be made, TLS included.
    pub connect_timeout: Duration,
    /// The longest one request may take, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// Requests under way at the same time for one account and region.
    pub max_in_flight: usize,
    /// How often and how fast a request is sent again.
    pub retry: RetryPolicy,
}

impl Default for HttpTwilioConfig {
    fn default() -> Self {
        Self {
            base_url: BaseUrl::default(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(8),
            max_in_flight: 4,
            retry: RetryPolicy::default(),
        }
    }
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HttpTwilioError {
    /// The process has not chosen its cryptography.
    #[error("no rustls crypto provider is installed in this process")]
    NoCryptoProvider,
    /// The HTTP client could not be set up, for instance for want of root certificates.
    #[error("could not set up the HTTP client for Twilio")]
    Client(#[source] reqwest::Error),
}

/// Twilio over HTTP. Cheap to clone; holds no credentials.
#[derive(Debug, Clone)]
pub struct HttpTwilio {
    http: Client,
    base_url: BaseUrl,
    budget: Arc<dyn Budget>,
    retry: RetryPolicy,
}

impl HttpTwilio {
    /// A client whose budget is this process's own.
    ///
    /// # Errors
    /// [`HttpTwilioError`] when the process has no crypto provider or the HTTP client cannot be made.
    pub fn new(config: HttpTwilioConfig) -> Result<Self, HttpTwilioError> {
        let budget = Arc::new(InProcessBudget::new(config.max_in_flight));
        Self::with_budget(config, budget)
    }

    /// A client that shares `budget` with others; `max_in_flight` is the budget's own affair then.
    ///
    /// # Errors
    /// As [`HttpTwilio::new`].
    pub fn with_budget(config: HttpTwilioConfig, budget: Arc<dyn Budget>) -> Result<Self, HttpTwilioError> {
        Ok(Self {
            http: http_client(config.connect_timeout, config.timeout)?,
            base_url: config.base_url,
            budget,
            retry: config.retry,
        })
    }

    /// Performs `request` and reads the one thing it answers.
    pub(crate) async fn one<T: DeserializeOwned>(
        &self,
        who: &Credentials,
        request: &Request,
    ) -> Result<T, TwilioError> {
        let body = self.send(who, request).await?;
        serde_json::from_slice(&body).map_err(|error| AnswerFault::from(error).at(request.endpoint))
    }

    /// Performs `request` and reads the Auth Token it answers.
    pub(crate) async fn token(&self, who: &Credentials, request: &Request) -> Result<AuthToken, TwilioError> {
        let body = self.send(who, request).await?;
        tokens::read(&body, &who.account_sid).map_err(|fault| fault.at(request.endpoint))
    }

    /// Performs `request`, which deletes. What is gone already is a success: that it be gone was asked for.
    pub(crate) async fn delete(&self, who: &Credentials, request: &Request) -> Result<(), TwilioError> {
        match self.send(who, request).await {
            Ok(_) | Err(TwilioError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends `request`, again where the retry policy allows, and gives the body of the success.
    pub(crate) async fn send(&self, who: &Credentials, request: &Request) -> Result<Zeroizing<Vec<u8>>, TwilioError> {
        let begun = Instant::now();
        (|| self.attempt(who, request))
            .retry(self.retry.backoff())
            .when(|error| begun.elapsed() < self.retry.within && self.retry.allows(&request.method, error))
            .adjust(|error, planned| planned.map(|planned| RetryPolicy::wait(error, planned)))
            .await
    }

    /// Sends `request` once, within the account's budget, and reports how it went.
    async fn attempt(&self, who: &Credentials, request: &Request) -> Result<Zeroizing<Vec<u8>>, TwilioError> {
        let url = self.base_url.resolve(request.product, who.region, &request.path);
        let url = url.ok_or_else(|| AnswerFault::PageElsewhere.at(request.endpoint))?;
        let (user, password) = who.basic_auth();
        let mut builder = self
            .http
            .request(request.method.clone(), url)
            .basic_auth(user, Some(password));
        if !request.query.is_empty() {
            builder = builder.query(&request.query);
        }
        if !request.form.is_empty() {
            builder = builder.form(&request.form);
        }

        let permit = self.budget.acquire(&who.account_sid, who.region).await;
        let started = Instant::now();
        let (head, outcome) = match builder.send().await {
            Ok(response) => {
                let head = Head::of(&response);
                let outcome = head.read(response, request.endpoint, who).await;
                (Some(head), outcome)
            }
            Err(error) => (None, Err(TwilioError::from_transport(error))),
        };
        if let Err(TwilioError::RateLimited { retry_after }) = &outcome {
            // Before the permit goes to the next in line. A longer wait is the caller's to plan, as `RetryPolicy::cap` says.
            let pause = retry_after.unwrap_or(PAUSE).min(self.retry.cap);
            self.budget.slow_down(&who.account_sid, who.region, pause).await;
        }
        drop(permit);
        report(who, request, head.as_ref(), outcome.as_ref().err(), started.elapsed());
        outcome
    }
}

/// The HTTP client with which Twilio is asked.
pub(crate) fn http_client(connect_timeout: Duration, timeout: Duration) -> Result<Client, HttpTwilioError> {
    // reqwest would panic for want of one.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(HttpTwilioError::NoCryptoProvider);
    }
    Client::builder()
        .user_agent(concat!("callab-byot/", env!("CARGO_PKG_VERSION")))
        .default_headers(HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (ACCEPT_CHARSET, HeaderValue::from_static("utf-8")),
        ]))
        .redirect(redirect::Policy::none())
        .no_proxy() // no settings from the environment
        .connect_timeout(connect_timeout)
        .timeout(timeout)
        .pool_idle_timeout(MAX_IDLE)
        .build()
        .map_err(HttpTwilioError::Client)
}

/// One log event for each request sent, and its share in the metrics. No field names a phone number.
fn report(who: &Credentials, request: &Request, head: Option<&Head>, error: Option<&TwilioError>, elapsed: Duration) {
    let endpoint = request.endpoint;
    let sid = &who.account_sid;
    let region = who.region;
    let status = head.map(|head| head.status.as_u16());
    let request_id = head.and_then(|head| head.request_id.as_deref());
    let concurrent_requests = head.and_then(|head| head.concurrent_requests);
    crate::metrics::sent(endpoint, error.map_or("ok", TwilioError::outcome), elapsed);
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match error {
        None => debug!(
            account.sid = %sid, twilio.region = %region, twilio.endpoint = endpoint, http.status = status,
            twilio.request_id = request_id, twilio.concurrent_requests = concurrent_requests, elapsed_ms, outcome = "ok",
            "Twilio answered {endpoint} for {sid}"
        ),
        Some(error) => info!(
            account.sid = %sid, twilio.region = %region, twilio.endpoint = endpoint, http.status = status,
            twilio.request_id = request_id, twilio.concurrent_requests = concurrent_requests, elapsed_ms,
            outcome = error.outcome(), twilio.code = error.code(),
            "{endpoint} for {sid} failed: {error}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_without_cryptography_is_told_so() {
        // Nothing in this test binary installs a provider.
        let made = HttpTwilio::new(HttpTwilioConfig::default());
        assert!(matches!(made, Err(HttpTwilioError::NoCryptoProvider)));
    }
}
