//! How often a program may ask with one token, and the headers that tell it: the fields of draft-ietf-httpapi-ratelimit-headers-10, and
//! beside them those of draft 06, which most clients know.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::actor::ForAgent;
use super::error::ApiError;
use super::forms::Within;
use super::who::Policy;
use crate::app::App;
use crate::auth::token::Secret;
use crate::domain::limit::Left;

/// Seconds in which as many requests come back as may be made at once.
const WINDOW: u32 = 60;

/// Sent by recorders, but to somebody else's server: counted.
const ELSEWHERE: &str = "/api/recordings/{id}/issue-link";

/// What a token has left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// In a window.
    most: u32,
    left: Left,
}

impl Quota {
    /// Counts a request; `Err` is the answer to one too many. None where nothing is counted: without a token, of what is sent of a
    /// recording, of what the server asks itself.
    pub(super) fn take(
        app: &App,
        policy: Policy,
        path: &str,
        parts: &Parts,
    ) -> Result<Option<Self>, Box<Response>> {
        let most = app.config.api_rate;
        let uncounted = match policy {
            Policy::Open | Policy::Capability | Policy::BySecret => true,
            Policy::Recorder => path != ELSEWHERE,
            Policy::ByRecording | Policy::Anyone | Policy::SignedIn | Policy::Admin => false,
        };
        let ours = parts.extensions.get::<ForAgent>().is_some()
            || parts.extensions.get::<Within>().is_some();
        let token = parts.headers.get(header::AUTHORIZATION);
        let token = token.filter(|_| most > 0 && !uncounted && !ours);
        let Some(token) = token else {
            return Ok(None);
        };
        // What stands there, valid or not: nothing is asked of the database for who asks too often.
        let text = token.to_str().unwrap_or_default();
        let text = text.split_once(' ').map_or(text, |(_, token)| token.trim());
        let key = Secret::from_text(text).hash();
        match app.limits.token(key, most, WINDOW) {
            Ok(left) => Ok(Some(Self { most, left })),
            Err((wait, left)) => {
                let refused = ApiError::too_many("This token asks too often.", wait);
                let mut response = refused.into_response();
                Self { most, left }.tell(response.headers_mut());
                Err(Box::new(response))
            }
        }
    }

    pub(super) fn tell(self, headers: &mut HeaderMap) {
        let Self { most, left } = self;
        let Left { turns, full_in } = left;
        let full_in = full_in.as_secs() + u64::from(full_in.subsec_nanos() > 0);
        let fields = [
            ("ratelimit-policy", format!("\"token\";q={most};w={WINDOW}")),
            ("ratelimit", format!("\"token\";r={turns};t={full_in}")),
            ("ratelimit-limit", most.to_string()),
            ("ratelimit-remaining", turns.to_string()),
            ("ratelimit-reset", full_in.to_string()),
        ];
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}
