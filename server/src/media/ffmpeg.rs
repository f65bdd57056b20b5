//! The few things ffmpeg-next has no safe words for.

#![expect(
    unsafe_code,
    reason = "a decoder's extradata and a scaler's colours can only be set through raw fields"
)]

use std::sync::Once;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;

use super::{MediaError, Result};

/// Nothing larger is decoded: 8192 × 4320.
const MAX_PIXELS: &str = "35389440";

/// FFmpeg writes to the terminal by default; what matters comes back as an error.
pub(super) fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| ffmpeg::util::log::set_level(ffmpeg::util::log::Level::Quiet));
}

/// Opens the decoder called `name` with its configuration (`AudioSpecificConfig`, `avcC`).
pub(super) fn open_decoder(
    name: &'static str,
    extradata: &[u8],
) -> Result<ffmpeg::decoder::Opened> {
    quiet();
    let codec = ffmpeg::decoder::find_by_name(name).ok_or(MediaError::NoCodec(name))?;
    let mut context = ffmpeg::codec::Context::new_with_codec(codec);
    // One thread: several hold frames back, and this process is not alone on the machine.
    context.set_threading(ffmpeg::codec::threading::Config {
        count: 1,
        ..Default::default()
    });
    set_extradata(&mut context, extradata)?;
    let mut options = ffmpeg::Dictionary::new();
    options.set("max_pixels", MAX_PIXELS);
    Ok(context.decoder().open_as_with(codec, options)?)
}

fn set_extradata(context: &mut ffmpeg::codec::Context, bytes: &[u8]) -> Result<()> {
    let size =
        i32::try_from(bytes.len()).map_err(|_| MediaError::Unexpected("a huge configuration"))?;
    let padding = usize::try_from(ffi::AV_INPUT_BUFFER_PADDING_SIZE).unwrap_or(64);
    // SAFETY: the context is our own and not open yet. The copy is made with FFmpeg's allocator, zeroed
    // and padded as `avcodec.h` asks for; from then on the context owns it and frees it.
    unsafe {
        let copy = ffi::av_mallocz(bytes.len() + padding).cast::<u8>();
        if copy.is_null() {
            return Err(ffmpeg::Error::Other {
                errno: ffmpeg::error::ENOMEM,
            }
            .into());
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), copy, bytes.len());
        let raw = &mut *context.as_mut_ptr();
        ffi::av_freep((&raw mut raw.extradata).cast());
        raw.extradata = copy;
        raw.extradata_size = size;
    }
    Ok(())
}

/// Tells a scaler that pictures come in BT.709 and leave as JPEG wants them: BT.601, full range.
pub(super) fn bt709_to_jpeg(scaler: &mut ffmpeg::software::scaling::Context, full_range: bool) {
    // SAFETY: the scaler is open; the tables are static arrays of FFmpeg. A scaler that needs no
    // conversion answers with an error, which changes nothing.
    unsafe {
        ffi::sws_setColorspaceDetails(
            scaler.as_mut_ptr(),
            ffi::sws_getCoefficients(ffi::SWS_CS_ITU709),
            i32::from(full_range),
            ffi::sws_getCoefficients(ffi::SWS_CS_ITU601),
            1,
            0,
            1 << 16,
            1 << 16,
        );
    }
}

/// The picture in another size and format.
pub(super) fn scale(
    picture: &ffmpeg::frame::Video,
    format: ffmpeg::format::Pixel,
    width: u32,
    height: u32,
) -> Result<ffmpeg::frame::Video> {
    let mut scaler = scaler(picture, format, width, height)?;
    let mut out = ffmpeg::frame::Video::new(format, width, height);
    scaler.run(picture, &mut out)?;
    Ok(out)
}

/// The picture in another size and in the colours of JPEG.
pub(super) fn scale_for_jpeg(
    picture: &ffmpeg::frame::Video,
    width: u32,
    height: u32,
) -> Result<ffmpeg::frame::Video> {
    let mut out = scale_full_range(picture, ffmpeg::format::Pixel::YUVJ420P, width, height)?;
    out.set_color_range(ffmpeg::color::Range::JPEG);
    Ok(out)
}

/// The picture in another size, as red, green and blue.
pub(super) fn scale_for_png(
    picture: &ffmpeg::frame::Video,
    width: u32,
    height: u32,
) -> Result<ffmpeg::frame::Video> {
    scale_full_range(picture, ffmpeg::format::Pixel::RGB24, width, height)
}

fn scale_full_range(
    picture: &ffmpeg::frame::Video,
    format: ffmpeg::format::Pixel,
    width: u32,
    height: u32,
) -> Result<ffmpeg::frame::Video> {
    let mut scaler = scaler(picture, format, width, height)?;
    let full_range = picture.color_range() == ffmpeg::color::Range::JPEG;
    bt709_to_jpeg(&mut scaler, full_range);
    let mut out = ffmpeg::frame::Video::new(format, width, height);
    scaler.run(picture, &mut out)?;
    Ok(out)
}

fn scaler(
    picture: &ffmpeg::frame::Video,
    format: ffmpeg::format::Pixel,
    width: u32,
    height: u32,
) -> Result<ffmpeg::software::scaling::Context> {
    let flags = ffmpeg::software::scaling::Flags::AREA;
    Ok(ffmpeg::software::scaling::Context::get(
        picture.format(),
        picture.width(),
        picture.height(),
        format,
        width,
        height,
        flags,
    )?)
}
