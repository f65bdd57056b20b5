//! A take as one MP4 file, without a server: the same pictures and sound, only packed anew, with
//! the index in front so that it plays while it is still being copied.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ffmpeg::format::context::{Input, StreamIo};
use ffmpeg::{Dictionary, Packet, Rational, codec};
use ffmpeg_next as ffmpeg;

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
    #[error("the take could not be packed into a file ({0}); the take itself is safe")]
    Pack(#[from] ffmpeg::Error),
}

/// Writes `{file}`: every track that has a part, in the order in which it was recorded. Where parts cannot be read
/// the last picture before them stands still and the sound is silent.
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
    if ledger.is_empty() {
        return Err(ExportError::Empty);
    }
    ffmpeg::init()?;
    ffmpeg::log::set_level(ffmpeg::log::Level::Error);
    let unfinished = file.with_extension("unfinished.mp4");
    let written = pack(folder, take, ledger, &unfinished).and_then(|()| place(&unfinished, file));
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

/// One track on its way into the file.
struct Source {
    input: Input,
    from: Rational,
    to: Rational,
    stream: usize,
    /// The packet that is to be written next.
    next: Option<Packet>,
}

fn pack(folder: &Folder, take: &Take, ledger: &Ledger, file: &Path) -> Result<(), ExportError> {
    let mut output = ffmpeg::format::output(file)?;
    let mut sources = Vec::new();
    for track in &take.tracks {
        let parts = playable(ledger.parts(track.name));
        if parts.is_empty() {
            continue;
        }
        let input = ffmpeg::format::input_from_stream(
            StreamIo::from_read_seek(Spliced::new(folder, &track.init, &parts))?,
            Some("take.mp4"),
            None,
        )?;
        let from = input.stream(0).ok_or(ffmpeg::Error::StreamNotFound)?;
        let mut to =
            output.add_stream_with(&codec::Context::from_parameters(from.parameters())?)?;
        to.set_time_base(from.time_base());
        let (from, stream) = (from.time_base(), to.index());
        sources.push(Source {
            input,
            from,
            to: from,
            stream,
            next: None,
        });
    }
    if sources.is_empty() {
        return Err(ExportError::Empty);
    }
    output.set_metadata(metadata(take));
    let mut options = Dictionary::new();
    options.set("movflags", "+faststart");
    output.write_header_with(options)?;
    for source in &mut sources {
        source.to = output
            .stream(source.stream)
            .ok_or(ffmpeg::Error::StreamNotFound)?
            .time_base();
        source.advance()?;
    }
    while let Some((source, mut packet)) = earliest(&mut sources) {
        packet.rescale_ts(source.from, source.to);
        packet.set_stream(source.stream);
        packet.set_position(-1);
        packet.write_interleaved(&mut output)?;
        source.advance()?;
    }
    output.write_trailer()?;
    Ok(())
}

/// What a decoder makes sense of: behind a hole, nothing before the next part that stands by itself.
fn playable(parts: &[Entry]) -> Vec<Entry> {
    let (mut expected, mut broken) = (0, false);
    let mut playable = Vec::with_capacity(parts.len());
    for part in parts {
        broken = (broken || part.number != expected) && !part.independent;
        expected = part.number + 1;
        if !broken {
            playable.push(*part);
        }
    }
    playable
}

impl Source {
    fn advance(&mut self) -> Result<(), ffmpeg::Error> {
        // Not through the iterator, which takes every trouble for the end.
        let mut packet = Packet::empty();
        self.next = match packet.read(&mut self.input) {
            Ok(()) => Some(packet),
            Err(ffmpeg::Error::Eof) => None,
            Err(error) => return Err(error),
        };
        Ok(())
    }

    fn due(&self) -> Option<i128> {
        let dts = self.next.as_ref()?.dts().unwrap_or(0);
        let (ticks, scale) = (
            i128::from(self.from.numerator()),
            i128::from(self.from.denominator().max(1)),
        );
        Some(i128::from(dts) * ticks * 1_000_000_000 / scale)
    }
}

fn earliest(sources: &mut [Source]) -> Option<(&mut Source, Packet)> {
    let source = sources
        .iter_mut()
        .filter(|s| s.next.is_some())
        .min_by_key(|s| s.due())?;
    let packet = source.next.take()?;
    Some((source, packet))
}

fn metadata(take: &Take) -> Dictionary<'static> {
    let mut metadata = Dictionary::new();
    let title = take.clean_title();
    if !title.is_empty() {
        metadata.set("title", &title);
    }
    metadata
}

/// An init and the files of its parts, read as if they were one file.
#[derive(Debug)]
struct Spliced {
    init: Vec<u8>,
    /// Where each file ends, counted from the front of the whole, and which it is.
    files: Vec<(u64, PathBuf)>,
    at: u64,
    open: Option<(usize, File)>,
}

impl Spliced {
    fn new(folder: &Folder, init: &[u8], parts: &[Entry]) -> Self {
        let mut end = init.len() as u64;
        let file = |entry: &Entry| {
            end += entry.size;
            (end, folder.part(entry.track, entry.number))
        };
        Self {
            init: init.to_vec(),
            files: parts.iter().map(file).collect(),
            at: 0,
            open: None,
        }
    }

    fn len(&self) -> u64 {
        self.files
            .last()
            .map_or(self.init.len() as u64, |(end, _)| *end)
    }

    fn start_of(&self, index: usize) -> u64 {
        index
            .checked_sub(1)
            .map_or(self.init.len() as u64, |before| self.files[before].0)
    }
}

impl Read for Spliced {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(rest) = usize::try_from(self.at)
            .ok()
            .and_then(|at| self.init.get(at..))
            && !rest.is_empty()
        {
            let read = Read::read(&mut &*rest, buf)?;
            self.at += read as u64;
            return Ok(read);
        }
        let index = self.files.partition_point(|(end, _)| *end <= self.at);
        let Some((end, path)) = self.files.get(index) else {
            return Ok(0);
        };
        let mut file = match self.open.take() {
            Some((open, file)) if open == index => file,
            _ => File::open(path)?,
        };
        file.seek(SeekFrom::Start(self.at - self.start_of(index)))?;
        let room = usize::try_from(*end - self.at)
            .unwrap_or(usize::MAX)
            .min(buf.len());
        let read = file.read(&mut buf[..room])?;
        self.at += read as u64;
        self.open = Some((index, file));
        Ok(read)
    }
}

impl Seek for Spliced {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use aside_protocol::recording::{Sha256, TrackName};

    use super::*;

    #[test]
    fn behind_a_hole_a_file_goes_on_with_the_next_part_that_stands_by_itself() {
        let part = |number: u32| Entry {
            track: TrackName::Video,
            number,
            start: 0,
            duration: 1,
            independent: number.is_multiple_of(4),
            size: 1,
            sha256: Sha256([0; 32]),
        };
        let numbers = |numbers: &[u32]| -> Vec<u32> {
            let parts: Vec<Entry> = numbers.iter().copied().map(part).collect();
            playable(&parts).iter().map(|p| p.number).collect()
        };
        assert_eq!(numbers(&[0, 1, 2, 3, 4]), [0, 1, 2, 3, 4]);
        assert_eq!(numbers(&[0, 1, 3, 4, 5]), [0, 1, 4, 5]);
        assert_eq!(numbers(&[1, 2, 3, 8, 9]), [8, 9]);
        assert_eq!(numbers(&[1, 2]), [] as [u32; 0]);
    }
}
