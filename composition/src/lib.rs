//! One MP4 out of a take's tracks: the screen, the face over it as the layout says, and the sound, for players that know
//! one picture only.
//!
//! - Where no face is ever shown, pictures are packed anew and not encoded again; but where the encoder was replaced in the
//!   middle of the take they are: a file has one description of its pictures that every player understands (decision 37).
//! - Sound is never encoded again.
//! - No demuxer runs: parts are read by `aside_protocol::cmaf`, and single samples go into the `h264` decoder.
//! - `moov` stands in front, so that the file plays while it is loaded.

mod colours;
mod compose;
mod face;
mod ffmpeg;
mod gif;
mod mask;
mod mp4;
mod paint;
mod pictures;
mod remux;
mod samples;
mod scene;

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use aside_protocol::cmaf::{Init, ReadError, read_init};
use aside_protocol::layout::{Face, Layout};
use bytes::Bytes;

/// Where the parts of a track come from, in the order of their numbers. Parts that are missing are left out: of a picture
/// nothing is shown until the next part that begins with an IDR, sound is silent.
pub trait Parts: Send {
    /// The next part; none at the end.
    ///
    /// # Errors
    /// When it cannot be read; the file is then given up.
    fn next(&mut self) -> io::Result<Option<Part>>;
}

/// One part of a track.
#[derive(Debug, Clone)]
pub struct Part {
    /// Version of the init it is decoded with.
    pub init: u32,
    pub bytes: Bytes,
}

/// A track: its inits (`ftyp` + `moov`) and its parts.
pub struct Track {
    /// Those that its parts are decoded with, by version, ascending; at least one.
    pub inits: Vec<(u32, Bytes)>,
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

/// Of a whole take.
const QUALITY: u32 = 23;

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
    #[error("the file would be too large")]
    TooLarge,
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
    let camera = camera.filter(|_| shows_a_face(&layout, length_ms));
    match (camera, video.is_described_once()?) {
        (camera, once) if camera.is_some() || !once => {
            let shown = compose::Shown {
                screen: video,
                camera,
                layout: &layout,
                from_ms: 0,
                until_ms: length_ms,
                cuts_sound: false,
                max_width: u32::MAX,
                quality: QUALITY,
            };
            compose::write(shown, audio, &title, file, progress)?;
            Ok(Made::Composed)
        }
        _ => {
            remux::write(video, audio, &title, file, progress)?;
            Ok(Made::Packed)
        }
    }
}

/// What of a take is made into a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excerpt {
    /// In milliseconds of the take.
    pub from_ms: u64,
    pub until_ms: u64,
    /// Pictures that are wider are made so wide.
    pub max_width: u32,
    /// Constant rate factor of x264: 0 to 51, less is better. A GIF has none.
    pub quality: u32,
}

/// What is seen and heard in a range, as an MP4: encoded anew, so that it begins where it should and nothing else is in it.
/// `take`: its parts from the last ones before the range that pictures can be decoded from. What was begun is left behind
/// when it fails.
///
/// # Errors
/// See [`CompositionError`].
pub fn write_excerpt(
    take: Take,
    excerpt: Excerpt,
    file: &Path,
    progress: Progress<'_>,
) -> Result<()> {
    ffmpeg::quiet();
    let shown = compose::Shown {
        screen: take.video,
        camera: take.camera,
        layout: &take.layout,
        from_ms: excerpt.from_ms,
        until_ms: excerpt.until_ms.min(take.length_ms),
        cuts_sound: true,
        max_width: excerpt.max_width,
        quality: excerpt.quality,
    };
    compose::write(shown, take.audio, &take.title, file, progress)
}

/// The size in which pictures of this size are written where they may have no more than so many pixels in width.
pub fn size_within(size: (u32, u32), max_width: u32) -> (u32, u32) {
    scene::within(size, max_width)
}

/// What is seen in a range, as a GIF that begins again for ever: ten pictures a second, of at most 255 colours.
///
/// # Errors
/// See [`CompositionError`]; [`CompositionError::TooLarge`] when it has more than `max_bytes`.
pub fn write_gif(
    take: Take,
    excerpt: Excerpt,
    max_bytes: usize,
    progress: Progress<'_>,
) -> Result<Vec<u8>> {
    ffmpeg::quiet();
    let mut scene = scene::Scene::open(take.video, take.camera, &take.layout, excerpt.max_width)?;
    let until_ms = excerpt.until_ms.min(take.length_ms);
    gif::write(&mut scene, excerpt.from_ms, until_ms, max_bytes, progress)
}

impl Track {
    /// The inits as read, by version.
    pub(crate) fn read_inits(&self) -> Result<Vec<(u32, Init)>> {
        let read = self.inits.iter();
        read.map(|(version, init)| Ok((*version, read_init(init)?)))
            .collect()
    }

    /// What all of its parts are decoded with at first.
    pub(crate) fn first_init(&self) -> Result<Init> {
        let (_, init) = self
            .inits
            .first()
            .ok_or(CompositionError::WrongTrack("init"))?;
        Ok(read_init(init)?)
    }

    /// Whether one description goes with all of its parts.
    fn is_described_once(&self) -> Result<bool> {
        let inits = self.read_inits()?;
        Ok(inits.windows(2).all(|two| two[0].1.media == two[1].1.media))
    }
}

/// Whether the layout shows a face at any moment of a take of this length.
pub fn shows_a_face(layout: &Layout, length_ms: u64) -> bool {
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
