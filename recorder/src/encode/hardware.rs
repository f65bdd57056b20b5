//! H.264 encoders of graphics cards and processors, through FFmpeg. **Never tried on hardware**: what is known of them is FFmpeg's
//! documentation and source. A self-test stands before each (`self_test.rs`), a time limit around each (`guard.rs`), and libx264
//! behind all of them.
//!
//! They encode with a constant quality. None can be set to another one in the middle in the same way, so a line that asks for
//! fewer bytes gets libx264 from there on.

use std::sync::Arc;

use aside_protocol::cmaf::VideoConfig;
use aside_protocol::recording::VIDEO_TIMESCALE;
use bytes::Bytes;
use ffmpeg_next as ffmpeg;
use ffmpeg_next::format::Pixel;

use super::vaapi::Surfaces;
use super::{
    Budget, EncodeError, Encoded, QualityStep, VideoEncoder, VideoFormat, ffmpeg as glue, h264,
};
use crate::compose::Picture;

/// Where an encoder takes its pictures from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    /// The memory of this program, in this format.
    Memory(Pixel),
    /// Surfaces of the VA-API, to which they are uploaded.
    Vaapi,
}

/// One of FFmpeg's encoders.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    codec: &'static str,
    input: Input,
    /// Options of the codec; one that it does not have is passed over.
    options: &'static [(&'static str, &'static str)],
    /// Say the quality with `global_quality`: intelligent constant quality (QSV), or the QP (VAAPI).
    global_quality: bool,
}

pub(super) const NVENC: Kind = Kind {
    codec: "h264_nvenc",
    input: Input::Memory(Pixel::YUV420P),
    options: &[
        ("preset", "p4"),
        ("tune", "ll"),
        ("profile", "high"),
        ("rc", "vbr"),
        ("cq", QUALITY_TEXT),
        ("zerolatency", "1"),
        ("delay", "0"),
        ("forced-idr", "1"),
        ("no-scenecut", "1"),
    ],
    global_quality: false,
};

pub(super) const QSV: Kind = Kind {
    codec: "h264_qsv",
    input: Input::Memory(Pixel::NV12),
    options: &[
        ("preset", "veryfast"),
        ("profile", "high"),
        ("async_depth", "1"),
        ("forced_idr", "1"),
        ("look_ahead", "0"),
    ],
    global_quality: true,
};

pub(super) const VIDEOTOOLBOX: Kind = Kind {
    codec: "h264_videotoolbox",
    input: Input::Memory(Pixel::NV12),
    options: &[("profile", "high"), ("realtime", "1"), ("allow_sw", "0")],
    global_quality: false,
};

pub(super) const VAAPI: Kind = Kind {
    codec: "h264_vaapi",
    input: Input::Vaapi,
    options: &[
        ("profile", "high"),
        ("rc_mode", "CQP"),
        ("qp", QUALITY_TEXT),
        ("async_depth", "1"),
        ("idr_interval", "0"),
    ],
    global_quality: true,
};

/// About what libx264 makes at its best step; the scales of QP, CQ and ICQ are those of H.264's quantiser.
const QUALITY: i32 = 24;
const QUALITY_TEXT: &str = "24";
/// Pictures from one IDR to the next that an encoder places by itself: ours come every ten seconds at the latest.
const NEVER: u32 = 100_000;

pub(super) struct Hardware {
    encoder: ffmpeg::encoder::video::Encoder,
    config: VideoConfig,
    annex_b: bool,
    input: Input,
    /// Only with [`Input::Vaapi`]; outlives the encoder, which holds references of its own.
    surfaces: Option<Surfaces>,
    packet: ffmpeg::Packet,
}

impl Hardware {
    pub(super) fn open(kind: Kind, format: VideoFormat) -> Result<Self, EncodeError> {
        glue::quiet();
        let failed = |e: ffmpeg::Error| EncodeError::Open(e.to_string());
        let codec = ffmpeg::encoder::find_by_name(kind.codec)
            .ok_or_else(|| EncodeError::Open(format!("this FFmpeg has no {}", kind.codec)))?;
        let mut video = ffmpeg::codec::Context::new_with_codec(codec)
            .encoder()
            .video()
            .map_err(failed)?;
        video.set_width(format.width);
        video.set_height(format.height);
        let scale = i32::try_from(VIDEO_TIMESCALE).unwrap_or(90_000);
        video.set_time_base((1, scale));
        video.set_frame_rate(Some((i32::try_from(format.fps).unwrap_or(30), 1)));
        video.set_gop(NEVER);
        video.set_max_b_frames(0);
        video.set_color_range(ffmpeg::color::Range::MPEG);
        video.set_colorspace(ffmpeg::color::Space::BT709);
        glue::set_colour(&mut video);
        video.set_flags(ffmpeg::codec::Flags::GLOBAL_HEADER);
        let peak = QualityStep::default().peak(format);
        if kind.global_quality {
            video.set_global_quality(QUALITY);
        } else {
            video.set_bit_rate(usize::try_from(peak / 2).unwrap_or(0));
            video.set_max_bit_rate(usize::try_from(peak).unwrap_or(0));
        }
        let surfaces = match kind.input {
            Input::Memory(pixel) => {
                video.set_format(pixel);
                None
            }
            Input::Vaapi => {
                video.set_format(Pixel::VAAPI);
                let surfaces = Surfaces::open(format.width, format.height)?;
                surfaces.give_to(&mut video)?;
                Some(surfaces)
            }
        };
        let mut options = ffmpeg::Dictionary::new();
        for (name, value) in kind.options {
            options.set(name, value);
        }
        let encoder = video.open_with(options).map_err(failed)?;
        let header = glue::extradata(&encoder);
        let annex_b = header.first() != Some(&1);
        let avcc = match annex_b {
            true => h264::avcc(&header)?,
            false => header,
        };
        let size =
            |n| u16::try_from(n).map_err(|_| EncodeError::Unexpected("the picture is too large"));
        Ok(Self {
            encoder,
            config: VideoConfig {
                width: size(format.width)?,
                height: size(format.height)?,
                timescale: VIDEO_TIMESCALE,
                avcc,
            },
            annex_b,
            input: kind.input,
            surfaces,
            packet: ffmpeg::Packet::empty(),
        })
    }

