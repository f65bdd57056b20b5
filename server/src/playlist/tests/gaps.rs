//! Parts whose objects are missing.

use proptest::prelude::*;

use super::properties::{numbers, read, takes};
use super::*;

fn without(mut made: Made, lost: &[usize]) -> Made {
    for n in lost {
        made.parts[*n].lost = true;
    }
    made
}

#[test]
fn golden_video_with_a_gap() {
    insta::assert_snapshot!(text(&without(video(13), &[7]), ENDED, false));
}

#[test]
fn golden_video_with_a_gap_for_a_follower() {
    insta::assert_snapshot!(text(&without(video(13), &[7]), ENDED, true));
}

#[test]
fn golden_sound_with_a_gap() {
    insta::assert_snapshot!(text(&without(audio(13), &[7, 12]), ENDED, false));
}

/// The URIs of a playlist, and whether each is a gap.
fn gaps(text: &str) -> Vec<((u32, u32), bool)> {
    let mut gap = false;
    let mut out = Vec::new();
    for line in text.lines() {
        gap |= line == "#EXT-X-GAP";
        if !line.starts_with('#') {
            out.push((numbers(line), std::mem::take(&mut gap)));
        }
    }
    out
}

proptest! {
    #[test]
    fn what_is_not_a_gap_is_there_and_can_be_decoded(
        made in takes(), lost in prop::collection::btree_set(0_usize..80, 0..6), held in 1_usize..80,
    ) {
        let lost: Vec<usize> = lost.into_iter().filter(|n| *n < made.parts.len()).collect();
        let held = held.min(made.parts.len());
        let made = without(made, &lost).upto(held);
        let there = |(first, last): (u32, u32)| made.parts[first as usize..=last as usize].iter().all(|p| !p.lost);
        let whole = gaps(&text(&made, ENDED, false));
        let mut next = 0;
        for ((first, last), gap) in &whole {
            prop_assert_eq!(*first, next, "every part is listed once");
            next = last + 1;
            prop_assert!(*gap || there((*first, *last)));
            let begins = &made.parts[*first as usize];
            let after_a_gap = *first > 0 && !there((first - 1, first - 1));
            prop_assert!(*gap || begins.independent || !after_a_gap, "nothing to decode {} from", first);
            // A gap is not larger than what is missing makes it.
            prop_assert!(!gap || !there((0, *last)));
        }
        prop_assert_eq!(next as usize, made.parts.len());
        if made.track.kind() == Kind::Audio {
            let missing: u32 = whole.iter().filter(|(_, gap)| *gap).map(|((first, last), _)| last - first + 1).sum();
            prop_assert_eq!(missing as usize, made.parts.iter().filter(|p| p.lost).count());
        }

        // Whoever follows keeps the numbers of segments.
        let intact = Made { parts: made.parts.iter().map(|p| Part { lost: false, ..*p }).collect(), ..made.clone() };
        for (take, follows) in [(LIVE, false), (ENDED, true)] {
            let with_gaps = text(&made, take, follows);
            prop_assert_eq!(read(&with_gaps), read(&text(&intact, take, follows)));
            prop_assert!(gaps(&with_gaps).iter().all(|(run, gap)| *gap || there(*run)));
            for line in with_gaps.lines().filter(|l| l.starts_with("#EXT-X-PART:")) {
                let uri = line.split("URI=\"").nth(1).unwrap().split('"').next().unwrap();
                prop_assert_eq!(line.ends_with(",GAP=YES"), !there(numbers(uri)), "{}", line);
            }
        }
        // The timeline is as long as it was.
        let length = |text: &str| read(text).segments.iter().map(|(micros, _)| *micros).sum::<u64>();
        let (cut, uncut) = (length(&text(&made, ENDED, false)), length(&text(&intact, ENDED, false)));
        prop_assert!(cut.abs_diff(uncut) <= whole.len() as u64, "{} and {} µs", cut, uncut);
    }
}
