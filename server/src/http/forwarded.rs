//! How a request reached us: from whom, by https or not, under which name. Behind a trusted proxy
//! that is what the proxy says (`X-Forwarded-…`, or `Forwarded` of RFC 7239), else what the
//! connection says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

use super::error::ApiError;
use crate::app::App;
use crate::domain::address::TrustedProxies;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// How a request reached us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    pub client: IpAddr,
    /// Whether a trusted proxy says that the client speaks https to it.
    pub https: bool,
    /// The host that the client asked for, with its port.
    pub host: Option<String>,
    /// Somebody who is not trusted says that the client speaks https.
    pub unheard_https: bool,
}

impl Via {
    /// Of this request. Its address is unspecified where there is no connection (in tests).
    pub(super) fn of(app: &App, parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        read(peer, &parts.headers, &app.config.trusted_proxies)
    }
}

/// Put there by the route's policy.
impl<S: Send + Sync> FromRequestParts<S> for Via {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let via = parts.extensions.get::<Self>().cloned();
        via.ok_or_else(|| ApiError::internal("this route has no policy"))
    }
}

/// Reads it from the address of the peer and the headers.
fn read(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> Via {
    let elements = elements(&lines(headers, &header::FORWARDED));
    let first = |name: &HeaderName, key: &str| {
        let of_x = lines(headers, name);
        let of_x = of_x.split(',').map(str::trim).find(|v| !v.is_empty());
        of_x.map(str::to_owned).or_else(|| {
            let mut pairs = elements.iter().flatten();
            pairs.find(|(k, _)| k == key).map(|(_, v)| v.clone())
        })
    };
    let https = first(&PROTO, "proto").is_some_and(|p| p.eq_ignore_ascii_case("https"));
    let own_host = || {
        let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
        host.map(str::to_owned)
    };
    if !trusted.contains(peer) {
        return Via {
            client: peer.to_canonical(),
            https: false,
            host: own_host(),
            unheard_https: https,
        };
    }
    Via {
        client: client(peer, headers, &elements, trusted),
        https,
        host: first(&HOST, "host").or_else(own_host),
        unheard_https: false,
    }
}

/// A proxy writes one of the two headers and passes the other on as the client sent it. Which one
/// it writes is not known here, so where both are present they must agree; else neither is believed.
fn client(
    peer: IpAddr,
    headers: &HeaderMap,
    elements: &[Element],
    trusted: &TrustedProxies,
) -> IpAddr {
    let by_x: Vec<Option<IpAddr>> = match lines(headers, &FOR) {
        list if list.trim().is_empty() => Vec::new(),
        list => list.split(',').map(address).collect(),
    };
    let by_rfc: Vec<Option<IpAddr>> = elements
        .iter()
        .map(|element| {
            let (_, node) = element.iter().find(|(key, _)| key == "for")?;
            address(node)
        })
        .collect();
    let told = |hops: &[Option<IpAddr>]| trusted.client(peer, hops);
    match (by_x.is_empty(), by_rfc.is_empty()) {
        (false, false) if told(&by_x) != told(&by_rfc) => peer.to_canonical(),
        (true, _) => told(&by_rfc),
        (false, _) => told(&by_x),
    }
}

/// An address with or without a port, IPv6 with or without brackets. Names such as `unknown` and
/// `_hidden` (RFC 7239 §6) are none.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let with_port = || text.parse::<SocketAddr>().ok().map(|a| a.ip());
    bare.unwrap_or(text).parse().ok().or_else(with_port)
}

/// All lines of a header as one list (RFC 9110 §5.3). A line that is no text makes an entry that
/// names nothing.
fn lines(headers: &HeaderMap, name: &HeaderName) -> String {
    let lines: Vec<&str> = headers
        .get_all(name)
        .iter()
        .map(|v| v.to_str().unwrap_or("?"))
        .collect();
    lines.join(",")
}

/// One hop of `Forwarded`: its pairs, the keys in lower case.
type Element = Vec<(String, String)>;

