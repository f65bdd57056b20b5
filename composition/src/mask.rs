//! How much of each pixel of a square lies inside the round mask. Pure.

/// Coverage of a disc that fills a square of `side` pixels, row by row: 0 outside, 255 inside, and in between where the
/// edge passes through a pixel.
pub(crate) fn disc(side: usize) -> Vec<u8> {
    let radius = side as f64 / 2.0;
    let row = |y: usize| {
        (0..side).map(move |x| {
            let (dx, dy) = (x as f64 + 0.5 - radius, y as f64 + 0.5 - radius);
            // The edge is nearly straight inside one pixel, so its distance is the share that is covered.
            let inside = (radius - dx.hypot(dy) + 0.5).clamp(0.0, 1.0);
            as_byte(inside * 255.0)
        })
    };
    (0..side).flat_map(row).collect()
}

/// The same at half the size, each value the mean of four: for planes of colour. `side` is even.
pub(crate) fn halved(mask: &[u8], side: usize) -> Vec<u8> {
    let half = side / 2;
    let mean = |x: usize, y: usize| {
        let at = 2 * y * side + 2 * x;
        let four = [at, at + 1, at + side, at + side + 1];
        let sum: u32 = four
            .iter()
            .map(|n| u32::from(mask.get(*n).copied().unwrap_or(0)))
            .sum();
        u8::try_from((sum + 2) / 4).unwrap_or(255)
    };
    (0..half)
        .flat_map(|y| (0..half).map(move |x| (x, y)))
        .map(|(x, y)| mean(x, y))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 255"
)]
fn as_byte(value: f64) -> u8 {
    value.round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_is_full_in_the_middle_empty_in_the_corners_and_as_large_as_a_circle() {
        let side = 100;
        let mask = disc(side);
        assert_eq!((mask[0], mask[side - 1], mask[side * side - 1]), (0, 0, 0));
        assert_eq!(mask[50 * side + 50], 255);
        assert_eq!(
            mask[50 * side + 2],
            255,
            "it touches the edges of the square"
        );
        let area: f64 = mask.iter().map(|v| f64::from(*v) / 255.0).sum();
        let circle = std::f64::consts::PI * 50.0 * 50.0;
        assert!((area - circle).abs() < circle * 0.002, "{area}, {circle}");
    }

    #[test]
    fn a_halved_mask_covers_a_quarter_of_the_pixels_in_the_same_places() {
        let half = halved(&disc(100), 100);
        assert_eq!(half.len(), 50 * 50);
        assert_eq!((half[0], half[25 * 50 + 25]), (0, 255));
    }
}
