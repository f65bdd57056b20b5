//! Bit rates of a track, kept up to date segment by segment.

use std::collections::VecDeque;

use super::Segment;

/// Shortest stretch the peak is measured over: half a target duration (RFC 8216bis §4.4.6.2).
const PEAK_SECONDS: u64 = 5;

/// Bits a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bitrate {
    pub(super) peak: u64,
    pub(super) average: u64,
}

/// Ticks and bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Span(u64, u64);

#[derive(Debug, Clone)]
pub(super) struct BitrateMeter {
    timescale: u32,
    whole: Span,
    peak: u64,
    /// The newest segments: as few as reach [`PEAK_SECONDS`], and their sum.
    window: VecDeque<Span>,
    sum: Span,
}

impl BitrateMeter {
    pub(super) fn new(timescale: u32) -> Self {
        Self {
            timescale,
            whole: Span::default(),
            peak: 0,
            window: VecDeque::new(),
            sum: Span::default(),
        }
    }

    pub(super) fn push(&mut self, segment: &Segment) {
        let span = Span(segment.duration, segment.bytes);
        let enough = (PEAK_SECONDS * u64::from(self.timescale)).max(1);
        for total in [&mut self.whole, &mut self.sum] {
            total.0 += span.0;
            total.1 += span.1;
        }
        self.window.push_back(span);
        while let Some(oldest) = self.window.front().copied()
            && self.sum.0 - oldest.0 >= enough
        {
            self.sum = Span(self.sum.0 - oldest.0, self.sum.1 - oldest.1);
            self.window.pop_front();
        }
        if self.sum.0 >= enough {
            self.peak = self.peak.max(self.bits_a_second(self.sum));
        }
    }

    pub(super) fn bitrate(&self) -> Bitrate {
        let average = self.bits_a_second(self.whole);
        Bitrate {
            peak: self.peak.max(average),
            average,
        }
    }

    fn bits_a_second(&self, Span(ticks, bytes): Span) -> u64 {
        let bits = u128::from(bytes) * 8 * u128::from(self.timescale);
        u64::try_from(bits.div_ceil(u128::from(ticks.max(1)))).unwrap_or(u64::MAX)
    }
}
