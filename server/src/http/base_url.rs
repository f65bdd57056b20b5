//! How the one who asks reaches this server: for links in answers.

use aside_protocol::id::Slug;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use url::Url;

use super::error::ApiError;
use super::forwarded::Via;
use crate::app::App;
use crate::auth::token::Secret;
use crate::config::Config;
use crate::domain::people::invitation_path;

/// `https://aside.example.org`, without a slash at its end.
///
/// It is `--public-url` when that was given. Else what the client called us: the `Host` header,
/// which a client can only forge for itself; behind a trusted proxy what the proxy says of it, https too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    pub(super) fn of(config: &Config, via: &Via) -> Self {
        let host = via.host.as_deref();
        Self::new(config.public_url.as_ref(), host, via.https, config.listen)
    }

    fn new(
        public: Option<&Url>,
        host: Option<&str>,
        https: bool,
        listen: std::net::SocketAddr,
    ) -> Self {
        let scheme = if https { "https" } else { "http" };
        let from_host = || {
            host.and_then(|h| h.parse::<Authority>().ok())
                .and_then(|h| Url::parse(&format!("{scheme}://{h}/")).ok())
        };
        let origin = match public.cloned().or_else(from_host) {
            Some(url) => url.origin().ascii_serialization(),
            None => format!("{scheme}://{listen}"),
        };
        Self(origin)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The link of an invitation.
    pub fn invitation(&self, secret: &Secret) -> String {
        format!("{}{}", self.0, invitation_path(secret.reveal()))
    }

    /// The watch link.
    pub fn watch(&self, slug: &Slug) -> String {
        format!("{}/w/{slug}", self.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for BaseUrl
where
    App: FromRef<S>,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let via = Via::from_request_parts(parts, state).await?;
        Ok(Self::of(&App::from_ref(state).config, &via))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_what_a_link_begins_with() {
        let listen = "127.0.0.1:4646".parse().unwrap();
        let public = Url::parse("https://aside.example.org").unwrap();
        let base = |public, host| BaseUrl::new(public, host, false, listen).0;
        assert_eq!(
            base(Some(&public), Some("10.0.0.1:4646")),
            "https://aside.example.org"
        );
        assert_eq!(base(None, Some("10.0.0.1:4646")), "http://10.0.0.1:4646");
        assert_eq!(base(None, None), "http://127.0.0.1:4646");
        let by_https = BaseUrl::new(None, Some("aside.test:8443"), true, listen).0;
        assert_eq!(by_https, "https://aside.test:8443");
        assert_eq!(base(None, Some("evil/../\"<x>")), "http://127.0.0.1:4646");
    }
}
