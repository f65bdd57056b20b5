use proptest::prelude::*;

use super::*;
use crate::transcribe::voice::RATE;

const LOUD: i32 = -2_000;
const QUIET: i32 = -7_500;
const SECOND: u64 = RATE as u64;

/// Levels of `seconds` each, loud and quiet by turns as said.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few seconds"
)]
fn levels(stretches: &[(f64, i32)]) -> Vec<i32> {
    stretches
        .iter()
        .flat_map(|(seconds, level)| std::iter::repeat_n(*level, (seconds * 50.0).round() as usize))
        .collect()
}

fn windows(levels: &[i32]) -> Vec<Window> {
    let mut w = Windows::new();
    levels.iter().for_each(|l| w.push(*l));
    w.finish();
    std::iter::from_fn(|| w.take()).map(|c| c.window).collect()
}

fn seconds(sample: Sample) -> f64 {
    sample as f64 / f64::from(RATE)
}

#[test]
fn silence_has_no_window() {
    assert!(windows(&levels(&[(60.0, QUIET)])).is_empty());
}

#[test]
fn a_click_is_no_speech() {
    assert!(
        windows(&levels(&[
            (1.0, QUIET),
            (0.04, LOUD),
            (1.0, QUIET),
            (0.04, LOUD),
            (1.0, QUIET)
        ]))
        .is_empty()
    );
}

#[test]
fn a_take_with_short_pauses_is_one_window_with_all_of_its_sound() {
    let found = windows(&levels(&[
        (1.0, QUIET),
        (2.0, LOUD),
        (3.9, QUIET),
        (5.0, LOUD),
        (0.5, QUIET),
        (1.0, LOUD),
        (2.0, QUIET),
    ]));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].start, seconds(found[0].end)), (0, 15.4));
    assert_eq!(found[0].runs.len(), 3);
    assert_eq!(
        found[0].runs[0],
        Run {
            start: SECOND,
            end: SECOND * 3
        }
    );
}

#[test]
fn a_long_pause_is_left_out_but_for_a_second_on_both_sides() {
    let found = windows(&levels(&[
        (9.0, QUIET),
        (2.0, LOUD),
        (9.0, QUIET),
        (2.0, LOUD),
        (9.0, QUIET),
    ]));
    let places: Vec<_> = found
        .iter()
        .map(|w| (seconds(w.start), seconds(w.end)))
        .collect();
    assert_eq!(places, [(8.0, 12.0), (19.0, 23.0)]);
}

#[test]
fn a_window_is_closed_before_the_speaker_goes_on() {
    let mut w = Windows::new();
    levels(&[(1.0, QUIET), (2.0, LOUD), (4.0, QUIET)])
        .iter()
        .for_each(|l| w.push(*l));
    assert!(w.take().is_some());
}

#[test]
fn a_long_window_is_cut_in_the_middle_of_its_longest_pause() {
    let found = windows(&levels(&[
        (0.5, QUIET),
        (13.5, LOUD),
        (1.0, QUIET),
        (6.0, LOUD),
        (0.5, QUIET),
        (12.0, LOUD),
    ]));
    assert_eq!(found.len(), 2);
    assert_eq!(seconds(found[0].end), 14.5);
    assert_eq!(found[1].start, found[0].end);
    assert_eq!(seconds(found[1].end), 33.5);
}

#[test]
fn speech_without_a_pause_is_cut_at_its_quietest_moment() {
    let found = windows(&levels(&[
        (0.5, QUIET),
        (24.0, LOUD),
        (0.1, -2_900),
        (10.0, LOUD),
        (1.0, QUIET),
    ]));
    assert_eq!(found.len(), 2);
    assert!((seconds(found[0].end) - 24.55).abs() < 0.05, "{found:?}");
    assert_eq!(
        found[0].end, found[1].start,
        "nothing is left out, nothing is transcribed twice"
    );
    assert!((seconds(found[1].runs[0].end) - 34.6).abs() < 0.05);
}

