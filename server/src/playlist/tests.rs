//! Golden playlists, and what must hold for every take however its parts come in.

use std::collections::BTreeMap;

use aside_protocol::recording::{AUDIO_TIMESCALE, MAX_SEGMENT_SECONDS, VIDEO_TIMESCALE};
use proptest::prelude::*;

use super::*;

const LIVE: Take = Take {
    started_at: Timestamp::from_micros(1_767_225_600_000_000),
    ended: false,
};
const ENDED: Take = Take {
    ended: true,
    ..LIVE
};

/// A track and its parts, of which those behind a hole never come here.
#[derive(Debug, Clone)]
struct Made {
    track: Track,
    parts: Vec<Part>,
}

impl Made {
    fn timeline(&self) -> Timeline {
        let mut timeline = Timeline::new(self.track.clone());
        for part in &self.parts {
            timeline.push(*part);
        }
        timeline
    }

    fn listing(&self) -> Listing {
        self.timeline().listing()
    }

    fn upto(&self, parts: usize) -> Self {
        Self {
            parts: self.parts[..parts].to_vec(),
            ..self.clone()
        }
    }
}

fn text(made: &Made, take: Take, follows: bool) -> String {
    let delta = false;
    media(&made.listing(), take, Reader { follows, delta })
}

/// Parts of half a second, an IDR every fifth.
fn video(parts: u32) -> Made {
    let half = u64::from(VIDEO_TIMESCALE / 2);
    let parts = (0..parts).map(|n| Part {
        number: n,
        start: u64::from(n) * half,
        duration: half,
        independent: n % 5 == 0,
        size: if n % 5 == 0 { 40_000 } else { 5_000 },
    });
    Made {
        track: Track {
            name: TrackName::Video,
            codec: "avc1.640028".to_owned(),
            timescale: VIDEO_TIMESCALE,
            size: Some((1920, 1080)),
        },
        parts: parts.collect(),
    }
}

/// Parts of 46 AAC frames (nearly a second, as older recorders made them); the microphone delivers 20 ms after the picture.
fn audio(parts: u32) -> Made {
    let parts = (0..parts).map(|n| Part {
        number: n,
        start: 960 + u64::from(n) * 46 * 1024,
        duration: 46 * 1024,
        independent: true,
        size: 16_000,
    });
    Made {
        track: Track {
            name: TrackName::Audio,
            codec: "mp4a.40.2".to_owned(),
            timescale: AUDIO_TIMESCALE,
            size: None,
        },
        parts: parts.collect(),
    }
}

#[test]
fn golden_master_with_sound() {
    let tracks = [video(23).listing(), audio(12).listing()];
    insta::assert_snapshot!(master(&renditions(&tracks, false).unwrap()));
}

#[test]
fn golden_master_without_a_microphone() {
    let tracks = [video(3).listing()];
    insta::assert_snapshot!(master(&renditions(&tracks, true).unwrap()));
}

#[test]
fn golden_video_while_recording() {
    insta::assert_snapshot!(text(&video(13), LIVE, false));
}

#[test]
fn golden_video_when_finished() {
    insta::assert_snapshot!(text(&video(13), ENDED, false));
}

#[test]
fn golden_video_when_finished_for_a_follower() {
    insta::assert_snapshot!(text(&video(13), ENDED, true));
}

#[test]
fn golden_sound_while_recording() {
    insta::assert_snapshot!(text(&audio(13), LIVE, false));
}

#[test]
fn both_renditions_name_the_instant_of_their_first_sample() {
    let date = |text: &str| {
        text.lines()
            .find_map(|l| l.strip_prefix("#EXT-X-PROGRAM-DATE-TIME:"))
            .map(str::to_owned)
    };
    assert_eq!(
        date(&text(&video(2), LIVE, false)).as_deref(),
        Some("2026-01-01T00:00:00Z")
    );
    assert_eq!(
        date(&text(&audio(2), LIVE, false)).as_deref(),
        Some("2026-01-01T00:00:00.02Z")
    );
}

#[test]
fn nothing_is_playable_before_the_first_picture() {
    let tracks = [video(0).listing(), audio(4).listing()];
    assert!(renditions(&tracks, false).is_none());
}

#[test]
fn announced_sound_is_waited_for_but_not_for_ever() {
    let names = |tracks: &[Made], ended| {
        let listings: Vec<Listing> = tracks.iter().map(Made::listing).collect();
        let names = |r: Vec<&Listing>| r.iter().map(|l| l.track().name).collect::<Vec<_>>();
        renditions(&listings, ended).map(names)
    };
    assert_eq!(names(&[video(5), audio(0)], false), None);
    assert_eq!(
        names(&[video(6), audio(0)], false),
        Some(vec![TrackName::Video])
    );
    assert_eq!(
        names(&[video(1), audio(0)], true),
        Some(vec![TrackName::Video])
    );
    assert_eq!(
        names(&[video(1), audio(1)], false),
        Some(vec![TrackName::Video, TrackName::Audio])
    );
}

