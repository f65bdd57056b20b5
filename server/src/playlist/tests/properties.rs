//! What must hold for every take however its parts come in.

use std::collections::BTreeMap;

use aside_protocol::recording::MAX_SEGMENT_SECONDS;
use proptest::prelude::*;

use super::*;

/// What a player reads out of a media playlist.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    /// Duration in microseconds and URI.
    pub(super) segments: Vec<(u64, String)>,
    pub(super) parts: Vec<String>,
    pub(super) ended: bool,
}

fn micros(seconds: &str) -> u64 {
    let (whole, fraction) = seconds.split_once('.').unwrap();
    assert_eq!(fraction.len(), 6);
    whole.parse::<u64>().unwrap() * 1_000_000 + fraction.parse::<u64>().unwrap()
}

pub(super) fn read(text: &str) -> Read {
    let mut out = Read::default();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("#EXTM3U"));
    while let Some(line) = lines.next() {
        assert!(!out.ended, "nothing follows the end");
        if let Some(duration) = line.strip_prefix("#EXTINF:") {
            let duration = micros(duration.trim_end_matches(','));
            out.segments
                .push((duration, lines.next().unwrap().to_owned()));
        } else if let Some(rest) = line.strip_prefix("#EXT-X-PART:DURATION=") {
            let (duration, rest) = rest.split_once(",URI=\"").unwrap();
            assert!(micros(duration) <= 1_000_000, "{line}");
            out.parts.push(rest.split_once('"').unwrap().0.to_owned());
        } else if line == "#EXT-X-ENDLIST" {
            out.ended = true;
        }
    }
    out
}

/// First and last part number of a media URI.
pub(super) fn numbers(uri: &str) -> (u32, u32) {
    let name = uri
        .split('/')
        .next_back()
        .unwrap()
        .strip_suffix(".m4s")
        .unwrap();
    let (first, last) = name.split_once('-').unwrap();
    (first.parse().unwrap(), last.parse().unwrap())
}

/// A take of either kind: part durations, which stand alone, gaps between them.
pub(super) fn takes() -> impl Strategy<Value = Made> {
    let part = (
        1_u64..=1000,
        prop::bool::weighted(0.2),
        prop_oneof![9 => Just(0_u64), 1 => 0..20_000_u64],
        1_u64..200_000,
    );
    (
        any::<bool>(),
        prop::collection::vec(part, 1..80),
        0_u64..5_000,
    )
        .prop_map(|(sound, parts, offset)| {
            let (name, timescale) = if sound {
                (TrackName::Audio, AUDIO_TIMESCALE)
            } else {
                (TrackName::Video, VIDEO_TIMESCALE)
            };
            let millis = |ms: u64| ms * u64::from(timescale) / 1000;
            let mut at = offset;
            let parts = parts.into_iter().zip(0_u32..).map(
                |((duration, independent, gap, size), number)| {
                    at += millis(gap);
                    let part = Part {
                        number,
                        start: at,
                        duration: millis(duration),
                        independent: sound || number == 0 || independent,
                        size,
                        init: 1,
                        lost: false,
                    };
                    at = part.end();
                    part
                },
            );
            Made {
                track: Track {
                    name,
                    codec: "x".to_owned(),
                    timescale,
                    size: None,
                },
                parts: parts.collect(),
            }
        })
}

/// What a reader makes of a delta update, given the whole playlist it had.
fn merged(before: &Read, delta: &str) -> Read {
    let skipped = delta
        .lines()
        .find_map(|l| l.strip_prefix("#EXT-X-SKIP:SKIPPED-SEGMENTS="));
    let skipped = skipped.map_or(0, |n| n.parse().unwrap());
    let mut now = read(delta);
    let old = before.segments[..skipped].iter().cloned();
    now.segments = old.chain(now.segments).collect();
    now
}

