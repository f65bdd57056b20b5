//! Gathers events and cuts them into parts. Pure: positions in, bytes out.
//!
//! A part is made at most once a second and only when something happened, so that a quiet take costs nothing. Parts cover
//! the take without a hole: each begins where the one before it ended.

use aside_protocol::timed_event::{Head, TimedEvent, write_events};

/// The least that a part covers, in milliseconds, unless it is full or the take pauses or ends.
const PART_MS: u64 = 1_000;
/// Events of one part: with the longest titles they are far from what a server takes.
const PART_EVENTS: usize = 64;
/// Much less than the longest part that is allowed: a quiet take shows now and then how far its events are known, in milliseconds.
const QUIET_MS: u64 = 6 * 60 * 60 * 1000;

/// One part, ready for the spool. The track's timescale is milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEvents {
    /// 0, 1, 2 …
    pub number: u32,
    pub start_ms: u64,
    pub duration_ms: u64,
    pub bytes: Vec<u8>,
}

/// The track while the take is recorded.
#[derive(Debug, Default)]
pub struct EventsTrack {
    number: u32,
    /// End of the last part, in milliseconds of the take.
    reached_ms: u64,
    /// By time.
    waiting: Vec<TimedEvent>,
}

impl EventsTrack {
    /// Takes in what happened. What happened before the end of the last part (a message that came late) is placed there.
    pub fn push(&mut self, event: TimedEvent) {
        let event = at(event, self.reached_ms);
        let place = self
            .waiting
            .partition_point(|before| before.at_ms() <= event.at_ms());
        self.waiting.insert(place, event);
    }

    /// Whether a part is to be made when the take is `length_ms` long.
    pub fn is_due(&self, length_ms: u64) -> bool {
        let since = length_ms.saturating_sub(self.reached_ms);
        let full = self.waiting.len() >= PART_EVENTS;
        full || since >= QUIET_MS || (since >= PART_MS && !self.waiting.is_empty())
    }

    /// The next part, of a take that is `length_ms` long; `None` when nothing waits. Again, until there is none.
    pub fn seal(&mut self, length_ms: u64) -> Option<SealedEvents> {
        let quiet = length_ms.saturating_sub(self.reached_ms) >= QUIET_MS;
        if self.waiting.is_empty() && !quiet {
            return None;
        }
        let rest = self.waiting.split_off(self.waiting.len().min(PART_EVENTS));
        let events = std::mem::replace(&mut self.waiting, rest);
        let start_ms = self.reached_ms;
        let events: Vec<TimedEvent> = events.into_iter().map(|e| at(e, start_ms)).collect();
        let last_ms = events.last().map_or(0, TimedEvent::at_ms);
        let wished_ms = if self.waiting.is_empty() {
            length_ms.max(last_ms)
        } else {
            last_ms
        };
        let end_ms = wished_ms.max(start_ms + 1);
        let head = Head { start_ms, end_ms };
        // The events lie in the head and there are few of them, so they can be written.
        let bytes = write_events(head, &events).ok()?;
        let number = self.number;
        self.number += 1;
        self.reached_ms = end_ms;
        Some(SealedEvents {
            number,
            start_ms,
            duration_ms: end_ms - start_ms,
            bytes,
        })
    }
}

/// The same event, not before `earliest`.
fn at(mut event: TimedEvent, earliest: u64) -> TimedEvent {
    match &mut event {
        TimedEvent::Click { at_ms, .. }
        | TimedEvent::Mark { at_ms, .. }
        | TimedEvent::Layout { at_ms, .. }
        | TimedEvent::Window { at_ms, .. }
        | TimedEvent::Heard { at_ms, .. }
        | TimedEvent::Report { at_ms, .. } => *at_ms = (*at_ms).max(earliest),
    }
    event
}

#[cfg(test)]
mod tests {
    use aside_protocol::text::MAX_TITLE;
    use aside_protocol::timed_event::read_events;
    use proptest::prelude::*;

    use super::*;

    fn mark(at_ms: u64, title: &str) -> TimedEvent {
        TimedEvent::Mark {
            at_ms,
            title: title.to_owned(),
        }
    }

    #[test]
    fn a_quiet_take_makes_no_parts_and_a_busy_one_at_most_one_a_second() {
        let mut track = EventsTrack::default();
        assert!(!track.is_due(60_000));
        assert_eq!(track.seal(60_000), None);
        track.push(mark(60_100, "one"));
        assert!(track.is_due(60_100), "the last part is long ago");
        let first = track.seal(60_100).unwrap();
        assert_eq!(
            (first.number, first.start_ms, first.duration_ms),
            (0, 0, 60_100)
        );
        track.push(mark(60_300, "two"));
        assert!(!track.is_due(60_400));
        assert!(track.is_due(61_100));
        let second = track.seal(61_100).unwrap();
        assert_eq!((second.number, second.start_ms), (1, 60_100));
    }

    #[test]
    fn more_events_than_a_part_takes_become_several_parts_and_none_is_lost() {
        let mut track = EventsTrack::default();
        let title = "\u{1f600}".repeat(MAX_TITLE);
        for _ in 0..1_000 {
            track.push(mark(5, &title));
        }
        let parts: Vec<_> = std::iter::from_fn(|| track.seal(10)).collect();
        let events: usize = parts
            .iter()
            .map(|p| read_events(&p.bytes).unwrap().events.len())
            .sum();
        assert_eq!(events, 1_000);
    }

    proptest! {
        #[test]
        fn parts_follow_each_other_without_a_hole_and_hold_every_event(
            steps in prop::collection::vec((0_u64..3_000, 0_u64..5_000, any::<bool>()), 1..80),
        ) {
            let (mut track, mut length, mut pushed, mut parts) =
                (EventsTrack::default(), 0, 0, Vec::new());
            for (step, late, seal) in steps {
                length += step;
                track.push(mark(length.saturating_sub(late), ""));
                pushed += 1;
                if seal {
                    parts.extend(track.seal(length));
                }
            }
            parts.extend(std::iter::from_fn(|| track.seal(length)));
            let (mut reached, mut held) = (0, 0);
            for (number, part) in (0..).zip(&parts) {
                let read = read_events(&part.bytes).unwrap();
                prop_assert_eq!((part.number, part.start_ms), (number, reached));
                prop_assert_eq!(read.head.end_ms - read.head.start_ms, part.duration_ms);
                reached = read.head.end_ms;
                held += read.events.len();
            }
            prop_assert_eq!(held, pushed);
        }
    }
}
