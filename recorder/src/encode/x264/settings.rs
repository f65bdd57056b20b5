//! What libx264 is opened with. Decision 35 has the measurements behind the parameters, decision 70 those of the search.

use aside_protocol::cmaf::VideoConfig;
use aside_protocol::recording::VIDEO_TIMESCALE;
use ffmpeg_next as ffmpeg;

use super::super::search::Search;
use super::super::{
    Budget, Content, Effort, EncodeError, QualityStep, VideoFormat, ffmpeg as glue, h264,
};

/// Of H.264.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::encode) enum Profile {
    High,
    /// For tests that need two inits.
    Main,
}

/// Pixels one thread encodes in time at 30 pictures a second.
const PIXELS_PER_THREAD: u32 = 1280 * 1024;
/// The best QP that a picture of a screen gets.
pub(super) const BEST_QP: i32 = 23;

pub(super) type Opened = (ffmpeg::encoder::video::Encoder, VideoConfig, bool);

pub(super) fn open(
    format: VideoFormat,
    profile: Profile,
    budget: Budget,
    search: Search,
) -> Result<Opened, EncodeError> {
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
        &parameters(
            format.content,
            budget.effort,
            search,
            threads,
            transform_8x8,
        ),
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

pub(super) fn crf(content: Content, quality: QualityStep) -> f64 {
    match content {
        Content::Screen => quality.crf(),
        Content::Camera => quality.crf() + 1.0,
    }
}

/// What SPS and PPS tell is the same for every effort and quality (`stitchable` keeps the quality out of the PPS), so that all of
/// them go with one init.
fn parameters(
    content: Content,
    effort: Effort,
    search: Search,
    threads: usize,
    transform_8x8: u8,
) -> String {
    let fixed = "keyint=infinite:min-keyint=1:scenecut=0:bframes=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:\
        force-cfr=1:stitchable=1:ref=1:weightp=0:\
        colorprim=bt709:transfer=bt709:colormatrix=bt709:fullrange=off";
    let quantiser = match content {
        Content::Screen => format!("cabac=1:aq-mode=1:aq-strength=0.6:qpmin={BEST_QP}"),
        Content::Camera => "cabac=0:subme=0:aq-mode=1:aq-strength=1.0".to_owned(),
    };
    let search = match (content, effort, search) {
        (Content::Screen, Effort::Full, Search::Far) => "me=umh:merange=32:trellis=1",
        (Content::Screen, Effort::Full, Search::Near) => "me=hex:merange=16:trellis=1",
        _ => "me=dia:trellis=0",
    };
    format!(
        "{fixed}:8x8dct={transform_8x8}:{quantiser}:{search}:sliced-threads={}",
        u8::from(threads > 1)
    )
}
