//! The camera's picture over the screen's, as one moment of the layout says.

use aside_protocol::layout::{Face, LayoutMoment, Square};
use ffmpeg_next as ffmpeg;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::software::scaling;

use crate::paint::{Corner, Plane, blend, copy};
use crate::{Result, mask};

const BLACK: u8 = 16;
const GREY: u8 = 128;

/// Draws pictures of one size, both sides even.
pub(crate) struct Canvas {
    width: u32,
    height: u32,
    screen: Scaled,
    camera: Scaled,
    /// The round mask of the last side, for luma and for colour.
    mask: (u32, Vec<u8>, Vec<u8>),
}

impl Canvas {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            screen: Scaled::default(),
            camera: Scaled::default(),
            mask: (0, Vec::new(), Vec::new()),
        }
    }

    /// What is seen at `moment`. A camera that has no picture yet is not shown.
    pub(crate) fn draw(
        &mut self,
        screen: &ffmpeg::frame::Video,
        camera: Option<&ffmpeg::frame::Video>,
        moment: LayoutMoment,
    ) -> Result<ffmpeg::frame::Video> {
        let mut out = ffmpeg::frame::Video::new(Pixel::YUV420P, self.width, self.height);
        match (moment.face, camera) {
            (Face::Full, Some(camera)) => self.draw_full(&mut out, camera)?,
            (Face::Corner, Some(camera)) => {
                self.draw_screen(&mut out, screen)?;
                if let Some(square) = moment.mask(self.width, self.height) {
                    self.draw_round(&mut out, camera, square)?;
                }
            }
            _ => self.draw_screen(&mut out, screen)?,
        }
        Ok(out)
    }

    /// The screen as large as it fits: it may have had another size when the take began.
    fn draw_screen(
        &mut self,
        out: &mut ffmpeg::frame::Video,
        screen: &ffmpeg::frame::Video,
    ) -> Result<()> {
        let mut size = (self.width, self.height);
        let kept = fitted((screen.width(), screen.height()), size);
        let mut at = (0, 0);
        // Less is a side that was odd.
        if size.0 - kept.0 > 2 || size.1 - kept.1 > 2 {
            clear(out);
            at = (even((size.0 - kept.0) / 2), even((size.1 - kept.1) / 2));
            size = kept;
        }
        let screen = self.screen.of(screen, size)?;
        place(out, screen, at, (0, 0), size);
        Ok(())
    }

    /// The whole picture of the camera, as large as it fits, with black around it.
    fn draw_full(
        &mut self,
        out: &mut ffmpeg::frame::Video,
        camera: &ffmpeg::frame::Video,
    ) -> Result<()> {
        clear(out);
        let (width, height) = fitted((camera.width(), camera.height()), (self.width, self.height));
        let at = (
            even((self.width - width) / 2),
            even((self.height - height) / 2),
        );
        let camera = self.camera.of(camera, (width, height))?;
        place(out, camera, at, (0, 0), (width, height));
        Ok(())
    }

    /// The middle square of the camera's picture in a round mask.
    fn draw_round(
        &mut self,
        out: &mut ffmpeg::frame::Video,
        camera: &ffmpeg::frame::Video,
        square: Square,
    ) -> Result<()> {
        let Square { x, y, side } = square;
        if side < 2 {
            return Ok(());
        }
        if self.mask.0 != side {
            let luma = mask::disc(side as usize);
            let colour = mask::halved(&luma, side as usize);
            self.mask = (side, luma, colour);
        }
        let (width, height) = covering((camera.width(), camera.height()), side);
        let from = (even((width - side) / 2), even((height - side) / 2));
        let camera = self.camera.of(camera, (width, height))?;
        for n in 0..3 {
            let (half, mask) = match n {
                0 => (1, &self.mask.1),
                _ => (2, &self.mask.2),
            };
            let corner = |(x, y): (u32, u32)| Corner {
                x: (x / half) as usize,
                y: (y / half) as usize,
            };
            let stride = out.stride(n);
            blend(
                (out.data_mut(n), stride),
                corner((x, y)),
                plane(camera, n),
                corner(from),
                mask,
                (side / half) as usize,
            );
        }
        Ok(())
    }
}