/// Splits `Forwarded` (RFC 7239 §4): elements by commas, pairs by semicolons, values may be quoted.
fn elements(text: &str) -> Vec<Element> {
    let mut out = Vec::new();
    if text.trim().is_empty() {
        return out;
    }
    let (mut element, mut pair) = (Element::new(), String::new());
    let (mut quoted, mut escaped) = (false, false);
    let end_pair = |pair: &mut String, element: &mut Element| {
        if let Some((key, value)) = std::mem::take(pair).split_once('=') {
            element.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    };
    for c in text.chars() {
        match c {
            _ if escaped => {
                escaped = false;
                pair.push(c);
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => end_pair(&mut pair, &mut element),
            ',' if !quoted => {
                end_pair(&mut pair, &mut element);
                out.push(std::mem::take(&mut element));
            }
            _ => pair.push(c),
        }
    }
    end_pair(&mut pair, &mut element);
    out.push(element);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn via(peer: &str, pairs: &[(&'static str, &str)]) -> Via {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        let trusted = "10.0.0.0/8".parse().unwrap();
        read(peer.parse().unwrap(), &headers, &trusted)
    }

    fn client(pairs: &[(&'static str, &str)]) -> String {
        via("10.0.0.1", pairs).client.to_string()
    }

    #[test]
    fn the_table_of_clients_behind_a_trusted_proxy() {
        let table: &[(&[(&'static str, &str)], &str)] = &[
            (&[], "10.0.0.1"),
            (&[("x-forwarded-for", "192.0.2.7")], "192.0.2.7"),
            (&[("x-forwarded-for", "192.0.2.7:4711")], "192.0.2.7"),
            (
                &[("x-forwarded-for", "203.0.113.1, 192.0.2.7")],
                "192.0.2.7",
            ),
            (
                &[
                    ("x-forwarded-for", "203.0.113.1"),
                    ("x-forwarded-for", "192.0.2.7"),
                ],
                "192.0.2.7",
            ),
            (&[("x-forwarded-for", "[2001:db8::1]:443")], "2001:db8::1"),
            (&[("x-forwarded-for", "2001:db8::1")], "2001:db8::1"),
            (&[("x-forwarded-for", "192.0.2.7, unknown")], "10.0.0.1"),
            (&[("forwarded", "for=192.0.2.7")], "192.0.2.7"),
            (
                &[(
                    "forwarded",
                    "For=\"[2001:db8::1]:47011\";proto=https;by=10.0.0.1",
                )],
                "2001:db8::1",
            ),
            (
                &[("forwarded", "for=203.0.113.1, for=192.0.2.7;proto=https")],
                "192.0.2.7",
            ),
            (&[("forwarded", "for=_hidden")], "10.0.0.1"),
            (&[("forwarded", "for=\"a,b\", for=192.0.2.7")], "192.0.2.7"),
            (
                &[
                    ("forwarded", "for=192.0.2.7"),
                    ("x-forwarded-for", "192.0.2.7"),
                ],
                "192.0.2.7",
            ),
            (
                &[
                    ("forwarded", "for=203.0.113.1"),
                    ("x-forwarded-for", "192.0.2.7"),
                ],
                "10.0.0.1",
            ),
        ];
        for (pairs, expected) in table {
            assert_eq!(client(pairs), *expected, "{pairs:?}");
        }
    }

    #[test]
    fn who_is_not_trusted_says_nothing_about_itself() {
        let said = via(
            "192.0.2.7",
            &[
                ("x-forwarded-for", "203.0.113.1"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "evil.example"),
                ("host", "aside.test"),
            ],
        );
        assert_eq!(said.client.to_string(), "192.0.2.7");
        assert_eq!((said.https, said.unheard_https), (false, true));
        assert_eq!(said.host.as_deref(), Some("aside.test"));
    }

    #[test]
    fn a_trusted_proxy_says_how_the_client_came() {
        let x = via(
            "10.0.0.1",
            &[
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "aside.example.org"),
                ("host", "backend:4646"),
            ],
        );
        assert_eq!(
            (x.https, x.host.as_deref()),
            (true, Some("aside.example.org"))
        );
        let rfc = via(
            "10.0.0.1",
            &[(
                "forwarded",
                "for=192.0.2.7;proto=https;host=\"aside.example.org:8443\"",
            )],
        );
        assert_eq!(
            (rfc.https, rfc.host.as_deref()),
            (true, Some("aside.example.org:8443"))
        );
        assert!(!via("10.0.0.1", &[("x-forwarded-proto", "http")]).https);
    }
}
