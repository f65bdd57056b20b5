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

/// Parts of half a second, an IDR every fifth.
fn video(parts: u32) -> Track {
    let half = u64::from(VIDEO_TIMESCALE / 2);
    let parts = (0..parts).map(|n| Part {
        number: n,
        start: u64::from(n) * half,
        duration: half,
        independent: n % 5 == 0,
        size: if n % 5 == 0 { 40_000 } else { 5_000 },
    });
    Track {
        name: TrackName::Video,
        codec: "avc1.640028".to_owned(),
        timescale: VIDEO_TIMESCALE,
        size: Some((1920, 1080)),
        parts: parts.collect(),
    }
}

/// Parts of 46 AAC frames (nearly a second); the microphone delivers 20 ms after the picture.
fn audio(parts: u32) -> Track {
    let parts = (0..parts).map(|n| Part {
        number: n,
        start: 960 + u64::from(n) * 46 * 1024,
        duration: 46 * 1024,
        independent: true,
        size: 16_000,
    });
    Track {
        name: TrackName::Audio,
        codec: "mp4a.40.2".to_owned(),
        timescale: AUDIO_TIMESCALE,
        size: None,
        parts: parts.collect(),
    }
}

#[test]
fn golden_master_with_sound() {
    let tracks = [video(23), audio(12)];
    insta::assert_snapshot!(master(&renditions(&tracks, false).unwrap(), LIVE));
}

#[test]
fn golden_master_without_a_microphone() {
    let tracks = [video(3)];
    insta::assert_snapshot!(master(&renditions(&tracks, true).unwrap(), ENDED));
}

#[test]
fn golden_video_while_recording() {
    insta::assert_snapshot!(media(&video(13), LIVE, false));
}

#[test]
fn golden_video_when_finished() {
    insta::assert_snapshot!(media(&video(13), ENDED, false));
}

#[test]
fn golden_video_when_finished_for_a_follower() {
    insta::assert_snapshot!(media(&video(13), ENDED, true));
}

#[test]
fn golden_sound_while_recording() {
    insta::assert_snapshot!(media(&audio(13), LIVE, false));
}

#[test]
fn both_renditions_name_the_instant_of_their_first_sample() {
    let date = |text: &str| {
        text.lines()
            .find_map(|l| l.strip_prefix("#EXT-X-PROGRAM-DATE-TIME:"))
            .map(str::to_owned)
    };
    assert_eq!(
        date(&media(&video(2), LIVE, false)).as_deref(),
        Some("2026-01-01T00:00:00Z")
    );
    assert_eq!(
        date(&media(&audio(2), LIVE, false)).as_deref(),
        Some("2026-01-01T00:00:00.02Z")
    );
}

#[test]
fn nothing_is_playable_before_the_first_picture() {
    assert_eq!(renditions(&[video(0), audio(4)], false), None);
}

