//! Pictures and sound as they are, packed anew.

use std::path::Path;

use crate::mp4::{Copied, Mp4};
use crate::{CompositionError, Progress, Result, Track, go_on};

/// Progress is told this often, in microseconds of the take.
const TELL: u64 = 1_000_000;

pub(crate) fn write(
    video: Track,
    audio: Option<Track>,
    title: &str,
    file: &Path,
    progress: Progress<'_>,
) -> Result<()> {
    let mut tracks = Vec::new();
    let mut streams = Vec::new();
    for track in std::iter::once(video).chain(audio) {
        let init = track.first_init()?;
        let (copied, stream) = Copied::open(track, &init)?;
        if copied.due().is_some() {
            tracks.push(copied);
            streams.push(stream);
        }
    }
    if tracks.is_empty() {
        return Err(CompositionError::NoPicture);
    }
    let mut mp4 = Mp4::begin(file, title, streams)?;
    let mut told = 0;
    while let Some((at, stream)) = earliest(&tracks) {
        if at >= told {
            go_on(progress, at / 1000)?;
            told = at + TELL;
        }
        tracks[stream].write_next(&mut mp4, stream)?;
    }
    mp4.finish()
}

/// When the next sample is due, and of which stream it is.
fn earliest(tracks: &[Copied]) -> Option<(u64, usize)> {
    let due = tracks.iter().enumerate();
    due.filter_map(|(n, track)| Some((track.due()?, n))).min()
}
