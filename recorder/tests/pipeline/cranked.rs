//! Tracks cranked by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aside_protocol::cmaf::VideoConfig;
use aside_protocol::recording::TrackName;
use aside_recorder::compose::Picture;
use aside_recorder::encode::probe::Probe;
use aside_recorder::encode::{
    Budget, Candidate, EncodeError, Encoded, VIDEO_CANDIDATES, VideoEncoder, VideoFormat, X264,
};

use super::decode::{self, Seen};
use super::take::{BEGIN, Left, Mic, Take};

const FPS: u32 = 30;
const FRAME: f64 = 1.0 / 30.0;

fn seconds(s: f64) -> Duration {
    Duration::from_secs_f64(s)
}

/// Pairs every flash with a beep and asserts that they are within `limit` of each other; returns how many.
#[track_caller]
fn assert_flash_and_beep_agree(left: &Left, limit: f64) -> usize {
    let flashes = decode::flashes(&decode::pictures(&left.file(TrackName::Video)));
    let beeps = decode::sound(&left.file(TrackName::Audio)).beeps();
    let near = |to: f64| {
        beeps
            .iter()
            .map(|b| b - to)
            .min_by(|a, b| a.abs().total_cmp(&b.abs()))
    };
    for flash in &flashes {
        let off = near(*flash).unwrap();
        assert!(
            off.abs() <= limit,
            "the beep of the flash at {flash:.3} s is {:.1} ms off",
            off * 1e3
        );
    }
    flashes.len()
}

fn counters(pictures: &[Seen]) -> Vec<u32> {
    pictures
        .iter()
        .map(|p| {
            p.counter
                .unwrap_or_else(|| panic!("no counter at {}", p.at))
        })
        .collect()
}

#[test]
fn a_take_plays_back_every_picture_at_its_time() {
    let mut take = Take::new(FPS, Mic::default());
    take.now = seconds(0.5);
    take.crank(seconds(8.5), |_| true);
    let left = take.finish();
    left.assert_parts_are_whole();

    let pictures = decode::pictures(&left.file(TrackName::Video));
    let counters = counters(&pictures);
    assert_eq!(counters.len(), 240);
    for (n, (picture, counter)) in pictures.iter().zip(&counters).enumerate() {
        assert_eq!(*counter, 16 + u32::try_from(n).unwrap());
        assert!(
            (picture.at - n as f64 * FRAME).abs() < 1e-4,
            "{} is at {}",
            counter,
            picture.at
        );
    }
    let idrs: Vec<u64> = left
        .parts(TrackName::Video)
        .iter()
        .filter(|p| p.independent)
        .map(|p| p.start / 90_000)
        .collect();
    assert_eq!(idrs, [0, 6]);
}

#[test]
fn flash_and_beep_are_within_one_millisecond_on_a_steady_microphone_and_within_eight_on_others() {
    for (rate, channels, ppm, jitter_ms) in [
        (48_000, 1, 0.0, 0),
        (44_100, 2, 0.0, 4),
        (16_000, 1, 300.0, 4),
    ] {
        let mut take = Take::new(
            FPS,
            Mic {
                rate,
                channels,
                ppm,
                jitter_ms,
            },
        );
        take.now = seconds(0.5);
        take.crank(seconds(12.5), |_| true);
        let left = take.finish();
        let limit = if jitter_ms == 0 && ppm == 0.0 {
            0.001
        } else {
            0.008
        };
        assert_eq!(assert_flash_and_beep_agree(&left, limit), 6, "{rate} Hz");
        assert_eq!(
            decode::sound(&left.file(TrackName::Audio)).channels,
            channels
        );
    }
}

#[test]
fn a_microphone_300_ppm_off_is_in_time_after_three_minutes() {
    for ppm in [300.0, -300.0] {
        let mut take = Take::new(
            2,
            Mic {
                ppm,
                jitter_ms: 3,
                ..Mic::default()
            },
        );
        take.crank(seconds(180.2), |n| n == 0);
        let left = take.finish();
        left.assert_parts_are_whole();
        let beeps = decode::sound(&left.file(TrackName::Audio)).beeps();
        assert!(beeps.len() >= 89, "{}", beeps.len());
        for beep in &beeps {
            let off = beep - (beep / 2.0).round() * 2.0;
            assert!(
                off.abs() < 0.016,
                "{ppm} ppm: {:.1} ms off at {beep:.1} s",
                off * 1e3
            );
        }
        let late = beeps.last().unwrap();
        let off = late - (late / 2.0).round() * 2.0;
        assert!(
            off.abs() < 0.004,
            "{ppm} ppm: {:.1} ms off at the end",
            off * 1e3
        );
    }
}

