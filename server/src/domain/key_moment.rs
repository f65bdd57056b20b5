//! Moments at which the picture of a recording changed, by the bytes of its parts alone: a screen that stands costs next to nothing, what is
//! new on it costs much. Nothing is decoded. Pure.

use super::recording::PartRow;

/// Of one recording.
pub const MOST: usize = 60;

/// A part with less news than this is a pointer that moves, or letters that are typed; in bytes.
const LEAST: u64 = 6_000;
/// Nearer changes are one, in milliseconds.
const APART_MS: u64 = 2_000;

/// The picture after the change, in milliseconds from the first picture. The parts are those of one track, in order.
pub fn key_moments(parts: &[PartRow], timescale: u32) -> Vec<u64> {
    let ms = |ticks: u64| {
        let wide = u128::from(ticks) * 1000 / u128::from(timescale.max(1));
        u64::try_from(wide).unwrap_or(u64::MAX)
    };
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return Vec::new();
    };
    // The whole pictures of the same screen cost the same: what differs is new.
    let mut whole = first.size;
    let mut found: Vec<(u64, u64)> = Vec::new();
    for part in parts.iter().skip(1) {
        let news = if part.independent {
            let before = std::mem::replace(&mut whole, part.size);
            part.size.abs_diff(before)
        } else {
            part.size
        };
        if news < LEAST.max(whole / 8) {
            continue;
        }
        // What is shown when the part is over; the last picture where it is the last.
        let at = ms(part.end().min(last.start));
        match found.last_mut() {
            Some((before, weight)) if at < *before + APART_MS => {
                *before = at;
                *weight += news;
            }
            _ => found.push((at, news)),
        }
    }
    found.sort_by_key(|(_, news)| std::cmp::Reverse(*news));
    found.truncate(MOST - 1);
    let mut moments: Vec<u64> = found.into_iter().map(|(at, _)| at).collect();
    moments.push(ms(first.start));
    moments.sort_unstable();
    moments.dedup();
    moments
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::recording::Sha256;

    /// Parts of half a second; a whole picture each four seconds.
    fn parts(sizes: &[u64]) -> Vec<PartRow> {
        let part = |(number, size): (u32, &u64)| PartRow {
            number,
            start: u64::from(number) * 45_000,
            duration: 45_000,
            independent: number % 8 == 0,
            size: *size,
            sha256: Sha256([0; 32]),
            init: 1,
        };
        (0..).zip(sizes).map(part).collect()
    }

    #[test]
    fn a_screen_that_stands_has_one_picture() {
        let still = [vec![80_000], vec![300; 7]].concat().repeat(10);
        assert_eq!(key_moments(&parts(&still), 90_000), [0]);
        assert!(key_moments(&[], 90_000).is_empty());
    }

    #[test]
    fn a_change_is_seen_once_and_when_it_is_over() {
        let mut sizes = [vec![80_000], vec![300; 7]].concat().repeat(4);
        (sizes[10], sizes[11]) = (40_000, 30_000);
        // Another screen from here on.
        for n in [16, 24] {
            sizes[n] = 200_000;
        }
        assert_eq!(key_moments(&parts(&sizes), 90_000), [0, 6_000, 8_500]);
    }

    #[test]
    fn a_film_has_no_more_than_can_be_looked_at() {
        let moving = vec![50_000; 4_000];
        assert!(key_moments(&parts(&moving), 90_000).len() <= MOST);
    }
}
