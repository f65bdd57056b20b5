//! The one timeline of a take: zero is the first picture, pauses are cut out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aside_protocol::time::MediaTime;

use super::pause::Cut;
use super::{Mono, PauseMap};

/// Shared by the tracks of one take.
#[derive(Debug, Default)]
pub struct Timeline {
    zero: OnceLock<Mono>,
    /// Nanoseconds on the clock: zero is not before.
    earliest: AtomicU64,
    pauses: Mutex<PauseMap>,
}

/// Where an instant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// No picture has come yet.
    Before,
    Running(MediaTime),
    /// Inside a pause that began at this position.
    Paused(MediaTime),
}

impl Timeline {
    /// The take was asked for at `at`: the picture that it begins with may have been taken before, zero is not, since the
    /// sound need not reach back further.
    pub fn asked_for(&self, at: Mono) {
        self.earliest.fetch_max(at.nanos(), Ordering::SeqCst);
    }

    /// Whether somebody has asked for the take.
    pub fn is_asked_for(&self) -> bool {
        self.earliest.load(Ordering::SeqCst) > 0
    }

    /// Zero is `at`, or when the take was asked for if that was later; unless it is known already. Returns zero.
    pub fn begin(&self, at: Mono) -> Mono {
        let earliest = Mono::from_nanos(self.earliest.load(Ordering::SeqCst));
        *self.zero.get_or_init(|| at.max(earliest))
    }

    pub fn zero(&self) -> Option<Mono> {
        self.zero.get().copied()
    }

    pub fn pause(&self, at: Mono) {
        self.lock().pause(at);
    }

    pub fn resume(&self, at: Mono) {
        self.lock().resume(at);
    }

    /// Begin of each pause and its end, if it has ended.
    pub fn pauses(&self) -> Vec<(Mono, Option<Mono>)> {
        self.lock().spans().to_vec()
    }

    pub fn is_paused(&self) -> bool {
        self.lock().is_paused()
    }

    pub fn place(&self, at: Mono) -> Place {
        let Some(zero) = self.zero() else {
            return Place::Before;
        };
        match self.lock().cut(zero, at) {
            Cut::Running(nanos) => Place::Running(MediaTime::from_micros(nanos.div_euclid(1000))),
            Cut::Paused(nanos) => Place::Paused(MediaTime::from_micros(nanos.div_euclid(1000))),
        }
    }

    /// Length of the media up to `at`; zero before the first picture.
    pub fn length(&self, at: Mono) -> MediaTime {
        match self.place(at) {
            Place::Before => MediaTime::ZERO,
            Place::Running(t) | Place::Paused(t) => t.max(MediaTime::ZERO),
        }
    }

    /// How much of the time from `from` to `to` is in the take: what lies before the first picture or in a pause is not.
    pub fn recorded(&self, from: Mono, to: Mono) -> Duration {
        let micros = (self.length(to) - self.length(from)).micros();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, PauseMap> {
        // The map is valid after every single operation, so a panic elsewhere cannot have torn it.
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_the_first_picture_and_stays_so() {
        let timeline = Timeline::default();
        let first = Mono::from_nanos(7_000_000);
        assert_eq!(timeline.place(first), Place::Before);
        assert_eq!(timeline.begin(first), first);
        assert_eq!(timeline.begin(first + Duration::from_secs(1)), first);
        assert_eq!(
            timeline.place(first + Duration::from_millis(40)),
            Place::Running(MediaTime::from_millis(40))
        );
    }

    #[test]
    fn a_picture_from_before_the_take_was_asked_for_does_not_begin_it_earlier() {
        let at = |millis: u64| Mono::from_nanos(millis * 1_000_000);
        let timeline = Timeline::default();
        timeline.asked_for(at(1_000));
        assert_eq!(timeline.begin(at(800)), at(1_000));
        let timeline = Timeline::default();
        timeline.asked_for(at(1_000));
        assert_eq!(timeline.begin(at(1_300)), at(1_300));
    }

    #[test]
    fn what_lies_before_the_first_picture_or_in_a_pause_is_not_recorded() {
        let at = |millis: u64| Mono::from_nanos(millis * 1_000_000);
        let millis = Duration::from_millis;
        let timeline = Timeline::default();
        assert_eq!(timeline.recorded(at(0), at(900)), millis(0));
        timeline.begin(at(1_000));
        assert_eq!(timeline.recorded(at(200), at(900)), millis(0));
        assert_eq!(timeline.recorded(at(200), at(1_100)), millis(100));
        timeline.pause(at(2_000));
        assert_eq!(timeline.recorded(at(1_500), at(2_700)), millis(500));
        timeline.resume(at(3_000));
        assert_eq!(timeline.recorded(at(2_100), at(2_900)), millis(0));
        assert_eq!(timeline.recorded(at(200), at(3_300)), millis(1_300));
        assert_eq!(timeline.recorded(at(3_300), at(3_200)), millis(0));
    }
}
