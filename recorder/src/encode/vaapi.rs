//! Surfaces of the VA-API: pictures are uploaded to them before `h264_vaapi` sees them. Never tried on hardware.

#![expect(
    unsafe_code,
    reason = "ffmpeg-next has no safe view of hardware devices and frames"
)]

use std::ptr;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;

use super::EncodeError;

/// Surfaces of one pool: what an encoder without lookahead holds, and room to spare.
const SURFACES: i32 = 8;

/// A reference to a buffer of FFmpeg, given back when it is dropped.
struct Reference(*mut ffi::AVBufferRef);

// SAFETY: the count of an AVBufferRef is atomic, and the device and the pool behind these lock themselves (hwcontext.h).
unsafe impl Send for Reference {}

impl Reference {
    fn copy(&self) -> Result<*mut ffi::AVBufferRef, EncodeError> {
        // SAFETY: the reference is valid for as long as this value lives.
        let copy = unsafe { ffi::av_buffer_ref(self.0) };
        match copy.is_null() {
            true => Err(EncodeError::Open("out of memory".to_owned())),
            false => Ok(copy),
        }
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: this value owns the reference; `av_buffer_unref` takes null as well.
        unsafe { ffi::av_buffer_unref(&raw mut self.0) };
    }
}

/// A device and a pool of its surfaces.
pub(super) struct Surfaces {
    frames: Reference,
    /// Behind the frames: fields are dropped in their order.
    _device: Reference,
}

fn check(code: i32) -> Result<(), EncodeError> {
    match code {
        0.. => Ok(()),
        code => Err(EncodeError::Open(why(code))),
    }
}

/// Some codes of drivers have no text.
fn why(code: i32) -> String {
    let text = ffmpeg::Error::from(code).to_string();
    match text.is_empty() {
        true => format!("FFmpeg's error {code}"),
        false => text,
    }
}

impl Surfaces {
    /// Of the first device that FFmpeg finds.
    pub(super) fn open(width: u32, height: u32) -> Result<Self, EncodeError> {
        let size =
            |n| i32::try_from(n).map_err(|_| EncodeError::Unexpected("the picture is too large"));
        let (width, height) = (size(width)?, size(height)?);
        let mut device = Reference(ptr::null_mut());
        // SAFETY: `device.0` is a place for one reference, which is owned from here on; no name and no options are given.
        check(unsafe {
            ffi::av_hwdevice_ctx_create(
                &raw mut device.0,
                ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_VAAPI,
                ptr::null(),
                ptr::null_mut(),
                0,
            )
        })?;
        // SAFETY: the device is open; the result is a reference of our own, or null.
        let frames = Reference(unsafe { ffi::av_hwframe_ctx_alloc(device.0) });
        if frames.0.is_null() {
            return Err(EncodeError::Open("out of memory".to_owned()));
        }
        // SAFETY: the data of such a buffer is an AVHWFramesContext (hwcontext.h), ours alone until it is initialised below.
        unsafe {
            let context = &mut *(*frames.0).data.cast::<ffi::AVHWFramesContext>();
            context.format = ffi::AVPixelFormat::AV_PIX_FMT_VAAPI;
            context.sw_format = ffi::AVPixelFormat::AV_PIX_FMT_NV12;
            context.width = width;
            context.height = height;
            context.initial_pool_size = SURFACES;
        }
        // SAFETY: the fields it asks for are set.
        check(unsafe { ffi::av_hwframe_ctx_init(frames.0) })?;
        Ok(Self {
            frames,
            _device: device,
        })
    }

    /// The encoder is to take its pictures from here.
    pub(super) fn give_to(&self, context: &mut ffmpeg::codec::Context) -> Result<(), EncodeError> {
        let copy = self.frames.copy()?;
        // SAFETY: the context is not open yet and owns the reference from here on (avcodec.h, `hw_frames_ctx`).
        unsafe { (*context.as_mut_ptr()).hw_frames_ctx = copy };
        Ok(())
    }

    /// The picture, in NV12, on a surface of its own.
    pub(super) fn upload(
        &self,
        picture: &ffmpeg::frame::Video,
    ) -> Result<ffmpeg::frame::Video, EncodeError> {
        let failed = |code: i32| EncodeError::Failed(why(code));
        let mut surface = ffmpeg::frame::Video::empty();
        // SAFETY: `surface` is an empty frame of our own, which owns the surface from here on.
        let got = unsafe { ffi::av_hwframe_get_buffer(self.frames.0, surface.as_mut_ptr(), 0) };
        if got < 0 {
            return Err(failed(got));
        }
        // SAFETY: both frames are ours and of one size; the picture is only read.
        let sent =
            unsafe { ffi::av_hwframe_transfer_data(surface.as_mut_ptr(), picture.as_ptr(), 0) };
        if sent < 0 {
            return Err(failed(sent));
        }
        surface.set_color_range(ffmpeg::color::Range::MPEG);
        surface.set_color_space(ffmpeg::color::Space::BT709);
        Ok(surface)
    }
}