#[test]
fn a_pause_is_cut_from_picture_and_sound_alike() {
    let mut take = Take::new(FPS, Mic::default());
    take.now = seconds(0.5);
    take.crank(seconds(3.21), |_| true);
    take.pause();
    take.crank(seconds(9.57), |_| true);
    take.resume();
    take.crank(seconds(14.5), |_| true);
    let left = take.finish();
    left.assert_parts_are_whole();
    assert_eq!(assert_flash_and_beep_agree(&left, 0.001), 4);

    let pictures = decode::pictures(&left.file(TrackName::Video));
    // The first picture is the sixteenth of the scene.
    let recorded = (14.5 - 9.57) + (3.21 - 16.0 * FRAME);
    let end: f64 = left
        .parts(TrackName::Video)
        .iter()
        .map(|p| p.duration as f64 / 90_000.0)
        .sum();
    // It ends with the sound, which is whole frames of 21.3 ms.
    assert!(
        (-0.001..0.0214).contains(&(end - recorded)),
        "{end} of {recorded}"
    );
    // Counter 97 was on the screen when the pause began, 288 after it.
    let shown = counters(&pictures);
    assert!(shown.windows(2).any(|w| w == [96, 287]), "{shown:?}");
}

#[test]
fn what_was_recorded_before_a_pause_leaves_with_it() {
    let mut take = Take::new(FPS, Mic::default());
    take.crank(seconds(1.7), |_| true);
    take.pause();
    let parts = take.video.take();
    let end = parts.last().map(|p| p.start + p.duration);
    assert_eq!(
        end,
        Some(153_001),
        "the picture of this very instant lasts a tick"
    );
}

#[test]
fn a_still_screen_is_repeated_once_a_part_and_nothing_is_lost_when_it_moves_again() {
    let mut take = Take::new(FPS, Mic::default());
    take.crank(seconds(25.0), |n| !(30..=600).contains(&n));
    let left = take.finish();
    left.assert_parts_are_whole();
    let pictures = decode::pictures(&left.file(TrackName::Video));
    let still: Vec<f64> = pictures
        .iter()
        .map(|p| p.at)
        .filter(|at| (1.0..19.9).contains(at))
        .collect();
    assert!((36..=38).contains(&still.len()), "{still:?}");
    assert!(still.windows(2).all(|w| w[1] - w[0] <= 0.5121));
    let after = counters(&pictures).into_iter().filter(|c| *c > 600).count();
    assert_eq!(after, 25 * 30 - 600);
    let held: usize = left
        .parts(TrackName::Video)
        .iter()
        .filter(|p| p.start > 2 * 90_000 && p.start < 19 * 90_000 && !p.independent)
        .map(|p| p.bytes.len())
        .sum();
    assert!(held < 16 * 1500, "a still screen costs {held} bytes");
}

#[test]
fn dropped_pictures_cost_pictures_and_no_time() {
    let mut take = Take::new(FPS, Mic::default());
    take.now = seconds(0.5);
    take.crank(seconds(8.5), |n| n % 7 != 3 && n % 60 > 1 || n % 60 == 0);
    let left = take.finish();
    left.assert_parts_are_whole();
    for picture in decode::pictures(&left.file(TrackName::Video)) {
        let counter = picture.counter.unwrap();
        let off = picture.at - f64::from(counter - 16) * FRAME;
        assert!(off.abs() < 1e-4, "{counter} is {off} s off");
    }
    assert_eq!(assert_flash_and_beep_agree(&left, FRAME), 4);
}

