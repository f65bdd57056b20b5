//! What an object is called, what it is, how long it may be cached. Nobody formats a path by hand.

use aside_protocol::id::{AttachmentId, RecordingId};
use aside_protocol::recording::{Kind, Sha256, TrackName};
use object_store::path::Path;

/// The folder of all objects of recordings.
pub(super) const RECORDINGS: &str = "recordings";

/// Names an object. The hash in the name makes it immutable: other bytes are another object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKey {
    /// One CMAF chunk.
    Part {
        recording: RecordingId,
        track: TrackName,
        number: u32,
        sha256: Sha256,
    },
    /// A JPEG of an early lively frame.
    Poster {
        recording: RecordingId,
        sha256: Sha256,
    },
    /// The same, small, for lists.
    Thumbnail {
        recording: RecordingId,
        sha256: Sha256,
    },
    /// A JPEG of small pictures, evenly apart.
    Sprite {
        recording: RecordingId,
        sha256: Sha256,
    },
    /// The recording as one MP4.
    Download {
        recording: RecordingId,
        sha256: Sha256,
    },
    /// The tables of that MP4, where it is put together of parts while it is sent.
    DownloadIndex {
        recording: RecordingId,
        sha256: Sha256,
    },
    /// Some lively seconds as a silent MP4.
    Preview {
        recording: RecordingId,
        sha256: Sha256,
    },
    /// A file of a comment.
    Attachment {
        recording: RecordingId,
        id: AttachmentId,
        sha256: Sha256,
    },
}

impl ObjectKey {
    /// Parts lie in folders of a thousand, so that no folder of a long take grows huge.
    pub fn path(&self) -> Path {
        Path::from(self.to_string())
    }

    /// Reads a path as written by [`Self::path`], such as `recordings.poster_key` holds.
    pub fn from_path(path: &str) -> Option<Self> {
        let rest = path.strip_prefix(RECORDINGS)?.strip_prefix('/')?;
        let (recording, rest) = rest.split_once('/')?;
        let recording = recording.parse().ok()?;
        let key = if let Some(name) = rest.strip_prefix("poster-") {
            Self::Poster {
                recording,
                sha256: name.strip_suffix(".jpg")?.parse().ok()?,
            }
        } else if let Some(name) = rest.strip_prefix("thumbnail-") {
            Self::Thumbnail {
                recording,
                sha256: name.strip_suffix(".jpg")?.parse().ok()?,
            }
        } else if let Some(name) = rest.strip_prefix("sprite-") {
            Self::Sprite {
                recording,
                sha256: name.strip_suffix(".jpg")?.parse().ok()?,
            }
        } else if let Some(name) = rest.strip_prefix("download-") {
            Self::Download {
                recording,
                sha256: name.strip_suffix(".mp4")?.parse().ok()?,
            }
        } else if let Some(name) = rest.strip_prefix("index-") {
            Self::DownloadIndex {
                recording,
                sha256: name.strip_suffix(".bin")?.parse().ok()?,
            }
        } else if let Some(name) = rest.strip_prefix("preview-") {
            Self::Preview {
                recording,
                sha256: name.strip_suffix(".mp4")?.parse().ok()?,
            }
        } else if let Some(name) = rest.strip_prefix("attachments/") {
            let (id, hash) = name.rsplit_once('-')?;
            Self::Attachment {
                recording,
                id: id.parse().ok()?,
                sha256: hash.parse().ok()?,
            }
        } else {
            let mut pieces = rest.split('/');
            let (track, _thousand, name) = (pieces.next()?, pieces.next()?, pieces.next()?);
            let (number, hash) = name.strip_suffix(".m4s")?.split_once('-')?;
            Self::Part {
                recording,
                track: track.parse().ok()?,
                number: number.parse().ok()?,
                sha256: hash.parse().ok()?,
            }
        };
        (key.to_string() == path).then_some(key)
    }

    /// Whose object it is.
    pub const fn recording(&self) -> RecordingId {
        match self {
            Self::Part { recording, .. }
            | Self::Poster { recording, .. }
            | Self::Thumbnail { recording, .. }
            | Self::Sprite { recording, .. }
            | Self::Download { recording, .. }
            | Self::DownloadIndex { recording, .. }
            | Self::Preview { recording, .. }
            | Self::Attachment { recording, .. } => *recording,
        }
    }

