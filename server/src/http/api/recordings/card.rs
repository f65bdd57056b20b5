//! A recording as lists show it.

use aside_protocol::id::{RecordingId, Slug, UserId};
use aside_protocol::recording::RecordingState;
use aside_protocol::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::sharing::Audience;
use crate::http::base_url::BaseUrl;
use crate::service::library::Card;

/// A recording in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingCard {
    pub id: RecordingId,
    pub slug: Slug,
    /// The watch link.
    pub url: String,
    /// Empty: not named yet.
    pub title: String,
    pub state: RecordingState,
    pub audience: Audience,
    pub started_at: Timestamp,
    /// Length of what is watchable.
    pub duration_ms: u64,
    /// How many comments there are, replies too.
    pub comments: u64,
    #[schema(required)]
    pub poster_url: Option<String>,
    /// The poster small, for lists.
    #[schema(required)]
    pub thumbnail_url: Option<String>,
    pub owner: Person,
    /// Counts up with each change of title, audience or trash; for `If-Match`.
    pub version: i64,
}

/// Somebody with an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    pub id: UserId,
    pub name: String,
}

impl RecordingCard {
    /// Only for who may watch the recording: a card tells its title and more.
    pub fn of(app: &App, base: &BaseUrl, card: Card, owner: (UserId, String)) -> Self {
        let Card {
            recording,
            length_ms,
            comments,
        } = card;
        let has_poster = recording.poster_key.is_some();
        let poster = has_poster.then(|| format!("/api/watch/{}/poster", recording.slug));
        let (id, name) = owner;
        Self {
            id: recording.id,
            url: base.watch(&recording.slug),
            state: recording.state(app.now()),
            duration_ms: length_ms,
            comments,
            thumbnail_url: poster.as_ref().map(|poster| format!("{poster}?size=small")),
            poster_url: poster,
            owner: Person { id, name },
            slug: recording.slug,
            title: recording.title,
            audience: recording.sharing.audience,
            started_at: recording.started_at,
            version: recording.version,
        }
    }
}
