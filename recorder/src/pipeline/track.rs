//! What a running pipeline holds of each of its tracks.

use std::sync::Arc;

use aside_protocol::recording::TrackName;
use crossbeam_channel::Sender;

use super::screen_thread::CaptureControl;
use super::thread::PipelineThread;
use crate::clock::Mono;
use crate::encode::QualityStep;

/// Orders to the threads of the tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Pause(Mono),
    /// From this instant on the microphones are silenced, or heard again; for tracks of sound only.
    Mute(Mono, bool),
    Stop(Mono),
    /// To tracks of pictures only.
    Quality(QualityStep),
}

/// A track that is being made.
pub(super) struct Track {
    pub name: TrackName,
    pub init: Vec<u8>,
    pub orders: Sender<Order>,
    pub thread: PipelineThread,
}

/// The thread that reads a screen, and what orders it.
pub(super) struct Capture {
    pub name: TrackName,
    pub control: Arc<CaptureControl>,
    pub thread: PipelineThread,
}
