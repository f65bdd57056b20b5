//! Cookies: `HttpOnly`, `SameSite=Lax`; where the client speaks https also `Secure` and `__Host-`
//! (RFC 6265bis §4.1.3.2), so that no other host of the domain can plant one.

use std::time::Duration;

use aside_protocol::id::Slug;
use axum::http::{HeaderMap, HeaderValue, header};

use super::token::Secret;
use crate::domain::capability::Pass;
use crate::domain::token::Kind;

/// The cookies of one server as one client gets them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jar {
    /// Tells servers on one host apart, which browsers do not do by port.
    pub tag: String,
    /// Whether the client speaks https.
    pub https: bool,
}

impl Jar {
    fn name(&self, kind: Kind) -> String {
        let prefix = if self.https { "__Host-" } else { "" };
        let what = match kind {
            Kind::Guest => "guest",
            _ => "session",
        };
        format!("{prefix}aside_{what}_{}", self.tag)
    }

    /// Of a pass for the recording behind a link, whose characters may stand in a name.
    fn pass_name(&self, slug: &Slug) -> String {
        let prefix = if self.https { "__Host-" } else { "" };
        format!("{prefix}aside_pass_{}_{slug}", self.tag)
    }

    /// Reads the cookie of this kind, if the request carries one.
    pub fn read(&self, headers: &HeaderMap, kind: Kind) -> Option<Secret> {
        value(headers, &self.name(kind)).map(Secret::from_text)
    }

    /// Reads the pass for the recording behind a link, if the request carries one.
    pub fn read_pass<'h>(&self, headers: &'h HeaderMap, slug: &Slug) -> Option<&'h str> {
        value(headers, &self.pass_name(slug))
    }

    /// `Set-Cookie` that hands a pass to the browser.
    pub fn set_pass(&self, slug: &Slug, pass: &str) -> HeaderValue {
        write(&self.pass_name(slug), pass, Pass::LIFETIME, self.https)
    }

    /// `Set-Cookie` that hands the token to the browser.
    pub fn set(&self, kind: Kind, secret: &Secret) -> HeaderValue {
        let lifetime = kind.lifetime().unwrap_or_default();
        write(&self.name(kind), secret.reveal(), lifetime, self.https)
    }

    /// Of a sign-in that was begun at a provider.
    fn login_name(&self) -> String {
        let prefix = if self.https { "__Host-" } else { "" };
        format!("{prefix}aside_login_{}", self.tag)
    }

    /// Reads the cookie of a sign-in that was begun at a provider.
    pub fn read_login(&self, headers: &HeaderMap) -> Option<Secret> {
        value(headers, &self.login_name()).map(Secret::from_text)
    }

    /// `Set-Cookie` for a sign-in that is begun at a provider. `Lax` lets it come back with the browser.
    pub fn set_login(&self, secret: &Secret, lifetime: Duration) -> HeaderValue {
        write(&self.login_name(), secret.reveal(), lifetime, self.https)
    }

    /// `Set-Cookie` that takes it back.
    pub fn clear_login(&self) -> HeaderValue {
        write(&self.login_name(), "", Duration::ZERO, self.https)
    }

    /// `Set-Cookie` that takes it back.
    pub fn clear(&self, kind: Kind) -> HeaderValue {
        write(&self.name(kind), "", Duration::ZERO, self.https)
    }
}

/// The language in which whoever asks wants to read pages (BCP 47): chosen on a page, or in the settings of their account. No secret, so
/// pages write it themselves.
const LANGUAGE: &str = "aside_language";

pub fn language_cookie(headers: &HeaderMap) -> Option<&str> {
    value(headers, LANGUAGE)
}

/// `Set-Cookie` for the language of an account; none: as the browser says.
pub fn set_language(tag: Option<&str>) -> HeaderValue {
    let year = if tag.is_some() { 31_536_000 } else { 0 };
    let tag = tag.unwrap_or_default();
    let text = format!("{LANGUAGE}={tag}; Path=/; SameSite=Lax; Max-Age={year}");
    // A tag of letters, digits and hyphens is always a header value.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Of the cookie of this name.
fn value<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value)
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

    fn jar(tag: &str, https: bool) -> Jar {
        let tag = tag.to_owned();
        Jar { tag, https }
    }

    #[test]
    fn a_cookie_is_read_back_among_others() {
        let secret = Secret::new(&SeededEntropy::new(1));
        for https in [false, true] {
            let ours = jar("a1", https);
            let set = ours.set(Kind::Session, &secret);
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(
                header::COOKIE,
                format!("theme=dark; {pair}; x").parse().unwrap(),
            );
            assert_eq!(ours.read(&headers, Kind::Session), Some(secret.clone()));
            assert_eq!(ours.read(&headers, Kind::Guest), None);
            assert_eq!(jar("a1", !https).read(&headers, Kind::Session), None);
            assert_eq!(
                jar("b2", https).read(&headers, Kind::Session),
                None,
                "another server on the same host"
            );
        }
    }

    #[test]
    fn behind_https_a_cookie_is_secure_and_bound_to_the_host() {
        let secret = Secret::new(&SeededEntropy::new(1));
        let cookie = jar("a1", true).set(Kind::Session, &secret);
        let cookie = cookie.to_str().unwrap();
        assert!(
            cookie.starts_with("__Host-")
                && cookie.contains("; Secure")
                && cookie.contains("; HttpOnly")
                && cookie.contains("; Path=/;")
        );
        let plain = jar("a1", false).set(Kind::Session, &secret);
        assert!(!plain.to_str().unwrap().contains("Secure"));
    }
}
