//! How good a call was.

use serde::{Deserialize, Serialize};

use crate::sim::Sim;

/// The quality of a call as Voice Insights tells it; by default a good one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SimQuality {
    /// Jitter in milliseconds, on average.
    pub jitter_avg_ms: f64,
    /// The worst jitter in milliseconds.
    pub jitter_max_ms: f64,
    /// Packets lost, in per cent.
    pub loss_percent: f64,
    /// Latency inside of Twilio in milliseconds.
    pub latency_ms: f64,
    /// Post-dial delay in milliseconds.
    pub pdd_ms: u64,
    /// Such as `high_jitter`, `high_packet_loss`, `silence`.
    pub tags: Vec<String>,
}

impl Default for SimQuality {
    fn default() -> Self {
        Self {
            jitter_avg_ms: 0.5,
            jitter_max_ms: 2.5,
            loss_percent: 0.0,
            latency_ms: 40.0,
            pdd_ms: 900,
            tags: Vec::new(),
        }
    }
}

impl Sim {
    /// Says how good a call was, for Voice Insights. Gives whether it exists.
    pub fn set_quality(&self, call_sid: &str, quality: SimQuality) -> bool {
        let mut state = self.state();
        let entry = state.call_entry_mut(call_sid);
        entry.map(|entry| entry.call.quality = quality).is_some()
    }
}
