//! FFmpeg: decoding and pictures, in worker processes and in those that decode one picture only.
//!
//! No demuxer ever runs. Boxes are read by `aside_protocol::cmaf`, and single samples go
//! into one of two decoders, `aac` and `h264`: that is the whole allow-list.

mod audio;
mod ffmpeg;
mod jpeg;
pub mod liveliness;
mod png;
mod sprite;
mod video;
pub mod work_file;

pub use self::png::encode_png;
/// Makes one file of the tracks of a recording.
pub use aside_composition as composition;
pub use audio::{Block, SpeechDecoder};
pub use jpeg::{encode_jpeg, encode_jpeg_within};
pub use sprite::{Tile, encode_sprite};
pub use video::{Picture, PictureDecoder};

/// Why media could not be decoded. What a stranger sent is at fault unless the variant says otherwise;
/// to repeat it would not help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    #[error("the boxes cannot be read: {0}")]
    Boxes(#[from] aside_protocol::cmaf::ReadError),
    #[error("this is not the {0} track it was announced as")]
    WrongTrack(&'static str),
    #[error("no sample of the part could be decoded ({0})")]
    Undecodable(ffmpeg_next::Error),
    #[error("the decoder answered with {0}")]
    Unexpected(&'static str),
    #[error("the part says it begins after {0} hours")]
    TooLate(u64),
    /// The machine's fault.
    #[error("this FFmpeg has no {0}")]
    NoCodec(&'static str),
    /// FFmpeg's own fault, or memory.
    #[error("FFmpeg: {0}")]
    Ffmpeg(#[from] ffmpeg_next::Error),
}

pub type Result<T> = std::result::Result<T, MediaError>;
