//! When a sample was captured. Pure.
//!
//! The server is asked again and again how old the next sample is that it will send. Its answers err to one side: a
//! machine that is busy lets time pass between the look at the device and the look at the clock, and then the sample seems
//! younger than it is. So the answers that say the earliest are believed, a quarter of them being allowed to be wrong.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Mono;

/// Answers that are looked at: those of so long, in nanoseconds …
const WINDOW: f64 = 1e9;
/// … and never fewer than these, so that after a standstill one answer alone decides nothing.
const MIN_SAMPLES: usize = 4;

/// Follows one stream.
#[derive(Debug, Clone)]
pub(super) struct Timing {
    /// Nanoseconds a frame lasts.
    frame: f64,
    /// When each answer was given, and where frame 0 would stand by it; in nanoseconds.
    answers: VecDeque<(f64, f64)>,
}

impl Timing {
    pub(super) fn new(rate: u32) -> Self {
        Self {
            frame: 1e9 / f64::from(rate.max(1)),
            answers: VecDeque::new(),
        }
    }

    /// An answer: at `now`, frame number `next` was `age` old; negative for what will be heard only later.
    pub(super) fn answer(&mut self, now: Mono, next: u64, age: f64) {
        let now = now.nanos() as f64;
        self.answers
            .push_back((now, now - age * 1e9 - next as f64 * self.frame));
        while self.answers.len() > MIN_SAMPLES
            && self
                .answers
                .front()
                .is_some_and(|(at, _)| now - at > WINDOW)
        {
            self.answers.pop_front();
        }
    }

    /// How many answers there are.
    pub(super) fn answers(&self) -> usize {
        self.answers.len()
    }

    /// When frame number `frame` was captured; `None` before the first answer.
    pub(super) fn captured(&self, frame: u64) -> Option<Mono> {
        let mut zeros: Vec<f64> = self.answers.iter().map(|(_, zero)| *zero).collect();
        zeros.sort_by(f64::total_cmp);
        let zero = zeros.get(zeros.len() / 4)?;
        Some(mono(zero + frame as f64 * self.frame))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "instants are never negative"
)]
fn mono(nanos: f64) -> Mono {
    Mono::from_nanos(nanos.max(0.0).round() as u64)
}

/// When the server gave an answer: between `sent` and `received`, at `server` on the wall clock, which stood at
/// `wall_sent` when the question was sent. A wall clock that was set meanwhile cannot do more than this span.
pub(super) fn answered(sent: Mono, received: Mono, wall_sent: Duration, server: Duration) -> Mono {
    let after = server.saturating_sub(wall_sent);
    (sent + after).min(received)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Mono {
        Mono::from_nanos(n * 1_000_000)
    }

    #[test]
    fn samples_stand_where_the_answers_put_them() {
        let mut timing = Timing::new(1000);
        assert_eq!(timing.captured(0), None);
        timing.answer(ms(500), 100, 0.020);
        assert_eq!(timing.captured(100), Some(ms(480)));
        assert_eq!(timing.captured(0), Some(ms(380)));
    }

    #[test]
    fn answers_that_were_given_late_do_not_move_the_sound() {
        let mut timing = Timing::new(1000);
        for n in 0..100_u64 {
            // Half of the time the server's thread was not let run for up to 90 ms.
            let late = if n % 2 == 0 { 0 } else { 30 + n % 60 };
            timing.answer(ms(1000 + 50 * n + late), 50 * n, 0.0);
            if n > 4 {
                assert_eq!(timing.captured(50 * n), Some(ms(1000 + 50 * n)), "{n}");
            }
        }
    }

    #[test]
    fn a_hole_is_seen_within_a_second_and_not_by_one_answer() {
        let mut timing = Timing::new(1000);
        let mut seen = None;
        for n in 0..60_u64 {
            let hole = if n >= 30 { 200 } else { 0 };
            timing.answer(ms(1000 + 50 * n + hole), 50 * n, 0.0);
            if seen.is_none() && timing.captured(50 * n) > Some(ms(1100 + 50 * n)) {
                seen = Some(n);
            }
        }
        let seen = seen.unwrap();
        assert!((31..=50).contains(&seen), "{seen}");
    }

    #[test]
    fn after_a_standstill_the_old_answers_are_soon_forgotten() {
        let mut timing = Timing::new(1000);
        for n in 0..20_u64 {
            timing.answer(ms(1000 + 50 * n), 50 * n, 0.0);
        }
        for n in 20..24_u64 {
            timing.answer(ms(61_000 + 50 * n), 50 * n, 0.0);
        }
        assert_eq!(timing.captured(1150), Some(ms(62_150)));
    }

    #[test]
    fn an_answer_was_given_between_question_and_receipt_whatever_the_wall_clock_does() {
        let wall = Duration::from_secs(1000);
        let at = |server| answered(ms(100), ms(150), wall, server);
        assert_eq!(at(wall + Duration::from_millis(20)), ms(120));
        assert_eq!(at(wall + Duration::from_secs(3600)), ms(150));
        assert_eq!(at(Duration::ZERO), ms(100));
    }
}
