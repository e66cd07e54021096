//! One question, one answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use cynic::{GraphQlError, GraphQlResponse, Operation};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::credentials::InUse;
use super::{Credentials, Reading, Tape, Trouble};
use crate::scrub::scrub;
use crate::surroundings;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// The largest answer, unpacked: 10,000 rows take 4.3 MB in pages of a thousand.
const LARGEST: usize = 16 << 20;

/// How long nothing is asked after a 429 that does not say.
const PAUSE: Duration = Duration::from_secs(5);

/// The longest pause that the API can ask for.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// The API, and who asks it.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    in_use: InUse,
    /// Until when the API asked not to be asked.
    paused: Arc<Mutex<Option<Instant>>>,
    /// Where answers are taken down, too.
    tape: Option<Tape>,
    /// Where answers come from in the API's place.
    played: Option<Tape>,
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
        Ok(Self {
            http,
            in_use: InUse::new(Credentials { url, token }),
            paused: Arc::default(),
            tape: None,
            played: None,
        })
    }

    /// No API: a tape answers.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn of_tape(tape: Tape) -> Result<Self, Trouble> {
        let nowhere = Url::parse("http://127.0.0.1/").map_err(|error| Trouble::Unreachable(error.to_string()))?;
        let mut api = Self::new(nowhere, SecretString::default())?;
        api.played = Some(tape);
        Ok(api)
    }

    /// The same, with its answers on a tape as well.
    #[must_use]
    pub fn taped(&self) -> (Self, Tape) {
        let tape = Tape::default();
        let taped = Self {
            tape: Some(tape.clone()),
            ..self.clone()
        };
        (taped, tape)
    }

    /// The same, asked as the credentials say that are read when nobody answers or the session is over, where they are others by
    /// then. While there are none the API counts as gone.
    #[must_use]
    pub fn read_again(mut self, reading: Reading) -> Self {
        self.in_use.read_again(reading);
        self
    }

    /// Where it is and as whom it is asked, for the socket.
    pub(super) fn in_use(&self) -> &InUse {
        &self.in_use
    }

    /// For how long nothing is asked: the API asked to slow down.
    #[must_use]
    pub fn pause(&self) -> Option<Duration> {
        let until = *self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        until.and_then(|until| until.checked_duration_since(Instant::now()))
    }

    /// Nothing is asked for as long as a header says.
    pub(super) fn slow_down(&self, retry_after: Option<&str>) {
        let asked = retry_after.and_then(|value| wait(value, surroundings::now().into()));
        let pause = asked.unwrap_or(PAUSE).min(LONGEST_PAUSE);
        *self.paused.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + pause);
    }

    /// Asks. Nothing is sent while the API asked for a pause.
    ///
    /// # Errors
    /// When there is no answer, or none that helps.
    pub async fn ask<Q, V>(&self, operation: Operation<Q, V>) -> Result<Answer<Q>, Trouble>
    where
        Q: DeserializeOwned + 'static,
        V: Serialize,
    {
        if let Some(tape) = &self.played {
            let body = tape
                .next()
                .ok_or_else(|| Trouble::Garbage("there is no answer on the tape".to_owned()))?;
            return read(StatusCode::OK, &body, Duration::ZERO);
        }
        if self.pause().is_some() {
            return Err(Trouble::Throttled);
        }
        let credentials = self.in_use.now();
        let answer = self.send(&credentials, &operation).await;
        answer.map_err(|trouble| self.in_use.after(&credentials, trouble))
    }

    /// Asks over the network.
    async fn send<Q, V>(&self, credentials: &Credentials, operation: &Operation<Q, V>) -> Result<Answer<Q>, Trouble>
    where
        Q: DeserializeOwned + 'static,
        V: Serialize,
    {
        let asked_at = Instant::now();
        let request = self
            .http
            .post(credentials.url.clone())
            .bearer_auth(credentials.token.expose_secret())
            .header("accept", "application/graphql-response+json, application/json")
            .json(operation);
        let response = request.send().await.map_err(|error| unanswered(&error))?;
        let status = response.status();
        let id = header(&response, "x-request-id").or_else(|| header(&response, "x-trace-id"));
        let id = id.map(|id| credentials.hide(id));
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.slow_down(header(&response, "retry-after").as_deref());
        }
        let body = credentials.hide(body(response).await?);
        if let Some(tape) = &self.tape {
            tape.take(&body);
        }
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
        read(status, &body, took)
    }
}

/// How long `Retry-After` asks to wait: it gives seconds, or a date (RFC 9110, section 10.2.3). One that is over asks for no time.
fn wait(retry_after: &str, now: SystemTime) -> Option<Duration> {
    let value = retry_after.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(now).unwrap_or_default())
}

/// Makes an answer of a body.
fn read<Q: DeserializeOwned>(status: StatusCode, body: &str, took: Duration) -> Result<Answer<Q>, Trouble> {
    let answer: GraphQlResponse<Q, Value> = serde_json::from_str(body)
        .map_err(|error| Trouble::Garbage(scrub(&format!("status {}, {error}", status.as_u16()), 200)))?;
    let missing = answer.errors.as_deref().and_then(<[_]>::first).map(refused);
    match (answer.data, missing) {
        (Some(data), missing) => Ok(Answer { data, missing, took }),
        (None, Some(trouble)) => Err(trouble),
        (None, None) => Err(Trouble::Garbage("neither data nor errors".to_owned())),
    }
}

/// The body, as long as it is not too large.
async fn body(mut response: reqwest::Response) -> Result<String, Trouble> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error))? {
        if body.len() + chunk.len() > LARGEST {
            return Err(Trouble::Garbage(format!("it is larger than {} MB", LARGEST >> 20)));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| Trouble::Garbage("it is no text".to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_until_a_date() {
        let now = httpdate::parse_http_date("Fri, 27 Nov 2026 14:02:11 GMT").unwrap();
        for (value, seconds) in [
            ("120", Some(120)),
            (" 3 ", Some(3)),
            ("Fri, 27 Nov 2026 14:03:41 GMT", Some(90)),
            ("Friday, 27-Nov-26 14:02:21 GMT", Some(10)),
            ("Fri, 27 Nov 2026 13:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(wait(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
