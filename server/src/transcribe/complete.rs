//! Transcribes a window to its end. Pure but for the model.
//!
//! A model may end its text in the middle of the speech, and whisper.cpp then passes over the rest of the thirty
//! seconds. Where voice activity found speech behind the last word, the rest is transcribed as a window of its own; or, where
//! the speaker went on behind the window, together with what follows: the model takes as long for a little as for thirty
//! seconds.

use super::voice::RATE;
use super::window::{Sample, Window};
use super::{Recognition, TranscribeError, Transcriber};

/// So much speech behind the last word is not believed to be the end of that word.
const LEFT_OUT: Sample = RATE as Sample;
/// So often the rest is tried; what is then left is believed to be no speech.
const MAX_RESTS: usize = 4;
/// Consonants before what is found loud.
const LEAD: Sample = RATE as Sample / 5;

/// A rest that begins later than this in its window is left to the next one: each pass is then worth its while.
const LEAVE_FROM: Sample = 12 * RATE as Sample;

/// The words of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcribed {
    pub recognition: Recognition,
    /// Speech from this sample of the recording on is left to the next window.
    pub rest: Option<Sample>,
}

/// As [`Transcriber::transcribe`], for all of the speech in `window`, or for all of it before the rest. `full`: what follows
/// the window may be transcribed together with its rest.
pub fn transcribe_all(
    model: &mut dyn Transcriber,
    window: &Window,
    sound: &[f32],
    language: Option<&str>,
    full: bool,
) -> Result<Transcribed, TranscribeError> {
    let mut all = model.transcribe(sound, language)?;
    let language = language.map(str::to_owned).or_else(|| all.language.clone());
    let mut tried_from = 0;
    for _ in 0..MAX_RESTS {
        let said_until = all.words.last().map_or(0, |w| samples(w.end_ms));
        let Some(from) = rest(window, said_until.max(tried_from)) else {
            break;
        };
        if full && from >= LEAVE_FROM {
            return Ok(Transcribed {
                recognition: all,
                rest: Some(window.start + from),
            });
        }
        let begin = usize::try_from(from).unwrap_or(usize::MAX);
        let Some(sound) = sound.get(begin..).filter(|_| from > 0) else {
            break;
        };
        tried_from = from + LEFT_OUT;
        let after_ms = i64::try_from(from * 1000 / Sample::from(RATE)).unwrap_or(0);
        let more = model.transcribe(sound, language.as_deref())?;
        all.words.extend(more.words.into_iter().map(|mut word| {
            word.start_ms += after_ms;
            word.end_ms += after_ms;
            word
        }));
    }
    Ok(Transcribed {
        recognition: all,
        rest: None,
    })
}

/// Where the speech behind `said_until` begins, from the beginning of the window; none when that is little.
fn rest(window: &Window, said_until: Sample) -> Option<Sample> {
    let behind = window.runs.iter().filter_map(|run| {
        let start = (run.start - window.start).max(said_until);
        let end = run.end - window.start;
        (start < end).then(|| (start, end - start))
    });
    let (mut first, mut speech) = (None, 0);
    for (start, length) in behind {
        // The word that was said last may go on a little longer than the model says.
        if first.is_none() && start == said_until && length < LEFT_OUT / 2 {
            continue;
        }
        first.get_or_insert(start);
        speech += length;
    }
    let first = first?;
    (speech >= LEFT_OUT).then(|| first.saturating_sub(LEAD).max(said_until))
}

fn samples(ms: i64) -> Sample {
    u64::try_from(ms).unwrap_or(0) * Sample::from(RATE) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcribe::window::Run;
    use crate::transcribe::words::SpokenWord;

    const SECOND: Sample = RATE as Sample;

    /// Says one word of half a second at the beginning of each window, and notes how much it got.
    struct Lazy(Vec<usize>);

    impl Transcriber for Lazy {
        fn transcribe(
            &mut self,
            sound: &[f32],
            _: Option<&str>,
        ) -> Result<Recognition, TranscribeError> {
            self.0.push(sound.len());
            let word = SpokenWord {
                text: format!("word{}", self.0.len()),
                start_ms: 200,
                end_ms: 700,
                opens: true,
                joined: false,
            };
            Ok(Recognition {
                words: vec![word],
                language: Some("en".to_owned()),
            })
        }
    }

    fn window(runs: &[(Sample, Sample)]) -> Window {
        Window {
            start: 100,
            end: 100 + 20 * SECOND,
            runs: runs
                .iter()
                .map(|(a, b)| Run {
                    start: 100 + a * SECOND,
                    end: 100 + b * SECOND,
                })
                .collect(),
        }
    }

    fn said(runs: &[(Sample, Sample)]) -> (Vec<usize>, Vec<i64>) {
        let (model, all) = transcribed(runs, false);
        assert_eq!(all.rest, None);
        let words = all.recognition.words.iter();
        (model.0, words.map(|w| w.start_ms).collect())
    }

    fn transcribed(runs: &[(Sample, Sample)], full: bool) -> (Lazy, Transcribed) {
        let mut model = Lazy(Vec::new());
        let sound = vec![0.0; 20 * RATE as usize];
        let all = transcribe_all(&mut model, &window(runs), &sound, None, full).unwrap();
        (model, all)
    }

    #[test]
    fn the_rest_of_a_full_window_is_left_to_the_next_one() {
        let (model, all) = transcribed(&[(0, 1), (14, 19)], true);
        assert_eq!(model.0.len(), 1);
        let begin = 100 + 14 * SECOND - LEAD;
        assert_eq!(all.rest, Some(begin));
        assert_eq!(all.recognition.words.len(), 1);
    }

    #[test]
    fn of_a_full_window_that_hardly_began_the_rest_is_transcribed_at_once() {
        let (model, all) = transcribed(&[(0, 1), (4, 6), (14, 19)], true);
        assert!(model.0.len() > 1, "the first rest begins too early");
        assert_eq!(all.rest, Some(100 + 14 * SECOND - LEAD));
    }

    #[test]
    fn speech_behind_the_last_word_is_transcribed_from_where_it_begins() {
        let (lengths, starts) = said(&[(0, 1), (4, 6)]);
        assert_eq!(lengths[0], 20 * RATE as usize);
        assert_eq!(
            starts[..2],
            [200, 4000],
            "a fifth of a second before the speech"
        );
    }

    #[test]
    fn a_window_that_is_said_to_its_end_is_transcribed_once() {
        assert_eq!(said(&[(0, 1)]).0.len(), 1);
    }

    #[test]
    fn a_rest_that_has_no_words_is_not_tried_for_ever() {
        let (lengths, starts) = said(&[(0, 19)]);
        assert!(lengths.len() <= 1 + MAX_RESTS);
        assert!(starts.windows(2).all(|p| p[0] < p[1]), "{starts:?}");
    }
}