#[test]
fn an_encoder_that_holds_a_picture_back_loses_none() {
    let table = [Candidate {
        name: "probe",
        open: |f| Ok(Box::new(Probe::open(f)?)),
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
    let failing = |_| {
        Err(aside_recorder::encode::EncodeError::Open(
            "no such card".to_owned(),
        ))
    };
    let table = [
        Candidate {
            name: "card",
            open: failing,
        },
        Candidate {
            name: "probe",
            open: |f| Ok(Box::new(Probe::open(f)?)),
        },
    ];
    let format = aside_recorder::encode::VideoFormat {
        width: 64,
        height: 64,
        fps: 30,
        content: aside_recorder::encode::Content::Screen,
    };
    let (name, _) = aside_recorder::encode::open_video(&table, format).unwrap();
    assert_eq!(name, "probe");
    let error = aside_recorder::encode::open_video(&table[..1], format)
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("card (the encoder could not be opened: no such card)"),
        "{error}"
    );
}

#[test]
fn picture_and_sound_end_together_with_the_take() {
    let mut take = Take::new(FPS, Mic::default());
    take.now = seconds(0.5);
    take.crank(seconds(4.333), |_| true);
    let left = take.finish();
    let end = |t| left.parts(t).last().map_or(0, |p| p.start + p.duration);
    let (video, audio) = (end(TrackName::Video), end(TrackName::Audio));
    assert_eq!(video * 48_000, audio * 90_000, "to the tick");
    let recorded = 4.333 - 16.0 * FRAME;
    let end = video as f64 / 90_000.0;
    assert!(
        (-0.001..0.0214).contains(&(end - recorded)),
        "{end} of {recorded}"
    );
}

/// Pictures that were encoded by `Counting`.
static ENCODED: AtomicUsize = AtomicUsize::new(0);

/// x264, counted.
struct Counting(X264);

impl VideoEncoder for Counting {
    fn config(&self) -> &VideoConfig {
        self.0.config()
    }

    fn encode(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        ENCODED.fetch_add(1, Ordering::Relaxed);
        self.0.encode(picture, pts, idr, out)
    }

    fn repeat(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        ENCODED.fetch_add(1, Ordering::Relaxed);
        self.0.repeat(picture, pts, idr, out)
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        self.0.flush(out)
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        self.0.set_budget(budget)
    }
}

#[test]
fn a_standstill_of_minutes_is_encoded_once_and_shown_for_as_long_as_it_was() {
    let table = [Candidate {
        name: "counting",
        open: |f| Ok(Box::new(Counting(X264::open(f)?))),
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
        open: |f| Ok(Box::new(Probe::open(f)?)),
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

#[test]
fn sound_that_is_missing_before_the_first_picture_is_not_lost() {
    let mut take = Take::new(FPS, Mic::default());
    take.crank(seconds(0.5), |_| false);
    assert_eq!(take.timeline.zero(), None);
    take.stand_still(seconds(5.1));
    take.crank(seconds(7.1), |_| true);
    assert_eq!(take.lost, Duration::ZERO);
    let left = take.finish();
    left.assert_parts_are_whole();
    assert_eq!(assert_flash_and_beep_agree(&left, 0.001), 1);
}

#[test]
fn of_missing_sound_only_what_lies_outside_of_pauses_is_lost() {
    let mut take = Take::new(FPS, Mic::default());
    take.crank(seconds(2.0), |_| true);
    take.now = seconds(2.5);
    take.pause();
    take.now = seconds(4.5);
    take.resume();
    take.stand_still(seconds(5.0));
    take.crank(seconds(6.0), |_| true);
    let off = take.lost.as_secs_f64() - 1.0;
    assert!(off.abs() < 0.05, "{:?}", take.lost);

    take.pause();
    let now = BEGIN + seconds(20.0);
    let filled = take.audio.tick(now, |_| BEGIN).unwrap();
    assert_eq!(filled.len(), 1, "the device says nothing");
    assert!(filled[0].1 < Duration::from_millis(50), "{filled:?}");
    let missing = take.audio.finish(BEGIN + seconds(30.0)).unwrap();
    assert_eq!(missing, [Duration::ZERO]);
}

#[test]
fn a_microphone_that_falls_silent_leaves_a_sound_track_that_goes_on() {
    let mut take = Take::new(FPS, Mic::default());
    take.crank(seconds(4.5), |_| true);
    // The device is gone: time passes, no block comes.
    for n in 0..40 {
        take.now = seconds(4.5 + f64::from(n) * 0.1);
        let now = take.at();
        take.video.tick(now).unwrap();
        take.audio.tick(now, |_| BEGIN).unwrap();
    }
    let left = take.finish();
    left.assert_parts_are_whole();
    let heard = decode::sound(&left.file(TrackName::Audio));
    assert!(
        heard.samples.len() as f64 / 48_000.0 > 8.3,
        "{}",
        heard.samples.len()
    );
    assert_eq!(heard.beeps().len(), 3);
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
struct Failing {
    inner: Probe,
    failure: Failure,
    taken: u32,
}

impl Failing {
    fn open(failure: Failure, format: VideoFormat) -> Result<Box<dyn VideoEncoder>, EncodeError> {
        Ok(Box::new(Self {
            inner: Probe::open(format)?,
            failure,
            taken: 0,
        }))
    }
}

impl VideoEncoder for Failing {
    fn config(&self) -> &VideoConfig {
        self.inner.config()
    }

    fn encode(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        self.taken += 1;
        match self.failure {
            Failure::Error if self.taken == 50 => Err(EncodeError::Failed("a reset".to_owned())),
            Failure::Swallows if self.taken >= 50 => Ok(()),
            Failure::NoIdr if self.taken > 1 => self.inner.encode(picture, pts, false, out),
            _ => self.inner.encode(picture, pts, idr, out),
        }
    }

    fn repeat(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        self.encode(picture, pts, idr, out)
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        match self.failure {
            Failure::End | Failure::Swallows => Ok(()),
            _ => self.inner.flush(out),
        }
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        match self.failure {
            Failure::Budget => Err(EncodeError::Failed("no such setting".to_owned())),
            _ => self.inner.set_budget(budget),
        }
    }
}

const FAILING: [(Failure, Candidate); 5] = [
    (
        Failure::Error,
        Candidate {
            name: "failing",
            open: |f| Failing::open(Failure::Error, f),
        },
    ),
    (
        Failure::Swallows,
        Candidate {
            name: "failing",
            open: |f| Failing::open(Failure::Swallows, f),
        },
    ),
    (
        Failure::NoIdr,
        Candidate {
            name: "failing",
            open: |f| Failing::open(Failure::NoIdr, f),
        },
    ),
    (
        Failure::Budget,
        Candidate {
            name: "failing",
            open: |f| Failing::open(Failure::Budget, f),
        },
    ),
    (
        Failure::End,
        Candidate {
            name: "failing",
            open: |f| Failing::open(Failure::End, f),
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
        // The second IDR is asked for after six seconds.
        let end = if failure == Failure::NoIdr { 7.5 } else { 3.5 };
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
            if failure == Failure::NoIdr { 210 } else { 90 }
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
