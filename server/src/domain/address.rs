//! Whose address a request comes from, and which addresses count as one. Pure.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::Deserialize;

/// Proxies whose word about the client is taken. Empty: nobody's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TrustedProxies(Vec<IpNet>);

/// A text that is no list of networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an address nor a network such as 10.0.0.0/8 or fd00::/8")]
pub struct NoNetwork(String);

impl FromStr for TrustedProxies {
    type Err = NoNetwork;

    /// Addresses and networks (CIDR), separated by commas.
    fn from_str(s: &str) -> Result<Self, NoNetwork> {
        let network = |text: &str| {
            let address = || text.parse::<IpAddr>().map(IpNet::from);
            text.parse::<IpNet>()
                .or_else(|_| address())
                .map_err(|_| NoNetwork(text.to_owned()))
        };
        s.split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TryFrom<String> for TrustedProxies {
    type Error = NoNetwork;
    fn try_from(text: String) -> Result<Self, NoNetwork> {
        text.parse()
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&networks.join(","))
    }
}

impl TrustedProxies {
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        // An IPv4 peer of a dual-stack socket is written ::ffff:a.b.c.d.
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client behind `peer`. `hops` is what proxies wrote down, the nearest last; `None` is an
    /// entry that names no address. Read from the right: what a trusted proxy wrote is believed,
    /// what the first stranger says of those before it is not.
    pub fn client(&self, peer: IpAddr, hops: &[Option<IpAddr>]) -> IpAddr {
        let mut nearest = peer.to_canonical();
        for hop in hops.iter().rev() {
            if !self.contains(nearest) {
                break;
            }
            match hop {
                Some(address) => nearest = address.to_canonical(),
                None => break,
            }
        }
        nearest
    }
}

/// What limits count by: an IPv4 address, or the /64 of an IPv6 one, which is the smallest network
/// a customer is given (RFC 6177) and all theirs to choose addresses from.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_table_of_who_the_client_is() {
        let trusted: TrustedProxies = "10.0.0.0/8, ::1, fd00::/8".parse().unwrap();
        let table: &[(&str, &[&str], &str)] = &[
            ("192.0.2.1", &[], "192.0.2.1"),
            ("192.0.2.1", &["203.0.113.9"], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.7", "203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["203.0.113.9", "10.1.2.3"], "203.0.113.9"),
            (
                "10.0.0.1",
                &["198.51.100.7", "203.0.113.9", "fd00::5"],
                "203.0.113.9",
            ),
            ("::1", &["10.1.2.3", "10.1.2.4"], "10.1.2.3"),
            ("10.0.0.1", &["198.51.100.7", "?", "10.1.2.3"], "10.1.2.3"),
            ("10.0.0.1", &["198.51.100.7", "?"], "10.0.0.1"),
        ];
        for (peer, hops, client) in table {
            let hops: Vec<Option<IpAddr>> = hops.iter().map(|h| h.parse().ok()).collect();
            assert_eq!(
                trusted.client(ip(peer), &hops),
                ip(client),
                "{peer} {hops:?}"
            );
        }
        let nobody = TrustedProxies::default();
        assert_eq!(
            nobody.client(ip("10.0.0.1"), &[Some(ip("203.0.113.9"))]),
            ip("10.0.0.1")
        );
    }

    #[test]
    fn a_customer_of_ipv6_is_one_network() {
        assert_eq!(network(ip("2001:db8::1")), network(ip("2001:db8::ffff:1")));
        assert_ne!(network(ip("2001:db8::1")), network(ip("2001:db8:0:1::1")));
        assert_ne!(network(ip("192.0.2.1")), network(ip("192.0.2.2")));
        assert_eq!(network(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
    }

    #[test]
    fn a_network_that_is_none_is_named() {
        let error = "10.0.0.0/8,nginx".parse::<TrustedProxies>().unwrap_err();
        assert!(error.to_string().contains("nginx"), "{error}");
        assert!("10.0.0.0/33".parse::<TrustedProxies>().is_err());
        assert!(" ".parse::<TrustedProxies>().unwrap().is_empty());
    }
}
