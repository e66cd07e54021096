//! How a call sounded.

use ::entity::Amount;
use ::entity::call_quality;
use async_graphql::SimpleObject;

use super::money::Decimal;

/// How a call sounded, by Twilio's Voice Insights. Known about half an hour after the call's end, and only where the account has the
/// Advanced Features of Voice Insights: Callab never switches them on, as the customer would pay for them.
#[derive(SimpleObject)]
pub struct CallQuality {
    /// Whether Twilio may still change it.
    is_partial: bool,
    /// What Twilio found wrong, in its words. Example: `high_jitter`.
    tags: Vec<String>,
    /// Who hung up: `caller` or `callee`; null where Twilio does not say.
    disconnected_by: Option<String>,
    /// Milliseconds from dialling to ringing. Example: `"2130"`.
    post_dial_delay_ms: Option<Decimal>,
    /// What was measured, one entry a place and direction.
    streams: Vec<CallStreamQuality>,
}

/// Sound at one place where a call enters or leaves Twilio, in one direction. A figure that Twilio did not tell is null.
#[derive(SimpleObject)]
pub struct CallStreamQuality {
    /// The place: `carrier`, `sip`, `client` or `sdk`.
    edge: String,
    /// `inbound` for what came into Twilio, `outbound` for what Twilio sent.
    direction: String,
    /// How it was encoded. Example: `pcmu`.
    codec: Option<String>,
    /// The average jitter in milliseconds; above 5 it can be heard. Example: `"2.1"`.
    jitter_avg_ms: Option<Decimal>,
    /// The worst jitter in milliseconds; above 30 it can be heard. Example: `"12"`.
    jitter_max_ms: Option<Decimal>,
    /// Packets that did not arrive, in percent; above 5 it can be heard. Example: `"0.4"`.
    packet_loss_percent: Option<Decimal>,
    /// How long sound took through Twilio on average, in milliseconds. Example: `"48"`.
    latency_avg_ms: Option<Decimal>,
}

impl From<call_quality::CallQuality> for CallQuality {
    fn from(quality: call_quality::CallQuality) -> Self {
        Self {
            is_partial: quality.is_partial,
            tags: quality.tags,
            disconnected_by: quality.disconnected_by,
            post_dial_delay_ms: quality.post_dial_delay_ms.map(Amount).map(Decimal),
            streams: quality.streams.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<call_quality::StreamQuality> for CallStreamQuality {
    fn from(stream: call_quality::StreamQuality) -> Self {
        Self {
            edge: stream.edge,
            direction: stream.direction,
            codec: stream.codec,
            jitter_avg_ms: stream.jitter_avg_ms.map(Amount).map(Decimal),
            jitter_max_ms: stream.jitter_max_ms.map(Amount).map(Decimal),
            packet_loss_percent: stream.packet_loss_percent.map(Amount).map(Decimal),
            latency_avg_ms: stream.latency_avg_ms.map(Amount).map(Decimal),
        }
    }
}
