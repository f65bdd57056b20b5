//! CMAF (ISO/IEC 23000-19) as Aside writes and reads it: one init (`ftyp` + `moov`) a track, one
//! chunk (`moof` + `mdat`) a part. The writer is strict; the reader believes nothing: it is fed by
//! strangers, allocates in proportion to its input and never panics (see `fuzz/`).

mod file;
mod init;
mod part;

pub use file::{FileSample, FileTrack, write_file_head};
pub use init::{
    AudioConfig, Init, Media, VideoConfig, read_init, write_audio_init, write_video_init,
};
pub use part::{Part, PartInfo, Sample, SampleRef, read_part, read_part_head, write_part};

/// Why bytes are not an init or a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    #[error("the boxes are damaged: {0}")]
    Damaged(&'static str),
    #[error("expected {expected}, found {found}")]
    Unexpected {
        expected: &'static str,
        found: String,
    },
    #[error("there is no {0}")]
    Missing(&'static str),
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    #[error(transparent)]
    Size(#[from] crate::limits::BadSize),
    #[error("{what} is {value}, allowed is {allowed}")]
    OutOfRange {
        what: &'static str,
        value: u64,
        allowed: u64,
    },
}
