//! Where parts and segments end. Latency comes from short parts, size from rare IDRs. Pure; everything in 90 kHz
//! ticks or whatever timescale the caller keeps to.
//!
//! RFC 8216bis §4.4.4.9: no part is longer than `PART-TARGET`, and none shorter than 85 % of it but for the last of a
//! segment and those that begin with an IDR. A picture that begins in the last tenth of a part therefore begins the
//! next one, and where none does, the last picture is repeated at the target.

use aside_protocol::recording::{AUDIO_TIMESCALE, PART_TARGET_MICROS, VIDEO_TIMESCALE};

/// Longest a part of the picture is, and so the longest a picture stands without a repeat.
const VIDEO_TARGET: u64 = VIDEO_TIMESCALE as u64 * PART_TARGET_MICROS / 1_000_000;
/// 24 AAC frames.
const AUDIO_TARGET: u64 = AUDIO_TIMESCALE as u64 * PART_TARGET_MICROS / 1_000_000;
/// A moving picture gets an IDR before its segment is longer than this, where an IDR costs little …
const MOVING_SEGMENT: u64 = VIDEO_TIMESCALE as u64 * 6;
/// … which it does where everything since the last one weighs as much as so many of them.
const CHEAP: usize = 4;
/// Any segment ends before this.
const LONGEST_SEGMENT: u64 = VIDEO_TIMESCALE as u64 * 10;

/// Says which pictures are to be IDRs.
#[derive(Debug, Clone)]
pub struct IdrRule {
    last: Option<u64>,
    /// Ticks between two pictures of a moving scene.
    interval: u64,
    /// Bytes of the last IDR, and of everything after it.
    idr_size: usize,
    size_since: usize,
}

impl IdrRule {
    /// `fps`: most pictures a second.
    pub fn new(fps: u32) -> Self {
        Self {
            last: None,
            interval: u64::from(VIDEO_TIMESCALE / fps.max(1)),
            idr_size: 0,
            size_since: 0,
        }
    }

    /// A picture left the encoder with `size` bytes.
    pub fn encoded(&mut self, idr: bool, size: usize) {
        if idr {
            (self.idr_size, self.size_since) = (size, 0);
        } else {
            self.size_since = self.size_since.saturating_add(size);
        }
    }

    /// Whether a picture at `pts` would have to be an IDR. `moving`: it differs from the one before it.
    pub fn is_due(&self, pts: u64, moving: bool) -> bool {
        match self.last {
            None => true,
            Some(last) => {
                let length = pts.saturating_sub(last);
                let cheap = self.size_since >= self.idr_size.saturating_mul(CHEAP);
                // The next picture of the same kind would come too late.
                (moving && cheap && length + self.interval > MOVING_SEGMENT)
                    || length + VIDEO_TARGET > LONGEST_SEGMENT
            }
        }
    }

    /// Whether the picture at `pts`, which comes now, is to be an IDR.
    pub fn wants(&mut self, pts: u64, moving: bool) -> bool {
        let wanted = self.is_due(pts, moving);
        if wanted {
            self.last = Some(pts);
        }
        wanted
    }

    /// A part was ended early: only the last part of a segment may be short, so the next picture begins a segment.
    pub fn part_ended(&mut self) {
        self.last = None;
    }
}

/// Says where parts end.
#[derive(Debug, Clone, Copy)]
pub struct PartRule {
    /// From this length on, a part ends with its current sample.
    enough: u64,
    longest: u64,
    /// Bytes.
    largest: usize,
}

impl PartRule {
    /// For pictures of unknown length: a part ends in the last tenth of the target.
    pub const fn video() -> Self {
        Self {
            enough: VIDEO_TARGET * 9 / 10,
            longest: VIDEO_TARGET,
            largest: aside_protocol::recording::MAX_PART_BYTES / 2,
        }
    }

    /// Frames of sound have one length, so parts of sound reach the target exactly.
    pub const fn audio() -> Self {
        Self {
            enough: AUDIO_TARGET,
            longest: AUDIO_TARGET,
            largest: aside_protocol::recording::MAX_PART_BYTES / 2,
        }
    }

    /// Whether a part of `length` and `size` must end before a sample of `duration` and `bytes` is added.
    pub const fn ends_before(&self, length: u64, size: usize, duration: u64, bytes: usize) -> bool {
        length > 0 && (length + duration > self.longest || size + bytes > self.largest)
    }

