//! Views: who watched how much of a recording, and whether that is noted at all. Pure.

use aside_protocol::id::{TokenId, UserId};
use aside_protocol::time::Timestamp;

/// Whoever watched so many seconds of a recording, or all of a shorter one, is a view of it.
pub const VIEW_SECONDS: u64 = 5;
/// Seconds of a recording that are kept apart; what is behind them is not noted.
pub const MAX_SECONDS: u64 = 24 * 3600;
/// Stretches in one report.
pub const MAX_STRETCHES: usize = 100;
/// At most so many steps has a curve of attention.
const MAX_STEPS: u64 = 120;

/// Which seconds of a recording somebody watched: one bit each, the lowest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched(Vec<u8>);

impl Watched {
    pub const fn from_stored(bits: Vec<u8>) -> Self {
        Self(bits)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Adds what was played, in milliseconds. A second counts where its middle was played, so that what is played in pieces
    /// counts each second once.
    pub fn add(&mut self, from_ms: u64, to_ms: u64) {
        let second = |ms: u64| ms.saturating_add(499) / 1000;
        for second in second(from_ms)..second(to_ms).min(MAX_SECONDS) {
            let (byte, bit) = place(second);
            if byte >= self.0.len() {
                self.0.resize(byte + 1, 0);
            }
            if let Some(byte) = self.0.get_mut(byte) {
                *byte |= bit;
            }
        }
    }

    pub fn has(&self, second: u64) -> bool {
        let (byte, bit) = place(second);
        self.0.get(byte).is_some_and(|byte| byte & bit != 0)
    }

    /// How many seconds were watched, each counted once.
    pub fn seconds(&self) -> u64 {
        self.0.iter().map(|byte| u64::from(byte.count_ones())).sum()
    }

    /// How much of a recording of this length that is, in percent.
    pub fn percent(&self, length_ms: u64) -> u8 {
        let share = self.seconds() * 100 / whole_seconds(length_ms);
        u8::try_from(share).map_or(100, |percent| percent.min(100))
    }

    /// Whether that is a view of a recording of this length.
    pub fn is_view(&self, length_ms: u64) -> bool {
        self.seconds() >= VIEW_SECONDS.min((length_ms / 1000).max(1))
    }
}

fn place(second: u64) -> (usize, u8) {
    (
        usize::try_from(second / 8).unwrap_or(usize::MAX),
        1 << (second % 8),
    )
}

/// At least one.
const fn whole_seconds(length_ms: u64) -> u64 {
    let seconds = length_ms.div_ceil(1000);
    if seconds == 0 { 1 } else { seconds }
}

/// How many people watched each part of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// Length of a step in milliseconds.
    pub step_ms: u64,
    /// People who watched some of the step.
    pub people: Vec<u32>,
}

/// The attention of these people for a recording of this length.
pub fn attention<'w>(all: impl IntoIterator<Item = &'w Watched>, length_ms: u64) -> Attention {
    let seconds = whole_seconds(length_ms).min(MAX_SECONDS);
    let step = seconds.div_ceil(MAX_STEPS);
    let steps = usize::try_from(seconds.div_ceil(step)).unwrap_or(0);
    let mut people = vec![0_u32; steps];
    for watched in all {
        for (count, first) in people
            .iter_mut()
            .zip((0..).step_by(usize::try_from(step).unwrap_or(1)))
        {
            let mut within = first..first + step;
            if within.any(|second| watched.has(second)) {
                *count += 1;
            }
        }
    }
    Attention {
        step_ms: step * 1000,
        people,
    }
}

/// Whether somebody who is there in a recording of this length would go on: neither at its beginning nor at its end.
pub const fn is_unfinished(position_ms: u64, length_ms: u64) -> bool {
    let left = if length_ms / 20 > 5_000 {
        length_ms / 20
    } else {
        5_000
    };
    position_ms >= 5_000 && position_ms + left < length_ms
}