#[test]
fn announced_sound_is_waited_for_but_not_for_ever() {
    let names = |tracks: &[Track], ended| {
        renditions(tracks, ended).map(|r| r.iter().map(|t| t.name).collect::<Vec<_>>())
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

#[test]
fn what_follows_a_hole_is_not_listed() {
    let mut track = video(8);
    track.parts.remove(3);
    assert_eq!(track.run().len(), 3);
    track.parts.remove(0);
    assert!(track.run().is_empty());
    assert!(!media(&track, LIVE, false).contains(".m4s"));
}

#[test]
fn a_picture_that_never_stands_alone_is_still_cut_within_the_target() {
    let mut track = video(60);
    for part in &mut track.parts[1..] {
        part.independent = false;
    }
    let cut = cut(track.kind(), track.timescale, track.run(), true);
    assert_eq!(cut.closed.len(), 3);
    assert!(
        cut.closed
            .iter()
            .all(|s| s.duration <= 10 * u64::from(VIDEO_TIMESCALE))
    );
}

#[test]
fn a_hole_in_the_timeline_lengthens_the_segment_before_it() {
    let mut track = video(10);
    for part in &mut track.parts[5..] {
        part.start += u64::from(VIDEO_TIMESCALE);
    }
    let cut = cut(track.kind(), track.timescale, track.run(), true);
    assert_eq!(
        cut.closed[0].start + cut.closed[0].duration,
        cut.closed[1].start
    );
}

#[test]
fn a_reload_waits_for_the_next_part_or_segment_only() {
    // Two closed segments, and three parts of the third.
    let track = video(13);
    let ask = |msn, part| verdict(&track, LIVE, Reload { msn, part });
    assert_eq!(ask(0, None), Verdict::Answer);
    assert_eq!(ask(1, None), Verdict::Answer);
    assert_eq!(ask(2, Some(99)), Verdict::Answer);
    assert_eq!(ask(3, Some(2)), Verdict::Answer);
    assert_eq!(ask(3, Some(3)), Verdict::Wait);
    assert_eq!(ask(3, None), Verdict::Wait);
    assert_eq!(ask(4, Some(0)), Verdict::Wait);
    assert_eq!(ask(5, None), Verdict::Absurd);
    assert_eq!(ask(u64::MAX, Some(u64::MAX)), Verdict::Absurd);
    assert_eq!(
        verdict(
            &track,
            ENDED,
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
fn takes() -> impl Strategy<Value = Track> {
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
            Track {
                name,
                codec: "x".to_owned(),
                timescale,
                size: None,
                parts: parts.collect(),
            }
        })
}

fn upto(track: &Track, parts: usize) -> Track {
    Track {
        parts: track.parts[..parts].to_vec(),
        ..track.clone()
    }
}

proptest! {
    #[test]
    fn a_playlist_only_grows_until_it_ends(track in takes()) {
        let mut before = Read::default();
        for n in 1..=track.parts.len() {
            let now = read(&media(&upto(&track, n), LIVE, false));
            prop_assert!(!now.ended);
            prop_assert_eq!(&now.segments[..before.segments.len()], &before.segments[..], "a listed segment changed");
            let newest = numbers(now.parts.last().unwrap()).1;
            prop_assert_eq!(newest as usize, n - 1, "the newest part is listed at once");
            before = now;
        }
        for follows in [false, true] {
            let end = read(&media(&track, ENDED, follows));
            prop_assert!(end.ended);
            prop_assert_eq!(&end.segments[..before.segments.len()], &before.segments[..]);
            prop_assert_eq!(end.parts.is_empty(), !follows);
            if follows {
                prop_assert!(end.parts.ends_with(&before.parts[before.parts.len() - 1..]));
            }
        }
    }

    #[test]
    fn every_part_is_listed_once_in_order_and_nothing_else(track in takes(), held in 1_usize..80) {
        let track = upto(&track, held.min(track.parts.len()));
        let live = read(&media(&track, LIVE, false));
        let mut next = 0;
        for (_, uri) in &live.segments {
            let (first, last) = numbers(uri);
            prop_assert_eq!(first, next);
            prop_assert!(first <= last);
            next = last + 1;
        }
        let open: Vec<u32> = live.parts.iter().map(|uri| numbers(uri).0).filter(|n| *n >= next).collect();
        prop_assert_eq!(open, (next..u32::try_from(track.parts.len()).unwrap()).collect::<Vec<_>>());

        let ended = read(&media(&track, ENDED, false));
        prop_assert_eq!(numbers(&ended.segments.last().unwrap().1).1 as usize, track.parts.len() - 1);
    }

    #[test]
    fn no_segment_is_longer_than_the_target(track in takes()) {
        let text = media(&track, ENDED, false);
        for (duration, uri) in read(&text).segments {
            let rounded = (duration + 500_000) / 1_000_000;
            prop_assert!(rounded <= u64::from(MAX_SEGMENT_SECONDS), "{uri} takes {duration} µs");
        }
    }

    #[test]
    fn what_a_player_may_ask_for_next_is_never_absurd(track in takes(), held in 1_usize..80) {
        let track = upto(&track, held.min(track.parts.len()));
        let Cut { closed, open } = cut(track.kind(), track.timescale, track.run(), false);
        let msn = FIRST_SEQUENCE + closed.len() as u64;
        let parts = open.map_or(0, |s| u64::from(s.last - s.first) + 1);
        for wanted in [Reload { msn, part: Some(parts) }, Reload { msn, part: None }, Reload { msn: msn + 1, part: Some(0) }] {
            prop_assert_eq!(verdict(&track, LIVE, wanted), Verdict::Wait);
        }
    }

    #[test]
    fn the_peak_rate_is_never_below_the_average(track in takes()) {
        let track = Track { name: TrackName::Video, ..track };
        let text = master(&[&track], ENDED);
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
