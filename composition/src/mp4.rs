//! The file: one stream of pictures, one of sound, `moov` in front.

use std::path::Path;

use aside_protocol::cmaf::{Init, Media};
use aside_protocol::recording::Kind;
use ffmpeg_next as ffmpeg;

use crate::samples::{Sample, Samples};
use crate::{CompositionError, Result, Track, ffmpeg as glue};

/// A file that is written.
pub(crate) struct Mp4 {
    output: ffmpeg::format::context::Output,
    /// Ticks in which packets of a stream come, and those of the file.
    bases: Vec<(ffmpeg::Rational, ffmpeg::Rational)>,
}

/// A stream of the file that is to be added: its description and its ticks a second.
pub(crate) struct Stream {
    pub(crate) parameters: ffmpeg::codec::Parameters,
    pub(crate) timescale: u32,
}

impl Mp4 {
    pub(crate) fn begin(file: &Path, title: &str, streams: Vec<Stream>) -> Result<Self> {
        let mut output = ffmpeg::format::output_as(file, "mp4")?;
        let mut bases = Vec::new();
        for stream in streams {
            let scale = i32::try_from(stream.timescale.max(1)).unwrap_or(i32::MAX);
            let base = ffmpeg::Rational::new(1, scale);
            let mut added = output.add_stream_with(&ffmpeg::codec::Context::new())?;
            added.set_parameters(stream.parameters);
            added.set_time_base(base);
            bases.push((base, base));
        }
        if !title.is_empty() {
            let mut metadata = ffmpeg::Dictionary::new();
            metadata.set("title", title);
            output.set_metadata(metadata);
        }
        let mut options = ffmpeg::Dictionary::new();
        options.set("movflags", "+faststart");
        output.write_header_with(options)?;
        for (n, (_, to)) in bases.iter_mut().enumerate() {
            let stream = output.stream(n).ok_or(ffmpeg::Error::StreamNotFound)?;
            *to = stream.time_base();
        }
        Ok(Self { output, bases })
    }

    /// Writes a packet whose times are in the ticks of its stream.
    pub(crate) fn write(&mut self, stream: usize, mut packet: ffmpeg::Packet) -> Result<()> {
        let (from, to) = *self
            .bases
            .get(stream)
            .ok_or(ffmpeg::Error::StreamNotFound)?;
        packet.rescale_ts(from, to);
        packet.set_stream(stream);
        packet.set_position(-1);
        Ok(packet.write_interleaved(&mut self.output)?)
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        Ok(self.output.write_trailer()?)
    }
}

/// A track whose samples go into the file as they are.
pub(crate) struct Copied {
    samples: Samples,
    timescale: u32,
    /// Where the file begins, in ticks.
    from: u64,
    next: Option<Sample>,
}

impl Copied {
    /// Opens the track; the stream describes it.
    pub(crate) fn open(track: Track, init: &Init) -> Result<(Self, Stream)> {
        Self::open_at(track, init, 0)
    }

    /// The same for a file that begins at `from` (microseconds): what begins before is left out.
    pub(crate) fn open_at(track: Track, init: &Init, from: u64) -> Result<(Self, Stream)> {
        let (kind, parameters) = match &init.media {
            Media::Video(config) => (Kind::Video, glue::h264_stream(config)?),
            Media::Audio(config) => (Kind::Audio, glue::aac_stream(config)?),
        };
        let mut copied = Self {
            samples: Samples::new(kind, track.parts),
            timescale: init.timescale,
            from: from_micros(from, init.timescale),
            next: None,
        };
        loop {
            copied.next = copied.samples.next()?;
            if copied
                .next
                .as_ref()
                .is_none_or(|it| it.start >= copied.from)
            {
                break;
            }
        }
        let stream = Stream {
            parameters,
            timescale: init.timescale,
        };
        Ok((copied, stream))
    }

    /// When the next sample is due, in microseconds; none at the end.
    pub(crate) fn due(&self) -> Option<u64> {
        let next = self.next.as_ref()?;
        Some(micros(next.start, self.timescale))
    }

    /// Writes the next sample to `stream`.
    pub(crate) fn write_next(&mut self, mp4: &mut Mp4, stream: usize) -> Result<()> {
        let Some(sample) = self.next.take() else {
            return Ok(());
        };
        let mut packet = ffmpeg::Packet::copy(&sample.data);
        let start = ticks(sample.start.saturating_sub(self.from))?;
        packet.set_pts(Some(start));
        packet.set_dts(Some(start));
        packet.set_duration(i64::from(sample.duration));
        if sample.sync {
            packet.set_flags(ffmpeg::packet::Flags::KEY);
        }
        mp4.write(stream, packet)?;
        self.next = self.samples.next()?;
        Ok(())
    }
}

pub(crate) fn ticks(ticks: u64) -> Result<i64> {
    i64::try_from(ticks).map_err(|_| CompositionError::WrongTrack("timeline"))
}

fn from_micros(micros: u64, timescale: u32) -> u64 {
    let ticks = u128::from(micros) * u128::from(timescale) / 1_000_000;
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

pub(crate) fn micros(ticks: u64, timescale: u32) -> u64 {
    let micros = u128::from(ticks) * 1_000_000 / u128::from(timescale.max(1));
    u64::try_from(micros).unwrap_or(u64::MAX)
}