fn clear(out: &mut ffmpeg::frame::Video) {
    for (n, value) in [(0, BLACK), (1, GREY), (2, GREY)] {
        out.data_mut(n).fill(value);
    }
}

fn plane(picture: &ffmpeg::frame::Video, n: usize) -> Plane<'_> {
    Plane {
        bytes: picture.data(n),
        stride: picture.stride(n),
    }
}

/// Copies an area whose corner and sides are even.
fn place(
    out: &mut ffmpeg::frame::Video,
    from: &ffmpeg::frame::Video,
    at: (u32, u32),
    source: (u32, u32),
    size: (u32, u32),
) {
    for n in 0..3 {
        let half = if n == 0 { 1 } else { 2 };
        let corner = |(x, y): (u32, u32)| Corner {
            x: (x / half) as usize,
            y: (y / half) as usize,
        };
        let stride = out.stride(n);
        copy(
            (out.data_mut(n), stride),
            corner(at),
            plane(from, n),
            corner(source),
            ((size.0 / half) as usize, (size.1 / half) as usize),
        );
    }
}

/// A picture in another size; the scaler and the last result are kept.
#[derive(Default)]
struct Scaled {
    scaler: Option<scaling::Context>,
    out: Option<ffmpeg::frame::Video>,
}

impl Scaled {
    /// `picture` in this size, in planar 4:2:0. One that is so already is not touched.
    fn of<'a>(
        &'a mut self,
        picture: &'a ffmpeg::frame::Video,
        (width, height): (u32, u32),
    ) -> Result<&'a ffmpeg::frame::Video> {
        let is = scaling::context::Definition {
            format: picture.format(),
            width: picture.width(),
            height: picture.height(),
        };
        let wanted = scaling::context::Definition {
            format: Pixel::YUV420P,
            width,
            height,
        };
        if is == wanted {
            return Ok(picture);
        }
        let scaler = match self.scaler.take() {
            Some(scaler) if *scaler.input() == is && *scaler.output() == wanted => scaler,
            _ => scaling::Context::get(
                is.format,
                is.width,
                is.height,
                wanted.format,
                width,
                height,
                scaling::Flags::BILINEAR,
            )?,
        };
        let mut out = ffmpeg::frame::Video::new(Pixel::YUV420P, width, height);
        self.scaler.insert(scaler).run(picture, &mut out)?;
        Ok(self.out.insert(out))
    }
}

const fn even(n: u32) -> u32 {
    n / 2 * 2
}

/// The largest size of the shape `of` that fits into `room`; both sides even, at least 2.
fn fitted(of: (u32, u32), room: (u32, u32)) -> (u32, u32) {
    let (w, h) = (u64::from(of.0.max(1)), u64::from(of.1.max(1)));
    let (rw, rh) = (u64::from(room.0), u64::from(room.1));
    let (width, height) = if w * rh > h * rw {
        (rw, h * rw / w)
    } else {
        (w * rh / h, rh)
    };
    let side = |n: u64| even(u32::try_from(n).unwrap_or(u32::MAX)).max(2);
    (side(width), side(height))
}

/// The smallest size of the shape `of` that covers a square; both sides even.
fn covering(of: (u32, u32), side: u32) -> (u32, u32) {
    let (w, h) = (u64::from(of.0.max(1)), u64::from(of.1.max(1)));
    let shorter = w.min(h);
    let scaled = |n: u64| {
        let n = (n * u64::from(side)).div_ceil(shorter);
        u32::try_from(n).unwrap_or(u32::MAX).next_multiple_of(2)
    };
    (scaled(w).max(side), scaled(h).max(side))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_keeps_its_shape_full_and_in_the_mask() {
        assert_eq!(fitted((720, 720), (1280, 720)), (720, 720));
        assert_eq!(fitted((1280, 720), (640, 480)), (640, 360));
        assert_eq!(fitted((16, 8192), (1280, 720)), (2, 720));
        assert_eq!(covering((1280, 720), 180), (320, 180));
        assert_eq!(covering((720, 720), 186), (186, 186));
        assert_eq!(covering((480, 640), 90), (90, 120));
    }
}
