//! Where to cut. Latency comes from short parts, size from rare IDRs. Pure; everything in 90 kHz ticks
//! or whatever timescale the caller keeps to.

use aside_protocol::recording::VIDEO_TIMESCALE;

/// A picture that stands is repeated after this: under a second by as much as keeps a part that holds one repeat
/// within a second.
pub const HEARTBEAT_TICKS: u64 = VIDEO_TIMESCALE as u64 * 98 / 100;
/// A moving picture gets an IDR before its segment is longer than this.
const MOVING_SEGMENT: u64 = VIDEO_TIMESCALE as u64 * 6;
/// Any segment ends before this.
const LONGEST_SEGMENT: u64 = VIDEO_TIMESCALE as u64 * 10;

/// Says which pictures are to be IDRs.
#[derive(Debug, Clone)]
pub struct IdrRule {
    last: Option<u64>,
    /// Ticks between two pictures of a moving scene.
    interval: u64,
}

impl IdrRule {
    /// `fps`: most pictures a second.
    pub fn new(fps: u32) -> Self {
        Self {
            last: None,
            interval: u64::from(VIDEO_TIMESCALE / fps.max(1)),
        }
    }

    /// Whether the picture at `pts` is to be an IDR. `moving`: it differs from the one before it.
    pub fn wants(&mut self, pts: u64, moving: bool) -> bool {
        let wanted = match self.last {
            None => true,
            // The next picture of the same kind would come too late.
            Some(last) if moving => pts.saturating_sub(last) + self.interval > MOVING_SEGMENT,
            Some(last) => pts.saturating_sub(last) + HEARTBEAT_TICKS > LONGEST_SEGMENT,
        };
        if wanted {
            self.last = Some(pts);
        }
        wanted
    }
}

/// Says where parts end.
#[derive(Debug, Clone)]
pub struct PartRule {
    target: u64,
    longest: u64,
    largest: usize,
}

impl PartRule {
    /// Half a second, never more than one; and by size, for pictures nobody expected.
    pub fn video() -> Self {
        let scale = u64::from(VIDEO_TIMESCALE);
        Self {
            target: scale / 2,
            longest: scale,
            largest: aside_protocol::recording::MAX_PART_BYTES / 2,
        }
    }

    /// 24 AAC frames: 0.512 s.
    pub fn audio() -> Self {
        let scale = u64::from(aside_protocol::recording::AUDIO_TIMESCALE);
        Self {
            target: 24 * 1024,
            longest: scale,
            largest: aside_protocol::recording::MAX_PART_BYTES / 2,
        }
    }

    /// Whether a part of `length` so far must end before a sample of `duration` and `bytes` is added.
    pub fn ends_before(&self, length: u64, size: usize, duration: u64, bytes: usize) -> bool {
        length > 0 && (length + duration > self.longest || size + bytes > self.largest)
    }

    /// Whether a part of `length` is long enough.
    pub fn ends_after(&self, length: u64) -> bool {
        length >= self.target
    }

    /// Longest a part may be.
    pub fn longest(&self) -> u64 {
        self.longest
    }

    /// Length at which a part is to leave.
    pub fn target(&self) -> u64 {
        self.target
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
    fn a_still_picture_has_segments_of_at_most_ten_seconds() {
        let mut rule = IdrRule::new(30);
        let mut idrs = vec![];
        for pts in (0..40).map(|n| n * HEARTBEAT_TICKS) {
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
}