    fn receive(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        while glue::receive(&mut self.encoder, &mut self.packet)? {
            let pts = self.packet.pts().and_then(|pts| u64::try_from(pts).ok());
            let pts = pts.ok_or(EncodeError::Unexpected("a picture without a time"))?;
            let data = self.packet.data();
            let data = data.ok_or(EncodeError::Unexpected("an empty picture"))?;
            out.push(Encoded {
                pts,
                idr: self.packet.is_key(),
                data: match self.annex_b {
                    true => h264::to_lengths(data),
                    false => Bytes::copy_from_slice(data),
                },
            });
        }
        Ok(())
    }
}

impl VideoEncoder for Hardware {
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
        let mut frame = match self.input {
            Input::Memory(Pixel::YUV420P) => glue::borrow(picture)?,
            Input::Memory(_) | Input::Vaapi => nv12(picture)?,
        };
        if let Some(surfaces) = &self.surfaces {
            frame = surfaces.upload(&frame)?;
        }
        frame.set_pts(Some(i64::try_from(pts).unwrap_or(i64::MAX)));
        frame.set_kind(match idr {
            true => ffmpeg::picture::Type::I,
            false => ffmpeg::picture::Type::None,
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
        self.encode(picture, pts, idr, out)
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        match self.encoder.send_eof() {
            Ok(()) | Err(ffmpeg::Error::Eof) => self.receive(out),
            Err(e) => Err(EncodeError::Failed(e.to_string())),
        }
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        match budget.quality == QualityStep::default() {
            true => Ok(()),
            false => Err(EncodeError::Failed(
                "it cannot make fewer bytes for a slow connection".to_owned(),
            )),
        }
    }
}

/// Luma as it is; the colours side by side.
fn nv12(picture: &Picture) -> Result<ffmpeg::frame::Video, EncodeError> {
    let int = |n: usize| {
        u32::try_from(n).map_err(|_| EncodeError::Unexpected("the picture is too large"))
    };
    let (width, height) = (picture.width(), picture.height());
    let mut frame = ffmpeg::frame::Video::new(Pixel::NV12, int(width)?, int(height)?);
    let stride = frame.stride(0);
    let rows = picture.y().chunks(picture.y_stride());
    for (to, from) in frame.data_mut(0).chunks_mut(stride).zip(rows).take(height) {
        if let (Some(to), Some(from)) = (to.get_mut(..width), from.get(..width)) {
            to.copy_from_slice(from);
        }
    }
    let stride = frame.stride(1);
    let (half, chroma) = (width / 2, picture.chroma_stride());
    let (us, vs) = (picture.u().chunks(chroma), picture.v().chunks(chroma));
    let rows = frame.data_mut(1).chunks_mut(stride).zip(us.zip(vs));
    for (to, (us, vs)) in rows.take(height / 2) {
        for ((pair, u), v) in to.chunks_exact_mut(2).zip(us).zip(vs).take(half) {
            pair.copy_from_slice(&[*u, *v]);
        }
    }
    frame.set_color_range(ffmpeg::color::Range::MPEG);
    frame.set_color_space(ffmpeg::color::Space::BT709);
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::super::self_test::clip;
    use super::*;

    #[test]
    fn colours_lie_side_by_side_in_nv12_and_nothing_is_moved() {
        let picture = &clip().unwrap()[3];
        let frame = nv12(picture).unwrap();
        let (width, height) = (picture.width(), picture.height());
        for (x, y) in [(0, 0), (17, 40), (width - 1, height - 1), (width / 2, 9)] {
            let luma = frame.data(0)[y * frame.stride(0) + x];
            assert_eq!(luma, picture.y()[y * picture.y_stride() + x], "{x}, {y}");
            let (cx, cy) = (x / 2, y / 2);
            let pair = &frame.data(1)[cy * frame.stride(1) + cx * 2..][..2];
            let at = cy * picture.chroma_stride() + cx;
            assert_eq!(pair, [picture.u()[at], picture.v()[at]], "{x}, {y}");
        }
    }

    #[test]
    fn what_this_machine_lacks_is_an_error_and_no_crash() {
        let format = VideoFormat {
            width: 640,
            height: 360,
            fps: 30,
            content: crate::encode::Content::Screen,
        };
        for kind in [NVENC, QSV, VIDEOTOOLBOX, VAAPI] {
            match Hardware::open(kind, format) {
                // A machine that has one: its self-test says whether it is of use.
                Ok(_) => {}
                Err(EncodeError::Open(why)) => assert!(!why.is_empty()),
                Err(other) => panic!("{}: {other}", kind.codec),
            }
        }
    }
}
