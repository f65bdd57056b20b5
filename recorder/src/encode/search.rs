//! How far an encoder looks for what moved. Text that scrolls or is typed jumps by many whole pixels, and little of it is coded: a far
//! search finds where it came from and costs next to nothing. Where everything moves a little, the same search costs a tenth more
//! time and finds nothing. Pure. Decision 70.

/// Where what moved is looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Search {
    #[default]
    Far,
    Near,
}

/// A picture heavier than one byte for so many pixels, in the mean, shows motion all over …
const HEAVY: usize = 400;
/// … and one lighter than a byte for so many does not.
const LIGHT: usize = 700;
/// Fewer pictures say nothing.
const ENOUGH: usize = 30;

/// Decides by the weight of the pictures since the last IDR.
#[derive(Debug, Clone)]
pub(super) struct SearchRule {
    pixels: usize,
    bytes: usize,
    pictures: usize,
    search: Search,
}

impl SearchRule {
    pub(super) fn new(width: u32, height: u32) -> Self {
        let pixels = u64::from(width) * u64::from(height);
        Self {
            pixels: usize::try_from(pixels).unwrap_or(usize::MAX),
            bytes: 0,
            pictures: 0,
            search: Search::default(),
        }
    }

    /// A picture left the encoder with `size` bytes.
    pub(super) fn encoded(&mut self, idr: bool, size: usize) {
        if idr {
            (self.bytes, self.pictures) = (0, 0);
        } else {
            self.bytes = self.bytes.saturating_add(size);
            self.pictures += 1;
        }
    }

    /// What the pictures from the next IDR on are to be searched with.
    pub(super) fn search(&self) -> Search {
        if self.pictures < ENOUGH {
            return self.search;
        }
        let mean = self.bytes / self.pictures;
        match mean {
            n if n > self.pixels / HEAVY => Search::Near,
            n if n < self.pixels / LIGHT => Search::Far,
            _ => self.search,
        }
    }

    /// An encoder with this one was opened.
    pub(super) fn opened(&mut self, search: Search) {
        self.search = search;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(rule: &mut SearchRule, pictures: usize, size: usize) -> Search {
        rule.encoded(true, 100_000);
        (0..pictures).for_each(|_| rule.encoded(false, size));
        let search = rule.search();
        rule.opened(search);
        search
    }

    #[test]
    fn full_motion_is_searched_nearby_until_little_is_coded_again() {
        let mut rule = SearchRule::new(1920, 1080);
        assert_eq!(rule.search(), Search::Far);
        assert_eq!(after(&mut rule, 180, 2_300), Search::Far);
        assert_eq!(after(&mut rule, 20, 14_000), Search::Far, "too few to tell");
        assert_eq!(after(&mut rule, 180, 14_000), Search::Near);
        assert_eq!(after(&mut rule, 180, 4_000), Search::Near, "in between");
        assert_eq!(after(&mut rule, 180, 2_300), Search::Far);
        assert_eq!(after(&mut rule, 180, 4_000), Search::Far);
    }
}
