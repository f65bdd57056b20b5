//! The content security policy of answers (CSP Level 3).

use axum::http::HeaderValue;

use crate::app::App;
use crate::domain::media_delivery::MediaDelivery;

/// Where parts are redirected to, if not sent from here.
pub(super) fn media_elsewhere(app: &App) -> Option<&str> {
    (app.config.media == MediaDelivery::Presigned)
        .then(|| app.objects.link_origin())
        .flatten()
}

/// No scripts, styles or frames but our own; media through blobs, as players feed them, and from `elsewhere`, where parts
/// are redirected to. `embed`: sites whose pages may show this one; what says more than one site in a policy is left out.
pub(super) fn content_policy(elsewhere: Option<&str>, embed: &[String]) -> HeaderValue {
    let from = |kind: &str| format!("{kind} 'self' blob:");
    let mut policy = CONTENT_POLICY.to_owned();
    for kind in ["media-src", "connect-src"] {
        if let Some(origin) = elsewhere {
            policy = policy.replace(&from(kind), &format!("{} {origin}", from(kind)));
        }
    }
    let ends = |it: char| matches!(it, ';' | ',' | '*' | '\'') || it.is_whitespace();
    let embed: Vec<&str> = embed
        .iter()
        .map(String::as_str)
        .filter(|it| !it.contains(ends))
        .collect();
    if !embed.is_empty() {
        let sites = format!("frame-ancestors {}", embed.join(" "));
        policy = policy.replace("frame-ancestors 'none'", &sites);
    }
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(CONTENT_POLICY))
}

const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; \
     connect-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
