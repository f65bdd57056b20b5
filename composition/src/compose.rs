//! Screen and face in one picture; or, without a face, a screen whose encoder was replaced in the middle.
//!
//! Pictures stand on a grid of a thirtieth of a second, on which both tracks are looked at together: so they agree within
//! one picture. Where nothing changes no picture is made, but for one a second.

use std::collections::VecDeque;
use std::path::Path;

use aside_protocol::layout::Layout;
use aside_protocol::recording::VIDEO_TIMESCALE;
use ffmpeg_next as ffmpeg;
use ffmpeg_next::format::Pixel;

use crate::mp4::{Copied, Mp4, Stream, micros, ticks};
use crate::scene::Scene;
use crate::{CompositionError, Progress, Result, Track, go_on};

/// Ticks from one place of the grid to the next.
const STEP: u64 = VIDEO_TIMESCALE as u64 / 30;
/// Ticks of a millisecond.
const MS: u64 = VIDEO_TIMESCALE as u64 / 1000;
/// A picture is made at least this often, in ticks, so that players find a place to begin.
const AT_LEAST: u64 = VIDEO_TIMESCALE as u64;
/// Most pictures from one IDR to the next.
const IDR_EVERY: &str = "150";
const MAX_THREADS: usize = 4;
const PICTURES: usize = 0;
const SOUND: usize = 1;

/// The tracks that are seen.
pub(crate) struct Shown<'a> {
    pub(crate) screen: Track,
    pub(crate) camera: Option<Track>,
    pub(crate) layout: &'a Layout,
    /// What of the take is shown, in milliseconds.
    pub(crate) from_ms: u64,
    pub(crate) until_ms: u64,
    /// Sound behind the end is left out; that of a whole take is part of it.
    pub(crate) cuts_sound: bool,
    /// Pictures that are wider are made so wide.
    pub(crate) max_width: u32,
    /// Constant rate factor of x264: 0 to 51, less is better.
    pub(crate) quality: u32,
}

pub(crate) fn write(
    shown: Shown<'_>,
    audio: Option<Track>,
    title: &str,
    file: &Path,
    progress: Progress<'_>,
) -> Result<()> {
    let Shown {
        screen,
        camera,
        layout,
        from_ms,
        until_ms,
        cuts_sound,
        max_width,
        quality,
    } = shown;
    let mut scene = Scene::open(screen, camera, layout, max_width)?;
    let from = from_ms.saturating_mul(MS) / STEP * STEP;
    let end = until_ms.saturating_mul(MS).max(from + 1);
    let sound_end = if cuts_sound {
        micros(end, VIDEO_TIMESCALE)
    } else {
        u64::MAX
    };

    let (width, height) = scene.size();
    let encoder = open_encoder(width, height, quality)?;
    let mut streams = vec![Stream {
        parameters: ffmpeg::codec::Parameters::from(&encoder),
        timescale: VIDEO_TIMESCALE,
    }];
    let mut sound = None;
    if let Some(track) = audio {
        let init = track.first_init()?;
        let (copied, stream) = Copied::open_at(track, &init, micros(from, VIDEO_TIMESCALE))?;
        if copied.due().is_some() {
            streams.push(stream);
            sound = Some(copied);
        }
    }
    let mp4 = Mp4::begin(file, title, streams)?;
    let mut out = Out {
        mp4,
        encoder,
        held: None,
        durations: VecDeque::new(),
        end: end - from,
    };

    for at in (from..end).step_by(usize::try_from(STEP).unwrap_or(1)) {
        let mut changed = scene.look(at)?;
        let (now, ms) = (micros(at, VIDEO_TIMESCALE), at / MS);
        let at = at - from;
        changed |= out
            .held
            .as_ref()
            .is_some_and(|(since, _)| at - since >= AT_LEAST);
        if changed && let Some(drawn) = scene.draw()? {
            out.show(at, drawn)?;
        } else if out.held.is_none() && scene.is_over() {
            return Err(CompositionError::NoPicture);
        }
        if let Some(sound) = &mut sound {
            while sound.due().is_some_and(|due| due <= now) {
                sound.write_next(&mut out.mp4, SOUND)?;
            }
        }
        if at.is_multiple_of(u64::from(VIDEO_TIMESCALE)) {
            go_on(progress, ms)?;
        }
    }
    out.flush()?;
    if let Some(mut sound) = sound {
        while sound.due().is_some_and(|due| due < sound_end) {
            sound.write_next(&mut out.mp4, SOUND)?;
        }
    }
    out.mp4.finish()
}

