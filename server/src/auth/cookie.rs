//! Cookies: `HttpOnly`, `SameSite=Lax`; behind https also `Secure` and `__Host-` (RFC 6265bis §4.1.3.2),
//! so that no other host of the domain can plant one.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};

use super::token::{Kind, Secret};

const fn name(kind: Kind, https: bool) -> &'static str {
    match (kind, https) {
        (Kind::Guest, false) => "aside_guest",
        (Kind::Guest, true) => "__Host-aside_guest",
        (_, false) => "aside_session",
        (_, true) => "__Host-aside_session",
    }
}

/// Reads the cookie of this kind, if the request carries one.
pub fn read(headers: &HeaderMap, kind: Kind, https: bool) -> Option<Secret> {
    let wanted = name(kind, https);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| Secret::from_text(value))
}

/// `Set-Cookie` that hands the token to the browser.
pub fn set(kind: Kind, secret: &Secret, https: bool) -> HeaderValue {
    write(
        name(kind, https),
        secret.reveal(),
        kind.lifetime().unwrap_or_default(),
        https,
    )
}

/// `Set-Cookie` that takes it back.
pub fn clear(kind: Kind, https: bool) -> HeaderValue {
    write(name(kind, https), "", Duration::ZERO, https)
}

fn write(name: &str, value: &str, lifetime: Duration, https: bool) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let text = format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}",
        lifetime.as_secs()
    );
    // Tokens are base64url, so this is always a header value.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn a_cookie_is_read_back_among_others() {
        let secret = Secret::new(&SeededEntropy::new(1));
        for https in [false, true] {
            let set = set(Kind::Session, &secret, https);
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(
                header::COOKIE,
                format!("theme=dark; {pair}; x").parse().unwrap(),
            );
            assert_eq!(read(&headers, Kind::Session, https), Some(secret.clone()));
            assert_eq!(read(&headers, Kind::Guest, https), None);
            assert_eq!(read(&headers, Kind::Session, !https), None);
        }
    }

    #[test]
    fn behind_https_a_cookie_is_secure_and_bound_to_the_host() {
        let secret = Secret::new(&SeededEntropy::new(1));
        let cookie = set(Kind::Session, &secret, true);
        let cookie = cookie.to_str().unwrap();
        assert!(
            cookie.starts_with("__Host-")
                && cookie.contains("; Secure")
                && cookie.contains("; HttpOnly")
                && cookie.contains("; Path=/;")
        );
        assert!(
            !set(Kind::Session, &secret, false)
                .to_str()
                .unwrap()
                .contains("Secure")
        );
    }
}
