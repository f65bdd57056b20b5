//! What a PDF has to say of a JPEG that lies in it as it is.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// In pixels.
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) is_gray: bool,
}

/// Of the frame header behind other segments (ITU-T T.81 §B.2.2). None: it is no JPEG that a reader of PDF would take.
pub(super) fn size(jpeg: &[u8]) -> Option<Size> {
    let byte = |at: usize| jpeg.get(at).copied();
    let big = |at: usize| Some(u16::from_be_bytes([byte(at)?, byte(at + 1)?]));
    jpeg.starts_with(&[0xff, 0xd8]).then_some(())?;
    let mut at = 2;
    loop {
        (byte(at)? == 0xff).then_some(())?;
        while byte(at)? == 0xff {
            at += 1;
        }
        match byte(at)? {
            // Baseline, extended and progressive ones.
            0xc0..=0xc2 => break,
            // The picture has begun, or it is coded in another way.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xd8..=0xda => return None,
            _ => {}
        }
        at += 1;
        at += usize::from(big(at)?.max(2));
    }
    let (height, width) = (big(at + 4)?, big(at + 6)?);
    let colours = byte(at + 8)?;
    let is_known = byte(at + 3)? == 8 && matches!(colours, 1 | 3);
    (is_known && width > 0 && height > 0).then_some(Size {
        width,
        height,
        is_gray: colours == 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_in_the_frame_header_behind_other_segments() {
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff];
        jpeg.extend([0xff, 0xc0, 0, 17, 8, 0x02, 0xd0, 0x05, 0x00, 3]);
        let found = size(&jpeg).unwrap();
        assert_eq!((found.width, found.height), (1280, 720));
        assert!(!found.is_gray);
        assert_eq!(size(&jpeg[..12]), None);
        assert_eq!(size(b"\x89PNG"), None);
        assert_eq!(size(b"\xff\xd8"), None);
    }
}
