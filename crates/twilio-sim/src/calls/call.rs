//! What is remembered of a call, for the API and for tests that look.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::quality::SimQuality;
use crate::alerts::{LogLevel, SimAlert};
use crate::form::Pairs;

/// A call's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallStatus {
    /// Accepted, not dialled yet.
    Queued,
    /// Ringing.
    Ringing,
    /// Answered.
    InProgress,
    /// Answered and ended.
    Completed,
    /// The called line was busy, or the call was rejected as busy.
    Busy,
    /// Could not be connected.
    Failed,
    /// Nobody answered.
    NoAnswer,
    /// Ended by the API before anybody answered.
    Canceled,
}

impl CallStatus {
    /// As it stands in JSON and webhooks.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
        }
    }

    /// Whether nothing can follow it.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Ringing | Self::InProgress)
    }
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallDirection {
    /// Someone called one of the numbers.
    Inbound,
    /// Placed by the REST API.
    OutboundApi,
    /// Placed by `<Dial>`.
    OutboundDial,
}

impl CallDirection {
    /// As it stands in JSON and webhooks.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OutboundApi => "outbound-api",
            Self::OutboundDial => "outbound-dial",
        }
    }
}

/// Who ended a call before its `TwiML` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HangUp {
    /// The one who called.
    Caller,
    /// The one who was called.
    Callee,
    /// A REST request.
    Api,
    /// The time limit of the call.
    TimeLimit,
    /// The simulator was stopped.
    Shutdown,
}

/// A call as it stands, with everything that happened on it.
#[derive(Debug, Clone, Serialize)]
pub struct SimCall {
    /// `CA` and 32 hex digits.
    pub sid: String,
    /// Its account; empty when someone dialled a number nobody has.
    pub account_sid: String,
    /// The call whose `<Dial>` placed it.
    pub parent_call_sid: Option<String>,
    /// The caller: E.164, `sip:`, `client:` or text such as `anonymous`.
    pub from: String,
    /// The called: E.164, `sip:` or `client:`.
    pub to: String,
    /// The number of the account that it came in on or went out from.
    pub phone_number_sid: Option<String>,
    /// Who called whom.
    pub direction: CallDirection,
    /// Its status.
    pub status: CallStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was dialled.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// `human` or `machine_start`, where machine detection was asked for.
    pub answered_by: Option<String>,
    /// What it cost: a negative decimal as text, some time after its end.
    pub price: Option<String>,
    /// ISO 4217, upper case.
    pub price_unit: String,
    /// The SIP trunk that took it.
    pub trunk_sid: Option<String>,
    /// How the far end's SIP side answered.
    pub sip_response_code: Option<u16>,
    /// Who ended it, if its `TwiML` did not.
    pub hung_up_by: Option<HangUp>,
    /// Whether it has ended and its last callback was delivered.
    pub is_over: bool,
    /// Everything that happened, in order.
    pub events: Vec<CallEvent>,
    /// Its media streams.
    pub streams: Vec<SimStream>,
    /// What Twilio noted about it.
    pub notifications: Vec<Notification>,
    /// How good it was, for Voice Insights.
    pub quality: SimQuality,
}

/// Something that happened on a call.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CallEvent {
    /// It took a status.
    Status {
        /// The new one.
        status: CallStatus,
    },
    /// A request to the customer's server, with its answer.
    Webhook(Box<WebhookExchange>),
    /// A `TwiML` verb was obeyed.
    Verb {
        /// Its name.
        name: String,
        /// What it was told: the text said, the address dialled.
        detail: String,
    },
    /// It was handed to the SIP trunk of the number; no webhook is asked.
    SentToTrunk {
        /// `TK` and 32 hex digits.
        trunk_sid: String,
    },
    /// Another region than that of the account answered it; no webhook is asked.
    AnsweredInRegion {
        /// `us1`, `ie1` or `au1`.
        region: String,
    },
    /// It was handed to the `TwiML` application of the number; the number's own voice URL is not asked.
    SentToApplication {
        /// `AP` and 32 hex digits.
        application_sid: String,
    },
}

