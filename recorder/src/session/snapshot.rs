//! How a take is doing, as one plain value: what a terminal, a script or a window draws.

use serde::Serialize;

use super::state::{Phase, State};
use crate::pipeline::{CameraHealth, Health};

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
    /// `ready`, `countdown`, `recording`, `paused`, `stopping`, `uploading`.
    pub state: &'static str,
    pub recording: bool,
    pub paused: bool,
    pub muted: bool,
    /// Length of the take, pauses left out.
    pub media_ms: u64,
    pub frames_captured: u64,
    pub frames_encoded: u64,
    pub frames_dropped: u64,
    /// Steps by which the quality is lowered, because the line is too slow for the best.
    pub quality_step: u8,
    /// Steps by which the work on the pictures is lowered, because this computer is too slow for all of it.
    pub effort_step: u8,
    /// dBFS; none without a microphone, and while it is muted or lost.
    pub mic_level_db: Option<f32>,
    pub mic_silent: bool,
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

impl Snapshot {
    /// What the devices say; nothing is on disk and nothing is uploaded.
    pub(super) fn of(state: &State, health: &Health) -> Self {
        Self {
            state: state.phase.word(),
            recording: matches!(state.phase, Phase::Recording | Phase::Paused),
            paused: state.phase == Phase::Paused,
            muted: state.muted,
            media_ms: 0,
            frames_captured: health.frames_captured,
            frames_encoded: health.frames_encoded,
            frames_dropped: health.frames_dropped,
            camera: health.camera,
            quality_step: health.quality_step,
            effort_step: health.effort_step,
            mic_level_db: health.mic_level_db,
            mic_silent: health.mic_silent,
            system_level_db: health.system_level_db,
            sound_lost_ms: health.sound_lost_ms,
            parts: 0,
            size: 0,
            received: 0,
            behind_ms: 0,
            upload: LineState::Off,
        }
    }
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
