//! Decoded pictures of a file, made small.

use std::path::Path;

use ffmpeg::media::Type;
use ffmpeg_next as ffmpeg;

use super::PlaybackError;
use crate::compose::{Picture, Size, Thumbnail};

/// Most pictures of a second that are shown.
const MAX_PER_SECOND: i64 = 15;

pub(super) struct Pictures {
    input: ffmpeg::format::context::Input,
    decoder: ffmpeg::decoder::Video,
    stream: usize,
    /// Seconds a tick.
    base: f64,
    side: u32,
    /// When the next picture is wanted, in milliseconds.
    next_ms: i64,
    ended: bool,
}

impl Pictures {
    pub(super) fn open(file: &Path, side: u32) -> Result<Self, PlaybackError> {
        let input = ffmpeg::format::input(file)?;
        let stream = input
            .streams()
            .best(Type::Video)
            .ok_or(PlaybackError::NoPicture)?;
        let context = ffmpeg::codec::context::Context::from_parameters(stream.parameters())?;
        let (index, base) = (stream.index(), f64::from(stream.time_base()));
        Ok(Self {
            decoder: context.decoder().video()?,
            stream: index,
            base,
            side,
            next_ms: 0,
            ended: false,
            input,
        })
    }

    /// The next picture and its place in milliseconds; `None`: the end, or something that cannot be read.
    pub(super) fn next(&mut self) -> Option<(i64, Thumbnail)> {
        let mut frame = ffmpeg::frame::Video::empty();
        loop {
            if self.decoder.receive_frame(&mut frame).is_ok() {
                let place_ms = self.millis(frame.timestamp().unwrap_or(0));
                if place_ms < self.next_ms {
                    continue;
                }
                self.next_ms = place_ms + 1000 / MAX_PER_SECOND;
                let picture = copied(&frame)?;
                return Some((place_ms, Thumbnail::of(&picture, self.side, false)));
            }
            if self.ended {
                return None;
            }
            self.feed();
        }
    }

    fn feed(&mut self) {
        let (index, decoder) = (self.stream, &mut self.decoder);
        let packet = self
            .input
            .packets()
            .find(|(stream, _)| stream.index() == index);
        match packet {
            // One that cannot be decoded is passed over: the picture before it stays.
            Some((_, packet)) => drop(decoder.send_packet(&packet)),
            None => {
                self.ended = true;
                let _ = decoder.send_eof();
            }
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a take has fewer milliseconds than 2^53"
    )]
    fn millis(&self, ticks: i64) -> i64 {
        (ticks as f64 * self.base * 1000.0) as i64
    }
}

/// Our takes are planar 4:2:0 (`protocol`); `None`: this one is not.
fn copied(frame: &ffmpeg::frame::Video) -> Option<Picture> {
    let size = Size::even(frame.width(), frame.height());
    let planar = frame.format() == ffmpeg::format::Pixel::YUV420P;
    if !planar || size.width < 2 || size.height < 2 {
        return None;
    }
    let mut picture = Picture::black(size);
    let (width, height) = (picture.width(), picture.height());
    for (n, (to, to_stride)) in picture.planes_mut().into_iter().enumerate() {
        let (wide, tall) = match n {
            0 => (width, height),
            _ => (width / 2, height / 2),
        };
        let rows = frame.data(n).chunks(frame.stride(n));
        for (to, from) in to.chunks_mut(to_stride).zip(rows).take(tall) {
            to[..wide].copy_from_slice(&from[..wide]);
        }
    }
    Some(picture)
}