/// Why a request was made to the customer's server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookPurpose {
    /// For `TwiML`: a voice URL, a `<Redirect>`.
    Twiml,
    /// For `TwiML`, after the first address failed.
    Fallback,
    /// For `TwiML`, after a `<Connect>` or `<Dial>`.
    Action,
    /// To tell of the call's progress.
    Status,
    /// To tell of a media stream.
    Stream,
}

/// One attempt of a request to the customer's server.
#[derive(Debug, Clone, Serialize)]
pub struct WebhookExchange {
    /// What for.
    pub purpose: WebhookPurpose,
    /// `GET` or `POST`.
    pub method: String,
    /// The URL as configured.
    pub url: String,
    /// The parameters; with GET they went into the query.
    pub parameters: Pairs,
    /// From 1; retries carry the same idempotency token.
    pub attempt: u32,
    /// `I-Twilio-Idempotency-Token`.
    pub idempotency_token: String,
    /// The answer's status, if there was one.
    pub status: Option<u16>,
    /// The answer's body, or why there was none.
    pub body: String,
}

/// How a media stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamEnd {
    /// The agent closed the socket.
    Agent,
    /// The call ended.
    Call,
    /// The connection broke, or could not be made.
    Error,
}

/// A media stream and what went over it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SimStream {
    /// `MZ` and 32 hex digits.
    pub sid: String,
    /// Where it went.
    pub url: String,
    /// The `<Parameter>`s, as sent in `start`.
    pub custom_parameters: BTreeMap<String, String>,
    /// Media messages sent to the agent, 20 ms each.
    pub frames_sent: u64,
    /// Media messages received from the agent.
    pub frames_received: u64,
    /// Audio bytes received from the agent; 8000 are a second.
    pub bytes_received: u64,
    /// Marks given back to the agent, by name.
    pub marks_returned: Vec<String>,
    /// `clear` messages received.
    pub clears: u64,
    /// How it ended; `None` while it is open.
    pub ended: Option<StreamEnd>,
}

/// An error or a warning Twilio notes about a call; the account's error log has it too.
#[derive(Debug, Clone, Serialize)]
pub struct Notification {
    /// `NO` and 32 hex digits, as the alert of the account has it.
    pub sid: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Twilio's error code.
    pub error_code: u32,
    /// An error; otherwise a warning.
    pub is_error: bool,
    /// What happened.
    pub message: String,
    /// The request that failed, if one did; otherwise empty.
    pub request_url: String,
    /// Its method; otherwise empty.
    pub request_method: String,
}

impl Notification {
    pub(crate) fn of(alert: &SimAlert) -> Self {
        Self {
            sid: alert.sid.clone(),
            at: alert.at,
            error_code: alert.error_code,
            is_error: alert.log_level == LogLevel::Error,
            message: alert.message.clone(),
            request_url: alert.request.url.clone(),
            request_method: alert.request.method.clone(),
        }
    }
}

impl SimCall {
    /// Billed seconds, at least 1; nothing unless it was answered and has ended.
    #[must_use]
    pub fn duration_seconds(&self) -> Option<i64> {
        let (answered, ended) = self.answered_at.zip(self.ended_at)?;
        let millis = (ended - answered).num_milliseconds().max(1);
        Some((millis + 999) / 1000)
    }

    /// The requests made to the customer's server, in order.
    pub fn webhooks(&self) -> impl Iterator<Item = &WebhookExchange> {
        self.events.iter().filter_map(|event| {
            if let CallEvent::Webhook(exchange) = event {
                Some(&**exchange)
            } else {
                None
            }
        })
    }

    /// The requests made for one purpose, in order.
    pub fn webhooks_for(&self, purpose: WebhookPurpose) -> impl Iterator<Item = &WebhookExchange> {
        self.webhooks().filter(move |exchange| exchange.purpose == purpose)
    }

    /// The names of the `TwiML` verbs obeyed, in order.
    #[must_use]
    pub fn verbs(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| {
                if let CallEvent::Verb { name, .. } = event {
                    Some(name.as_str())
                } else {
                    None
                }
            })
            .collect()
    }

    /// The error codes noted, in order.
    #[must_use]
    pub fn error_codes(&self) -> Vec<u32> {
        self.notifications
            .iter()
            .map(|notification| notification.error_code)
            .collect()
    }
}
