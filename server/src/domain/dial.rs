//! Which addresses the server may be sent to by people: public ones, and those of networks that its operator names; never those
//! where clouds keep credentials of their machines. Pure.
//!
//! What counts as public: the IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates), read as a list of what
//! is not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::TrustedProxies;

/// Which addresses may be dialled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DialRule {
    /// Networks that may be dialled although they are not public, and without TLS.
    allowed: TrustedProxies,
}

impl DialRule {
    pub const fn new(allowed: TrustedProxies) -> Self {
        Self { allowed }
    }

    /// Whether `address` may be dialled; `tls`: what is said there is protected.
    pub fn permits(&self, address: IpAddr, tls: bool) -> bool {
        !is_metadata(address) && (self.allowed.contains(address) || (tls && is_public(address)))
    }
}

/// Whether a cloud tells a machine there about itself, credentials among it, or may do so: no setting permits such an address,
/// not even one that names a network around it. What is link-local counts whole.
pub fn is_metadata(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_metadata_v4(v4),
        IpAddr::V6(v6) => is_metadata_v6(v6) || inside(v6).into_iter().any(is_metadata_v4),
    }
}

const fn is_metadata_v4(v4: Ipv4Addr) -> bool {
    matches!(
        v4.octets(),
        // Link-local (RFC 3927): of most clouds, and of containers in them.
        [169, 254, ..]
            // Alibaba Cloud, among what carriers share.
            | [100, 100, 100, 200]
            // Azure's host, a public address.
            | [168, 63, 129, 16]
            // Oracle's older cloud.
            | [192, 0, 0, 192]
    )
}

fn is_metadata_v6(v6: Ipv6Addr) -> bool {
    match v6.segments() {
        // AWS: all that it offers to its machines.
        [0xfd00, 0xec2, ..]
        // Google Cloud.
        | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
        // Oracle.
        | [0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe]
        // Scaleway, Linode, Alibaba Cloud.
        | [0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42]
        | [0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1]
        | [0xfd00, 0x100, 0, 0, 0, 0, 0x100, 0x200] => true,
        // Link-local (RFC 4291 §2.5.6): of OpenStack.
        [first, ..] => first & 0xffc0 == 0xfe80,
    }
}

/// The IPv4 addresses to which a translator or a tunnel may lead from this one.
fn inside(v6: Ipv6Addr) -> Vec<Ipv4Addr> {
    let octets = v6.octets();
    let at = |places: [usize; 4]| Ipv4Addr::from(places.map(|n| octets[n]));
    match v6.segments() {
        // NAT64 (RFC 6052 §2.1), IPv4-compatible (RFC 4291 §2.5.5.1), IPv4-translated (RFC 2765 §2.1).
        [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => {
            vec![at([12, 13, 14, 15])]
        }
        // NAT64 with a prefix of the network's own (RFC 8215), in each length it may have (RFC 6052 §2.2).
        [0x64, 0xff9b, 1, ..] => vec![
            at([6, 7, 9, 10]),
            at([7, 9, 10, 11]),
            at([9, 10, 11, 12]),
            at([12, 13, 14, 15]),
        ],
        // 6to4 (RFC 3056 §2).
        [0x2002, ..] => vec![at([2, 3, 4, 5])],
        // Teredo (RFC 4380 §4): its bits are turned round.
        [0x2001, 0, ..] => vec![Ipv4Addr::from([12, 13, 14, 15].map(|n: usize| !octets[n]))],
        _ => Vec::new(),
    }
}

/// Whether it is an address of the internet at large.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

const fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    !matches!(
        (a, b, c),
        // This network, private use, loopback, multicast and everything above.
        (0 | 10 | 127 | 224..=255, ..)
            // Shared by carriers.
            | (100, 64..=127, _)
            // Link-local.
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            // Protocol assignments, documentation, the old 6to4 relay.
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            // Benchmarks, documentation.
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let pieces = v6.segments();
    match pieces {
        // IPv4 behind a translator (RFC 6052 §2.1).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(joined(high, low)),
        // 6to4 (RFC 3056 §2): whoever routes it sends it to the IPv4 address inside.
        [0x2002, high, low, ..] => is_public_v4(joined(high, low)),
        // Protocol assignments (Teredo among them), documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast; loopback, unique local, link-local and multicast lie elsewhere.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

const fn joined(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_what_is_public() {
        let public = [
            "1.1.1.1",
            "93.184.216.34",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "::ffff:1.1.1.1",
            "2606:4700:4700::1111",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ];
        for text in public {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        let other = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in other {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_network_that_is_named_may_be_dialled_and_in_the_clear_nothing_else() {
        let rule = DialRule::new("10.0.0.0/8, fd00::/8".parse().unwrap());
        let permits = |text: &str, tls| rule.permits(text.parse().unwrap(), tls);
        assert!(permits("10.1.2.3", true) && permits("10.1.2.3", false));
        assert!(permits("::ffff:10.1.2.3", false) && permits("fd12::1", false));
        assert!(permits("1.1.1.1", true) && !permits("1.1.1.1", false));
        assert!(!permits("192.168.0.1", true) && !permits("127.0.0.1", true));
        assert!(!DialRule::default().permits("10.1.2.3".parse().unwrap(), true));
    }
}
