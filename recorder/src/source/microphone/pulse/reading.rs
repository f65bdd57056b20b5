//! When a stream's sound is read next. Pure.
//!
//! At leisure, and once more just when the sound has come that somebody waits for: so a part of a take leaves as soon as it can, and the
//! thread wakes a few times a second.

use std::time::Duration;

use crate::clock::Mono;

/// How often sound is read.
const INTERVAL: Duration = Duration::from_millis(128);
/// What is wanted within so long is waited for in one go.
const LONGEST: Duration = Duration::from_millis(160);
/// Sound comes so much later than the server's answers say, by the time it takes on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(2);

/// How the next reading is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    For(Duration),
    /// What comes next ends it, and this span does.
    Sound(Duration),
}

/// Sound was delivered up to `delivered`, and up to `wanted` it is waited for; what is captured now comes `age` later.
pub(super) fn wait(now: Mono, delivered: Mono, wanted: Option<Mono>, age: Duration) -> Wait {
    // A monitor delivers what will be heard only later, and then it is time that is waited for.
    let Some(wanted) = wanted.filter(|wanted| *wanted > delivered || *wanted > now) else {
        return Wait::For(INTERVAL);
    };
    match wanted + age + ON_ITS_WAY - now {
        Duration::ZERO => Wait::Sound(INTERVAL),
        left if left < LONGEST => Wait::For(left),
        _ => Wait::For(INTERVAL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_millis(30);

    fn ms(n: u64) -> Mono {
        Mono::from_nanos(n * 1_000_000)
    }

    /// When sound is read of a server that sends it `AGE` after its capture, in pieces of so many milliseconds, while parts of half a
    /// second are wanted; and how long after its last piece had come each part was read.
    fn read(pieces: u64) -> (Vec<u64>, Vec<u64>) {
        let (mut now, mut part, mut reads, mut late) = (ms(0), 512, vec![], vec![]);
        while now < ms(10_000) {
            let there = now.before(AGE).nanos() / 1_000_000 / pieces * pieces;
            reads.push(now.nanos() / 1_000_000);
            while there >= part {
                let came = part.div_ceil(pieces) * pieces + 30;
                late.push(now.nanos() / 1_000_000 - came);
                part += 512;
            }
            now = match wait(now, ms(there), Some(ms(part)), AGE) {
                Wait::For(span) => now + span,
                Wait::Sound(limit) => (now + limit).min(ms(there + pieces) + AGE),
            };
        }
        (reads, late)
    }

    #[test]
    fn what_is_wanted_is_read_as_soon_as_it_has_come_and_little_is_read_besides() {
        for pieces in [1, 10, 50] {
            let (reads, late) = read(pieces);
            assert!(
                late.len() >= 18 && late.iter().all(|ms| *ms <= 3),
                "{late:?}"
            );
            assert!(reads.len() < 110, "{} readings in ten seconds", reads.len());
        }
    }

    #[test]
    fn nobody_waits_for_what_was_delivered() {
        assert_eq!(wait(ms(100), ms(70), None, AGE), Wait::For(INTERVAL));
        assert_eq!(
            wait(ms(100), ms(70), Some(ms(70)), AGE),
            Wait::For(INTERVAL)
        );
        let far = wait(ms(100), ms(70), Some(ms(600)), AGE);
        assert_eq!(far, Wait::For(INTERVAL));
        let of_the_future = wait(ms(100), ms(900), Some(ms(150)), Duration::ZERO);
        assert_eq!(of_the_future, Wait::For(Duration::from_millis(52)));
    }
}