/// The encoder and the file behind it. A picture is kept until it is known how long it is seen.
struct Out {
    mp4: Mp4,
    encoder: ffmpeg::encoder::video::Encoder,
    held: Option<(u64, ffmpeg::frame::Video)>,
    /// How long the pictures in the encoder are seen, in ticks, oldest first.
    durations: VecDeque<u64>,
    /// Ticks.
    end: u64,
}

impl Out {
    /// From `at` (ticks) on `picture` is seen.
    fn show(&mut self, at: u64, picture: ffmpeg::frame::Video) -> Result<()> {
        match self.held.replace((at, picture)) {
            Some((since, picture)) => self.encode(since, at - since, picture),
            None => Ok(()),
        }
    }

    fn encode(&mut self, at: u64, duration: u64, mut picture: ffmpeg::frame::Video) -> Result<()> {
        picture.set_pts(Some(ticks(at)?));
        picture.set_color_range(ffmpeg::color::Range::MPEG);
        self.durations.push_back(duration);
        self.encoder.send_frame(&picture)?;
        self.drain()
    }

    fn flush(&mut self) -> Result<()> {
        if let Some((since, picture)) = self.held.take() {
            let rest = self.end.saturating_sub(since).max(1);
            self.encode(since, rest, picture)?;
        }
        self.encoder.send_eof()?;
        self.drain()
    }

    /// Writes what the encoder has ready. Pictures come out in the order in which they went in.
    fn drain(&mut self) -> Result<()> {
        loop {
            let mut packet = ffmpeg::Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => {}
                Err(ffmpeg::Error::Eof) => return Ok(()),
                Err(ffmpeg::Error::Other { errno }) if errno == ffmpeg::error::EAGAIN => {
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
            let duration = self.durations.pop_front().unwrap_or(STEP);
            packet.set_duration(ticks(duration)?);
            self.mp4.write(PICTURES, packet)?;
        }
    }
}

/// H.264 High, yuv420p, BT.709 limited range. No B-frames: the file then needs no edit list (decision 8).
fn open_encoder(width: u32, height: u32, quality: u32) -> Result<ffmpeg::encoder::video::Encoder> {
    let codec =
        ffmpeg::encoder::find_by_name("libx264").ok_or(CompositionError::NoCodec("libx264"))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut context = ffmpeg::codec::Context::new_with_codec(codec);
    context.set_threading(ffmpeg::codec::threading::Config {
        count: threads.min(MAX_THREADS),
        ..Default::default()
    });
    let mut video = context.encoder().video()?;
    video.set_width(width);
    video.set_height(height);
    video.set_format(Pixel::YUV420P);
    video.set_time_base((1, i32::try_from(VIDEO_TIMESCALE).unwrap_or(90_000)));
    video.set_frame_rate(Some((30, 1)));
    video.set_max_b_frames(0);
    video.set_color_range(ffmpeg::color::Range::MPEG);
    video.set_colorspace(ffmpeg::color::Space::BT709);
    video.set_flags(ffmpeg::codec::Flags::GLOBAL_HEADER);
    let mut options = ffmpeg::Dictionary::new();
    options.set("preset", "veryfast");
    options.set("profile", "high");
    options.set("crf", &quality.to_string());
    options.set("g", IDR_EVERY);
    options.set(
        "x264-params",
        "bframes=0:colorprim=bt709:transfer=bt709:colormatrix=bt709:fullrange=off",
    );
    Ok(video.open_with(options)?)
}
