//! Which scope a request of a route needs, where a token is shown: the one table. A new route that nobody thought of needs `manage`
//! to change something, and `read` to read. `server/tests/api/scopes.rs` names them all.

use super::who::Policy;
use crate::domain::token::{Need, Scope};

/// Ways to make keys of an account, and to run the server: given by no scope. Nor is what would pass as a person's: a reaction does not
/// say that a program made it.
const NO_SCOPE: [&str; 11] = [
    "/api/tokens",
    "/api/session",
    "/api/device/",
    "/api/me/mail",
    "/api/me/passkeys",
    "/api/me/password",
    "/api/me/sessions",
    "/api/me/two-factor",
    "/api/audit",
    "/api/watch/{slug}/comments/{comment}/reactions",
    "/api/watch/{slug}/reactions",
];

/// What is read there tells of others, or holds a secret.
const MANAGED: [&str; 6] = [
    "/api/destinations",
    "/api/me/calendar",
    "/api/recordings/{id}/requests",
    "/api/recordings/{id}/sharing",
    "/api/recordings/{id}/viewers",
    "/api/recordings/{id}/views",
];

/// What is sent there changes nothing that others see.
const READING: [&str; 4] = [
    "/mcp",
    "/api/watch/{slug}/download",
    "/api/watch/{slug}/unlock",
    "/api/watch/{slug}/watched",
];

/// An issue is made with what a person, or the server, may do at a tracker: it is none of this.
const COMMENTING: [&str; 4] = [
    "/api/comments/",
    "/api/watch/{slug}/ask",
    "/api/watch/{slug}/attachments",
    "/api/watch/{slug}/comments",
];

/// What a request of this route needs.
pub(super) fn need(policy: Policy, method: &str, path: &str) -> Need {
    let below = |places: &[&str]| places.iter().any(|place| path.starts_with(place));
    let reads = matches!(method, "GET" | "HEAD");
    match policy {
        Policy::Open | Policy::Capability | Policy::BySecret => return Need::Nothing,
        Policy::Admin => return Need::Everything,
        Policy::Recorder => return Need::Scope(Scope::Record),
        Policy::ByRecording | Policy::Anyone | Policy::SignedIn => {}
    }
    if below(&NO_SCOPE) || (path.starts_with("/api/server/") && !reads) {
        return Need::Everything;
    }
    // Who asks somebody to do something, or takes files from what a person wrote, must be a person, or be trusted like one.
    let persons = path.ends_with("/assignment") || path.ends_with("/attachments/{attachment}");
    Need::Scope(if reads && !below(&MANAGED) || below(&READING) {
        Scope::Read
    } else if below(&COMMENTING) && !persons {
        Scope::Comment
    } else {
        Scope::Manage
    })
}
