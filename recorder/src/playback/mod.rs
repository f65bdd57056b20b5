//! A file of ours played back: its pictures as small ones, each when it is due, its sound through the default output of the sound
//! server. For whoever wants to see what was just recorded; players of the desktop do everything else.

mod pictures;
mod sound;

use std::path::Path;
use std::thread::{Builder, sleep};
use std::time::Duration;

use crossbeam_channel::bounded;
use ffmpeg_next as ffmpeg;

use crate::clock::Clock;
use crate::compose::Thumbnail;

/// Longest side of a picture, in pixels.
const SIDE: u32 = 720;
/// How long the sound server may take to open its output before the pictures go on without it.
const SOUND_OPENS: Duration = Duration::from_secs(2);

/// Why a file cannot be played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaybackError {
    #[error("the file cannot be read ({0})")]
    Read(#[from] ffmpeg::Error),
    #[error("there is no picture in the file")]
    NoPicture,
    #[error("the sound has no thread ({0})")]
    Thread(#[from] std::io::Error),
}

/// What is told while it plays.
#[derive(Debug)]
pub enum Played<'a> {
    /// It begins; `sound`: there is some, and it is heard.
    Begun { sound: bool },
    /// The picture of this moment.
    Picture {
        media_ms: i64,
        picture: &'a Thumbnail,
    },
}

/// Plays `file` to its end.
///
/// # Errors
/// When the file has no picture that can be read. A sound server that is not there costs the sound only.
#[expect(
    clippy::disallowed_methods,
    reason = "a picture is told when it is due; there is nothing else to wait for"
)]
pub fn play(
    file: &Path,
    clock: &dyn Clock,
    tell: &mut dyn FnMut(Played<'_>),
) -> Result<(), PlaybackError> {
    let mut pictures = pictures::Pictures::open(file, SIDE)?;
    let (opened, opens) = bounded(1);
    let path = file.to_owned();
    let thread = Builder::new()
        .name("playback".to_owned())
        .spawn(move || sound::play(&path, &opened))?;
    let latency = opens.recv_timeout(SOUND_OPENS).ok();
    tell(Played::Begun {
        sound: latency.is_some(),
    });
    let begun = clock.now() + latency.unwrap_or_default();
    while let Some((media_ms, picture)) = pictures.next() {
        let due = begun + Duration::from_millis(u64::try_from(media_ms).unwrap_or(0));
        sleep(due - clock.now());
        tell(Played::Picture {
            media_ms,
            picture: &picture,
        });
    }
    // The last words are heard to their end.
    let _ = thread.join();
    Ok(())
}
