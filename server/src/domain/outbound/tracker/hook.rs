//! What trackers tell by webhooks: who may, and what it says. Pure.

use std::time::Duration;

use aside_protocol::time::Timestamp;
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Remote, Tracker, TrackerKind, github, gitlab, jira, linear};

/// What tells when it was sent is refused when it is older, or as much in the future: Linear asks for a minute, Jira tries again
/// within a few.
const FRESH: Duration = Duration::from_secs(5 * 60);

/// A request that came.
#[derive(Debug, Clone, Copy)]
pub struct Hook<'h> {
    /// `X-Hub-Signature-256` (GitHub), `X-Hub-Signature` (Jira), `Linear-Signature`, `X-Gitlab-Token`.
    pub signature: Option<&'h str>,
    /// `X-GitHub-Event`.
    pub event: Option<&'h str>,
    pub body: &'h [u8],
}

/// Why nothing is taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    #[error("the signature is not that of this destination")]
    Forged,
    #[error("it was sent too long ago, or its clock is wrong")]
    Stale,
    #[error("it is not what the tracker sends")]
    Shape,
}

/// The header by which a tracker shows that it is the sender.
pub const fn signature_header(kind: TrackerKind) -> &'static str {
    match kind {
        TrackerKind::Github => "x-hub-signature-256",
        TrackerKind::Gitlab => "x-gitlab-token",
        TrackerKind::Jira => "x-hub-signature",
        TrackerKind::Linear => "linear-signature",
    }
}

/// By which it is known again.
pub fn digest(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// The issue that it is about; none: another thing, or another project.
pub fn read(
    tracker: &Tracker,
    hook: &Hook<'_>,
    now: Timestamp,
) -> Result<Option<Remote>, HookError> {
    if tracker.hook.is_empty() || !signed(tracker, hook) {
        return Err(HookError::Forged);
    }
    let json: Value = serde_json::from_slice(hook.body).map_err(|_| HookError::Shape)?;
    if !json.is_object() {
        return Err(HookError::Shape);
    }
    let sent_ms = match tracker.kind {
        TrackerKind::Jira => json["timestamp"].as_i64(),
        TrackerKind::Linear => Some(json["webhookTimestamp"].as_i64().ok_or(HookError::Shape)?),
        // They say when the issue changed, which is compared with what is known of it.
        TrackerKind::Github | TrackerKind::Gitlab => None,
    };
    let far = |ms: i64| {
        let apart = (now.micros() / 1000).abs_diff(ms);
        u128::from(apart) > FRESH.as_millis()
    };
    if sent_ms.is_some_and(far) {
        return Err(HookError::Stale);
    }
    Ok(match tracker.kind {
        TrackerKind::Github => github::told(tracker, hook.event.unwrap_or_default(), &json),
        TrackerKind::Gitlab => gitlab::told(tracker, &json),
        TrackerKind::Jira => jira::told(tracker, &json).map(|it| Remote {
            changed_at: it
                .changed_at
                .or_else(|| sent_ms.map(|ms| Timestamp::from_micros(ms.saturating_mul(1000)))),
            ..it
        }),
        TrackerKind::Linear => linear::told(tracker, &json),
    })
}

fn signed(tracker: &Tracker, hook: &Hook<'_>) -> bool {
    let Some(shown) = hook.signature else {
        return false;
    };
    if tracker.kind == TrackerKind::Gitlab {
        // Of digests: how long it takes tells nothing of the secret.
        return digest(shown.as_bytes()) == digest(tracker.hook.as_bytes());
    }
    let hexadecimal = match tracker.kind {
        TrackerKind::Linear => shown,
        _ => match shown.strip_prefix("sha256=") {
            Some(it) => it,
            None => return false,
        },
    };
    let (Ok(shown), Ok(mut mac)) = (
        hex::decode(hexadecimal.trim()),
        <Hmac<Sha256> as hmac::Mac>::new_from_slice(tracker.hook.as_bytes()),
    ) else {
        return false;
    };
    mac.update(hook.body);
    mac.verify_slice(&shown).is_ok()
}
