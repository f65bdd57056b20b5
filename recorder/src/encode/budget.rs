//! What a picture may cost: bytes, by steps of quality, and processor time, by steps of effort. Pure.

use serde::{Deserialize, Serialize};

use super::VideoFormat;

/// CRF of the best step; decision 35 has the measurements.
const BEST_CRF: f64 = 24.0;
/// CRF between two steps: each costs about 0.65 of the bytes of the one before.
const CRF_STEP: f64 = 2.5;
/// Most bits a second of 1080p at 30, by step.
const PEAKS: [u32; 6] = [
    12_000_000, 6_000_000, 4_000_000, 2_500_000, 1_500_000, 1_000_000,
];
/// Pixels a second for which `PEAKS` hold.
const FULL_HD: u64 = 1920 * 1080 * 30;
/// Smaller pictures get no less than this.
const LEAST_PEAK: u64 = 300_000;

/// How good the picture is: 0 is the best.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QualityStep(u8);

impl QualityStep {
    /// From the best to the worst.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..PEAKS.len()).filter_map(|n| u8::try_from(n).ok().map(Self))
    }

    pub const fn number(self) -> u8 {
        self.0
    }

    /// `None` at the end.
    pub fn worse(self) -> Option<Self> {
        Self::all().find(|step| step.0 == self.0 + 1)
    }

    /// `None` at the best.
    pub fn better(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    pub(super) fn crf(self) -> f64 {
        BEST_CRF + f64::from(self.0) * CRF_STEP
    }

    /// Most bits a second, in the mean of a second.
    pub fn peak(self, format: VideoFormat) -> u32 {
        let pixels =
            u64::from(format.width) * u64::from(format.height) * u64::from(format.fps.max(1));
        let peak = PEAKS.get(usize::from(self.0)).copied().map_or(0, u64::from);
        let scaled = (peak * pixels / FULL_HD).max(LEAST_PEAK);
        u32::try_from(scaled).unwrap_or(u32::MAX).min(60_000_000)
    }
}

/// Processor time spent on a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Effort {
    #[default]
    Full,
    Less,
    Least,
}

/// What a picture may cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    pub quality: QualityStep,
    pub effort: Effort,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_down_to_the_last_and_back_and_each_allows_less() {
        let format = VideoFormat {
            width: 1920,
            height: 1080,
            fps: 30,
            content: crate::encode::Content::Screen,
        };
        let mut step = QualityStep::default();
        assert_eq!(step.better(), None);
        assert_eq!(step.peak(format), 12_000_000);
        while let Some(worse) = step.worse() {
            assert!(worse.peak(format) < step.peak(format) && worse.crf() > step.crf());
            assert_eq!(worse.better(), Some(step));
            step = worse;
        }
        assert_eq!(step.number(), 5);
        let small = VideoFormat {
            width: 64,
            ..format
        };
        assert_eq!(step.peak(small), 300_000);
    }
}
