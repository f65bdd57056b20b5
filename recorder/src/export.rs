//! A take as one MP4 file, without a server: screen and sound as they were recorded, and where there is a camera the face
//! over the screen as it was laid out; with the index in front so that it plays while it is still being copied.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use aside_composition::{self as composition, CompositionError, Part, Parts};
use aside_protocol::layout::{Layout, LayoutMoment};
use aside_protocol::recording::{FIRST_INIT, TrackName};
use aside_protocol::timed_event::{TimedEvent, read_events};

use crate::spool::{Entry, Folder, Ledger, Take};

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    #[error("{} exists already; nothing was overwritten. Choose another name", .0.display())]
    Exists(PathBuf),
    #[error("there is nothing in this take yet")]
    Empty,
    #[error("the file name must end in .mp4")]
    NotMp4,
    #[error("{} cannot be written ({source}); the take itself is safe", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the take could not be made into a file ({0}); the take itself is safe")]
    Pack(#[from] CompositionError),
}

/// Writes `{file}`. Where parts cannot be read the last picture before them stands still and the sound is silent.
pub fn export(
    folder: &Folder,
    take: &Take,
    ledger: &Ledger,
    file: &Path,
) -> Result<(), ExportError> {
    if file
        .extension()
        .is_none_or(|e| !e.eq_ignore_ascii_case("mp4"))
    {
        return Err(ExportError::NotMp4);
    }
    if file.exists() {
        return Err(ExportError::Exists(file.to_owned()));
    }
    let tracks = tracks(folder, take, ledger)?;
    let unfinished = file.with_extension("unfinished.mp4");
    let made = composition::write(tracks, &unfinished, &mut |_| ControlFlow::Continue(()));
    let written = made
        .map_err(ExportError::from)
        .and_then(|_| place(&unfinished, file));
    if written.is_err() {
        // The first error is the one worth telling.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn place(unfinished: &Path, file: &Path) -> Result<(), ExportError> {
    let synced = File::open(unfinished)
        .and_then(|f| f.sync_all())
        .and_then(|()| fs::rename(unfinished, file));
    synced.map_err(|source| ExportError::Write {
        path: file.to_owned(),
        source,
    })
}

/// Every track that has a part.
fn tracks(folder: &Folder, take: &Take, ledger: &Ledger) -> Result<composition::Take, ExportError> {
    let track = |name: TrackName| {
        let track = take.tracks.iter().find(|track| track.name == name)?;
        let parts = ledger.parts(name);
        let used = |version| parts.iter().any(|part| part.init == version);
        let later = take.later(name).map(|l| (l.version, &l.init.init));
        let inits = std::iter::once((FIRST_INIT, &track.init)).chain(later);
        (!parts.is_empty()).then(|| composition::Track {
            inits: inits
                .filter(|(version, _)| used(*version))
                .map(|(version, init)| (version, init.clone().into()))
                .collect(),
            parts: Box::new(Files {
                folder: folder.clone(),
                entries: parts.iter().copied().collect(),
            }),
        })
    };
    let ends = [TrackName::Video, TrackName::Audio]
        .into_iter()
        .filter_map(|name| ledger.parts(name).last());
    let length_ms = ends.map(|part| part.ends_at().millis()).max().unwrap_or(0);
    Ok(composition::Take {
        video: track(TrackName::Video).ok_or(ExportError::Empty)?,
        audio: track(TrackName::Audio),
        camera: track(TrackName::Camera),
        layout: layout(folder, ledger),
        title: take.clean_title(),
        length_ms: u64::try_from(length_ms).unwrap_or(0),
    })
}

/// Where the face lay while the take was recorded. What cannot be read says nothing.
fn layout(folder: &Folder, ledger: &Ledger) -> Layout {
    let entries = ledger.parts(TrackName::Events).iter();
    let parts = entries.filter_map(|entry| {
        let bytes = fs::read(folder.part(entry.track, entry.number)).ok()?;
        read_events(&bytes).ok()
    });
    let moments = parts
        .flat_map(|part| part.events)
        .filter_map(|event| match event {
            TimedEvent::Layout {
                at_ms,
                face,
                corner,
                size,
            } => Some(LayoutMoment {
                at_ms,
                face,
                corner,
                size,
            }),
            _ => None,
        });
    // More moments than a server takes were never made.
    Layout::new(moments).unwrap_or_default()
}

/// The files of a track's parts.
struct Files {
    folder: Folder,
    entries: VecDeque<Entry>,
}

impl Parts for Files {
    fn next(&mut self) -> io::Result<Option<Part>> {
        let Some(entry) = self.entries.pop_front() else {
            return Ok(None);
        };
        let bytes = fs::read(self.folder.part(entry.track, entry.number))?;
        Ok(Some(Part {
            init: entry.init,
            bytes: bytes.into(),
        }))
    }
}
