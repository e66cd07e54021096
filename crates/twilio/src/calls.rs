//! Calls: placing, reading, ending and listing them.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::open_enum::open_enum;
use crate::page::Listed;
use crate::request::Request;
use crate::{AccountSid, CallSid, fields};

open_enum! {
    /// How far a call is.
    CallStatus {
        /// Waiting to be dialled, for hours when many calls wait.
        Queued = "queued",
        /// Dialling. Only in callbacks.
        Initiated = "initiated",
        /// Ringing.
        Ringing = "ringing",
        /// Answered.
        InProgress = "in-progress",
        /// Answered and over.
        Completed = "completed",
        /// Over: engaged.
        Busy = "busy",
        /// Over: could not be connected.
        Failed = "failed",
        /// Over: rang unanswered.
        NoAnswer = "no-answer",
        /// Over: withdrawn before it was answered.
        Canceled = "canceled",
    }
}

impl CallStatus {
    /// Whether the call is over, so that no other status can follow.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        match self {
            Self::Completed | Self::Busy | Self::Failed | Self::NoAnswer | Self::Canceled => true,
            Self::Queued | Self::Initiated | Self::Ringing | Self::InProgress | Self::Other(_) => false,
        }
    }
}

open_enum! {
    /// Which way a call goes.
    CallDirection {
        /// To a number of the account.
        Inbound = "inbound",
        /// Placed through the REST API.
        OutboundApi = "outbound-api",
        /// Placed by `<Dial>`.
        OutboundDial = "outbound-dial",
        /// Out of the customer's own exchange through a SIP trunk.
        TrunkingTerminating = "trunking-terminating",
        /// Into the customer's own exchange through a SIP trunk.
        TrunkingOriginating = "trunking-originating",
    }
}

/// A call as Twilio keeps it. It lags behind the callbacks and has no error code.
///
/// Source: <https://www.twilio.com/docs/voice/api/call-resource>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Call {
    /// The call leg.
    pub sid: CallSid,
    /// The account billed.
    pub account_sid: AccountSid,
    /// The leg this one was dialled from.
    #[serde(default, deserialize_with = "fields::text")]
    pub parent_call_sid: Option<String>,
    /// The account's number that took part.
    #[serde(default, deserialize_with = "fields::text")]
    pub phone_number_sid: Option<String>,
    /// Who is called: a number, `client:` or `sip:` address.
    #[serde(default, deserialize_with = "fields::text")]
    pub to: Option<String>,
    /// Who calls: the same, or a word such as `anonymous`.
    #[serde(default, deserialize_with = "fields::text")]
    pub from: Option<String>,
    /// How far it is.
    pub status: CallStatus,
    /// Which way it goes.
    pub direction: Option<CallDirection>,
    /// Who answered, when that was asked for: `human`, `machine_start` and others.
    #[serde(default, deserialize_with = "fields::text")]
    pub answered_by: Option<String>,
    /// When dialling began; `None` while queued.
    #[serde(default, deserialize_with = "fields::date")]
    pub start_time: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, deserialize_with = "fields::date")]
    pub end_time: Option<DateTime<Utc>>,
    /// How long they spoke; `None` while it runs and when nobody answered.
    #[serde(default, deserialize_with = "fields::seconds")]
    pub duration: Option<Duration>,
    /// How long it waited to be dialled.
    #[serde(default, deserialize_with = "fields::milliseconds")]
    pub queue_time: Option<Duration>,
    /// What the connection cost, below zero, in `price_unit`; `None` until some time after the end.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub price: Option<Decimal>,
    /// The currency's ISO 4217 code.
    #[serde(default, deserialize_with = "fields::text")]
    pub price_unit: Option<String>,
    /// When Twilio took it on.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_created: Option<DateTime<Utc>>,
    /// When Twilio last changed its record.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_updated: Option<DateTime<Utc>>,
}

/// What Twilio does with a call once it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallInstructions {
    /// It posts to this address, which answers TwiML.
    Url(String),
    /// This TwiML, up to 4000 characters.
    Twiml(String),
}

/// What a status callback is sent for. Without any Twilio tells of the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEvent {
    /// Dialling began.
    Initiated,
    /// It rings.
    Ringing,
    /// It was answered.
    Answered,
    /// It is over, however it ended.
    Completed,
}

