//! One plane of a picture onto another. Pure: bytes and strides in, bytes out.

/// A plane of bytes; `stride` bytes from one row to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) stride: usize,
}

/// The part of a plane that is read: its upper left corner, in pixels of that plane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Corner {
    pub(crate) x: usize,
    pub(crate) y: usize,
}

/// Copies `width` × `height` bytes from `from` at `source` to `to` at `target`. What lies outside of either is left out.
pub(crate) fn copy(
    (to, to_stride): (&mut [u8], usize),
    target: Corner,
    from: Plane<'_>,
    source: Corner,
    (width, height): (usize, usize),
) {
    for row in 0..height {
        let (begin, read) = (
            (target.y + row) * to_stride + target.x,
            (source.y + row) * from.stride + source.x,
        );
        if let (Some(to), Some(from)) = (
            to.get_mut(begin..begin + width),
            from.bytes.get(read..read + width),
        ) {
            to.copy_from_slice(from);
        }
    }
}

/// Blends a square of `side` bytes by `mask`: where it is 255 `from` shows, where it is 0 `to` stays.
pub(crate) fn blend(
    (to, to_stride): (&mut [u8], usize),
    target: Corner,
    from: Plane<'_>,
    source: Corner,
    mask: &[u8],
    side: usize,
) {
    for row in 0..side {
        let (begin, read) = (
            (target.y + row) * to_stride + target.x,
            (source.y + row) * from.stride + source.x,
        );
        let (Some(to), Some(from), Some(mask)) = (
            to.get_mut(begin..begin + side),
            from.bytes.get(read..read + side),
            mask.get(row * side..(row + 1) * side),
        ) else {
            continue;
        };
        for ((to, from), mask) in to.iter_mut().zip(from).zip(mask) {
            *to = mixed(*to, *from, *mask);
        }
    }
}

fn mixed(under: u8, over: u8, share: u8) -> u8 {
    let (under, over, share) = (u32::from(under), u32::from(over), u32::from(share));
    let sum = over * share + under * (255 - share);
    u8::try_from((sum + 127) / 255).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blend_shows_what_its_mask_says_and_nothing_around_it() {
        let mut to = vec![10; 5 * 4];
        let over = [110_u8; 3 * 3];
        let from = Plane {
            bytes: &over,
            stride: 3,
        };
        let mask = [255, 0, 128, 255];
        blend(
            (&mut to, 5),
            Corner { x: 1, y: 1 },
            from,
            Corner { x: 1, y: 1 },
            &mask,
            2,
        );
        let expected = [
            [10, 10, 10, 10, 10],
            [10, 110, 10, 10, 10],
            [10, 60, 110, 10, 10],
            [10, 10, 10, 10, 10],
        ];
        assert_eq!(to, expected.concat());
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut to = vec![0; 4];
        let from = Plane {
            bytes: &[1, 2, 3, 4],
            stride: 2,
        };
        let here = Corner { x: 0, y: 0 };
        copy((&mut to, 2), Corner { x: 0, y: 1 }, from, here, (2, 2));
        assert_eq!(to, [0, 0, 1, 2]);
    }
}
