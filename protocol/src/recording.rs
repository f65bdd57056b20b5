//! What a recording is made of: tracks of immutable parts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest a part may be, in microseconds: what a crash can cost.
pub const MAX_PART_MICROS: u64 = 1_000_000;
/// Longest part a recorder of ours makes, in microseconds: 24 frames of sound at 48 kHz. Also the playlist's `PART-TARGET`
/// of every take that keeps to it.
pub const PART_TARGET_MICROS: u64 = 512_000;
/// Longest a segment may be, in seconds; also the playlist's `EXT-X-TARGETDURATION`
/// (RFC 8216 §4.3.3.1: no segment may be longer once rounded).
pub const MAX_SEGMENT_SECONDS: u32 = 10;
/// Largest part a server takes, in bytes.
pub const MAX_PART_BYTES: usize = 16 * 1024 * 1024;
/// Largest init a server takes, in bytes.
pub const MAX_INIT_BYTES: usize = 64 * 1024;
/// The version of the init that a recording is created with; every part belongs to it unless it says otherwise.
pub const FIRST_INIT: u32 = 1;
/// Most inits one track may have: an encoder that is replaced so often never works.
pub const MAX_INITS: u32 = 100;
/// Most parts one track may have: 48 hours of half seconds.
pub const MAX_PARTS: u32 = 345_600;
/// Timescale of every video track: ticks a second.
pub const VIDEO_TIMESCALE: u32 = 90_000;
/// Timescale and sample rate of every audio track.
pub const AUDIO_TIMESCALE: u32 = 48_000;
/// Timescale of the events track: milliseconds.
pub const EVENTS_TIMESCALE: u32 = 1_000;

/// The tracks a take may carry. The watch page needs the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TrackName {
    /// H.264 High, yuv420p, BT.709 limited range.
    Video,
    /// AAC-LC, 48 kHz: microphone and system sound mixed.
    Audio,
    /// H.264 like `video`: the camera, shown over the picture by the watch page.
    Camera,
    /// Raw extra tracks: reserved, not recorded yet.
    Microphone,
    System,
    /// What happened while recording, as lines of JSON ([`crate::timed_event`]).
    Events,
}

/// Whether a track is seen, heard or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Video,
    Audio,
    /// Not media: its parts are no CMAF chunks.
    Data,
}

impl TrackName {
    pub const ALL: [Self; 6] = [
        Self::Video,
        Self::Audio,
        Self::Camera,
        Self::Microphone,
        Self::System,
        Self::Events,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Camera => "camera",
            Self::Microphone => "microphone",
            Self::System => "system",
            Self::Events => "events",
        }
    }

    pub const fn kind(self) -> Kind {
        match self {
            Self::Video | Self::Camera => Kind::Video,
            Self::Audio | Self::Microphone | Self::System => Kind::Audio,
            Self::Events => Kind::Data,
        }
    }

    /// Ticks a second in what our recorder writes.
    pub const fn timescale(self) -> u32 {
        match self.kind() {
            Kind::Video => VIDEO_TIMESCALE,
            Kind::Audio => AUDIO_TIMESCALE,
            Kind::Data => EVENTS_TIMESCALE,
        }
    }
}

impl fmt::Display for TrackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no track.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such track: expected one of video, audio, camera, microphone, system, events")]
pub struct NoSuchTrack;

impl FromStr for TrackName {
    type Err = NoSuchTrack;
    fn from_str(s: &str) -> Result<Self, NoSuchTrack> {
        Self::ALL
            .into_iter()
            .find(|t| t.as_str() == s)
            .ok_or(NoSuchTrack)
    }
}

/// How far a recording has come, as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RecordingState {
    /// The recorder is at work: a part or a heartbeat came within the last minute.
    Recording,
    /// The person who records has paused; the recorder was heard within the last minute.
    Paused,
    /// Nothing was heard of the recorder for a minute and there is no finish: watchable to its last part; may go on.
    Interrupted,
    /// Every part that was made is on the server.
    Finished,
}

impl RecordingState {
    /// Whether more may arrive at any moment.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Recording | Self::Paused)
    }
}

/// Who may open the link of a recording, beside its owner and the people who are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Audience {
    /// Nobody else.
    Owner,
    /// People with an account on the server.
    Members,
    /// Everybody who has the link.
    Link,
}

impl Audience {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Members => "members",
            Self::Link => "link",
        }
    }
}

/// A text that names no audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such audience: expected owner, members or link")]
pub struct UnknownAudience;

impl FromStr for Audience {
    type Err = UnknownAudience;
    fn from_str(text: &str) -> Result<Self, UnknownAudience> {
        [Self::Owner, Self::Members, Self::Link]
            .into_iter()
            .find(|audience| audience.as_str() == text)
            .ok_or(UnknownAudience)
    }
}

/// SHA-256 of a part; on the wire 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

/// A text that is no SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256: expected 64 hex digits")]
pub struct NotASha256;

impl FromStr for Sha256 {
    type Err = NotASha256;
    fn from_str(s: &str) -> Result<Self, NotASha256> {
        if s.len() != 64 || !s.is_ascii() {
            return Err(NotASha256);
        }
        let mut out = [0; 32];
        for (i, byte) in out.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&s[i * 2..i * 2 + 2], 16).map_err(|_| NotASha256)?;
        }
        Ok(Self(out))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = NotASha256;
    fn try_from(s: String) -> Result<Self, NotASha256> {
        s.parse()
    }
}

impl From<Sha256> for String {
    fn from(s: Sha256) -> Self {
        s.to_string()
    }
}