impl CallEvent {
    /// Every event, in the order of a call.
    pub const ALL: [Self; 4] = [Self::Initiated, Self::Ringing, Self::Answered, Self::Completed];

    /// The event as Twilio writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Completed => "completed",
        }
    }
}

/// A call to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCall {
    /// Who is called: E.164, or a `sip:` or `client:` address.
    pub to: String,
    /// The caller shown: a number of the account or a verified caller id, in E.164.
    pub from: String,
    /// What happens when it is answered.
    pub instructions: CallInstructions,
    /// Where Twilio asks when the address of [`CallInstructions::Url`] fails.
    pub fallback_url: Option<String>,
    /// Where Twilio posts the events.
    pub status_callback: Option<String>,
    /// Which events.
    pub status_callback_events: Vec<CallEvent>,
    /// How long it rings, in whole seconds up to 600; Twilio takes 60 unless told.
    pub timeout: Option<Duration>,
    /// How long it may last once answered, in whole seconds.
    pub time_limit: Option<Duration>,
}

/// How to end a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndCall {
    /// Hang up, also a call in progress.
    Completed,
    /// Withdraw a call that is queued or rings; an answered one goes on.
    Canceled,
}

/// Which calls to list. Days are days in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFilter {
    /// Called this number, exactly.
    pub to: Option<String>,
    /// From this number, exactly.
    pub from: Option<String>,
    /// In this status.
    pub status: Option<CallStatus>,
    /// Started on this day or later. Leaves out queued calls, which have not started.
    pub started_after: Option<NaiveDate>,
    /// Started on an earlier day than this. Leaves out queued calls too.
    pub started_before: Option<NaiveDate>,
    /// Calls asked for in one request, brought within 1 to 1000.
    pub page_size: u16,
    /// The most calls to answer; reading stops there.
    pub limit: usize,
}

impl Default for CallFilter {
    /// Every call, up to 1000.
    fn default() -> Self {
        Self {
            to: None,
            from: None,
            status: None,
            started_after: None,
            started_before: None,
            page_size: 50,
            limit: 1000,
        }
    }
}

impl Listed for Call {
    const KEY: &'static str = "calls";

    fn identity(&self) -> Cow<'_, str> {
        self.sid.as_str().into()
    }
}

pub(crate) fn create(account: &AccountSid, call: &NewCall) -> Request {
    let request = Request::post("CreateCall", account, "/Calls")
        .field("To", &call.to)
        .field("From", &call.from);
    let mut request = match &call.instructions {
        CallInstructions::Url(url) => request.field("Url", url),
        CallInstructions::Twiml(twiml) => request.field("Twiml", twiml),
    }
    .optional_field("FallbackUrl", call.fallback_url.as_ref())
    .optional_field("StatusCallback", call.status_callback.as_ref())
    .optional_field("Timeout", call.timeout.map(|time| time.as_secs().to_string()))
    .optional_field("TimeLimit", call.time_limit.map(|time| time.as_secs().to_string()));
    for event in &call.status_callback_events {
        request = request.field("StatusCallbackEvent", event.as_str());
    }
    request
}

pub(crate) fn fetch(account: &AccountSid, sid: &CallSid) -> Request {
    Request::get("FetchCall", account, &format!("/Calls/{sid}"))
}

pub(crate) fn end(account: &AccountSid, sid: &CallSid, how: EndCall) -> Request {
    let status = match how {
        EndCall::Completed => "completed",
        EndCall::Canceled => "canceled",
    };
    Request::post("UpdateCall", account, &format!("/Calls/{sid}")).field("Status", status)
}

pub(crate) fn list(account: &AccountSid, filter: &CallFilter) -> Request {
    let limit = u16::try_from(filter.limit).unwrap_or(u16::MAX);
    let mut request = Request::get("ListCall", account, "/Calls").page_size(filter.page_size.min(limit));
    for (name, value) in [("To", &filter.to), ("From", &filter.from)] {
        if let Some(value) = value {
            request = request.query(name, value);
        }
    }
    if let Some(status) = &filter.status {
        request = request.query("Status", status.as_str());
    }
    // The comparison is part of the parameter's name: `StartTime>=2026-01-31` on the wire.
    for (name, day) in [
        ("StartTime>", filter.started_after),
        ("StartTime<", filter.started_before),
    ] {
        if let Some(day) = day {
            request = request.query(name, day.format("%Y-%m-%d").to_string());
        }
    }
    request
}