/// Who watched, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watcher {
    Member(UserId),
    /// By the row of the guest cookie.
    Guest(TokenId),
    /// Hash of a number that the browser made for this recording.
    Visitor([u8; 32]),
}

/// What says whether watching is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    pub server: bool,
    /// The owner's, about their recordings.
    pub owner: bool,
    /// The viewer's own; on for who has no account.
    pub viewer: bool,
}

impl Switches {
    /// Whether views of the recording are counted and shown.
    pub const fn shown(self) -> bool {
        self.server && self.owner
    }

    /// Whether it is noted that this viewer watches.
    pub const fn noted(self) -> bool {
        self.shown() && self.viewer
    }

    /// Whether the viewer is told what they watched themselves.
    pub const fn remembered(self) -> bool {
        self.server && self.viewer
    }
}

/// Somebody's view of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewOf {
    /// Of a member, or of a guest who gave one; none for who is not known.
    pub name: Option<String>,
    pub user: Option<UserId>,
    pub watched: Watched,
    pub last_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(stretches: &[(u64, u64)]) -> Watched {
        let mut watched = Watched::default();
        for &(from, to) in stretches {
            watched.add(from, to);
        }
        watched
    }

    #[test]
    fn what_is_played_in_pieces_counts_each_second_once() {
        let pieces = watched(&[(0, 1_300), (1_300, 2_500), (2_500, 5_000), (0, 3_000)]);
        assert_eq!(pieces, watched(&[(0, 5_000)]));
        assert_eq!(pieces.seconds(), 5);
        assert!(pieces.has(4) && !pieces.has(5));
        assert_eq!(watched(&[(100, 400)]).seconds(), 0);
        assert_eq!(watched(&[(0, u64::MAX)]).seconds(), MAX_SECONDS);
        assert_eq!(
            watched(&[(u64::MAX, u64::MAX), (9_000, 3_000)]).seconds(),
            0
        );
    }

    #[test]
    fn five_seconds_are_a_view_or_all_of_what_is_shorter() {
        assert!(!watched(&[(0, 4_000)]).is_view(60_000));
        assert!(watched(&[(10_000, 12_000), (30_000, 33_000)]).is_view(60_000));
        assert!(watched(&[(0, 3_200)]).is_view(3_200));
        assert!(!watched(&[]).is_view(0));
        assert_eq!(watched(&[(0, 30_000)]).percent(60_000), 50);
        assert_eq!(watched(&[(0, 90_000)]).percent(60_000), 100);
        assert_eq!(watched(&[]).percent(0), 0);
    }

    #[test]
    fn attention_counts_people_and_not_how_often_they_looked() {
        let people = [
            watched(&[(0, 2_000), (0, 2_000)]),
            watched(&[(1_000, 3_000)]),
        ];
        let found = attention(&people, 3_000);
        assert_eq!((found.step_ms, found.people), (1_000, vec![1, 2, 1]));
        let long = attention(&people, 3_600_000);
        assert_eq!(
            (long.step_ms, long.people.len(), long.people[0]),
            (30_000, 120, 2)
        );
        assert_eq!(attention(&[], 0).people, [0]);
    }

    #[test]
    fn what_is_nearly_over_or_hardly_begun_is_not_unfinished() {
        assert!(is_unfinished(5_000, 60_000));
        assert!(!is_unfinished(4_999, 60_000));
        assert!(!is_unfinished(56_000, 60_000));
        assert!(!is_unfinished(3_500_000, 3_600_000));
        assert!(!is_unfinished(6_000, 8_000));
    }

    #[test]
    fn each_switch_alone_turns_it_off() {
        let on = Switches {
            server: true,
            owner: true,
            viewer: true,
        };
        assert!(on.noted() && on.shown() && on.remembered());
        assert!(
            !Switches {
                server: false,
                ..on
            }
            .shown()
        );
        assert!(!Switches { owner: false, ..on }.noted());
        let unseen = Switches {
            viewer: false,
            ..on
        };
        assert!(unseen.shown() && !unseen.noted() && !unseen.remembered());
    }
}