    pub const fn content_type(&self) -> &'static str {
        match self {
            Self::Part { track, .. } => match track.kind() {
                Kind::Video => "video/mp4",
                Kind::Audio => "audio/mp4",
                Kind::Data => "application/x-ndjson",
            },
            Self::Poster { .. } | Self::Thumbnail { .. } | Self::Sprite { .. } => "image/jpeg",
            Self::Download { .. } | Self::Preview { .. } => "video/mp4",
            Self::DownloadIndex { .. } => "application/octet-stream",
            // Whatever it is, the bucket is not to say so.
            Self::Attachment { .. } => "application/octet-stream",
        }
    }

    /// For the bucket, where it sends a file that is to be saved.
    pub const fn content_disposition(&self) -> Option<&'static str> {
        match self {
            Self::Download { .. } => Some("attachment; filename=\"recording.mp4\""),
            Self::Attachment { .. } => Some("attachment"),
            Self::Part { .. }
            | Self::Poster { .. }
            | Self::Thumbnail { .. }
            | Self::Sprite { .. }
            | Self::DownloadIndex { .. }
            | Self::Preview { .. } => None,
        }
    }

    /// For the bucket, and for whoever caches what it answers.
    pub const fn cache_control(&self) -> &'static str {
        "private, max-age=31536000, immutable"
    }
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Part {
                recording,
                track,
                number,
                sha256,
            } => {
                write!(
                    f,
                    "{RECORDINGS}/{recording}/{track}/{:04}/{number:07}-{sha256}.m4s",
                    number / 1000
                )
            }
            Self::Poster { recording, sha256 } => {
                write!(f, "{RECORDINGS}/{recording}/poster-{sha256}.jpg")
            }
            Self::Thumbnail { recording, sha256 } => {
                write!(f, "{RECORDINGS}/{recording}/thumbnail-{sha256}.jpg")
            }
            Self::Sprite { recording, sha256 } => {
                write!(f, "{RECORDINGS}/{recording}/sprite-{sha256}.jpg")
            }
            Self::Download { recording, sha256 } => {
                write!(f, "{RECORDINGS}/{recording}/download-{sha256}.mp4")
            }
            Self::DownloadIndex { recording, sha256 } => {
                write!(f, "{RECORDINGS}/{recording}/index-{sha256}.bin")
            }
            Self::Preview { recording, sha256 } => {
                write!(f, "{RECORDINGS}/{recording}/preview-{sha256}.mp4")
            }
            Self::Attachment {
                recording,
                id,
                sha256,
            } => {
                write!(f, "{RECORDINGS}/{recording}/attachments/{id}-{sha256}")
            }
        }
    }
}

/// Keys of every kind.
#[cfg(test)]
pub(crate) fn one_of_each_kind() -> [ObjectKey; 10] {
    use aside_protocol::time::Timestamp;
    let recording = RecordingId::new(Timestamp::from_micros(5), [3; 10]);
    let sha256 = Sha256::of(b"x");
    let part = |track, number| ObjectKey::Part {
        recording,
        track,
        number,
        sha256,
    };
    [
        part(TrackName::Video, 345_599),
        part(TrackName::Video, u32::MAX),
        part(TrackName::Audio, 0),
        ObjectKey::Poster { recording, sha256 },
        ObjectKey::Thumbnail { recording, sha256 },
        ObjectKey::Sprite { recording, sha256 },
        ObjectKey::Download { recording, sha256 },
        ObjectKey::DownloadIndex { recording, sha256 },
        ObjectKey::Preview { recording, sha256 },
        ObjectKey::Attachment {
            recording,
            id: AttachmentId::new(Timestamp::from_micros(6), [4; 10]),
            sha256,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_back_as_the_key_that_wrote_it() {
        for key in one_of_each_kind() {
            assert_eq!(
                ObjectKey::from_path(key.path().as_ref()),
                Some(key),
                "{key}"
            );
        }
        let [key, ..] = one_of_each_kind();
        let (recording, sha256) = (key.recording(), Sha256::of(b"x"));
        assert_eq!(ObjectKey::from_path("recordings/../secrets"), None);
        let odd = format!("recordings/{recording}/video/0007/0000001-{sha256}.m4s");
        assert_eq!(ObjectKey::from_path(&odd), None);
    }
}
