//! A decoded frame of any pixel format into a picture of ours: cropped and scaled by libswscale, recoloured by `compose`.

#![expect(
    unsafe_code,
    reason = "ffmpeg-next scales only into frames of its own, and knows no cropping"
)]

use std::os::raw::c_int;

use ffmpeg::format::Pixel;
use ffmpeg::software::scaling::{Context, Flags};
use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;

use super::crop;
use crate::compose::{Colour, Matrix, Picture, Rect, Size};

/// Keeps the scaler for as long as frames stay as they are.
#[derive(Default)]
pub(super) struct Converter {
    scaler: Option<(Shape, Context)>,
    scratch: Vec<u8>,
}

/// What a scaler is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    format: Pixel,
    frame: Size,
    picture: Size,
    seen: Rect,
}

// SAFETY: a scaler has no ties to the thread that made it; it is only ever used through `&mut`.
unsafe impl Send for Converter {}

impl Converter {
    /// Paints the middle of `frame` so that it covers `picture`.
    pub(super) fn paint(
        &mut self,
        frame: &ffmpeg::frame::Video,
        picture: &mut Picture,
    ) -> Result<(), String> {
        let size = |width: usize, height: usize| {
            let side = |n| u32::try_from(n).unwrap_or(u32::MAX);
            Size::even(side(width), side(height))
        };
        let whole = Size::even(frame.width(), frame.height());
        let target = size(picture.width(), picture.height());
        if whole.width < 2 || whole.height < 2 {
            return Err("the camera's frames are empty".to_owned());
        }
        let shape = Shape {
            format: frame.format(),
            frame: whole,
            picture: target,
            seen: crop::covered(whole, target),
        };
        let scaler = self.scaler(shape)?;
        scale(scaler, frame, shape, picture)?;
        picture.recolour(colour(frame), &mut self.scratch);
        Ok(())
    }

    fn scaler(&mut self, shape: Shape) -> Result<&mut Context, String> {
        if self.scaler.as_ref().is_none_or(|(made, _)| *made != shape) {
            let Rect { width, height, .. } = shape.seen;
            let scaler = Context::get(
                shape.format,
                width,
                height,
                planar(shape.format),
                shape.picture.width,
                shape.picture.height,
                Flags::BILINEAR,
            )
            .map_err(|_| format!("frames of the format {:?} cannot be read", shape.format))?;
            self.scaler = Some((shape, scaler));
        }
        match &mut self.scaler {
            Some((_, scaler)) => Ok(scaler),
            None => Err("no scaler".to_owned()),
        }
    }
}

/// The scaler leaves the range alone when both sides have the same.
fn planar(format: Pixel) -> Pixel {
    match format {
        Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P | Pixel::YUVJ440P => Pixel::YUVJ420P,
        _ => Pixel::YUV420P,
    }
}

/// How the planes are coloured once they are scaled. Cameras that say nothing mean BT.601, and RGB is converted to it by
/// libswscale.
fn colour(frame: &ffmpeg::frame::Video) -> Colour {
    let matrix = match frame.color_space() {
        ffmpeg::color::Space::BT709 => Matrix::Bt709,
        _ => Matrix::Bt601,
    };
    let full = planar(frame.format()) == Pixel::YUVJ420P
        || (is_yuv(frame.format()) && frame.color_range() == ffmpeg::color::Range::JPEG);
    Colour { matrix, full }
}

fn is_yuv(format: Pixel) -> bool {
    format.descriptor().is_some_and(|d| {
        d.nb_components() >= 3 && !d.name().contains("rgb") && !d.name().contains("bgr")
    })
}

fn scale(
    scaler: &mut Context,
    frame: &ffmpeg::frame::Video,
    shape: Shape,
    picture: &mut Picture,
) -> Result<(), String> {
    let Rect { x, y, height, .. } = shape.seen;
    let mut targets = [std::ptr::null_mut::<u8>(); 4];
    let mut strides = [0; 4];
    for (n, (plane, stride)) in picture.planes_mut().into_iter().enumerate() {
        targets[n] = plane.as_mut_ptr();
        strides[n] = c_int::try_from(stride).unwrap_or(0);
    }
    let int = |n: u32| c_int::try_from(n).unwrap_or(0);
    // SAFETY: `frame` is a decoded frame that outlives the call. Cropping moves the pointers of a reference of our own (a
    // clone of the AVFrame's fields, not of its data) inside the frame: corner and size lie within it. The targets are
    // the planes of `picture`, which are as large as its size says and are borrowed mutably for the call.
    unsafe {
        let mut view = ffi::av_frame_clone(frame.as_ptr());
        if view.is_null() {
            return Err("out of memory".to_owned());
        }
        (*view).crop_left = usize::try_from(x).unwrap_or(0);
        (*view).crop_top = usize::try_from(y).unwrap_or(0);
        let flags = int(ffi::AV_FRAME_CROP_UNALIGNED as u32);
        let cropped = ffi::av_frame_apply_cropping(view, flags);
        let scaled = if cropped < 0 {
            cropped
        } else {
            ffi::sws_scale(
                scaler.as_mut_ptr(),
                (*view).data.as_ptr().cast(),
                (*view).linesize.as_ptr(),
                0,
                int(height),
                targets.as_ptr(),
                strides.as_ptr(),
            )
        };
        ffi::av_frame_free(&raw mut view);
        if scaled < 0 {
            return Err(ffmpeg::Error::from(scaled).to_string());
        }
    }
    Ok(())
}
