//! H.264 parts to pictures: as many as a poster needs, not more.

use aside_protocol::cmaf::{Init, Media, read_part};
use aside_protocol::recording::Kind;
use ffmpeg_next as ffmpeg;

use super::{MediaError, Result, ffmpeg as glue};

/// A decoded picture; clones share the pixels.
#[derive(Clone)]
pub struct Picture(pub(super) ffmpeg::frame::Video);

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}×{})", self.width(), self.height())
    }
}

impl Picture {
    pub fn width(&self) -> u32 {
        self.0.width()
    }

    pub fn height(&self) -> u32 {
        self.0.height()
    }

    /// Pixels of four bytes (red, green, blue, how opaque they are), row by row, before white; none where they are not so many.
    pub fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> Option<Self> {
        let (columns, rows) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        let whole = columns.checked_mul(rows)?.checked_mul(4)?;
        if whole == 0 || rgba.len() != whole {
            return None;
        }
        let mut frame = ffmpeg::frame::Video::new(ffmpeg::format::Pixel::RGB24, width, height);
        let stride = frame.stride(0);
        let lines = frame.data_mut(0).chunks_mut(stride);
        for (to, from) in lines.zip(rgba.chunks_exact(columns * 4)) {
            for (to, from) in to.chunks_exact_mut(3).zip(from.chunks_exact(4)) {
                let opaque = u32::from(from[3]);
                for (to, from) in to.iter_mut().zip(from) {
                    let mixed = (u32::from(*from) * opaque + 255 * (255 - opaque)) / 255;
                    *to = u8::try_from(mixed).unwrap_or(u8::MAX);
                }
            }
        }
        Some(Self(frame))
    }

    /// The picture's brightness, shrunk to `width` × `height` bytes, row by row.
    pub fn luma(&self, width: u32, height: u32) -> Result<Vec<u8>> {
        let gray = glue::scale(&self.0, ffmpeg::format::Pixel::GRAY8, width, height)?;
        let (stride, width) = (gray.stride(0), width as usize);
        Ok(gray
            .data(0)
            .chunks(stride)
            .take(height as usize)
            .flat_map(|row| &row[..width])
            .copied()
            .collect())
    }
}

/// Decodes one video track.
pub struct PictureDecoder {
    decoder: ffmpeg::decoder::Opened,
}

impl std::fmt::Debug for PictureDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PictureDecoder").finish_non_exhaustive()
    }
}

impl PictureDecoder {
    pub fn new(init: &Init) -> Result<Self> {
        let Media::Video(config) = &init.media else {
            return Err(MediaError::WrongTrack("video"));
        };
        Ok(Self {
            decoder: glue::open_decoder("h264", &config.avcc)?,
        })
    }

    /// The first picture of a part that begins with an IDR, whatever was decoded before.
    pub fn first_of(&mut self, part: &[u8]) -> Result<Picture> {
        self.decode(part, 1)
    }

    /// The last picture of a part that follows the one decoded before (or begins with an IDR).
    pub fn last_of(&mut self, part: &[u8]) -> Result<Picture> {
        self.decode(part, usize::MAX)
    }

    /// The last picture that begins at tick `until` of the track or before, and at least the first one; of a part that
    /// follows the one decoded before (or begins with an IDR).
    pub fn last_until(&mut self, part: &[u8], until: u64) -> Result<Picture> {
        let samples = read_part(part, Kind::Video)?.samples;
        let shown = samples.iter().filter(|sample| sample.start <= until);
        let shown = shown.count().max(1);
        self.decode(part, shown)
    }

    fn decode(&mut self, part: &[u8], samples: usize) -> Result<Picture> {
        let parsed = read_part(part, Kind::Video)?;
        if parsed.info.independent {
            self.decoder.flush();
        }
        let (mut last, mut failure) = (None, ffmpeg::Error::InvalidData);
        for sample in parsed.samples.iter().take(samples) {
            let bytes = &part[sample.offset..sample.offset + sample.size];
            if let Err(e) = self.decoder.send_packet(&ffmpeg::Packet::copy(bytes)) {
                failure = e;
                continue;
            }
            self.receive(&mut last);
        }
        if last.is_none() && parsed.info.independent {
            // A stream that says it reorders holds its first picture back: the end makes it let go.
            if self.decoder.send_eof().is_ok() {
                self.receive(&mut last);
            }
            self.decoder.flush();
        }
        last.ok_or(MediaError::Undecodable(failure))
    }

    fn receive(&mut self, last: &mut Option<Picture>) {
        let mut frame = ffmpeg::frame::Video::empty();
        while self.decoder.receive_frame(&mut frame).is_ok() {
            if frame.width() > 0 && frame.height() > 0 {
                *last = Some(Picture(std::mem::replace(
                    &mut frame,
                    ffmpeg::frame::Video::empty(),
                )));
            }
        }
    }
}
