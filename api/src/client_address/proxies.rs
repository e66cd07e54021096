//! The proxies that are trusted to name the client they ask for.
//!
//! They do so in `X-Forwarded-For`, each adding at the right the address that it was asked from. What stands left of the first address
//! that is no trusted proxy's was written by a stranger. `Forwarded` (RFC 7239) is not read: a proxy that knows one of the two headers
//! passes the other on as the client wrote it.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The header in which proxies name the client.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// One network of proxies, such as `10.0.0.0/8`; a lone address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy(IpNet);

/// Why a text names no network of proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    /// It is no address and no network.
    #[error("neither an address nor a network such as 10.0.0.0/8")]
    NoNetwork,
    /// Bits are set behind the prefix: either of the two may be meant.
    #[error("a network with bits behind its prefix: write 10.0.0.0/8, or 10.0.0.1 for one address")]
    BitsBehindPrefix,
    /// Everybody would be a proxy, and could name any address as theirs.
    #[error("everybody: then any client could name any address as its own")]
    Everybody,
    /// An IPv4 address in the clothes of IPv6 is compared as what it is.
    #[error("an IPv4 network written as IPv6: write it as 10.0.0.0/8")]
    Mapped,
}

impl FromStr for Proxy {
    type Err = BadProxy;

    fn from_str(text: &str) -> Result<Self, BadProxy> {
        let network = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => text.parse::<IpNet>().map_err(|_| BadProxy::NoNetwork)?,
        };
        if network.prefix_len() == 0 {
            return Err(BadProxy::Everybody);
        }
        if network.addr() != network.addr().to_canonical() {
            return Err(BadProxy::Mapped);
        }
        if network != network.trunc() {
            return Err(BadProxy::BitsBehindPrefix);
        }
        Ok(Self(network))
    }
}

/// All of them; none unless they are configured. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[Proxy]>);

impl Default for TrustedProxies {
    /// Nobody is trusted.
    fn default() -> Self {
        Self(Arc::new([]))
    }
}

impl FromIterator<Proxy> for TrustedProxies {
    fn from_iter<T: IntoIterator<Item = Proxy>>(proxies: T) -> Self {
        Self(proxies.into_iter().collect())
    }
}

impl TrustedProxies {
    /// Whether the address is a trusted proxy's.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|proxy| proxy.0.contains(&address))
    }

    /// The address of the client: the peer's own, or, where the peer is trusted, the right-most one in `X-Forwarded-For` that is no
    /// trusted proxy's. What cannot be read there ends the search: the proxy next to it is the last that is known.
    #[must_use]
    pub fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut known = peer.to_canonical();
        let mut lines = headers.get_all(FORWARDED_FOR).iter().collect::<Vec<_>>();
        lines.reverse();
        let mut named = lines
            .into_iter()
            .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
            .map(address_in);
        while self.has(known)
            && let Some(Some(next)) = named.next()
        {
            known = next.to_canonical();
        }
        known
    }
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address_in(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Ok(with_port) = text.parse::<SocketAddr>() {
        return Some(with_port.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(networks: &[&str]) -> TrustedProxies {
        networks.iter().map(|network| network.parse().unwrap()).collect()
    }

    fn client(proxies: &TrustedProxies, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        headers.insert("forwarded", "for=198.51.100.99".parse().unwrap());
        headers.insert("x-real-ip", "198.51.100.98".parse().unwrap());
        proxies.client_of(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_who_they_are() {
        for proxies in [TrustedProxies::default(), trusted(&["10.0.0.0/8"])] {
            assert_eq!(client(&proxies, "203.0.113.9", &["192.0.2.1"]), "203.0.113.9");
            assert_eq!(
                client(&proxies, "203.0.113.9", &["10.0.0.1", "192.0.2.1"]),
                "203.0.113.9"
            );
        }
    }

    #[test]
    fn of_a_trusted_proxy_the_right_most_address_that_is_none_counts() {
        let proxies = trusted(&["10.0.0.0/8", "2001:db8:f::/48", "192.0.2.53"]);
        for (peer, lines, expected) in [
            ("10.0.0.1", &["198.51.100.7"][..], "198.51.100.7"),
            ("10.0.0.1", &["1.2.3.4, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["1.2.3.4, 198.51.100.7, 10.9.9.9"], "198.51.100.7"),
            (
                "10.0.0.1",
                &["1.2.3.4", "198.51.100.7", "10.9.9.9,192.0.2.53"],
                "198.51.100.7",
            ),
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
            ("2001:db8:f::1", &["[2001:db8:1::7]:4711"], "2001:db8:1::7"),
            ("10.0.0.1", &["[2001:db8:1::7]"], "2001:db8:1::7"),
            ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            // Who is in the network of the proxies and asks through one is the left-most that is known.
            ("10.0.0.1", &["10.2.2.2, 10.3.3.3"], "10.2.2.2"),
            // Nothing, or nothing that can be read: the proxy itself.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7, _hidden, 10.9.9.9"], "10.9.9.9"),
            ("10.0.0.1", &["198.51.100.7,"], "10.0.0.1"),
        ] {
            assert_eq!(client(&proxies, peer, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_network_is_written_so_that_one_thing_alone_can_be_meant() {
        for (text, bad) in [
            ("10.0.0.0/8", None),
            ("10.1.2.3", None),
            ("2001:db8::/32", None),
            ("::1", None),
            ("proxy.internal", Some(BadProxy::NoNetwork)),
            ("10.0.0.0/33", Some(BadProxy::NoNetwork)),
            ("10.0.0.1:80", Some(BadProxy::NoNetwork)),
            ("*", Some(BadProxy::NoNetwork)),
            ("10.0.0.1/8", Some(BadProxy::BitsBehindPrefix)),
            ("0.0.0.0/0", Some(BadProxy::Everybody)),
            ("::/0", Some(BadProxy::Everybody)),
            ("::ffff:10.0.0.0/104", Some(BadProxy::Mapped)),
        ] {
            assert_eq!(text.parse::<Proxy>().err(), bad, "{text}");
        }
    }
}
