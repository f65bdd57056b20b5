//! Some lively seconds of a recording, for whoever wonders what it is about. Pure.
//!
//! Where the picture changes is known without decoding anything: an encoder writes as many bytes as there is news.

/// How long it is, in milliseconds.
pub const LASTS_MS: u64 = 3000;
/// Pixels in width: twice those of a card in the library.
pub const MAX_WIDTH: u32 = 568;
/// Constant rate factor of x264: coarser than a recording, which nobody looks at for long.
pub const QUALITY: u32 = 28;
/// A later place must be so much livelier than an earlier one.
const WORTH_WAITING: f64 = 1.15;

/// The preview of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Object path.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Where it begins in the recording, in milliseconds.
    pub start_ms: u64,
    /// Pixels.
    pub width: u32,
    pub height: u32,
}

/// A part of pictures, without a look into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartWeight {
    /// Ticks.
    pub start: u64,
    /// Ticks.
    pub duration: u64,
    pub bytes: u64,
    /// It begins with a whole picture, which costs many bytes whether anything is new or not.
    pub whole: bool,
}

/// Where the [`LASTS_MS`] with the most news begin, in milliseconds; the beginning where nothing ever happens.
pub fn liveliest(parts: &[PartWeight], timescale: u32) -> u64 {
    let scale = u64::from(timescale.max(1));
    let lasts = LASTS_MS.saturating_mul(scale) / 1000;
    let end = parts
        .last()
        .map_or(0, |it| it.start.saturating_add(it.duration));
    let latest = end.saturating_sub(lasts);
    // What a whole picture costs says nothing: such a part counts as much as those around it.
    let news: Vec<f64> = parts
        .iter()
        .enumerate()
        .map(|(n, it)| news(parts, n, it))
        .collect();
    let (mut best, mut found) = (0.0, 0);
    // What lies from `first` to before `end`. News are whole bytes or halves of them, so that the sum does not drift.
    let (mut sum, mut end) = (0.0_f64, 0_usize);
    for (first, (part, leaving)) in parts.iter().zip(&news).enumerate() {
        if part.start > latest {
            break;
        }
        let until = part.start.saturating_add(lasts);
        end = end.max(first);
        while let Some((_, coming)) = parts
            .get(end)
            .zip(news.get(end))
            .filter(|(it, _)| it.start < until)
        {
            sum += *coming;
            end += 1;
        }
        if sum > best * WORTH_WAITING {
            (best, found) = (sum, part.start);
        }
        if end > first {
            sum -= *leaving;
        }
    }
    let ms = u128::from(found.min(latest)) * 1000 / u128::from(scale);
    u64::try_from(ms).unwrap_or(0)
}

fn news(parts: &[PartWeight], n: usize, it: &PartWeight) -> f64 {
    if !it.whole {
        return it.bytes as f64;
    }
    let delta = |n: usize| {
        parts
            .get(n)
            .filter(|it| !it.whole)
            .map(|it| it.bytes as f64)
    };
    let before = n.checked_sub(1).and_then(delta);
    let beside: Vec<f64> = before.into_iter().chain(delta(n + 1)).collect();
    let mean = beside.iter().sum::<f64>() / (beside.len().max(1) as f64);
    mean.min(it.bytes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(bytes: &[u64], whole: &[usize]) -> Vec<PartWeight> {
        let part = |(n, bytes): (usize, &u64)| PartWeight {
            start: n as u64 * 500,
            duration: 500,
            bytes: *bytes,
            whole: whole.contains(&n),
        };
        bytes.iter().enumerate().map(part).collect()
    }

    #[test]
    fn the_liveliest_seconds_are_those_with_the_most_news() {
        let mut bytes = vec![100; 40];
        bytes[20..26].fill(5000);
        assert_eq!(liveliest(&parts(&bytes, &[0]), 1000), 10_000);
    }

    #[test]
    fn a_whole_picture_is_no_news() {
        let mut bytes = vec![100; 40];
        (bytes[0], bytes[20], bytes[21]) = (90_000, 90_000, 300);
        bytes[30..33].fill(900);
        let found = liveliest(&parts(&bytes, &[0, 20]), 1000);
        assert!((13_500..=15_000).contains(&found), "{found}");
    }

    #[test]
    fn of_places_that_are_about_as_lively_the_earlier_one_is_taken() {
        let mut bytes = vec![0; 40];
        bytes[10..16].fill(1000);
        bytes[30..36].fill(1050);
        let found = liveliest(&parts(&bytes, &[]), 1000);
        assert!((4000..=5000).contains(&found), "{found}");
    }

    #[test]
    fn where_nothing_happens_and_in_what_is_short_it_is_the_beginning() {
        assert_eq!(liveliest(&parts(&[0; 40], &[0]), 1000), 0);
        assert_eq!(liveliest(&parts(&[9, 90, 900], &[0]), 1000), 0);
        assert_eq!(liveliest(&[], 0), 0);
    }
}
