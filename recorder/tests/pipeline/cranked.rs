//! Tracks cranked by hand.

use std::time::Duration;

use aside_protocol::recording::TrackName;

use super::decode::{self, Seen};
use super::take::{BEGIN, Left, Mic, Take};

pub(crate) const FPS: u32 = 30;
pub(crate) const FRAME: f64 = 1.0 / 30.0;

pub(crate) fn seconds(s: f64) -> Duration {
    Duration::from_secs_f64(s)
}

/// Pairs every flash with a beep and asserts that they are within `limit` of each other; returns how many.
#[track_caller]
pub(crate) fn assert_flash_and_beep_agree(left: &Left, limit: f64) -> usize {
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

pub(crate) fn counters(pictures: &[Seen]) -> Vec<u32> {
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
    // It moves all the time: once that weighs four times as much as an IDR, and not before six seconds.
    assert!(matches!(idrs[..], [0, 6..=9]), "{idrs:?}");
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
