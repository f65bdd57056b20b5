//! Tracks cranked by hand, whose encoders hold pictures back, count them, or fail.

use std::sync::atomic::{AtomicUsize, Ordering};

use aside_protocol::recording::TrackName;
use aside_recorder::encode::probe::{Call, Fake, holding_back, x264};
use aside_recorder::encode::{
    Budget, Candidate, Content, EncodeError, VIDEO_CANDIDATES, VideoEncoder, VideoFormat,
    open_video,
};

use super::cranked::{FPS, FRAME, assert_flash_and_beep_agree, counters, seconds};
use super::decode;
use super::take::{Mic, Take};

#[test]
fn an_encoder_that_holds_a_picture_back_loses_none() {
    let table = [Candidate {
        name: "probe",
        open: holding_back,
    }];
    let mut take = Take::with(&table, FPS, Mic::default());
    take.crank(seconds(1.02), |_| true);
    take.pause();
    take.crank(seconds(2.0), |_| true);
    take.resume();
    take.crank(seconds(3.0), |_| true);
    let left = take.finish();
    left.assert_parts_are_whole();
    let shown = counters(&decode::pictures(&left.file(TrackName::Video)));
    let wanted: Vec<u32> = (0..=30).chain(60..=90).collect();
    assert_eq!(shown, wanted);
}

#[test]
fn the_last_candidate_of_the_table_is_tried_when_the_others_fail() {
    let failing = |_| Err(EncodeError::Open("no such card".to_owned()));
    let table = [
        Candidate {
            name: "card",
            open: failing,
        },
        Candidate {
            name: "probe",
            open: holding_back,
        },
    ];
    let format = VideoFormat {
        width: 64,
        height: 64,
        fps: 30,
        content: Content::Screen,
    };
    let (name, _) = open_video(&table, format).unwrap();
    assert_eq!(name, "probe");
    let error = open_video(&table[..1], format).err().unwrap();
    assert!(
        error
            .to_string()
            .contains("card (the encoder could not be opened: no such card)"),
        "{error}"
    );
}

/// Pictures that were encoded by [`counting`].
static ENCODED: AtomicUsize = AtomicUsize::new(0);

/// libx264, counted.
fn counting(format: VideoFormat) -> Result<Box<dyn VideoEncoder>, EncodeError> {
    Ok(Fake::boxed(x264(format)?, |inner, call, out| {
        if let Call::Picture { .. } = call {
            ENCODED.fetch_add(1, Ordering::Relaxed);
        }
        call.pass(inner, out)
    }))
}

#[test]
fn a_standstill_of_minutes_is_encoded_once_and_shown_for_as_long_as_it_was() {
    let table = [Candidate {
        name: "counting",
        open: counting,
    }];
    let mut take = Take::with(&table, FPS, Mic::default());
    take.now = seconds(0.5);
    take.crank(seconds(1.9), |_| true);
    take.stand_still(seconds(121.9));
    take.crank(seconds(124.5), |_| true);
    let left = take.finish();
    left.assert_parts_are_whole();
    let encoded = ENCODED.load(Ordering::Relaxed);
    // Four seconds that move, and of the standstill what is left of its first segment, one whole one and the last one.
    assert!(encoded < 4 * 30 + 3 * 20, "{encoded} pictures were encoded");

    let pictures = decode::pictures(&left.file(TrackName::Video));
    assert!(
        pictures.len() > 4 * 30 + 120 * 1000 / 512,
        "{}",
        pictures.len()
    );
    assert!(pictures.windows(2).all(|w| w[1].at - w[0].at <= 0.5121));
    let (last_before, first_after) = (41.0 * FRAME, 3642.0 * FRAME);
    for picture in &pictures {
        let own = f64::from(picture.counter.unwrap() - 16) * FRAME;
        let newest = match picture.at < first_after - 1e-4 {
            true => picture.at.min(last_before),
            false => picture.at,
        };
        assert!((own - newest).abs() < 1e-4, "{own} at {}", picture.at);
    }
    assert_eq!(assert_flash_and_beep_agree(&left, 0.001), 2);
}

#[test]
fn an_encoder_that_holds_a_picture_back_loses_none_in_a_standstill() {
    let table = [Candidate {
        name: "probe",
        open: holding_back,
    }];
    let mut take = Take::with(&table, FPS, Mic::default());
    take.crank(seconds(1.0), |_| true);
    take.stand_still(seconds(41.0));
    take.crank(seconds(42.0), |_| true);
    let left = take.finish();
    left.assert_parts_are_whole();
    let pictures = decode::pictures(&left.file(TrackName::Video));
    assert!(pictures.windows(2).all(|w| w[1].at - w[0].at <= 0.5121));
    let mut shown = counters(&pictures);
    shown.dedup();
    let wanted: Vec<u32> = (0..=30).chain(1231..=1260).collect();
    assert_eq!(shown, wanted);
}

