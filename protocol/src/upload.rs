//! The upload conversation: create, put parts, ask what is held, finish.
//! Every request may be repeated; the server is the truth about what it holds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::id::{RecordingId, Slug};
use crate::recording::{Audience, FIRST_INIT, RecordingState, Sha256, TrackName};
use crate::time::Timestamp;

/// `PUT /api/recordings/{id}`: idempotent; the same id with another slug or other inits is a 409.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateRecording {
    pub slug: Slug,
    /// At most 200 characters; empty means "named later".
    pub title: String,
    pub started_at: Timestamp,
    pub tracks: Vec<CreateTrack>,
    /// None: as the person or the server has it. Counts when the recording is begun, not when this is repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
}

/// One track and its init (`ftyp` + `moov`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateTrack {
    pub name: TrackName,
    /// Base64 of the init's bytes.
    #[serde(with = "base64_bytes")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, content_encoding = "base64"))]
    pub init: Vec<u8>,
}

/// Answer to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordingCreated {
    pub id: RecordingId,
    pub slug: Slug,
    /// The watch link, absolute.
    pub url: String,
    pub state: RecordingState,
    /// Who may open the link now; none from older servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
}

/// Field of a part's request: the version of the init it is decoded with. A request without it means [`FIRST_INIT`].
pub const INIT_VERSION: &str = "aside-init-version";

/// `PUT /api/recordings/{id}/tracks/{track}/inits/{version}`: from some part on the track is decoded with this init. Sent before
/// the first part that belongs to it; versions count up from [`FIRST_INIT`], which came with the recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PutInit {
    /// Base64 of the init's bytes.
    #[serde(with = "base64_bytes")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, content_encoding = "base64"))]
    pub init: Vec<u8>,
}

/// Answer to an init: it is committed durably.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InitReceipt {
    pub track: TrackName,
    pub version: u32,
    pub sha256: Sha256,
}

/// Answer to a part: it is on disk (or in the bucket) and its row is committed durably.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartReceipt {
    pub track: TrackName,
    pub number: u32,
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
    /// In the track's timescale, as the server read it from the part.
    pub start: u64,
    /// In the track's timescale.
    pub duration: u64,
    /// Whether the part begins with an IDR (always true for sound).
    pub independent: bool,
    /// Version of the init it is decoded with.
    #[serde(default = "first_init")]
    pub init: u32,
}

const fn first_init() -> u32 {
    FIRST_INIT
}

/// A run of part numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartRange {
    pub first: u32,
    pub last: u32,
}

/// Parts of one track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrackRanges {
    pub name: TrackName,
    /// Ascending, apart from each other.
    pub ranges: Vec<PartRange>,
}

/// `GET /api/recordings/{id}/upload`: what the server holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UploadStatus {
    pub state: RecordingState,
    pub received: Vec<TrackRanges>,
}

/// `POST /api/recordings/{id}/heartbeat`: the recorder is alive although it sends no part.
/// Best effort: nothing depends on a single one; a recorder sends one at each change and every
/// [`HEARTBEAT_SECONDS`] while no part was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    pub state: RecorderState,
}

/// What a recorder is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RecorderState {
    Recording,
    /// The person has paused; it may last.
    Paused,
}

/// Answer to a heartbeat: the recording as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeartbeatReceipt {
    pub state: RecordingState,
}

/// Longest silence of a living recorder, in seconds.
pub const HEARTBEAT_SECONDS: u64 = 15;

/// `POST /api/recordings/{id}/finish`: everything that was made, so that the server can prove it has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FinishRecording {
    pub tracks: Vec<FinishTrack>,
}

/// The hashes of a track's parts, part 0 first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FinishTrack {
    pub name: TrackName,
    pub parts: Vec<Sha256>,
    /// The hashes of its inits behind the first, version 2 first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inits: Vec<Sha256>,
}

/// Answer to finish: the list as the server holds it. Only a receipt that covers every hash of
/// the spool allows the spool to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FinishReceipt {
    pub id: RecordingId,
    pub url: String,
    pub finished_at: Timestamp,
    /// Length of the longest track in milliseconds.
    pub duration_ms: u64,
    pub tracks: Vec<FinishTrack>,
}

/// Folds ascending part numbers into ranges. Repeats are harmless; unsorted input is sorted first.
pub fn ranges(numbers: impl IntoIterator<Item = u32>) -> Vec<PartRange> {
    let mut sorted: Vec<u32> = numbers.into_iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut out: Vec<PartRange> = Vec::new();
    for n in sorted {
        match out.last_mut() {
            Some(run) if run.last.checked_add(1) == Some(n) => run.last = n,
            _ => out.push(PartRange { first: n, last: n }),
        }
    }
    out
}

/// `Content-Digest: sha-256=:…:` (RFC 9530 §2) of a body.
pub fn content_digest(sha256: &Sha256) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha256.0))
}

/// Reads a `Content-Digest` field. Other algorithms beside sha-256 are passed over;
/// `None` when there is no well-formed sha-256 among them.
pub fn parse_content_digest(field: &str) -> Option<Sha256> {
    field.split(',').find_map(|member| {
        let value = member.trim().strip_prefix("sha-256=:")?.strip_suffix(':')?;
        let bytes = STANDARD.decode(value).ok()?;
        Some(Sha256(bytes.try_into().ok()?))
    })
}

mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(d)?;
        STANDARD
            .decode(text)
            .map_err(|_| D::Error::custom("not base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_back_as_it_was_written() {
        let sha = Sha256::of(b"part");
        assert_eq!(parse_content_digest(&content_digest(&sha)), Some(sha));
        let among = format!("md5=:AAAA:, {}", content_digest(&sha));
        assert_eq!(parse_content_digest(&among), Some(sha));
        assert_eq!(parse_content_digest("sha-256=:nonsense:"), None);
        assert_eq!(parse_content_digest(""), None);
    }

    #[test]
    fn ranges_are_folded_however_the_numbers_come() {
        let r = ranges([5, 0, 1, 2, 2, 7, 6]);
        assert_eq!(
            r,
            vec![
                PartRange { first: 0, last: 2 },
                PartRange { first: 5, last: 7 }
            ]
        );
        assert!(ranges([]).is_empty());
    }
}
