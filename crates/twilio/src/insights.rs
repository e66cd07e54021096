//! Voice Insights: how a call went and sounded. Only for accounts that bought its Advanced Features.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Method;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::open_enum::open_enum;
use crate::request::{Product, Request};
use crate::{CallSid, fields};

/// What of Voice Insights an account has. `None`: Twilio did not say.
///
/// Source: <https://www.twilio.com/docs/voice/voice-insights/api/settings-resource>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InsightsSettings {
    /// Whether summaries can be read. The customer pays for this by the minute.
    pub advanced_features: Option<bool>,
    /// Whether Twilio keeps the signalling of calls.
    pub voice_trace: Option<bool>,
}

open_enum! {
    /// Whether a summary is final.
    ProcessingState {
        /// It is, about half an hour after the call.
        Complete = "complete",
        /// It may change.
        Partial = "partial",
    }
}

open_enum! {
    /// How far a call came, in words that differ from [`crate::CallStatus`].
    InsightsCallState {
        /// Ringing.
        Ringing = "ringing",
        /// Answered.
        Answered = "answered",
        /// Answered and over.
        Completed = "completed",
        /// Over: engaged.
        Busy = "busy",
        /// Over: could not be connected.
        Fail = "fail",
        /// Over: rang unanswered.
        NoAnswer = "noanswer",
        /// Over: withdrawn before it was answered.
        Canceled = "canceled",
        /// Over: never dialled.
        Undialed = "undialed",
    }
}

open_enum! {
    /// Who hung up.
    DisconnectedBy {
        /// The one who called.
        Caller = "caller",
        /// The one who was called.
        Callee = "callee",
    }
}

/// How a call went and sounded. Twilio documents the inner parts loosely: one that cannot be read counts as missing.
///
/// Source: <https://www.twilio.com/docs/voice/voice-insights/api/call/call-summary-resource>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CallSummary {
    /// The call.
    pub call_sid: CallSid,
    /// Whether this is final.
    #[serde(default, deserialize_with = "fields::word")]
    pub processing_state: Option<ProcessingState>,
    /// How far the call came.
    #[serde(default, deserialize_with = "fields::word")]
    pub call_state: Option<InsightsCallState>,
    /// `carrier`, `sip`, `trunking`, `client`, `whatsapp` or another.
    #[serde(default, deserialize_with = "fields::text")]
    pub call_type: Option<String>,
    /// Who answered, when that was asked for.
    #[serde(default, deserialize_with = "fields::text")]
    pub answered_by: Option<String>,
    /// When Twilio took it on.
    #[serde(default, deserialize_with = "fields::date")]
    pub created_time: Option<DateTime<Utc>>,
    /// When dialling began.
    #[serde(default, deserialize_with = "fields::date")]
    pub start_time: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, deserialize_with = "fields::date")]
    pub end_time: Option<DateTime<Utc>>,
    /// From the start to the end.
    #[serde(default, deserialize_with = "fields::seconds")]
    pub duration: Option<Duration>,
    /// From the answer to the end.
    #[serde(default, deserialize_with = "fields::seconds")]
    pub connect_duration: Option<Duration>,
    /// What Twilio found wrong: `silence`, `high_jitter`, `high_packet_loss`, `high_pdd`, `high_latency` and others.
    #[serde(default, deserialize_with = "fields::list")]
    pub tags: Vec<String>,
    /// How it was set up and ended.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub properties: Option<CallProperties>,
    /// Sound where Twilio meets the telephone network.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub carrier_edge: Option<CallEdge>,
    /// Sound where Twilio meets a SIP peer.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub sip_edge: Option<CallEdge>,
    /// Sound where Twilio meets an app or browser.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub client_edge: Option<CallEdge>,
    /// Sound as the app or browser measured it.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub sdk_edge: Option<CallEdge>,
}

/// How a call was set up and ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CallProperties {
    /// `inbound`, `outbound_api`, `outbound_dial` or another.
    #[serde(default, deserialize_with = "fields::text")]
    pub direction: Option<String>,
    /// Who hung up.
    #[serde(default, deserialize_with = "fields::word")]
    pub disconnected_by: Option<DisconnectedBy>,
    /// Milliseconds from dialling to ringing (post-dial delay).
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub pdd_ms: Option<Decimal>,
    /// The last SIP answer, for instance `486` for engaged.
    #[serde(default, deserialize_with = "fields::code")]
    pub last_sip_response_num: Option<String>,
    /// The telephone network's reason for the end, by ITU-T Q.850.
    #[serde(default, deserialize_with = "fields::code")]
    pub q850_cause: Option<String>,
    /// Twilio's region the sound went through.
    #[serde(default, deserialize_with = "fields::text")]
    pub media_region: Option<String>,
}

/// Sound at one place where a call enters or leaves Twilio.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CallEdge {
    /// What was measured.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub metrics: Option<EdgeMetrics>,
}

/// What was measured at an edge, by direction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EdgeMetrics {
    /// Sound that came into Twilio.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub inbound: Option<StreamMetrics>,
    /// Sound that Twilio sent.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub outbound: Option<StreamMetrics>,
}

/// Sound in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StreamMetrics {
    /// How it is encoded.
    #[serde(default, deserialize_with = "fields::text")]
    pub codec_name: Option<String>,
    /// Packets that did not arrive.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub packets_lost: Option<Decimal>,
    /// Their share, in percent.
    #[serde(
        default,
        rename = "packets_loss_percentage",
        deserialize_with = "fields::optional_decimal"
    )]
    pub packet_loss_percent: Option<Decimal>,
    /// How unevenly packets arrived, in milliseconds.
    #[serde(default, rename = "jitter", deserialize_with = "fields::lenient")]
    pub jitter_ms: Option<Spread>,
    /// How long sound took through Twilio, in milliseconds.
    #[serde(default, rename = "latency", deserialize_with = "fields::lenient")]
    pub latency_ms: Option<Spread>,
}

/// An average and the worst.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Spread {
    /// Over the whole call.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub avg: Option<Decimal>,
    /// The worst moment.
    #[serde(default, deserialize_with = "fields::optional_decimal")]
    pub max: Option<Decimal>,
}

pub(crate) fn fetch_settings() -> Request {
    Request::to(
        "FetchAccountSettings",
        Method::GET,
        Product::Insights,
        "/v1/Voice/Settings",
    )
}

pub(crate) fn fetch_summary(call: &CallSid) -> Request {
    let path = format!("/v1/Voice/{call}/Summary");
    Request::to("FetchSummary", Method::GET, Product::Insights, path)
}
