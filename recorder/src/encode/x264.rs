//! libx264 through FFmpeg.
//!
//! It never decides where a segment begins (`keyint=infinite`, no scene cuts; we say where the IDRs
//! go), and it never looks ahead, so that every picture leaves in the call that brought it. `force-cfr` is part of
//! that: told that times vary, x264 holds every picture back until it knows how long it lasts. Times do vary, and
//! they pass through untouched; only its rate control assumes a constant frame rate.
//!
//! A picture that is repeated is not encoded again once nothing of it would change (`skip.rs`, decision 36).
//!
//! Decision 35 has the measurements behind the parameters. `qpmin`: without lookahead the rate control spends what little
//! changes on a still screen at a very low QP, and codes again what already stands there; a floor ends that. `umh`: text moves
//! by many whole pixels at once, which `hex` does not find.

use std::sync::Arc;

use aside_protocol::cmaf::VideoConfig;
use aside_protocol::recording::VIDEO_TIMESCALE;
use bytes::Bytes;
use ffmpeg_next as ffmpeg;

use super::{
    Budget, Content, Effort, EncodeError, Encoded, QualityStep, VideoEncoder, VideoFormat,
    ffmpeg as glue, h264, skip::Skipper,
};
use crate::compose::Picture;

/// Pixels one thread encodes in time at 30 pictures a second.
const PIXELS_PER_THREAD: u32 = 1280 * 1024;

/// H.264 High, yuv420p, BT.709 limited range.
pub struct X264 {
    format: VideoFormat,
    profile: Profile,
    encoder: ffmpeg::encoder::video::Encoder,
    config: VideoConfig,
    /// Newer FFmpegs can be told to write lengths by themselves.
    annex_b: bool,
    packet: ffmpeg::Packet,
    budget: Budget,
    /// What `encoder` was opened with; `budget.effort` replaces it at the next IDR.
    effort: Effort,
    /// `None`: this x264 makes streams of a shape that is not known here, and every repeat is encoded.
    skipper: Option<Skipper>,
    /// The picture will not become better when it is encoded again.
    settled: bool,
    /// The IDR that shows it, while nothing but skipped pictures followed: x264 and every decoder have this picture as
    /// their reference, so it may be sent again.
    still_idr: Option<Bytes>,
}

/// Repeating a picture took fewer bytes than this: all of it was skipped, or nearly.
const SETTLED_BYTES: usize = 500;

/// Of H.264.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    High,
    /// For tests that need two inits.
    Main,
}

impl X264 {
    pub fn open(format: VideoFormat) -> Result<Self, EncodeError> {
        Self::with_profile(format, Profile::High)
    }

    pub(super) fn with_profile(format: VideoFormat, profile: Profile) -> Result<Self, EncodeError> {
        let budget = Budget::default();
        let (encoder, config, annex_b) = open(format, profile, budget)?;
        let skipper = Skipper::new(&config.avcc);
        Ok(Self {
            skipper,
            settled: false,
            still_idr: None,
            format,
            profile,
            encoder,
            config,
            annex_b,
            packet: ffmpeg::Packet::empty(),
            budget,
            effort: budget.effort,
        })
    }

    /// The encoder of another effort. What it makes must be decodable with the init that was sent.
    fn reopen(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        let (encoder, config, annex_b) = open(self.format, self.profile, self.budget)?;
        if config != self.config {
            return Err(EncodeError::Unexpected("another preset needs another init"));
        }
        self.flush(out)?;
        (self.encoder, self.annex_b) = (encoder, annex_b);
        self.effort = self.budget.effort;
        Ok(())
    }

    fn receive(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        while glue::receive(&mut self.encoder, &mut self.packet)? {
            let pts = self
                .packet
                .pts()
                .ok_or(EncodeError::Unexpected("a picture without a time"))?;
            let data = self
                .packet
                .data()
                .ok_or(EncodeError::Unexpected("an empty picture"))?;
            let data = if self.annex_b {
                h264::to_lengths(data)
            } else {
                Bytes::copy_from_slice(data)
            };
            let idr = self.packet.is_key();
            let data = match &mut self.skipper {
                Some(skipper) => skipper.renumber(idr, data),
                None => data,
            };
            self.settled = idr;
            self.still_idr = idr.then(|| data.clone());
            let pts = u64::try_from(pts)
                .map_err(|_| EncodeError::Unexpected("a picture before the first"))?;
            out.push(Encoded { pts, idr, data });
        }
        Ok(())
    }
}

impl VideoEncoder for X264 {
    fn config(&self) -> &VideoConfig {
        &self.config
    }