proptest! {
    #[test]
    fn a_playlist_only_grows_until_it_ends(made in takes()) {
        let mut timeline = Timeline::new(made.track.clone());
        let mut before = Read::default();
        for (n, part) in made.parts.iter().enumerate() {
            timeline.push(*part);
            let whole = media(&timeline.listing(), LIVE, Reader::default());
            prop_assert_eq!(&whole, &text(&made.upto(n + 1), LIVE, false), "told at once or part by part");
            let now = read(&whole);
            prop_assert!(!now.ended);
            prop_assert_eq!(&now.segments[..before.segments.len()], &before.segments[..], "a listed segment changed");
            let newest = numbers(now.parts.last().unwrap()).1;
            prop_assert_eq!(newest as usize, n, "the newest part is listed at once");
            before = now;
        }
        for follows in [false, true] {
            let end = read(&text(&made, ENDED, follows));
            prop_assert!(end.ended);
            prop_assert_eq!(&end.segments[..before.segments.len()], &before.segments[..]);
            prop_assert_eq!(end.parts.is_empty(), !follows);
            if follows {
                prop_assert!(end.parts.ends_with(&before.parts[before.parts.len() - 1..]));
            }
        }
    }

    #[test]
    fn a_delta_tells_whoever_is_half_a_minute_behind_all_that_the_whole_playlist_tells(
        made in takes(), ended in any::<bool>(), behind in 0_usize..30,
    ) {
        let (count, scale) = (made.parts.len(), u64::from(made.track.timescale));
        let end = made.parts[count - 1].end();
        // What was there `behind` seconds of media ago, which on an even line is as long ago.
        let held = made.parts.iter().take_while(|p| p.end() + behind as u64 * scale <= end).count();
        prop_assume!(held > 0);
        let before = read(&text(&made.upto(held), LIVE, true));
        let take = if ended { ENDED } else { LIVE };
        let delta = media(&made.listing(), take, Reader { follows: true, delta: true });
        prop_assert_eq!(merged(&before, &delta), read(&text(&made, take, true)));
    }

    #[test]
    fn a_listing_does_not_change_when_its_timeline_goes_on(made in takes(), held in 1_usize..80) {
        let held = held.min(made.parts.len());
        let mut timeline = made.upto(held).timeline();
        let listing = timeline.listing();
        let before = media(&listing, LIVE, Reader::default());
        for part in &made.parts[held..] {
            timeline.push(*part);
        }
        prop_assert_eq!(media(&listing, LIVE, Reader::default()), before);
    }

    #[test]
    fn every_part_is_listed_once_in_order_and_nothing_else(made in takes(), held in 1_usize..80) {
        let made = made.upto(held.min(made.parts.len()));
        let live = read(&text(&made, LIVE, false));
        let mut next = 0;
        for (_, uri) in &live.segments {
            let (first, last) = numbers(uri);
            prop_assert_eq!(first, next);
            prop_assert!(first <= last);
            next = last + 1;
        }
        let open: Vec<u32> = live.parts.iter().map(|uri| numbers(uri).0).filter(|n| *n >= next).collect();
        prop_assert_eq!(open, (next..u32::try_from(made.parts.len()).unwrap()).collect::<Vec<_>>());

        let ended = read(&text(&made, ENDED, false));
        prop_assert_eq!(numbers(&ended.segments.last().unwrap().1).1 as usize, made.parts.len() - 1);
    }

    #[test]
    fn no_segment_is_longer_than_the_target(made in takes()) {
        for (duration, uri) in read(&text(&made, ENDED, false)).segments {
            let rounded = (duration + 500_000) / 1_000_000;
            prop_assert!(rounded <= u64::from(MAX_SEGMENT_SECONDS), "{uri} takes {duration} µs");
        }
    }

    #[test]
    fn what_a_player_may_ask_for_next_is_never_too_far(made in takes(), held in 1_usize..80) {
        let listing = made.upto(held.min(made.parts.len())).listing();
        let msn = FIRST_SEQUENCE + listing.closed;
        let parts = listing.open.as_ref().map_or(0, |(_, parts)| parts.len() as u64);
        for wanted in [Reload { msn, part: Some(parts) }, Reload { msn, part: None }, Reload { msn: msn + 1, part: Some(0) }] {
            prop_assert_eq!(verdict(&listing, false, wanted), Verdict::Wait);
        }
    }

    #[test]
    fn the_peak_rate_is_never_below_the_average(made in takes()) {
        let track = Track { name: TrackName::Video, ..made.track.clone() };
        let text = master(&[&Made { track, ..made }.listing()]);
        let attributes: BTreeMap<&str, &str> = text
            .lines()
            .find_map(|l| l.strip_prefix("#EXT-X-STREAM-INF:"))
            .unwrap()
            .split(',')
            .filter_map(|a| a.split_once('='))
            .collect();
        let rate = |name| attributes[name].parse::<u64>().unwrap();
        prop_assert!(rate("BANDWIDTH") >= rate("AVERAGE-BANDWIDTH"));
        prop_assert!(rate("AVERAGE-BANDWIDTH") > 0);
    }
}
