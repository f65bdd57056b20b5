//! How a take is doing, as one plain value: what a terminal, a script or a window draws.

use serde::Serialize;

use crate::pipeline::CameraHealth;

/// How far the server is behind this computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// The take is not being uploaded.
    Off,
    /// The server is less than three seconds behind.
    InStep,
    Behind,
    /// Nothing gets through; everything is safe here.
    Offline,
}

/// A part is sealed each half second and takes a moment to arrive: less than this is normal.
const MAX_NORMAL_DELAY_MS: i64 = 3_000;

/// One look at a take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    pub recording: bool,
    pub paused: bool,
    /// Length of the take, pauses left out.
    pub media_ms: u64,
    pub frames_captured: u64,
    pub frames_encoded: u64,
    pub frames_dropped: u64,
    /// dBFS; none without a microphone, and while it is muted or lost.
    pub mic_level_db: Option<f32>,
    pub mic_silent: bool,
    pub mic_muted: bool,
    /// dBFS of what the machine plays; none where that is not recorded, or cannot be.
    pub system_level_db: Option<f32>,
    pub sound_lost_ms: u64,
    /// None without a camera.
    pub camera: Option<CameraHealth>,
    /// Parts on disk.
    pub parts: usize,
    /// Bytes on disk.
    pub size: u64,
    /// Parts the server has confirmed.
    pub received: usize,
    /// Media on disk that the server has not confirmed.
    pub behind_ms: i64,
    pub upload: LineState,
}

impl LineState {
    pub const fn of(trouble: bool, behind_ms: i64) -> Self {
        if trouble {
            Self::Offline
        } else if behind_ms < MAX_NORMAL_DELAY_MS {
            Self::InStep
        } else {
            Self::Behind
        }
    }
}
