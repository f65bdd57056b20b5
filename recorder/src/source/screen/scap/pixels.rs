//! scap's frames as rows of blue, green, red, unused. Pure.

use std::borrow::Cow;

use scap::frame::Frame;

struct View<'a> {
    width: i32,
    height: i32,
    data: &'a [u8],
    /// Bytes a pixel, and where blue, green and red stand in it.
    pixel: usize,
    order: [usize; 3],
}

fn view(frame: &Frame) -> Option<View<'_>> {
    Some(match frame {
        Frame::BGRx(f) => View {
            width: f.width,
            height: f.height,
            data: &f.data,
            pixel: 4,
            order: [0, 1, 2],
        },
        Frame::BGRA(f) => View {
            width: f.width,
            height: f.height,
            data: &f.data,
            pixel: 4,
            order: [0, 1, 2],
        },
        Frame::BGR0(f) => View {
            width: f.width,
            height: f.height,
            data: &f.data,
            pixel: 4,
            order: [0, 1, 2],
        },
        Frame::RGBx(f) => View {
            width: f.width,
            height: f.height,
            data: &f.data,
            pixel: 4,
            order: [2, 1, 0],
        },
        Frame::XBGR(f) => View {
            width: f.width,
            height: f.height,
            data: &f.data,
            pixel: 4,
            order: [1, 2, 3],
        },
        Frame::RGB(f) => View {
            width: f.width,
            height: f.height,
            data: &f.data,
            pixel: 3,
            order: [2, 1, 0],
        },
        Frame::YUVFrame(_) => return None,
    })
}

/// Width and height, if the pixels can be read and are all there.
pub(super) fn size(frame: &Frame) -> Option<(u32, u32)> {
    let view = view(frame)?;
    let (width, height) = (
        u32::try_from(view.width).ok()?,
        u32::try_from(view.height).ok()?,
    );
    let needed = width as usize * height as usize * view.pixel;
    (needed > 0 && view.data.len() >= needed).then_some((width, height))
}

/// Device time in nanoseconds, if the compositor gave one.
pub(super) fn stamp(frame: &Frame) -> Option<u64> {
    let stamp = match frame {
        Frame::BGRx(f) => f.display_time,
        Frame::BGRA(f) => f.display_time,
        Frame::BGR0(f) => f.display_time,
        Frame::RGBx(f) => f.display_time,
        Frame::XBGR(f) => f.display_time,
        Frame::RGB(f) => f.display_time,
        Frame::YUVFrame(f) => f.display_time,
    };
    (stamp > 0).then_some(stamp)
}

/// For messages.
pub(super) fn name(frame: &Frame) -> String {
    match view(frame) {
        None => "YUV pixels".to_owned(),
        Some(v) => format!("{} bytes for {}×{} pixels", v.data.len(), v.width, v.height),
    }
}

/// Whole rows of 4 bytes a pixel; copied only if the order is another one.
pub(super) fn bgrx(frame: &Frame, take: impl FnOnce(&[u8])) {
    let Some(view) = view(frame) else { return };
    let bytes: Cow<'_, [u8]> = if view.pixel == 4 && view.order == [0, 1, 2] {
        Cow::Borrowed(view.data)
    } else {
        let [blue, green, red] = view.order;
        view.data
            .chunks_exact(view.pixel)
            .flat_map(|p| [p[blue], p[green], p[red], 0])
            .collect()
    };
    take(&bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use scap::frame::{RGBFrame, RGBxFrame, XBGRFrame};

    #[test]
    fn every_pixel_order_gives_the_same_picture() {
        let (width, height, display_time) = (1, 2, 7);
        let frames = [
            Frame::RGBx(RGBxFrame {
                display_time,
                width,
                height,
                data: vec![3, 2, 1, 9, 6, 5, 4, 9],
            }),
            Frame::XBGR(XBGRFrame {
                display_time,
                width,
                height,
                data: vec![9, 1, 2, 3, 9, 4, 5, 6],
            }),
            Frame::RGB(RGBFrame {
                display_time,
                width,
                height,
                data: vec![3, 2, 1, 6, 5, 4],
            }),
        ];
        for frame in frames {
            assert_eq!(size(&frame), Some((1, 2)));
            assert_eq!(stamp(&frame), Some(7));
            bgrx(&frame, |bytes| assert_eq!(bytes, [1, 2, 3, 0, 4, 5, 6, 0]));
        }
    }

    #[test]
    fn a_frame_with_too_few_bytes_is_refused() {
        let frame = Frame::RGB(RGBFrame {
            display_time: 0,
            width: 2,
            height: 2,
            data: vec![0; 11],
        });
        assert_eq!(size(&frame), None);
        assert_eq!(name(&frame), "11 bytes for 2×2 pixels");
    }
}
