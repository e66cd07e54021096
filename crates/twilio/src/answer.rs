//! One answer from Twilio: read up to a limit, and taken as a success or as the error it means.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use zeroize::Zeroizing;

use crate::error::{AUTHENTICATION_FAILED, TOO_MANY_REQUESTS};
use crate::error_body::ErrorBody;
use crate::{AnswerFault, Credentials, TwilioError, TwilioText};

/// The most of a success that is read: a page of 1000 numbers takes about 1.5 MiB.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// The most of an error that is read; a longer one is not Twilio's.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The longest wait believed. Twilio documents no `Retry-After`; a mad one must not park an account for good.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);

/// The head of an answer.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    /// Twilio's name of the exchange, for its support. Twilio alone sends it, so it also tells that Twilio itself answered.
    pub(crate) request_id: Option<String>,
    /// Requests of the account under way at Twilio, this one included.
    pub(crate) concurrent_requests: Option<u32>,
    retry_after: Option<Duration>,
}

impl Head {
    pub(crate) fn of(response: &Response) -> Self {
        let headers = response.headers();
        Self {
            status: response.status(),
            request_id: request_id(headers),
            concurrent_requests: text(headers, "twilio-concurrent-requests").and_then(|count| count.parse().ok()),
            retry_after: retry_after(headers),
        }
    }

    /// Reads the rest of the answer: the body of a success, or the error it means.
    pub(crate) async fn read(
        &self,
        response: Response,
        endpoint: &'static str,
        who: &Credentials,
    ) -> Result<Zeroizing<Vec<u8>>, TwilioError> {
        if self.status.is_success() {
            return match read_up_to(response, MAX_BODY_BYTES).await {
                Ok(Some(body)) => Ok(body),
                Ok(None) => Err(AnswerFault::TooLarge {
                    limit_bytes: MAX_BODY_BYTES,
                }
                .at(endpoint)),
                Err(error) => Err(TwilioError::from_transport(error)),
            };
        }
        // The status is known: a body that breaks off only takes the explanation with it.
        let body = read_up_to(response, MAX_ERROR_BYTES)
            .await
            .ok()
            .flatten()
            .unwrap_or_default();
        Err(self.error(&body, endpoint, who))
    }

    /// The error an answer without success means.
    ///
    /// Source of the codes: <https://www.twilio.com/docs/api/errors>
    fn error(&self, body: &[u8], endpoint: &'static str, who: &Credentials) -> TwilioError {
        let sid = who.account_sid.clone();
        let status = self.status.as_u16();
        let body = ErrorBody::parse(body);
        let code = body.as_ref().and_then(|body| body.code);
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            return TwilioError::RateLimited {
                retry_after: self.retry_after,
            };
        }
        if self.status.is_server_error() {
            return TwilioError::Unavailable {
                status,
                code,
                retry_after: self.retry_after,
            };
        }
        if !self.status.is_client_error() || (body.is_none() && self.request_id.is_none()) {
            return TwilioError::Unexplained { endpoint, status };
        }
        match (code, status) {
            (Some(TOO_MANY_REQUESTS), _) => TwilioError::RateLimited {
                retry_after: self.retry_after,
            },
            (Some(AUTHENTICATION_FAILED), _) => TwilioError::Unauthorized { sid, code },
            (Some(code @ (20005 | 20403 | 10001 | 90010)), _) => TwilioError::AccountNotActive { sid, code },
            (Some(20008), _) => TwilioError::TestCredentials { sid },
            (Some(20006), _) | (None, 403) => TwilioError::Forbidden { sid, code },
            (_, 401) => TwilioError::Unauthorized { sid, code },
            (Some(20404), _) | (_, 404) => TwilioError::NotFound { endpoint, code },
            (Some(code), _) => {
                let (_, secret) = who.basic_auth();
                let (message, more_info) = body.map(|body| (body.message, body.more_info)).unwrap_or_default();
                TwilioError::Refused {
                    code,
                    status,
                    message: TwilioText::new(&message, secret),
                    more_info,
                }
            }
            (None, _) => TwilioError::Unexplained { endpoint, status },
        }
    }
}

/// The whole body, or `None` when it is longer than `limit` bytes. It is wiped when dropped: an account's answer holds its
/// Auth Token. Room is made at once for the announced length, so that no shorter copy stays behind.
pub(crate) async fn read_up_to(
    mut response: Response,
    limit: usize,
) -> Result<Option<Zeroizing<Vec<u8>>>, reqwest::Error> {
    let announced = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    let mut body = Zeroizing::new(Vec::with_capacity(announced.unwrap_or_default().min(limit)));
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// `RQ` and 32 hexadecimal digits; anything fit for a log is taken.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = text(headers, "twilio-request-id")?;
    let is_plain = !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_plain.then(|| id.to_owned())
}

/// How long to wait: seconds, or a date, which is taken from the answer's own `Date`.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER.as_str())?.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let until = DateTime::parse_from_rfc2822(value).ok()?;
        let now = DateTime::parse_from_rfc2822(text(headers, DATE.as_str())?).ok()?;
        (until - now).to_std().unwrap_or_default()
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(retry_after_header: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after_header.parse().unwrap());
        headers.insert(DATE, "Thu, 30 Jul 2015 20:00:00 GMT".parse().unwrap());
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_seconds_or_a_date_and_bounded() {
        assert_eq!(wait("30"), Some(30));
        assert_eq!(wait("Thu, 30 Jul 2015 20:01:30 GMT"), Some(90));
        assert_eq!(wait("Thu, 30 Jul 2015 19:00:00 GMT"), Some(0), "a date gone by");
        assert_eq!(wait("18446744073709551615"), Some(24 * 60 * 60));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn a_request_id_is_fit_for_a_log_or_dropped() {
        let id = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("twilio-request-id", value.parse().unwrap());
            request_id(&headers)
        };
        assert_eq!(id("RQ0123abcd").as_deref(), Some("RQ0123abcd"));
        assert_eq!(id("RQ 1\tok"), None);
        assert_eq!(id(&"R".repeat(65)), None);
    }
}
