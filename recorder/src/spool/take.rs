//! Who a take is: written once, before its first part.

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::recording::TrackName;
use aside_protocol::text::{self, MAX_TITLE};
use aside_protocol::time::Timestamp;
use aside_protocol::upload::{CreateRecording, CreateTrack};
use serde::{Deserialize, Serialize};

/// The layout of the folder; raised when an older recorder could not read it.
const FORMAT: u32 = 1;

/// `take.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Take {
    format: u32,
    pub id: RecordingId,
    pub slug: Slug,
    pub title: String,
    /// The server whose link was given out, without a slash at its end. `None` when none was
    /// configured: whichever is configured later may have it.
    pub server: Option<String>,
    pub started_at: Timestamp,
    pub tracks: Vec<CreateTrack>,
}

impl Take {
    pub fn new(
        id: RecordingId,
        slug: Slug,
        title: String,
        server: Option<String>,
        started_at: Timestamp,
        tracks: Vec<CreateTrack>,
    ) -> Self {
        Self {
            format: FORMAT,
            id,
            slug,
            title,
            server,
            started_at,
            tracks,
        }
    }

    /// The same take under another id and link.
    #[must_use]
    pub(super) fn renamed(self, id: RecordingId, slug: Slug) -> Self {
        Self { id, slug, ..self }
    }

    /// As a server takes it that does not know the track.
    #[must_use]
    pub fn without(&self, track: TrackName) -> Self {
        let mut take = self.clone();
        take.tracks.retain(|t| t.name != track);
        take
    }

    pub fn has(&self, track: TrackName) -> bool {
        self.tracks.iter().any(|t| t.name == track)
    }

    /// The watch link, once there is a server.
    pub fn link(&self) -> Option<String> {
        self.server
            .as_ref()
            .map(|server| format!("{server}/w/{}", self.slug))
    }

    /// The title as a server takes it and a terminal may print it: an older recorder wrote down whatever it was given.
    pub fn clean_title(&self) -> String {
        let line: String = text::line(&self.title).chars().take(MAX_TITLE).collect();
        line.trim_end().to_owned()
    }

    pub fn create_request(&self) -> CreateRecording {
        CreateRecording {
            slug: self.slug.clone(),
            title: self.clean_title(),
            started_at: self.started_at,
            tracks: self.tracks.clone(),
        }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec_pretty(self).map_err(|e| e.to_string())
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let take: Self = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if take.format > FORMAT {
            return Err(format!(
                "it was made by a newer aside (format {}); update this one",
                take.format
            ));
        }
        Ok(take)
    }
}
