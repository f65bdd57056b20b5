//! Where a request comes from, as far as the browser tells: the guard against forged requests.

use axum::http::{HeaderMap, header};
use url::Url;

/// What the browser says about the page that sent the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Our own page.
    Same,
    /// Another site, or another host of this one.
    Other,
    /// Nothing was said: no browser, or a very old one.
    Unknown,
}

/// Reads `Sec-Fetch-Site` and `Origin`. Every current browser sends at least one of them with a
/// state-changing request; both are out of reach of scripts. `public` is how this server is
/// reached, when it was told; else the `Host` header is believed, which a page cannot forge either.
pub fn of(headers: &HeaderMap, public: Option<&Url>) -> Origin {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    match text(header::HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin") => return Origin::Same,
        Some(_) => return Origin::Other,
        None => {}
    }
    let Some(origin) = text(header::ORIGIN) else {
        return Origin::Unknown;
    };
    let Ok(origin) = Url::parse(origin) else {
        return Origin::Other;
    };
    let ours = public.is_some_and(|p| p.origin() == origin.origin());
    let host =
        text(header::HOST).and_then(|h| Url::parse(&format!("{}://{h}", origin.scheme())).ok());
    if ours || host.is_some_and(|h| h.origin() == origin.origin()) {
        Origin::Same
    } else {
        Origin::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| (header::HeaderName::from_static(n), v.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_table_of_where_a_request_comes_from() {
        let public = Url::parse("https://aside.example.org").unwrap();
        let table: &[(&[(&'static str, &str)], Origin)] = &[
            (&[], Origin::Unknown),
            (&[("sec-fetch-site", "same-origin")], Origin::Same),
            (
                &[
                    ("sec-fetch-site", "same-site"),
                    ("origin", "https://aside.example.org"),
                ],
                Origin::Other,
            ),
            (&[("sec-fetch-site", "cross-site")], Origin::Other),
            (&[("sec-fetch-site", "none")], Origin::Other),
            (
                &[
                    ("origin", "https://aside.example.org"),
                    ("host", "10.0.0.1:4646"),
                ],
                Origin::Same,
            ),
            (
                &[
                    ("origin", "http://localhost:4646"),
                    ("host", "localhost:4646"),
                ],
                Origin::Same,
            ),
            (
                &[
                    ("origin", "http://localhost:4647"),
                    ("host", "localhost:4646"),
                ],
                Origin::Other,
            ),
            (
                &[
                    ("origin", "https://evil.example"),
                    ("host", "aside.example.org"),
                ],
                Origin::Other,
            ),
            (
                &[("origin", "null"), ("host", "aside.example.org")],
                Origin::Other,
            ),
        ];
        for (pairs, expected) in table {
            assert_eq!(of(&headers(pairs), Some(&public)), *expected, "{pairs:?}");
        }
    }
}
