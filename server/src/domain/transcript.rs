//! The transcript's life: it begins with the first sound that lands, follows the take, and ends with
//! its last word. The first `settled` words never change; those behind them are previews, and each change of them is
//! an event that says from which number on words are replaced (decision 0014).
//!
//! A recording without sound has no row, which reads as `none`.

use serde::{Deserialize, Serialize};

use super::names::names;

/// How far a transcript is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptState {
    /// There is no sound to transcribe.
    None,
    /// Sound has landed, no worker has begun.
    Waiting,
    /// A worker is at it; more words may come.
    Running,
    /// Every word of the sound that is here was published. More sound makes it run again.
    Done,
    /// It was given up: the sound could not be decoded, or the job failed too often. The owner may retry it.
    Failed,
    /// The server has no speech model.
    NoModel,
}

names!(TranscriptState, "state of a transcript", {
    None: "none",
    Waiting: "waiting",
    Running: "running",
    Done: "done",
    Failed: "failed",
    NoModel: "no_model",
});

/// A word of the transcript; times in milliseconds from the first picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Word {
    /// 0, 1, 2 …
    pub n: u64,
    pub start_ms: u64,
    pub end_ms: u64,
    pub text: String,
    /// A pause precedes: a new line, a new sentence.
    pub gap: bool,
    /// Follows the word before it without a blank, as in Japanese, Chinese and Thai.
    #[serde(default)]
    pub joined: bool,
}

/// A stretch of the recording's sound, in milliseconds from the first picture; the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Stretch {
    pub start_ms: u64,
    pub end_ms: u64,
}

/// Whether beginning anew may bring more: it was given up, or it is done and lacks some of the sound.
pub fn can_retry(state: TranscriptState, missing: &[Stretch]) -> bool {
    match state {
        TranscriptState::Failed => true,
        TranscriptState::Done => !missing.is_empty(),
        _ => false,
    }
}

/// Adds `new` to `stretches`, which stay in order, apart and as few as possible.
pub fn add_stretch(stretches: &mut Vec<Stretch>, new: Stretch) {
    stretches.push(new);
    stretches.sort_by_key(|s| s.start_ms);
    let mut merged: Vec<Stretch> = Vec::with_capacity(stretches.len());
    for s in stretches.drain(..) {
        match merged.last_mut() {
            // A millisecond is lost where ticks are rounded.
            Some(last) if s.start_ms <= last.end_ms + 1 => last.end_ms = last.end_ms.max(s.end_ms),
            _ => merged.push(s),
        }
    }
    *stretches = merged;
}

/// How words that are published change: those from number `from` on give way to `words`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub from: u64,
    pub words: Vec<Word>,
}

impl Correction {
    /// What turns `shown` into `wanted`, both numbered from the same word `first` on; none if nothing changes.
    pub fn between(first: u64, shown: &[Word], wanted: &[Word]) -> Option<Self> {
        let same = shown.iter().zip(wanted).take_while(|(a, b)| a == b).count();
        (same < shown.len() || same < wanted.len()).then(|| Self {
            from: first + same as u64,
            words: wanted[same..].to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Vec<Word> {
        texts
            .iter()
            .zip(5..)
            .map(|(text, n)| Word {
                n,
                start_ms: n * 100,
                end_ms: n * 100 + 50,
                text: (*text).to_owned(),
                gap: false,
                joined: false,
            })
            .collect()
    }

    #[test]
    fn a_correction_replaces_from_the_first_difference_on() {
        let shown = words(&["a", "b", "c"]);
        assert_eq!(Correction::between(5, &shown, &shown), None);
        let wanted = words(&["a", "x"]);
        let correction = Correction::between(5, &shown, &wanted).unwrap();
        assert_eq!((correction.from, &correction.words[..]), (6, &wanted[1..]));
        let fewer = Correction::between(5, &shown, &shown[..2]).unwrap();
        assert_eq!((fewer.from, fewer.words.len()), (7, 0));
    }

    #[test]
    fn stretches_that_touch_are_one() {
        let at = |start_ms, end_ms| Stretch { start_ms, end_ms };
        let mut all = Vec::new();
        for s in [at(500, 700), at(100, 200), at(200, 300), at(600, 650)] {
            add_stretch(&mut all, s);
        }
        assert_eq!(all, [at(100, 300), at(500, 700)]);
    }
}
