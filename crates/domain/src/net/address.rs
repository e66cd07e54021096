//! Which addresses are on the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use iprfc::RFC6890;

/// A public address by its number that leads to Azure's own services in each of its machines.
/// Source: <https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16>
const AZURE_WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Whether an address is one of the public internet: not of this machine, a private network, a link, a carrier's network, a group, a
/// cloud's metadata, or one that carries an IPv4 address inside of an IPv6 one.
///
/// What IANA's registries list for a special purpose is not public, whatever the purpose. Sources:
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>, <https://www.iana.org/assignments/iana-ipv6-special-registry>
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_multicast() && v4 != AZURE_WIRE_SERVER && !RFC6890.contains(&v4),
        IpAddr::V6(v6) => is_global_unicast(v6) && !RFC6890.contains(&v6),
    }
}

/// `2000::/3`: all that was ever given out. Mapped and translated IPv4 addresses, and private ones, lie outside of it.
/// Source: <https://www.iana.org/assignments/ipv6-address-space>
fn is_global_unicast(v6: Ipv6Addr) -> bool {
    v6.segments()[0] & 0xe000 == 0x2000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for (address, what) in [
            ("0.0.0.0", "this host"),
            ("0.1.2.3", "this network"),
            ("10.0.0.1", "private"),
            ("100.64.0.1", "a carrier's network"),
            ("100.100.100.200", "Alibaba's metadata"),
            ("127.0.0.1", "this machine"),
            ("127.8.9.10", "this machine"),
            ("168.63.129.16", "Azure's own services"),
            ("169.254.169.254", "metadata"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.0.0.192", "Oracle's metadata"),
            ("192.0.2.1", "documentation"),
            ("192.88.99.1", "a relay"),
            ("192.168.1.1", "private"),
            ("198.18.0.1", "benchmarks"),
            ("198.51.100.1", "documentation"),
            ("203.0.113.1", "documentation"),
            ("224.0.0.1", "a group"),
            ("239.255.255.255", "a group"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "everybody on the link"),
            ("::", "this host"),
            ("::1", "this machine"),
            ("::127.0.0.1", "an IPv4 address, compatible"),
            ("::ffff:127.0.0.1", "an IPv4 address, mapped"),
            ("::ffff:93.184.216.34", "an IPv4 address, mapped: whatever it is"),
            ("::ffff:0:10.0.0.1", "an IPv4 address, translated"),
            ("64:ff9b::10.0.0.1", "an IPv4 address behind NAT64"),
            ("64:ff9b:1::a00:1", "an IPv4 address behind a NAT64 of one's own"),
            ("100::1", "discarded"),
            ("2001::1", "Teredo"),
            ("2001:db8::1", "documentation"),
            ("2002:a00:1::1", "an IPv4 address, 6to4"),
            ("3fff::1", "documentation"),
            ("fc00::1", "private"),
            ("fd00:ec2::254", "Amazon's metadata"),
            ("fe80::1", "the link"),
            ("fec0::1", "a site"),
            ("ff02::1", "a group"),
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}: {what}");
        }
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "192.1.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