#[test]
fn a_hole_closes_what_is_open_and_goes_on_behind_it() {
    let mut w = Windows::new();
    levels(&[(1.0, QUIET), (2.0, LOUD)])
        .iter()
        .for_each(|l| w.push(*l));
    w.jump(SECOND * 100);
    levels(&[(1.0, LOUD), (4.0, QUIET)])
        .iter()
        .for_each(|l| w.push(*l));
    let first = w.take().unwrap();
    assert_eq!(
        (first.window.end, first.next.position),
        (SECOND * 3, SECOND * 3)
    );
    assert_eq!(
        w.take().unwrap().window.runs,
        [Run {
            start: SECOND * 100,
            end: SECOND * 101
        }]
    );
}

#[test]
fn a_preview_is_wanted_once_after_each_pause() {
    let mut w = Windows::new();
    let mut previews = Vec::new();
    for level in levels(&[
        (1.0, QUIET),
        (2.0, LOUD),
        (1.5, QUIET),
        (2.0, LOUD),
        (1.0, QUIET),
    ]) {
        w.push(level);
        if w.wants_preview(false) {
            let window = w.preview().unwrap();
            previews.push((seconds(window.start), seconds(window.end)));
        }
    }
    assert_eq!(previews, [(0.0, 3.7), (0.0, 7.2)]);
}

/// Speech, pauses, mumbling and noise of any length.
fn sound() -> impl Strategy<Value = Vec<i32>> {
    prop::collection::vec((1_u16..900, -8_000_i32..-1_000), 1..40).prop_map(|s| {
        s.into_iter()
            .flat_map(|(n, l)| std::iter::repeat_n(l, n.into()))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn windows_ascend_without_overlap_fit_into_a_model_and_hold_all_speech(levels in sound()) {
        let found = windows(&levels);
        let mut last = 0;
        for w in &found {
            prop_assert!(w.start >= last && w.end > w.start && w.end - w.start <= 28 * SECOND);
            prop_assert!(!w.runs.is_empty());
            let mut at = w.start;
            for run in &w.runs {
                prop_assert!(run.start >= at && run.end > run.start && run.end <= w.end, "{w:?}");
                at = run.end;
            }
            last = w.end;
        }
        prop_assert!(last <= levels.len() as u64 * FRAME as u64);
        // Three loud frames in a row are in a window, wherever they are.
        let mut detector = Detector::default();
        let loud: Vec<bool> = levels.iter().map(|l| detector.is_loud(*l)).collect();
        for (i, _) in loud.windows(ATTACK).enumerate().filter(|(_, w)| w.iter().all(|l| *l)) {
            let (from, to) = ((i * FRAME) as u64, ((i + ATTACK) * FRAME) as u64);
            // A cut may go through a burst as short as this and leave less than speech on one side.
            let inside = found.iter().any(|w| w.start < to && w.end > from);
            prop_assert!(inside, "frame {i} of {found:?}");
        }
    }

    #[test]
    fn whoever_goes_on_from_a_cursor_finds_the_same_windows(levels in sound(), pushed in 0_usize..20_000) {
        let whole = windows(&levels);
        // One worker is killed anywhere, with what is closed published …
        let mut first = Windows::new();
        let mut found = Vec::new();
        for level in levels.iter().take(pushed) {
            first.push(*level);
            found.extend(std::iter::from_fn(|| first.take()).map(|c| c.window));
        }
        // … and another goes on from what was written down.
        let json = serde_json::to_value(first.cursor()).unwrap();
        let cursor: Cursor = serde_json::from_value(json).unwrap();
        let from = usize::try_from(cursor.position).unwrap() / FRAME;
        let mut second = Windows::resume(cursor);
        levels[from..].iter().for_each(|l| second.push(*l));
        second.finish();
        found.extend(std::iter::from_fn(|| second.take()).map(|c| c.window));
        prop_assert_eq!(found, whole);
    }

    #[test]
    fn what_is_still_needed_is_never_dropped(levels in sound()) {
        let mut w = Windows::new();
        let mut dropped = 0;
        for level in &levels {
            w.push(*level);
            while let Some(closed) = w.take() {
                prop_assert!(closed.window.start >= dropped);
            }
            dropped = w.needed_from();
            // Less than a window and the silence in front of it.
            prop_assert!(w.position() - dropped <= 28 * SECOND);
        }
    }
}
