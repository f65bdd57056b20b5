//! One MP4 out of a take's tracks: the screen, the face over it as the layout says, and the sound, for players that know
//! one picture only.
//!
//! - Where no face is ever shown, pictures are packed anew and not encoded again.
//! - Sound is never encoded again.
//! - No demuxer runs: parts are read by `aside_protocol::cmaf`, and single samples go into the `h264` decoder.
//! - `moov` stands in front, so that the file plays while it is loaded.

mod compose;
mod face;
mod ffmpeg;
mod mask;
mod mp4;
mod paint;
mod pictures;
mod remux;
mod samples;

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use aside_protocol::cmaf::ReadError;
use aside_protocol::layout::{Face, Layout};
use bytes::Bytes;

/// Where the parts of a track come from, in the order of their numbers. Parts that are missing are left out: of a picture
/// nothing is shown until the next part that begins with an IDR, sound is silent.
pub trait Parts: Send {
    /// The next part; none at the end.
    ///
    /// # Errors
    /// When it cannot be read; the file is then given up.
    fn next(&mut self) -> io::Result<Option<Bytes>>;
}

/// A track: its init (`ftyp` + `moov`) and its parts.
pub struct Track {
    pub init: Bytes,
    pub parts: Box<dyn Parts>,
}

impl std::fmt::Debug for Track {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Track").finish_non_exhaustive()
    }
}

/// What the file is made of.
#[derive(Debug)]
pub struct Take {
    pub video: Track,
    pub audio: Option<Track>,
    pub camera: Option<Track>,
    pub layout: Layout,
    /// Written into the file; empty: none.
    pub title: String,
    /// Length in milliseconds: a camera that is longer is cut there.
    pub length_ms: u64,
}

/// How the file was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// The pictures are those of the take.
    Packed,
    /// The pictures were encoded anew, with the face in them.
    Composed,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompositionError {
    #[error("the init or a part cannot be read: {0}")]
    Boxes(#[from] ReadError),
    #[error("the track {0} is not what it was announced as")]
    WrongTrack(&'static str),
    #[error("a part could not be fetched: {0}")]
    Fetch(#[source] io::Error),
    #[error("there is no picture in this take")]
    NoPicture,
    #[error("this FFmpeg has no {0}")]
    NoCodec(&'static str),
    #[error("there is no space left for the file")]
    NoSpace,
    #[error("it was cancelled")]
    Cancelled,
    #[error("FFmpeg: {0}")]
    Ffmpeg(ffmpeg_next::Error),
}

impl From<ffmpeg_next::Error> for CompositionError {
    fn from(error: ffmpeg_next::Error) -> Self {
        match error {
            ffmpeg_next::Error::Other { errno } if errno == ffmpeg_next::error::ENOSPC => {
                Self::NoSpace
            }
            other => Self::Ffmpeg(other),
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, CompositionError>;

/// Told how many milliseconds of the take are written; `Break` cancels.
pub type Progress<'a> = &'a mut dyn FnMut(u64) -> ControlFlow<()>;

/// Writes `file`, which is overwritten. What was begun is left behind when it fails.
///
/// # Errors
/// See [`CompositionError`].
pub fn write(take: Take, file: &Path, progress: Progress<'_>) -> Result<Made> {
    ffmpeg::quiet();
    let Take {
        video,
        audio,
        camera,
        layout,
        title,
        length_ms,
    } = take;
    match camera.filter(|_| shows_a_face(&layout, length_ms)) {
        Some(camera) => {
            let shown = compose::Shown {
                screen: video,
                camera,
                layout: &layout,
                length_ms,
            };
            compose::write(shown, audio, &title, file, progress)
        }
        None => {
            remux::write(video, audio, &title, file, progress)?;
            Ok(Made::Packed)
        }
    }
}

/// Whether the layout shows a face at any moment of a take of this length.
fn shows_a_face(layout: &Layout, length_ms: u64) -> bool {
    let moments = layout.moments().iter().map(|moment| moment.at_ms);
    std::iter::once(0)
        .chain(moments.filter(|at| *at < length_ms))
        .any(|at| layout.at(at).face != Face::Hidden)
}

fn go_on(progress: &mut dyn FnMut(u64) -> ControlFlow<()>, ms: u64) -> Result<()> {
    match progress(ms) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(CompositionError::Cancelled),
    }
}