/// How an encoder fails in the middle of a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// It says so, and takes the picture it held back with it.
    Error,
    /// It takes pictures and gives none back.
    Swallows,
    /// It makes no IDR where one was asked for.
    NoIdr,
    /// It cannot be set to another budget.
    Budget,
    /// It gives back nothing of what it holds at the end.
    End,
}

/// An encoder that holds one picture back, and fails at the fiftieth.
fn failing(failure: Failure, format: VideoFormat) -> Result<Box<dyn VideoEncoder>, EncodeError> {
    let mut taken = 0;
    Ok(Fake::boxed(
        holding_back(format)?,
        move |inner, call, out| {
            if let Call::Picture { .. } = call {
                taken += 1;
            }
            match (failure, call) {
                (Failure::Error, Call::Picture { .. }) if taken == 50 => {
                    Err(EncodeError::Failed("a reset".to_owned()))
                }
                (Failure::Swallows, Call::Picture { .. }) if taken >= 50 => Ok(()),
                (Failure::NoIdr, Call::Picture { picture, pts, .. }) if taken > 1 => {
                    inner.encode(picture, pts, false, out)
                }
                (Failure::End | Failure::Swallows, Call::Flush) => Ok(()),
                (Failure::Budget, Call::Budget(_)) => {
                    Err(EncodeError::Failed("no such setting".to_owned()))
                }
                _ => call.pass(inner, out),
            }
        },
    ))
}

const FAILING: [(Failure, Candidate); 5] = [
    (
        Failure::Error,
        Candidate {
            name: "failing",
            open: |f| failing(Failure::Error, f),
        },
    ),
    (
        Failure::Swallows,
        Candidate {
            name: "failing",
            open: |f| failing(Failure::Swallows, f),
        },
    ),
    (
        Failure::NoIdr,
        Candidate {
            name: "failing",
            open: |f| failing(Failure::NoIdr, f),
        },
    ),
    (
        Failure::Budget,
        Candidate {
            name: "failing",
            open: |f| failing(Failure::Budget, f),
        },
    ),
    (
        Failure::End,
        Candidate {
            name: "failing",
            open: |f| failing(Failure::End, f),
        },
    ),
];

#[test]
fn another_encoder_takes_over_from_one_that_fails_and_no_picture_is_missing() {
    for (failure, candidate) in FAILING {
        let mut take = Take::with(&[candidate, VIDEO_CANDIDATES[0]], FPS, Mic::default());
        take.now = seconds(0.5);
        take.crank(seconds(2.5), |_| true);
        take.video.set_budget(Budget::default()).unwrap();
        // The second IDR is asked for after six seconds, or as soon as it costs little.
        let end = if failure == Failure::NoIdr { 9.5 } else { 3.5 };
        take.crank(seconds(end), |_| true);
        let left = take.finish();
        left.assert_parts_are_whole();
        let pictures = decode::pictures(&left.file(TrackName::Video));
        let expected: Vec<u32> = (16..16 + pictures.len())
            .map(|n| u32::try_from(n).unwrap())
            .collect();
        assert_eq!(counters(&pictures), expected, "{failure:?}");
        assert_eq!(
            pictures.len(),
            if failure == Failure::NoIdr { 270 } else { 90 }
        );
        for (n, picture) in pictures.iter().enumerate() {
            let off = (picture.at - n as f64 * FRAME).abs();
            assert!(off < 1e-4, "{failure:?}: {n} is at {}", picture.at);
        }
        let versions: Vec<u32> = left
            .parts(TrackName::Video)
            .iter()
            .map(|p| p.init)
            .collect();
        assert!(versions.is_sorted(), "{failure:?}: {versions:?}");
        assert_eq!(
            (versions.first(), versions.last()),
            (Some(&1), Some(&2)),
            "{failure:?}"
        );
        assert_eq!(left.replaced.len(), 1, "{failure:?}: {:?}", left.replaced);
        assert_eq!(
            (left.replaced[0].from, left.replaced[0].to),
            ("failing", "libx264")
        );
        assert!(left.later_init.is_some(), "{failure:?}");
    }
}
