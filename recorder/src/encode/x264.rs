//! libx264 through FFmpeg.
//!
//! It never decides where a segment begins (`keyint=infinite`, no scene cuts; we say where the IDRs
//! go), and it never looks ahead, so that the last picture leaves at once when the take stops. `force-cfr` is part of
//! that: told that times vary, x264 holds every picture back until it knows how long it lasts. Times do vary, and
//! they pass through untouched; only its rate control assumes a constant frame rate.

use std::sync::Arc;

use aside_protocol::cmaf::VideoConfig;
use aside_protocol::recording::VIDEO_TIMESCALE;
use bytes::Bytes;
use ffmpeg_next as ffmpeg;

use super::{Content, EncodeError, Encoded, VideoEncoder, VideoFormat, ffmpeg as glue, h264};
use crate::compose::Picture;

/// Pixels one thread encodes in time at 30 pictures a second.
const PIXELS_PER_THREAD: u32 = 1280 * 1024;

/// H.264 High, yuv420p, BT.709 limited range.
pub struct X264 {
    encoder: ffmpeg::encoder::video::Encoder,
    config: VideoConfig,
    /// Newer FFmpegs can be told to write lengths by themselves.
    annex_b: bool,
    packet: ffmpeg::Packet,
}

impl X264 {
    pub fn open(format: VideoFormat) -> Result<Self, EncodeError> {
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

        let mut options = ffmpeg::Dictionary::new();
        let (preset, crf, more) = effort(format.content);
        options.set("preset", preset);
        options.set("profile", "high");
        options.set("crf", crf);
        options.set("forced-idr", "1");
        options.set("x264-params", &(parameters(threads) + more));
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
        Ok(Self {
            encoder,
            config,
            annex_b,
            packet: ffmpeg::Packet::empty(),
        })
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
            let pts = u64::try_from(pts)
                .map_err(|_| EncodeError::Unexpected("a picture before the first"))?;
            out.push(Encoded {
                pts,
                idr: self.packet.is_key(),
                data,
            });
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

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        match self.encoder.send_eof() {
            Ok(()) | Err(ffmpeg::Error::Eof) => self.receive(out),
            Err(e) => Err(EncodeError::Failed(e.to_string())),
        }
    }
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
fn effort(content: Content) -> (&'static str, &'static str, &'static str) {
    match content {
        Content::Screen => ("veryfast", "23", ""),
        Content::Camera => ("superfast", "25", ":cabac=0:weightp=0:subme=0"),
    }
}

fn parameters(threads: usize) -> String {
    let fixed = "keyint=infinite:min-keyint=1:scenecut=0:bframes=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:\
        force-cfr=1:colorprim=bt709:transfer=bt709:colormatrix=bt709:fullrange=off";
    format!("{fixed}:sliced-threads={}", u8::from(threads > 1))
}
