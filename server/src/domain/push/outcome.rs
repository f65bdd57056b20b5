//! What a push service answers, and what follows from it (RFC 8030 §5, §7.3, §8.4). Pure.

use std::time::Duration;

use aside_protocol::time::Timestamp;

use crate::domain::job::world_backoff;

/// A browser that nothing was taken for during this time is forgotten.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);
/// Nobody is left alone for longer, whatever they ask for.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Taken,
    /// The browser is not told by this service any more: its person turned it off, or it is gone.
    Gone,
    TooLarge,
    /// This message will never be taken.
    Never(u16),
    /// It may be taken later; `wait`: how long the service asks to be left alone.
    NotNow {
        why: String,
        wait: Option<Duration>,
    },
}

impl Outcome {
    /// By the status and the field `Retry-After` of an answer.
    pub fn read(status: u16, retry_after: Option<&str>, now: Timestamp) -> Self {
        match status {
            200..=299 => Self::Taken,
            404 | 410 => Self::Gone,
            413 => Self::TooLarge,
            // Too many requests, out of order, and what does not know our key now: clocks and keys are set right.
            401 | 403 | 408 | 425 | 429 | 500..=599 => Self::NotNow {
                why: format!("it answers {status}"),
                wait: retry_after.and_then(|it| wait(it, now)),
            },
            other => Self::Never(other),
        }
    }
}

/// Seconds, or a date (RFC 9110 §10.2.3).
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    let left = at.as_microsecond() - now.micros();
    u64::try_from(left).ok().map(Duration::from_micros)
}

/// Until when a service is left alone that did not take something and takes nothing since `failing_since`; none: it is given up.
/// `chance` (any number) spreads what failed together.
pub fn hold(
    wait: Option<Duration>,
    failing_since: Timestamp,
    now: Timestamp,
    chance: u64,
) -> Option<Timestamp> {
    let down = now.micros().saturating_sub(failing_since.micros());
    let down = Duration::from_micros(u64::try_from(down).unwrap_or(0));
    let pause = world_backoff(down, chance);
    let pause = wait.map_or(pause, |it| it.max(pause)).min(LONGEST);
    (down < FORGOTTEN_AFTER).then(|| now.plus(pause))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    #[test]
    fn the_table_of_answers() {
        let read = |status, field| Outcome::read(status, field, NOW);
        for status in [200, 201, 202] {
            assert_eq!(read(status, None), Outcome::Taken);
        }
        assert_eq!(
            [read(404, None), read(410, None)],
            [Outcome::Gone, Outcome::Gone]
        );
        assert_eq!(read(413, None), Outcome::TooLarge);
        assert_eq!(
            [read(400, None), read(302, None)],
            [Outcome::Never(400), Outcome::Never(302)]
        );
        for (field, seconds) in [
            (None, None),
            (Some("120"), Some(120)),
            (Some("Thu, 01 Jan 2026 00:01:00 GMT"), Some(60)),
            (Some("Thu, 01 Jan 2025 00:01:00 GMT"), None),
            (Some("soon"), None),
        ] {
            for status in [401, 403, 429, 500, 503] {
                let Outcome::NotNow { wait, .. } = read(status, field) else {
                    panic!("{status}")
                };
                assert_eq!(wait, seconds.map(Duration::from_secs), "{field:?}");
            }
        }
    }

    #[test]
    fn a_service_is_left_alone_as_long_as_it_asks_and_given_up_after_a_week() {
        let minute = Duration::from_secs(60);
        assert_eq!(hold(Some(minute), NOW, NOW, 0), Some(NOW.plus(minute)));
        assert_eq!(
            hold(Some(Duration::MAX), NOW, NOW, 0),
            Some(NOW.plus(LONGEST))
        );
        let (mut now, mut asked) = (NOW, 0);
        while let Some(next) = hold(None, NOW, now, 0) {
            assert!(next > now);
            (now, asked) = (next, asked + 1);
        }
        assert!(
            now >= NOW.plus(FORGOTTEN_AFTER) && asked < 10_000,
            "{asked}"
        );
    }
}
