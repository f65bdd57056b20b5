//! What ffmpeg-next has no safe words for: a decoder's configuration, and the description of a stream.

#![expect(
    unsafe_code,
    reason = "extradata and the numbers of a stream can only be set through raw fields"
)]

use std::sync::Once;

use aside_protocol::cmaf::{AudioConfig, VideoConfig};
use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;

use crate::{CompositionError, Result};

/// Nothing larger is decoded: 8192 × 4320.
const MAX_PIXELS: &str = "35389440";
const AAC_FRAME: i32 = 1024;

/// FFmpeg writes to the terminal by default; what matters comes back as an error.
pub(crate) fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| ffmpeg::util::log::set_level(ffmpeg::util::log::Level::Quiet));
}

/// The `h264` decoder with the track's `avcC`.
pub(crate) fn open_decoder(config: &VideoConfig) -> Result<ffmpeg::decoder::Opened> {
    let codec =
        ffmpeg::decoder::find_by_name("h264").ok_or(CompositionError::NoCodec("h264 decoder"))?;
    let mut context = ffmpeg::codec::Context::new_with_codec(codec);
    context.set_threading(ffmpeg::codec::threading::Config {
        count: 1,
        ..Default::default()
    });
    // SAFETY: the context is our own and not open yet; it owns and frees what is stored here.
    unsafe {
        let raw = &mut *context.as_mut_ptr();
        ffi::av_freep((&raw mut raw.extradata).cast());
        (raw.extradata, raw.extradata_size) = allocate(&config.avcc)?;
    }
    let mut options = ffmpeg::Dictionary::new();
    options.set("max_pixels", MAX_PIXELS);
    Ok(context.decoder().open_as_with(codec, options)?)
}

/// A stream of H.264 whose samples have four bytes of length before each NAL unit.
pub(crate) fn h264_stream(config: &VideoConfig) -> Result<ffmpeg::codec::Parameters> {
    let mut parameters = ffmpeg::codec::Parameters::new();
    parameters.set_medium(ffmpeg::media::Type::Video);
    parameters.set_id(ffmpeg::codec::Id::H264);
    // SAFETY: the parameters are our own; they own and free the extradata.
    unsafe {
        let raw = &mut *parameters.as_mut_ptr();
        raw.width = i32::from(config.width);
        raw.height = i32::from(config.height);
        (raw.extradata, raw.extradata_size) = allocate(&config.avcc)?;
    }
    Ok(parameters)
}

/// A stream of AAC frames without ADTS headers.
pub(crate) fn aac_stream(config: &AudioConfig) -> Result<ffmpeg::codec::Parameters> {
    let mut parameters = ffmpeg::codec::Parameters::new();
    parameters.set_medium(ffmpeg::media::Type::Audio);
    parameters.set_id(ffmpeg::codec::Id::AAC);
    let rate =
        i32::try_from(config.sample_rate).map_err(|_| CompositionError::WrongTrack("audio"))?;
    // SAFETY: as above; the layout is a value without pointers.
    unsafe {
        let raw = &mut *parameters.as_mut_ptr();
        raw.sample_rate = rate;
        raw.frame_size = AAC_FRAME;
        ffi::av_channel_layout_default(&raw mut raw.ch_layout, i32::from(config.channels));
        (raw.extradata, raw.extradata_size) = allocate(&config.asc)?;
    }
    Ok(parameters)
}

/// A copy made with FFmpeg's allocator, zeroed and padded as `avcodec.h` asks for, and its size.
fn allocate(bytes: &[u8]) -> Result<(*mut u8, i32)> {
    let size = i32::try_from(bytes.len()).map_err(|_| CompositionError::WrongTrack("init"))?;
    let padding = usize::try_from(ffi::AV_INPUT_BUFFER_PADDING_SIZE).unwrap_or(64);
    // SAFETY: the copy is as long as what is written into it; whoever gets it frees it.
    unsafe {
        let copy = ffi::av_mallocz(bytes.len() + padding).cast::<u8>();
        if copy.is_null() {
            return Err(ffmpeg::Error::Other {
                errno: ffmpeg::error::ENOMEM,
            }
            .into());
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), copy, bytes.len());
        Ok((copy, size))
    }
}
