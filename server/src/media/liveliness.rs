//! Which picture stands best for a recording? Pure: brightness in, a number out.
//!
//! What counts is contrast and detail. A black, white or plain picture says nothing, a desktop with
//! windows much, whatever its colours.

/// Side lengths of the picture that is judged.
pub const WIDTH: u32 = 160;
pub const HEIGHT: u32 = 90;

/// A spread (standard deviation) below this is a plain surface.
const PLAIN: f64 = 4.0;
/// A later picture must be so much better than an earlier one.
const WORTH_WAITING: f64 = 1.15;

/// How much there is to see: 0 for a plain picture, some 100 for a busy one. `luma` is row by row, `width` bytes each.
pub fn liveliness(luma: &[u8], width: usize) -> f64 {
    if luma.is_empty() || width == 0 {
        return 0.0;
    }
    let n = luma.len() as f64;
    let mean = luma.iter().map(|p| f64::from(*p)).sum::<f64>() / n;
    let spread = (luma
        .iter()
        .map(|p| (f64::from(*p) - mean).powi(2))
        .sum::<f64>()
        / n)
        .sqrt();
    if spread < PLAIN {
        return 0.0;
    }
    let across = luma
        .chunks(width)
        .flat_map(|row| row.windows(2))
        .map(|p| f64::from(p[0].abs_diff(p[1])));
    let down = luma
        .iter()
        .zip(luma.iter().skip(width))
        .map(|(a, b)| f64::from(a.abs_diff(*b)));
    let detail = across.chain(down).sum::<f64>() / (2.0 * n);
    spread + 2.0 * detail
}

/// Keeps the best of what it is shown; of two that are about as good, the earlier one.
#[derive(Debug)]
pub struct Best<T> {
    kept: Option<(f64, T)>,
}

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self { kept: None }
    }
}

impl<T> Best<T> {
    pub fn show(&mut self, score: f64, candidate: T) {
        let better = self
            .kept
            .as_ref()
            .is_none_or(|(best, _)| score > best * WORTH_WAITING);
        if better {
            self.kept = Some((score, candidate));
        }
    }

    /// The score and the candidate; none when nothing was shown.
    pub fn take(self) -> Option<(f64, T)> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(pixel: impl Fn(usize, usize) -> u8) -> f64 {
        let luma: Vec<u8> = (0..90)
            .flat_map(|y| (0..160).map(move |x| (x, y)))
            .map(|(x, y)| pixel(x, y))
            .collect();
        liveliness(&luma, 160)
    }

    #[test]
    fn black_white_and_plain_pictures_say_nothing() {
        for level in [0, 16, 128, 235, 255] {
            assert_eq!(picture(|_, _| level), 0.0);
        }
        assert_eq!(
            picture(|x, y| 16 + u8::try_from((x * 7 + y * 13) % 3).unwrap()),
            0.0,
            "black with noise"
        );
    }

    #[test]
    fn a_page_of_text_says_more_than_a_shade() {
        let shade = picture(|x, _| u8::try_from(x).unwrap());
        let text = picture(|x, y| {
            if y % 6 < 3 && (x / 2 + y) % 3 == 0 {
                20
            } else {
                240
            }
        });
        assert!(text > shade && shade > 0.0, "{text} {shade}");
    }

    #[test]
    fn of_two_that_are_about_as_good_the_earlier_one_stays() {
        let mut best = Best::default();
        for (score, name) in [
            (0.0, "black"),
            (50.0, "early"),
            (55.0, "late"),
            (90.0, "lively"),
            (10.0, "end"),
        ] {
            best.show(score, name);
        }
        assert_eq!(best.take(), Some((90.0, "lively")));
        let mut best = Best::default();
        best.show(50.0, "early");
        best.show(55.0, "late");
        assert_eq!(best.take(), Some((50.0, "early")));
    }

    #[test]
    fn a_black_picture_is_better_than_none() {
        let mut best = Best::default();
        best.show(0.0, "black");
        assert_eq!(best.take(), Some((0.0, "black")));
    }
}
