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
    let mut w = Windows::new(0);
    levels.iter().for_each(|l| w.push(*l));
    w.finish();
    std::iter::from_fn(|| w.take()).map(|(w, _)| w).collect()
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
fn a_sentence_is_one_window_with_a_little_room_around() {
    let found = windows(&levels(&[(1.0, QUIET), (2.0, LOUD), (2.0, QUIET)]));
    assert_eq!(
        found,
        [Window {
            start: SECOND * 8 / 10,
            end: SECOND * 33 / 10,
            runs: vec![Run {
                start: SECOND,
                end: SECOND * 3
            }],
        }]
    );
}

#[test]
fn a_short_pause_is_kept_inside_a_short_window_and_closes_a_long_one() {
    let found = windows(&levels(&[
        (0.5, QUIET),
        (2.0, LOUD),
        (0.5, QUIET),
        (5.0, LOUD),
        (0.5, QUIET),
        (1.0, LOUD),
        (1.0, QUIET),
    ]));
    let shape: Vec<_> = found.iter().map(|w| w.runs.len()).collect();
    assert_eq!(shape, [2, 1]);
    assert_eq!(found[0].runs[1].start, SECOND * 3);
}

#[test]
fn a_window_is_closed_before_the_speaker_goes_on() {
    let mut w = Windows::new(0);
    levels(&[(1.0, QUIET), (2.0, LOUD), (0.72, QUIET)])
        .iter()
        .for_each(|l| w.push(*l));
    assert!(w.take().is_some());
}

#[test]
fn speech_at_the_end_is_closed_by_finish() {
    let found = windows(&levels(&[(1.0, QUIET), (2.0, LOUD)]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].end, SECOND * 3);
}

#[test]
fn a_speech_without_a_pause_is_cut_at_its_quietest_moment() {
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
        found[0].end, found[1].runs[0].start,
        "nothing is lost, nothing is heard twice"
    );
    assert!((seconds(found[1].runs[0].end) - 34.6).abs() < 0.05);
}

#[test]
fn a_hole_closes_what_is_open_and_goes_on_behind_it() {
    let mut w = Windows::new(0);
    levels(&[(1.0, QUIET), (2.0, LOUD)])
        .iter()
        .for_each(|l| w.push(*l));
    w.jump(SECOND * 100);
    levels(&[(1.0, LOUD), (1.0, QUIET)])
        .iter()
        .for_each(|l| w.push(*l));
    let (first, cursor) = w.take().unwrap();
    assert_eq!(first.end, SECOND * 3);
    assert_eq!(cursor.position, SECOND * 3);
    let (second, _) = w.take().unwrap();
    assert_eq!(
        second.runs,
        [Run {
            start: SECOND * 100,
            end: SECOND * 101
        }]
    );
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
    fn windows_ascend_never_overlap_in_speech_and_fit_into_a_model(levels in sound()) {
        let mut last = 0;
        for w in windows(&levels) {
            prop_assert!(w.end > w.start && w.end - w.start <= 30 * SECOND);
            prop_assert!(!w.runs.is_empty());
            for run in &w.runs {
                prop_assert!(run.start >= last && run.end >= run.start, "{w:?}");
                prop_assert!(run.start >= w.start && run.end <= w.end, "{w:?}");
                last = run.end;
            }
        }
        prop_assert!(last <= levels.len() as u64 * FRAME as u64);
    }

    #[test]
    fn whoever_goes_on_from_a_cursor_finds_the_same_windows(levels in sound(), killed in 0_usize..60) {
        let whole = windows(&levels);
        // One worker takes so many windows and dies …
        let mut first = Windows::new(0);
        let mut found = Vec::new();
        let mut cursor = first.cursor().clone();
        'life: for level in &levels {
            first.push(*level);
            while let Some((window, next)) = first.take() {
                found.push(window);
                cursor = next;
                if found.len() > killed { break 'life; }
            }
        }
        // … and another goes on from what was written down.
        let json = serde_json::to_value(&cursor).unwrap();
        let cursor: Cursor = serde_json::from_value(json).unwrap();
        let from = usize::try_from(cursor.position).unwrap() / FRAME;
        let mut second = Windows::resume(cursor);
        levels[from..].iter().for_each(|l| second.push(*l));
        second.finish();
        found.extend(std::iter::from_fn(|| second.take()).map(|(w, _)| w));
        prop_assert_eq!(found, whole);
    }

    #[test]
    fn what_is_still_needed_is_never_forgotten(levels in sound()) {
        let mut w = Windows::new(0);
        let mut forgotten = 0;
        for level in &levels {
            w.push(*level);
            while let Some((window, next)) = w.take() {
                prop_assert!(window.start >= forgotten);
                let again = Windows::resume(next);
                prop_assert!(again.needed_from() >= forgotten || again.needed_from() <= window.end);
            }
            forgotten = forgotten.max(w.needed_from());
            prop_assert!(w.position() - w.needed_from() <= 30 * SECOND, "memory is bounded");
        }
    }
}
