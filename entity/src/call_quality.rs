//! How a call sounded, as it is kept in a JSON column.

use rust_decimal::Decimal;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// What Twilio's Voice Insights measured. Figures that Twilio did not tell are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct CallQuality {
    /// Whether Twilio may still change it.
    pub is_partial: bool,
    /// What Twilio found wrong, in its words, such as `high_jitter`.
    pub tags: Vec<String>,
    /// Who hung up: `caller` or `callee`.
    pub disconnected_by: Option<String>,
    /// Milliseconds from dialling to ringing (post-dial delay).
    pub post_dial_delay_ms: Option<Decimal>,
    /// What was measured, one entry a place and direction.
    pub streams: Vec<StreamQuality>,
}

/// Sound at one place where a call enters or leaves Twilio, in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamQuality {
    /// `carrier`, `sip`, `client` or `sdk`.
    pub edge: String,
    /// `inbound` for what came into Twilio, `outbound` for what Twilio sent.
    pub direction: String,
    /// How it was encoded.
    pub codec: Option<String>,
    /// The average jitter in milliseconds.
    pub jitter_avg_ms: Option<Decimal>,
    /// The worst jitter in milliseconds.
    pub jitter_max_ms: Option<Decimal>,
    /// Packets that did not arrive, in percent.
    pub packet_loss_percent: Option<Decimal>,
    /// How long sound took through Twilio on average, in milliseconds.
    pub latency_avg_ms: Option<Decimal>,
}