/// First and last part and the duration in ticks of the closed segments.
fn closed(made: &Made, ended: bool) -> Vec<Segment> {
    let listing = made.listing();
    let open = listing
        .open
        .iter()
        .filter(|_| ended)
        .map(|(segment, _)| *segment);
    listing
        .recent
        .iter()
        .map(|c| c.segment)
        .chain(open)
        .collect()
}

#[test]
fn a_picture_that_never_stands_alone_is_still_cut_within_the_target() {
    let mut made = video(60);
    for part in &mut made.parts[1..] {
        part.independent = false;
    }
    let closed = closed(&made, true);
    assert_eq!(closed.len(), 3);
    assert!(
        closed
            .iter()
            .all(|s| s.duration <= 10 * u64::from(VIDEO_TIMESCALE))
    );
}

#[test]
fn a_hole_in_the_timeline_lengthens_the_segment_before_it() {
    let mut made = video(10);
    for part in &mut made.parts[5..] {
        part.start += u64::from(VIDEO_TIMESCALE);
    }
    let closed = closed(&made, true);
    assert_eq!(closed[0].start + closed[0].duration, closed[1].start);
}

#[test]
fn the_part_target_is_never_below_a_part_and_the_hold_back_three_of_it() {
    let lines = |made: &Made| -> (String, String) {
        let text = text(made, LIVE, false);
        let of = |name: &str| {
            let value = text.split(name).nth(1).unwrap();
            value.split(['\n', ',']).next().unwrap().to_owned()
        };
        (of("PART-TARGET="), of("PART-HOLD-BACK="))
    };
    assert_eq!(
        lines(&video(9)),
        ("0.512000".to_owned(), "1.536000".to_owned())
    );
    let old = audio(9);
    assert_eq!(lines(&old), ("1.000000".to_owned(), "3.000000".to_owned()));
}

#[test]
fn golden_delta_of_a_long_take() {
    let reader = Reader {
        follows: true,
        delta: true,
    };
    insta::assert_snapshot!(media(&video(141).listing(), LIVE, reader));
}

#[test]
fn a_delta_is_no_longer_after_eight_hours_than_after_two_minutes() {
    let reader = Reader {
        follows: true,
        delta: true,
    };
    let delta = |parts| media(&video(parts).listing(), LIVE, reader);
    let (short, long) = (delta(243), delta(57_603));
    assert_eq!(short.lines().count(), long.lines().count());
    assert!(
        long.len() * 100 <= short.len() * 115,
        "{} and {}",
        short.len(),
        long.len()
    );
}

#[test]
fn a_reload_waits_for_the_next_part_or_segment_only() {
    // Two closed segments, and three parts of the third.
    let listing = video(13).listing();
    let ask = |msn, part| verdict(&listing, false, Reload { msn, part });
    assert_eq!(ask(0, None), Verdict::Answer);
    assert_eq!(ask(1, None), Verdict::Answer);
    assert_eq!(ask(2, Some(99)), Verdict::Answer);
    assert_eq!(ask(3, Some(2)), Verdict::Answer);
    assert_eq!(ask(3, Some(3)), Verdict::Wait);
    assert_eq!(ask(3, None), Verdict::Wait);
    assert_eq!(ask(4, Some(0)), Verdict::Wait);
    assert_eq!(ask(5, None), Verdict::TooFar);
    assert_eq!(ask(u64::MAX, Some(u64::MAX)), Verdict::TooFar);
    assert_eq!(
        verdict(
            &listing,
            true,
            Reload {
                msn: 4000,
                part: None
            }
        ),
        Verdict::Answer
    );
}

/// What a player reads out of a media playlist.
#[derive(Debug, Default, PartialEq)]
struct Read {
    /// Duration in microseconds and URI.
    segments: Vec<(u64, String)>,
    parts: Vec<String>,
    ended: bool,
}

fn micros(seconds: &str) -> u64 {
    let (whole, fraction) = seconds.split_once('.').unwrap();
    assert_eq!(fraction.len(), 6);
    whole.parse::<u64>().unwrap() * 1_000_000 + fraction.parse::<u64>().unwrap()
}

fn read(text: &str) -> Read {
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
fn numbers(uri: &str) -> (u32, u32) {
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
fn takes() -> impl Strategy<Value = Made> {
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
