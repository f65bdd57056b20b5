//! Which part of a camera's frame is seen in a picture of another shape. Pure.

use crate::compose::{Rect, Size};

/// The largest area in the middle of `frame` that has the proportions of `picture`, at even corners and with even sides.
pub(super) fn covered(frame: Size, picture: Size) -> Rect {
    let (fw, fh) = (u64::from(frame.width), u64::from(frame.height));
    let (pw, ph) = (
        u64::from(picture.width.max(1)),
        u64::from(picture.height.max(1)),
    );
    let (width, height) = if fw * ph > fh * pw {
        (fh * pw / ph, fh)
    } else {
        (fw, fw * ph / pw)
    };
    let even = |n: u64| (u32::try_from(n).unwrap_or(0) & !1).max(2);
    let (width, height) = (even(width), even(height));
    Rect {
        x: (frame.width.saturating_sub(width) / 2) & !1,
        y: (frame.height.saturating_sub(height) / 2) & !1,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_cut_from_the_middle_and_an_equal_shape_is_whole() {
        let covered = |frame: (u32, u32), picture: (u32, u32)| {
            let area = covered(
                Size::even(frame.0, frame.1),
                Size::even(picture.0, picture.1),
            );
            (area.x, area.y, area.width, area.height)
        };
        assert_eq!(covered((1280, 720), (480, 480)), (280, 0, 720, 720));
        assert_eq!(covered((640, 480), (1280, 720)), (0, 60, 640, 360));
        assert_eq!(covered((1920, 1080), (1280, 720)), (0, 0, 1920, 1080));
        assert_eq!(covered((480, 640), (720, 720)), (0, 80, 480, 480));
    }
}
