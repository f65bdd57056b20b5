//! Who a take is: written once, before its first part.

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::recording::{Audience, FIRST_INIT, TrackName};
use aside_protocol::text::{self, MAX_TITLE};
use aside_protocol::time::Timestamp;
use aside_protocol::upload::{CreateRecording, CreateTrack, PutInit};
use serde::{Deserialize, Serialize};

/// The layout of the folder; raised when an older recorder could not read it.
const FORMAT: u32 = 1;
/// The same of a take whose encoder was replaced: an older recorder would upload its parts as if they had one init.
const WITH_LATER_INITS: u32 = 2;
/// The same of a take that says who may watch it: an older recorder would let its server decide.
const WITH_AUDIENCE: u32 = 3;

/// A later version of a track's init.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterInit {
    pub track: TrackName,
    /// 2, 3, … per track.
    pub version: u32,
    /// Number of the first part that is decoded with it.
    pub first: u32,
    /// `ftyp` + `moov`; base64 in the file.
    #[serde(flatten)]
    pub init: PutInit,
}

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
    /// Who may open the link; `None`: as the person or the server has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audience: Option<Audience>,
    /// In the order in which they began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    later_inits: Vec<LaterInit>,
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
            audience: None,
            later_inits: Vec::new(),
        }
    }

    /// The same take, for these people; `None`: as the person or the server has it.
    #[must_use]
    pub fn shared_with(mut self, audience: Option<Audience>) -> Self {
        if audience.is_some() {
            self.format = WITH_AUDIENCE;
        }
        self.audience = audience;
        self
    }

    /// From the next part of the track on, `first`, it is decoded with another init. One that was begun there before has no part
    /// and is replaced. Answers the version.
    #[must_use]
    pub(super) fn with_init(&self, track: TrackName, first: u32, init: Vec<u8>) -> (Self, u32) {
        let mut take = self.clone();
        take.format = take.format.max(WITH_LATER_INITS);
        let unused = |later: &LaterInit| later.track == track && later.first >= first;
        take.later_inits.retain(|later| !unused(later));
        let version = FIRST_INIT + 1 + u32::try_from(take.later(track).count()).unwrap_or(0);
        take.later_inits.push(LaterInit {
            track,
            version,
            first,
            init: PutInit { init },
        });
        (take, version)
    }

    /// The inits of a track behind the first, ascending.
    pub fn later(&self, track: TrackName) -> impl Iterator<Item = &LaterInit> {
        self.later_inits.iter().filter(move |l| l.track == track)
    }

    /// All inits behind the first ones.
    pub fn later_inits(&self) -> &[LaterInit] {
        &self.later_inits
    }

    /// Version of the init that a part is decoded with.
    pub fn init_of(&self, track: TrackName, number: u32) -> u32 {
        let begun = self.later(track).filter(|later| later.first <= number);
        begun.last().map_or(FIRST_INIT, |later| later.version)
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
            audience: self.audience,
        }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec_pretty(self).map_err(|e| e.to_string())
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let take: Self = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if take.format > WITH_AUDIENCE {
            return Err(format!(
                "it was made by a newer aside (format {}); update this one",
                take.format
            ));
        }
        Ok(take)
    }
}
