//! Pictures and sound become H.264 and AAC.
//!
//! An encoder is a trait without default methods on purpose: one that holds pictures back and inherited
//! an empty flush would lose them, and nobody would notice. Which encoders are tried, and in which
//! order, is a table; tests bring a table of their own.

mod aac;
mod bits;
mod budget;
mod choice;
mod ffmpeg;
mod h264;
mod hardware;
pub mod probe;
mod remote;
mod search;
mod self_test;
mod silence;
mod skip;
mod synthetic;
mod vaapi;
mod x264;

use std::collections::VecDeque;
use std::sync::Arc;

use aside_protocol::cmaf::{AudioConfig, VideoConfig};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use aac::Aac;
pub use budget::{Budget, Effort, QualityStep};
pub use choice::{EncoderChoice, Encoders, NoSuchEncoder, TestResult, self_test};
pub use ffmpeg::version as ffmpeg_version;
pub(crate) use h264::parameter_sets;
pub use remote::{VERB as ENCODE_VERB, serve};
pub use self_test::TestError;
use silence::Silence;
pub use x264::X264;

use crate::compose::Picture;

/// Why nothing is encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    #[error(
        "no encoder works here; tried {tried}. Install an FFmpeg with libx264 (`aside doctor` says how)"
    )]
    NoEncoder { tried: String },
    #[error("the encoder could not be opened: {0}")]
    Open(String),
    #[error("the encoder failed: {0}")]
    Failed(String),
    /// A person asked for this one.
    #[error("{name} cannot be used here ({why}). `--encoder auto` takes what works")]
    Refused { name: &'static str, why: String },
    /// It ended its process.
    #[error("its driver broke down ({0})")]
    BrokeDown(String),
    /// So many pictures went in and did not come out, or a call did not return.
    #[error("the encoder gives nothing back any more")]
    Stalled,
    #[error("what the encoder made is not what was asked for: {0}")]
    Unexpected(&'static str),
    #[error("the part could not be written: {0}")]
    Part(String),
}

/// One encoded sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Ticks on the timeline.
    pub pts: u64,
    /// An IDR; always true for sound.
    pub idr: bool,
    /// NAL units with 4-byte lengths, or one raw AAC frame.
    pub data: Bytes,
}

/// What is seen: an encoder spends its time accordingly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Text and edges, still for most of the time.
    #[default]
    Screen,
    /// A face: moves all the time, is shown small, and has no sharp edges.
    Camera,
}

/// What a video encoder is to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoFormat {
    /// Both even.
    pub width: u32,
    pub height: u32,
    /// Most pictures a second: a hint, time stamps are what counts.
    pub fps: u32,
    pub content: Content,
}

/// H.264 in the order of decoding, which is the order of time.
pub trait VideoEncoder: Send {
    /// What the init needs.
    fn config(&self) -> &VideoConfig;
    /// Encodes one picture. `pts` in 90 kHz ticks, rising. Adds what is ready to `out`, which may be nothing.
    fn encode(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError>;
    /// Shows the picture of the last call once more, at `pts`. Where the encoder knows how, this costs next to nothing.
    fn repeat(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError>;
    /// No more pictures will come: adds everything that was held back.
    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError>;
    /// What a picture may cost from now on: bytes from the next picture, processor time from the next IDR.
    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError>;
}

/// AAC frames of 1024 samples. The encoder's priming is already taken off: the first sample of the
/// first frame is the first sample that was put in.
pub trait AudioEncoder: Send {
    /// What the init needs.
    fn config(&self) -> &AudioConfig;
    /// Takes exactly [`AAC_FRAME`] samples per channel, interleaved; adds what is ready to `out`.
    fn encode(&mut self, samples: &[f32], out: &mut Vec<Bytes>) -> Result<(), EncodeError>;
    /// Adds everything that was held back.
    fn flush(&mut self, out: &mut Vec<Bytes>) -> Result<(), EncodeError>;
}

/// Samples per channel in an AAC-LC frame (ISO/IEC 14496-3 §4.5.1.1).
pub const AAC_FRAME: usize = 1024;

/// An encoder that may be tried.
#[derive(Clone, Copy)]
pub struct Candidate {
    pub name: &'static str,
    pub open: fn(VideoFormat) -> Result<Box<dyn VideoEncoder>, EncodeError>,
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const LIBX264: Candidate = Candidate {
    name: "libx264",
    open: |f| Ok(Box::new(X264::open(f)?)),
};

/// What is tried, best first.
pub const VIDEO_CANDIDATES: &[Candidate] = &[LIBX264];

/// The candidates behind the one that encodes: the next takes its place when it fails.
#[derive(Debug)]
pub struct Spares {
    current: &'static str,
    rest: VecDeque<Candidate>,
    format: VideoFormat,
}

impl Spares {
    /// What is left of `candidates` behind the one called `current`.
    pub fn behind(current: &'static str, candidates: &[Candidate], format: VideoFormat) -> Self {
        let behind = candidates.iter().skip_while(|c| c.name != current).skip(1);
        Self {
            current,
            rest: behind.copied().collect(),
            format,
        }
    }

    /// The one that encodes.
    pub fn current(&self) -> &'static str {
        self.current
    }

    /// The next one that can be opened; none when there is no other.
    pub fn open_next(&mut self) -> Option<Box<dyn VideoEncoder>> {
        while let Some(candidate) = self.rest.pop_front() {
            match (candidate.open)(self.format) {
                Ok(encoder) => {
                    self.current = candidate.name;
                    return Some(encoder);
                }
                Err(error) => {
                    let name = candidate.name;
                    tracing::warn!(%error, "{name} cannot take the place of the encoder: {error}");
                }
            }
        }
        None
    }
}

/// Opens the first candidate that works. Returns its name with it.
pub fn open_video(
    candidates: &[Candidate],
    format: VideoFormat,
) -> Result<(&'static str, Box<dyn VideoEncoder>), EncodeError> {
    let mut tried = Vec::new();
    for candidate in candidates {
        match (candidate.open)(format) {
            Ok(encoder) => return Ok((candidate.name, encoder)),
            Err(e) => tried.push(format!("{} ({e})", candidate.name)),
        }
    }
    Err(EncodeError::NoEncoder {
        tried: tried.join(", "),
    })
}

/// Opens the AAC encoder, which is spared digital silence.
pub fn open_audio(channels: u16) -> Result<Box<dyn AudioEncoder>, EncodeError> {
    Ok(Box::new(Silence::around(Aac::open(channels)?)))
}
