//! Whose address a request is counted, audited and logged under.
//!
//! It is the peer's, unless that is a proxy of ours: only then is the header believed in which proxies tell for whom they ask. The one
//! place that looks at it. No host, scheme or port is ever taken from a header: what Twilio signed and what is given out comes from the
//! configured public address.

mod proxies;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::Extensions;
use axum::http::request::Parts;

pub use proxies::{BadProxy, Proxy, TrustedProxies};

/// The address of the one who asks; none where there is no connection, as in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(of(&parts.extensions)))
    }
}

/// The address of the one who asks, of a request that has passed through the layers of [`crate::router`].
#[must_use]
pub fn of(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ClientAddress>()?.0
}

/// Finds out who asks, once, for all that comes after.
#[must_use]
pub fn find_out(proxies: &TrustedProxies, mut request: Request) -> Request {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let client = peer.map(|peer| proxies.client_of(peer.0.ip(), request.headers()));
    request.extensions_mut().insert(ClientAddress(client));
    request
}

/// What an address is counted under. A customer of IPv6 has a network of 64 bits at least, and would else have as many addresses as
/// they like.
#[must_use]
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_counted_as_one_and_ipv4_by_address() {
        for (address, under) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::1", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(counted(address).to_string(), under);
        }
    }
}
