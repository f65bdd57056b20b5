//! Why no recording began: the devices' reasons and the encoders' come together here.

use aside_protocol::recording::TrackName;

use crate::encode::EncodeError;
use crate::source::OpenError;

/// A pipeline that could not be opened; nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    #[error(transparent)]
    Device(#[from] OpenError),
    #[error(transparent)]
    Encoder(#[from] EncodeError),
    #[error("{0} pictures a second cannot be recorded: choose 1 to 120 with `--fps`")]
    Fps(u32),
}

/// What could not be opened, and for which track.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct FailedTrack {
    pub track: TrackName,
    pub error: StartError,
}

impl StartError {
    pub(super) const fn of(self, track: TrackName) -> FailedTrack {
        FailedTrack { track, error: self }
    }

    pub(super) fn internal(e: impl std::fmt::Display) -> Self {
        OpenError::Internal(e.to_string()).into()
    }

    /// `what`: the thread's work.
    pub(super) fn thread_ended(what: &str) -> Self {
        Self::internal(format!("the {what} thread ended"))
    }
}