    fn encode(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        if idr && self.effort != self.budget.effort {
            self.reopen(out)?;
        }
        let mut frame = glue::borrow(picture)?;
        frame.set_pts(Some(i64::try_from(pts).unwrap_or(i64::MAX)));
        frame.set_kind(if idr {
            ffmpeg::picture::Type::I
        } else {
            ffmpeg::picture::Type::None
        });
        self.encoder
            .send_frame(&frame)
            .map_err(|e| EncodeError::Failed(e.to_string()))?;
        self.receive(out)
    }

    fn repeat(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        let other_encoder = idr && self.effort != self.budget.effort;
        if let Some(skipper) = self.skipper.as_mut().filter(|_| !other_encoder) {
            let again = match (idr, &self.still_idr) {
                (true, Some(bytes)) => Some(skipper.renumber(true, bytes.clone())),
                (false, _) if self.settled => Some(skipper.skip()),
                _ => None,
            };
            if let Some(data) = again {
                out.push(Encoded { pts, idr, data });
                return Ok(());
            }
        }
        let before = out.len();
        self.encode(picture, pts, idr, out)?;
        let new = out.get(before..).unwrap_or_default();
        self.settled |= new.iter().all(|e| e.data.len() < SETTLED_BYTES) && !new.is_empty();
        Ok(())
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        match self.encoder.send_eof() {
            Ok(()) | Err(ffmpeg::Error::Eof) => self.receive(out),
            Err(e) => Err(EncodeError::Failed(e.to_string())),
        }
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        if budget.quality != self.budget.quality {
            // The same picture would be another one now.
            (self.settled, self.still_idr) = (false, None);
        }
        self.budget = budget;
        let (crf, peak) = (
            crf(self.format.content, budget.quality),
            budget.quality.peak(self.format),
        );
        glue::set_rate(&mut self.encoder, crf, peak)
    }
}

type Opened = (ffmpeg::encoder::video::Encoder, VideoConfig, bool);

fn open(format: VideoFormat, profile: Profile, budget: Budget) -> Result<Opened, EncodeError> {
    glue::quiet();
    let codec = ffmpeg::encoder::find_by_name("libx264")
        .ok_or_else(|| EncodeError::Open("this FFmpeg has no libx264".to_owned()))?;
    let mut video = ffmpeg::codec::Context::new_with_codec(codec)
        .encoder()
        .video()
        .map_err(open_error)?;
    video.set_width(format.width);
    video.set_height(format.height);
    video.set_format(ffmpeg::format::Pixel::YUV420P);
    let scale = i32::try_from(VIDEO_TIMESCALE).unwrap_or(90_000);
    video.set_time_base((1, scale));
    video.set_frame_rate(Some((i32::try_from(format.fps).unwrap_or(30), 1)));
    video.set_max_b_frames(0);
    video.set_color_range(ffmpeg::color::Range::MPEG);
    video.set_colorspace(ffmpeg::color::Space::BT709);
    video.set_flags(ffmpeg::codec::Flags::GLOBAL_HEADER);
    let threads = threads(format);
    glue::set_threads(&mut video, threads);
    let (crf, peak) = (
        crf(format.content, budget.quality),
        budget.quality.peak(format),
    );
    glue::set_rate(&mut video, crf, peak)?;

    let mut options = ffmpeg::Dictionary::new();
    options.set("preset", preset(format.content, budget.effort));
    let (name, transform_8x8) = match profile {
        Profile::High => ("high", 1),
        Profile::Main => ("main", 0),
    };
    options.set("profile", name);
    options.set("crf", &crf.to_string());
    options.set("forced-idr", "1");
    options.set(
        "x264-params",
        &parameters(format.content, budget.effort, threads, transform_8x8),
    );
    let encoder = video.open_with(options).map_err(open_error)?;

    let header = glue::extradata(&encoder);
    let annex_b = header.first() != Some(&1);
    let avcc = if annex_b {
        h264::avcc(&header)?
    } else {
        header
    };
    let size =
        |n| u16::try_from(n).map_err(|_| EncodeError::Unexpected("the picture is too large"));
    let config = VideoConfig {
        width: size(format.width)?,
        height: size(format.height)?,
        timescale: VIDEO_TIMESCALE,
        avcc,
    };
    Ok((encoder, config, annex_b))
}

fn open_error(e: ffmpeg::Error) -> EncodeError {
    EncodeError::Open(e.to_string())
}

