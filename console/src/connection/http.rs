//! One question, one answer.

use std::time::{Duration, Instant};

use cynic::{GraphQlError, GraphQlResponse, Operation};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::Trouble;
use crate::scrub::scrub;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// The largest answer: 10,000 rows take 2 MB in pages of a thousand.
const LARGEST: usize = 16 << 20;

/// The API, and who asks it.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    url: Url,
    token: SecretString,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer<T> {
    /// The answer.
    pub data: T,
    /// What is missing in it, where it is not whole.
    pub missing: Option<Trouble>,
    /// How long it took.
    pub took: Duration,
}

impl Api {
    /// An API at `url`, asked with a bearer token.
    ///
    /// # Errors
    /// When no TLS can be had.
    pub fn new(url: Url, token: SecretString) -> Result<Self, Trouble> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("callab-console/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Trouble::Unreachable(told(&error)))?;
        Ok(Self { http, url, token })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The bearer token, for the socket.
    pub(super) fn token(&self) -> &SecretString {
        &self.token
    }

    /// Asks.
    ///
    /// # Errors
    /// When there is no answer, or none that helps.
    pub async fn ask<Q, V>(&self, operation: Operation<Q, V>) -> Result<Answer<Q>, Trouble>
    where
        Q: DeserializeOwned + 'static,
        V: Serialize,
    {
        let asked_at = Instant::now();
        let request = self
            .http
            .post(self.url.clone())
            .bearer_auth(self.token.expose_secret())
            .header("accept", "application/graphql-response+json, application/json")
            .json(&operation);
        let response = request.send().await.map_err(|error| unanswered(&error))?;
        let status = response.status();
        let id = header(&response, "x-request-id").or_else(|| header(&response, "x-trace-id"));
        let body = body(response).await?;
        let took = asked_at.elapsed();
        match status {
            StatusCode::UNAUTHORIZED => return Err(Trouble::SignedOut),
            StatusCode::FORBIDDEN => return Err(Trouble::Forbidden(status.to_string())),
            StatusCode::TOO_MANY_REQUESTS => return Err(Trouble::Throttled),
            status if status.is_server_error() => {
                let status = status.as_u16();
                return Err(Trouble::Failed { status, request: id });
            }
            _ => {}
        }
        let answer: GraphQlResponse<Q, Value> = serde_json::from_slice(&body)
            .map_err(|error| Trouble::Garbage(format!("status {}, {error}", status.as_u16())))?;
        let missing = answer.errors.as_deref().and_then(<[_]>::first).map(refused);
        match (answer.data, missing) {
            (Some(data), missing) => Ok(Answer { data, missing, took }),
            (None, Some(trouble)) => Err(trouble),
            (None, None) => Err(Trouble::Garbage("neither data nor errors".to_owned())),
        }
    }
}

/// The body, as long as it is not too large.
async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error))? {
        if body.len() + chunk.len() > LARGEST {
            return Err(Trouble::Garbage(format!("it is larger than {} MB", LARGEST >> 20)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn header(response: &reqwest::Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(scrub(value, 64))
}

fn unanswered(error: &reqwest::Error) -> Trouble {
    if error.is_timeout() {
        Trouble::Slow(PATIENCE)
    } else {
        Trouble::Unreachable(told(error))
    }
}

/// The innermost cause: the outer ones repeat the address.
fn told(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    scrub(&cause.to_string(), 200)
}

/// An error of GraphQL's, by the code that this API gives it.
pub(super) fn refused(error: &GraphQlError<Value>) -> Trouble {
    let word = |name: &str| {
        let text = error.extensions.as_ref()?.get(name)?.as_str()?;
        Some(scrub(text, 400))
    };
    let message = scrub(&error.message, 400);
    match word("code").as_deref() {
        Some("UNAUTHENTICATED") => Trouble::SignedOut,
        Some("FORBIDDEN") => Trouble::Forbidden(message),
        code => Trouble::Refused {
            code: code.unwrap_or("ERROR").to_owned(),
            message,
            request: word("traceId"),
            cursor: word("cursor"),
        },
    }
}
