//! The init of a track: what a decoder must know before the first part.
//!
//! Surprise: colour is written twice, in the H.264 SPS by the encoder and here as `colr`/`nclx`,
//! because players look at one or the other.

use super::ReadError;

/// What the encoder says about a video track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoConfig {
    pub width: u16,
    pub height: u16,
    /// Ticks a second.
    pub timescale: u32,
    /// AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1), NAL length size 4.
    pub avcc: Vec<u8>,
}

/// What the encoder says about an audio track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioConfig {
    pub sample_rate: u32,
    pub channels: u16,
    /// AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1).
    pub asc: Vec<u8>,
}

/// A track's media as read from an init.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    Video(VideoConfig),
    Audio(AudioConfig),
}

/// An init as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Init {
    pub track_id: u32,
    /// Ticks a second.
    pub timescale: u32,
    /// As in `CODECS=` (RFC 6381), e.g. `avc1.640028` or `mp4a.40.2`.
    pub codec: String,
    pub media: Media,
}

pub fn write_video_init(_config: &VideoConfig) -> Result<Vec<u8>, ReadError> {
    Err(ReadError::Unsupported("video init"))
}

pub fn write_audio_init(_config: &AudioConfig) -> Result<Vec<u8>, ReadError> {
    Err(ReadError::Unsupported("audio init"))
}

pub fn read_init(_bytes: &[u8]) -> Result<Init, ReadError> {
    Err(ReadError::Unsupported("init"))
}
