//! A picture of the desktop.

use std::thread::sleep;
use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, ImageOrder};

/// What was hidden is redrawn by those who lie under it. Nothing says when they have.
const REDRAWN: Duration = Duration::from_millis(180);
/// Rows that are asked for at once, so that no answer is larger than a server gives.
const ROWS: u16 = 256;

/// The whole desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shot {
    pub width: usize,
    pub height: usize,
    /// Row by row, red, green, blue, opaque.
    pub rgba: Vec<u8>,
}

/// Takes the picture, after a moment in which a window that was just hidden is gone from it. `None`: there is none to be had.
#[expect(
    clippy::disallowed_methods,
    reason = "no event says that the windows below are redrawn"
)]
pub fn shoot() -> Option<Shot> {
    sleep(REDRAWN);
    let (x, number) = x11rb::connect(None).ok()?;
    let screen = &x.setup().roots[number];
    let (width, height) = (screen.width_in_pixels, screen.height_in_pixels);
    let deep = screen.root_depth == 24 || screen.root_depth == 32;
    let known = deep && x.setup().image_byte_order == ImageOrder::LSB_FIRST;
    if !known {
        return None;
    }
    let mut rgba = Vec::with_capacity(usize::from(width) * usize::from(height) * 4);
    for top in (0..height).step_by(usize::from(ROWS)) {
        let rows = ROWS.min(height - top);
        let left_top = (0, i16::try_from(top).ok()?);
        let part = x
            .get_image(
                ImageFormat::Z_PIXMAP,
                screen.root,
                left_top.0,
                left_top.1,
                width,
                rows,
                u32::MAX,
            )
            .ok()?
            .reply()
            .ok()?;
        let pixels = part.data.chunks_exact(4);
        rgba.extend(pixels.flat_map(|bgrx| [bgrx[2], bgrx[1], bgrx[0], 255]));
    }
    let shot = Shot {
        width: usize::from(width),
        height: usize::from(height),
        rgba,
    };
    (shot.rgba.len() == shot.width * shot.height * 4).then_some(shot)
}