    /// What a part of `length` lacks to be long enough.
    pub const fn missing(&self, length: u64) -> u64 {
        self.enough.saturating_sub(length)
    }

    /// Whether a part of `length` is long enough.
    pub const fn ends_after(&self, length: u64) -> bool {
        length >= self.enough
    }
}

/// Follows the pictures on their way into the encoder and says when the last one is to be repeated, so that no part of
/// the picture exceeds its target. (What comes out of the encoder may be later by some pictures.)
#[derive(Debug, Clone)]
pub struct RepeatRule {
    rule: PartRule,
    /// Where the part begins that the last picture is in.
    start: Option<u64>,
}

impl RepeatRule {
    pub const fn video() -> Self {
        Self {
            rule: PartRule::video(),
            start: None,
        }
    }

    /// A picture begins at `pts`.
    pub fn picture(&mut self, pts: u64, idr: bool) {
        let same_part = self
            .start
            .filter(|start| !idr && !self.rule.ends_after(pts.saturating_sub(*start)));
        self.start = Some(same_part.unwrap_or(pts));
    }

    /// The part was ended early: the next picture begins another.
    pub fn part_ended(&mut self) {
        self.start = None;
    }

    /// When the last picture is to be repeated; `None` before the first picture of a part.
    pub fn repeat_at(&self) -> Option<u64> {
        self.start.map(|start| start + self.rule.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moving_picture_has_segments_of_six_seconds() {
        let mut rule = IdrRule::new(30);
        let idrs: Vec<u64> = (0..400)
            .map(|n| n * 3000)
            .filter(|pts| rule.wants(*pts, true))
            .collect();
        assert_eq!(idrs, [0, 540_000, 1_080_000]);
    }

    #[test]
    fn a_moving_picture_whose_idrs_weigh_most_has_segments_of_ten_seconds() {
        let idrs = |size: usize| -> Vec<u64> {
            let mut rule = IdrRule::new(30);
            let pictures = (0..600).map(|n| n * 3000);
            let wanted = |pts: &u64| {
                let idr = rule.wants(*pts, true);
                rule.encoded(idr, if idr { 100_000 } else { size });
                idr
            };
            pictures.filter(wanted).collect()
        };
        assert_eq!(idrs(4_000), [0, 540_000, 1_080_000, 1_620_000]);
        // The last moment at which a part still fits before the longest segment is over.
        assert_eq!(idrs(1_000), [0, 855_000, 1_710_000]);
    }

    #[test]
    fn a_still_picture_has_segments_of_at_most_ten_seconds() {
        let mut rule = IdrRule::new(30);
        let mut idrs = vec![];
        for pts in (0..80).map(|n| n * VIDEO_TARGET) {
            if rule.wants(pts, pts == 0) {
                idrs.push(pts);
            }
        }
        assert!(
            idrs.windows(2)
                .all(|w| w[1] - w[0] <= LONGEST_SEGMENT && w[1] - w[0] > 8 * 90_000),
            "{idrs:?}"
        );
        assert!(idrs.len() > 3);
    }

    #[test]
    fn the_first_change_after_a_long_rest_begins_a_segment() {
        let mut rule = IdrRule::new(30);
        assert!(rule.wants(0, true));
        assert!(!rule.wants(7 * 90_000, false));
        assert!(rule.wants(8 * 90_000, true));
        assert!(!rule.wants(8 * 90_000 + 3000, true));
    }

    #[test]
    fn a_picture_in_the_last_tenth_of_a_part_begins_the_next_and_else_the_last_one_is_repeated() {
        let mut rule = RepeatRule::video();
        assert_eq!(rule.repeat_at(), None);
        rule.picture(0, true);
        rule.picture(3000, false);
        assert_eq!(rule.repeat_at(), Some(VIDEO_TARGET));
        rule.picture(VIDEO_TARGET * 9 / 10, false);
        assert_eq!(rule.repeat_at(), Some(VIDEO_TARGET * 19 / 10));
        rule.picture(VIDEO_TARGET, true);
        assert_eq!(
            rule.repeat_at(),
            Some(VIDEO_TARGET * 2),
            "an IDR begins a part"
        );
        rule.part_ended();
        assert_eq!(rule.repeat_at(), None);
    }
}
