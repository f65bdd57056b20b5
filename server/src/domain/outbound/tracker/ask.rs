//! What each tracker is asked, and what its answers mean.

use aside_protocol::time::Timestamp;

use super::super::chat::Answer;
use super::super::retry::Outcome;
use super::{
    Call, Heard, Request, Tracker, TrackerKind, github, gitlab, jira, linear, other_shape, refused,
};

/// The request for it.
pub fn request(tracker: &Tracker, call: &Call) -> Request {
    match tracker.kind {
        TrackerKind::Github => github::request(tracker, call),
        TrackerKind::Gitlab => gitlab::request(tracker, call),
        TrackerKind::Jira => jira::request(tracker, call),
        TrackerKind::Linear => linear::request(tracker, call),
    }
}

/// What the answer means.
pub fn read(
    tracker: &Tracker,
    call: &Call,
    answer: &Answer<'_>,
    now: Timestamp,
) -> Result<Heard, Outcome> {
    if tracker.kind == TrackerKind::Linear {
        linear::refusal(tracker, answer)?;
    }
    if !(200..=299).contains(&answer.status) {
        return Err(refused(tracker, call, answer, now));
    }
    let json = answer.json();
    let heard = match tracker.kind {
        TrackerKind::Github => github::heard(tracker, call, &json),
        TrackerKind::Gitlab => gitlab::heard(call, &json),
        TrackerKind::Jira => jira::heard(tracker, call, &json),
        TrackerKind::Linear => linear::heard(call, &json),
    };
    heard.ok_or_else(|| other_shape(tracker, call, answer.status))
}