/// One for a full-HD screen, more for larger ones: slices cost bytes, so no more than needed.
fn threads(format: VideoFormat) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rate =
        u64::from(format.width) * u64::from(format.height) * u64::from(format.fps.max(1)) / 30;
    let wanted = rate.div_ceil(u64::from(PIXELS_PER_THREAD)).max(1);
    usize::try_from(wanted).unwrap_or(1).min(cores)
}

/// A camera moves all the time and is shown small: what saves bytes costs time there with each picture. Without CABAC and motion
/// between pixels a picture takes 2.0 ms instead of 3.2, and at CRF 25 as many bytes as `superfast` at 23 (720×720
/// `testsrc2`; SSIM 0.9957 and 0.9968).
fn preset(content: Content, effort: Effort) -> &'static str {
    match (content, effort) {
        (Content::Screen, Effort::Full) => "veryfast",
        (_, Effort::Full | Effort::Less) => "superfast",
        (_, Effort::Least) => "ultrafast",
    }
}

fn crf(content: Content, quality: QualityStep) -> f64 {
    match content {
        Content::Screen => quality.crf(),
        Content::Camera => quality.crf() + 1.0,
    }
}

/// What SPS and PPS tell is the same for every effort and quality (`stitchable` keeps the quality out of the PPS), so that all of
/// them go with one init.
fn parameters(content: Content, effort: Effort, threads: usize, transform_8x8: u8) -> String {
    let fixed = "keyint=infinite:min-keyint=1:scenecut=0:bframes=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:\
        force-cfr=1:stitchable=1:ref=1:weightp=0:\
        colorprim=bt709:transfer=bt709:colormatrix=bt709:fullrange=off";
    let quantiser = match content {
        Content::Screen => "cabac=1:aq-mode=1:aq-strength=0.6:qpmin=23",
        Content::Camera => "cabac=0:subme=0:aq-mode=1:aq-strength=1.0",
    };
    let search = match (content, effort) {
        (Content::Screen, Effort::Full) => "me=umh:trellis=1",
        _ => "me=dia:trellis=0",
    };
    format!(
        "{fixed}:8x8dct={transform_8x8}:{quantiser}:{search}:sliced-threads={}",
        u8::from(threads > 1)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::{Canvas, Paint as _, Size};

    const FORMAT: VideoFormat = VideoFormat {
        width: 64,
        height: 64,
        fps: 30,
        content: Content::Screen,
    };

    #[test]
    fn every_effort_and_quality_goes_with_one_init() {
        let (_, wanted, _) = open(FORMAT, Profile::High, Budget::default()).unwrap();
        for quality in QualityStep::all() {
            for effort in [Effort::Full, Effort::Less, Effort::Least] {
                let (_, config, _) =
                    open(FORMAT, Profile::High, Budget { quality, effort }).unwrap();
                assert_eq!(config, wanted, "{quality:?} {effort:?}");
            }
        }
    }

    /// Grey noise that is another one in each picture.
    fn noise(size: Size, seed: u64) -> Arc<Picture> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut bytes = Vec::new();
        for _ in 0..size.width * size.height {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend([state.to_le_bytes()[4]; 4]);
        }
        let mut canvas = Canvas::new(size);
        assert!(canvas.begin(&[size.rect()]));
        canvas.patch(size.rect(), &bytes, size.width as usize * 4);
        canvas.finish().unwrap()
    }

    #[test]
    fn a_worse_step_costs_less_and_the_best_costs_as_before_and_no_picture_is_held_back() {
        let size = Size::even(320, 240);
        let format = VideoFormat {
            width: 320,
            height: 240,
            fps: 30,
            content: Content::Screen,
        };
        let mut encoder = X264::open(format).unwrap();
        let mut bytes = Vec::new();
        for (round, step) in [0, 3, 0].into_iter().enumerate() {
            let quality = QualityStep::all().nth(step).unwrap();
            let effort = match round {
                1 => Effort::Less,
                _ => Effort::Full,
            };
            encoder.set_budget(Budget { quality, effort }).unwrap();
            let mut sum = 0;
            for n in 0..20 {
                let (mut out, at) = (Vec::new(), round as u64 * 20 + n);
                encoder
                    .encode(&noise(size, at), at * 3000, n == 0, &mut out)
                    .unwrap();
                assert_eq!(out.len(), 1);
                assert_eq!((out[0].pts, out[0].idr), (at * 3000, n == 0));
                sum += out[0].data.len();
            }
            bytes.push(sum);
        }
        assert!(bytes[1] * 10 < bytes[0] * 7, "{bytes:?}");
        assert!(bytes[2] * 10 > bytes[1] * 13, "{bytes:?}");
    }
}
