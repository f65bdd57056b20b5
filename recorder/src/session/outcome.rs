//! How a take went, and why there is none.

use aside_protocol::id::RecordingId;
use aside_protocol::time::MediaTime;

use super::state::{Cause, Ending};
use crate::entropy::NoEntropy;
use crate::pipeline::{EncodeError, StartError};
use crate::spool::SpoolError;

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub id: RecordingId,
    pub ending: Ending,
    pub cause: Option<Cause>,
    /// As the server writes it, or as it was made here.
    pub link: Option<String>,
    pub parts: usize,
    pub duration: MediaTime,
    /// Encoders that were replaced in the take, and why.
    pub failed_encoders: Vec<(&'static str, EncodeError)>,
}

/// Why there is no take.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    #[error(transparent)]
    Open(#[from] StartError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    #[error("the recorder could not start a thread ({0}); nothing was recorded")]
    Thread(std::io::Error),
    #[error("stopped before recording began; nothing was recorded")]
    Cancelled,
    #[error("{0}; nothing was recorded")]
    Lost(String),
}
