//! Golden playlists.

mod gaps;
mod properties;

use aside_protocol::recording::{AUDIO_TIMESCALE, VIDEO_TIMESCALE};

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
        init: 1,
        lost: false,
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
        init: 1,
        lost: false,
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

/// The encoder was replaced before part 7, and again before part 10.
fn replaced(parts: u32) -> Made {
    let mut made = video(parts);
    for part in made.parts.iter_mut().skip(7) {
        part.independent = matches!(part.number, 7 | 10);
        part.init = if part.number < 10 { 2 } else { 3 };
    }
    made
}

#[test]
fn golden_video_of_three_encoders_while_recording() {
    insta::assert_snapshot!(text(&replaced(12), LIVE, false));
}

#[test]
fn golden_video_of_three_encoders_when_finished() {
    insta::assert_snapshot!(text(&replaced(12), ENDED, false));
}

#[test]
fn a_delta_update_begins_with_the_init_of_its_first_segment() {
    let mut made = video(141);
    for part in made.parts.iter_mut().skip(5) {
        part.init = 2;
    }
    let reader = Reader {
        follows: true,
        delta: true,
    };
    let delta = media(&made.listing(), LIVE, reader);
    let maps: Vec<&str> = delta.lines().filter(|l| l.contains("EXT-X-MAP")).collect();
    assert_eq!(maps, ["#EXT-X-MAP:URI=\"video/init-2.mp4\""]);
    let whole = text(&made, LIVE, true);
    let maps: Vec<&str> = whole.lines().filter(|l| l.contains("EXT-X-MAP")).collect();
    assert_eq!(maps.len(), 2);
}

#[test]
fn sound_is_cut_where_its_init_changes() {
    let mut made = audio(9);
    for part in made.parts.iter_mut().skip(4) {
        part.init = 2;
    }
    let closed = closed(&made, true);
    assert_eq!(
        (closed[0].last, closed[1].first, closed[1].remapped),
        (3, 4, true)
    );
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
