//! What the FFmpeg encoders share: quiet logs, and bytes that FFmpeg owns.

#![expect(
    unsafe_code,
    reason = "ffmpeg-next has no safe view of extradata and of frames that borrow our memory"
)]

use std::os::raw::c_void;
use std::sync::{Arc, Once};

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;

use super::EncodeError;
use crate::compose::Picture;

/// FFmpeg speaks to the terminal by default; that belongs to the person.
pub(super) fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| ffmpeg::util::log::set_level(ffmpeg::util::log::Level::Quiet));
}

/// The codec's global header.
pub(super) fn extradata(context: &ffmpeg::codec::Context) -> Vec<u8> {
    // SAFETY: the context is open and owned by the caller; FFmpeg keeps `extradata` alive and
    // `extradata_size` bytes long for as long as the context lives. The bytes are copied here.
    unsafe {
        let raw = &*context.as_ptr();
        match usize::try_from(raw.extradata_size) {
            Ok(size) if !raw.extradata.is_null() => {
                std::slice::from_raw_parts(raw.extradata, size).to_vec()
            }
            _ => Vec::new(),
        }
    }
}

/// Samples the decoder must throw away at the start.
pub(super) fn initial_padding(context: &ffmpeg::codec::Context) -> usize {
    // SAFETY: reads one field of an open context owned by the caller.
    usize::try_from(unsafe { (*context.as_ptr()).initial_padding }).unwrap_or(0)
}

/// Fetches what is ready into `packet`; false when the encoder has nothing more for now, or for ever.
pub(super) fn receive(
    encoder: &mut ffmpeg::encoder::Encoder,
    packet: &mut ffmpeg::Packet,
) -> Result<bool, EncodeError> {
    match encoder.receive_packet(packet) {
        Ok(()) => Ok(true),
        Err(ffmpeg::Error::Eof) => Ok(false),
        Err(ffmpeg::Error::Other { errno }) if errno == ffmpeg::error::EAGAIN => Ok(false),
        Err(e) => Err(EncodeError::Failed(e.to_string())),
    }
}

/// Primaries and transfer of BT.709, for encoders that write them into the SPS.
pub(super) fn set_colour(context: &mut ffmpeg::codec::Context) {
    // SAFETY: writes plain fields of a context that is not open yet.
    unsafe {
        let raw = &mut *context.as_mut_ptr();
        raw.color_primaries = ffi::AVColorPrimaries::AVCOL_PRI_BT709;
        raw.color_trc = ffi::AVColorTransferCharacteristic::AVCOL_TRC_BT709;
    }
}

/// Of the libavcodec that is loaded: major, minor and micro in one number.
pub fn version() -> u32 {
    ffmpeg::codec::version()
}

/// Asks for threads that work on slices of one picture (`FF_THREAD_SLICE`).
pub(super) fn set_threads(context: &mut ffmpeg::codec::Context, count: usize) {
    let count = i32::try_from(count).unwrap_or(1);
    // SAFETY: writes plain fields of a context that is not open yet.
    unsafe {
        let raw = &mut *context.as_mut_ptr();
        raw.thread_count = count;
        raw.thread_type = ffi::FF_THREAD_SLICE;
    }
}

/// Sets what the encoder may spend: `crf`, and at most `peak` bits a second, averaged over a second. libx264 looks at both again
/// before each picture.
pub(super) fn set_rate(
    context: &mut ffmpeg::codec::Context,
    crf: f64,
    peak: u32,
) -> Result<(), EncodeError> {
    // SAFETY: writes plain fields of a context that the caller owns, and an option of the codec's private data, which was
    // allocated with the context; `av_opt_set_double` checks that the option exists.
    let set = unsafe {
        let raw = &mut *context.as_mut_ptr();
        raw.rc_max_rate = i64::from(peak);
        raw.rc_buffer_size = i32::try_from(peak).unwrap_or(i32::MAX);
        ffi::av_opt_set_double(raw.priv_data, c"crf".as_ptr(), crf, 0)
    };
    match set {
        0 => Ok(()),
        _ => Err(EncodeError::Unexpected("an encoder without a CRF")),
    }
}

unsafe extern "C" fn release(opaque: *mut c_void, _data: *mut u8) {
    // SAFETY: `opaque` is the pointer `Arc::into_raw` gave in `borrow`, and FFmpeg calls this once.
    drop(unsafe { Arc::from_raw(opaque.cast::<Picture>().cast_const()) });
}

/// A frame that shows `picture` without copying it. The picture lives until FFmpeg lets go of the frame.
pub(super) fn borrow(picture: &Arc<Picture>) -> Result<ffmpeg::frame::Video, EncodeError> {
    let planes = [
        (picture.y(), picture.y_stride()),
        (picture.u(), picture.chroma_stride()),
        (picture.v(), picture.chroma_stride()),
    ];
    let mut frame = ffmpeg::frame::Video::empty();
    let failed = || EncodeError::Failed("out of memory".to_owned());
    let int = |n: usize| {
        i32::try_from(n).map_err(|_| EncodeError::Unexpected("the picture is too large"))
    };
    // SAFETY: `frame` is a valid, empty AVFrame of our own. The three planes point into `picture`, which cannot
    // move or be freed: an `Arc` of it is owned by `buf[0]` and dropped by `release`, once. The buffer is
    // marked read-only, so FFmpeg never writes through the pointers; sizes and strides are the picture's own.
    unsafe {
        let raw = &mut *frame.as_mut_ptr();
        let owner = Arc::into_raw(Arc::clone(picture));
        let buffer = ffi::av_buffer_create(
            picture.y().as_ptr().cast_mut(),
            picture.y().len(),
            Some(release),
            owner.cast_mut().cast(),
            ffi::AV_BUFFER_FLAG_READONLY,
        );
        if buffer.is_null() {
            drop(Arc::from_raw(owner));
            return Err(failed());
        }
        raw.buf[0] = buffer;
        for (n, (plane, stride)) in planes.into_iter().enumerate() {
            raw.data[n] = plane.as_ptr().cast_mut();
            raw.linesize[n] = int(stride)?;
        }
        raw.width = int(picture.width())?;
        raw.height = int(picture.height())?;
    }
    frame.set_format(ffmpeg::format::Pixel::YUV420P);
    frame.set_color_range(ffmpeg::color::Range::MPEG);
    frame.set_color_space(ffmpeg::color::Space::BT709);
    frame.set_color_primaries(ffmpeg::color::Primaries::BT709);
    frame.set_color_transfer_characteristic(ffmpeg::color::TransferCharacteristic::BT709);
    Ok(frame)
}
