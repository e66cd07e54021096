//! The section that says how much strangers may ask. What each setting does stands in `config.default.toml`.

use std::num::NonZeroU32;

use api::{ConnectionLimits, Rate, RateLimits, TrustedProxies};

use super::reader::Reader;

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// How often somebody may ask.
    pub rates: RateLimits,
    /// How many connections there may be, and how slow.
    pub connections: ConnectionLimits,
}

impl RequestLimits {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let principal = rate(reader, "limits.requests_per_minute", "limits.requests_at_once");
        let address = rate(
            reader,
            "limits.address_requests_per_minute",
            "limits.address_requests_at_once",
        );
        let failures = rate(reader, "limits.failures_per_minute", "limits.failures_at_once");
        let webhooks = rate(reader, "limits.webhooks_per_minute", "limits.webhooks_at_once");
        let in_all = reader.within("limits.connections", 10, 1_000_000);
        let per_address = reader.within("limits.connections_per_address", 1, 1_000_000);
        if let (Some(in_all), Some(per_address)) = (in_all, per_address)
            && per_address > in_all
        {
            let why = "must not be more than limits.connections, or one address can keep all others out";
            reader.refuse("limits.connections_per_address", why);
        }
        let head_within = reader.seconds("limits.head_s", 1, 600);
        let read_within = reader.seconds("limits.unread_s", 1, 600);
        Some(Self {
            rates: RateLimits {
                principal: principal?,
                address: address?,
                failures: failures?,
                webhooks: webhooks?,
            },
            connections: ConnectionLimits {
                proxies: TrustedProxies::default(),
                in_all: in_all?,
                per_address: per_address?,
                head_within: head_within?,
                read_within: read_within?,
            },
        })
    }
}

fn rate(reader: &mut Reader, per_minute: &str, burst: &str) -> Option<Rate> {
    const MOST: NonZeroU32 = NonZeroU32::new(10_000_000).unwrap();
    let per_minute = reader.within(per_minute, NonZeroU32::MIN, MOST);
    let burst = reader.within(burst, NonZeroU32::MIN, MOST);
    Some(Rate {
        per_minute: per_minute?,
        burst: burst?,
    })
}
