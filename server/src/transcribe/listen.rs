//! Samples in, windows with their sound out: keeps just as much sound as a window may still want. Pure.

use std::collections::VecDeque;

use super::voice::{FRAME, RATE, level};
use super::window::{Cursor, Sample, Window, Windows};

/// A hole shorter than this is filled with silence; a longer one ends the window.
const SHORT_HOLE: Sample = RATE as Sample;

/// A window and its sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    pub window: Window,
    /// Mono, 16 kHz; begins at `window.start`.
    pub sound: Vec<f32>,
    /// Where to go on once its words are published.
    pub next: Cursor,
}

/// Cuts the sound of one recording.
#[derive(Debug)]
pub struct Segmenter {
    windows: Windows,
    /// What may still be wanted, from `base` on.
    sound: Vec<f32>,
    base: Sample,
    ready: VecDeque<Utterance>,
}

impl Segmenter {
    /// From the beginning of a recording.
    pub fn new() -> Self {
        Self::with(Windows::new())
    }

    /// Goes on as the one that wrote `cursor` would have. Give it the sound from [`Self::wants_from`] on.
    pub fn resume(cursor: Cursor) -> Self {
        Self::with(Windows::resume(cursor))
    }

    fn with(windows: Windows) -> Self {
        let base = windows.needed_from();
        Self {
            windows,
            sound: Vec::new(),
            base,
            ready: VecDeque::new(),
        }
    }

    /// The first sample that was not fed yet.
    pub fn wants_from(&self) -> Sample {
        self.base + self.sound.len() as Sample
    }

    /// Where to go on once every utterance was taken and published.
    pub fn cursor(&self) -> Cursor {
        self.windows.cursor()
    }

    /// Sound before this will not be asked for any more.
    pub fn needed_from(&self) -> Sample {
        self.ready
            .front()
            .map_or_else(|| self.windows.needed_from(), |u| u.window.start)
    }

    /// The next sound, which begins at sample `at`. What was fed before is passed over.
    pub fn feed(&mut self, at: Sample, samples: &[f32]) {
        let here = self.wants_from();
        let skip = usize::try_from(here.saturating_sub(at)).unwrap_or(usize::MAX);
        let Some(samples) = samples.get(skip..).filter(|s| !s.is_empty()) else {
            return;
        };
        let hole = at.saturating_sub(here);
        if hole > SHORT_HOLE {
            self.jump(at);
        } else {
            self.sound
                .resize(self.sound.len() + usize::try_from(hole).unwrap_or(0), 0.0);
        }
        self.sound.extend_from_slice(samples);
        self.advance();
    }

    /// Nothing comes behind this: closes what is open.
    pub fn finish(&mut self) {
        self.windows.finish();
        self.collect();
    }

    /// The oldest utterance that is complete.
    pub fn take(&mut self) -> Option<Utterance> {
        self.ready.pop_front()
    }

    /// Whether what was said since the last preview is worth one now. `waiting`: no sound comes for now.
    pub fn wants_preview(&self, waiting: bool) -> bool {
        self.windows.wants_preview(waiting)
    }

    /// The open window as it would be if the sound ended here; none without speech.
    pub fn preview(&mut self) -> Option<(Window, Vec<f32>)> {
        let window = self.windows.preview()?;
        let sound = self.sound_of(&window);
        Some((window, sound))
    }

    fn advance(&mut self) {
        while let Some(begin) = self.index(self.windows.position())
            && let Some(frame) = self.sound.get(begin..begin + FRAME)
        {
            self.windows.push(level(frame));
            self.collect();
        }
        let unneeded = self
            .index(self.windows.needed_from())
            .unwrap_or(0)
            .min(self.sound.len());
        self.sound.drain(..unneeded);
        self.base += unneeded as Sample;
    }

    /// Takes the sound of what was closed, before it is dropped.
    fn collect(&mut self) {
        while let Some((window, next)) = self.windows.take() {
            let sound = self.sound_of(&window);
            self.ready.push_back(Utterance {
                window,
                sound,
                next,
            });
        }
    }

    fn sound_of(&self, window: &Window) -> Vec<f32> {
        let end = self.index(window.end).unwrap_or(0).min(self.sound.len());
        let start = self.index(window.start).unwrap_or(0).min(end);
        self.sound[start..end].to_vec()
    }

    fn jump(&mut self, to: Sample) {
        self.windows.jump(to);
        self.collect();
        self.sound.clear();
        self.base = to;
    }

    fn index(&self, sample: Sample) -> Option<usize> {
        usize::try_from(sample.checked_sub(self.base)?).ok()
    }
}

impl Default for Segmenter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A word, a pause that ends the window, a second word; sample values tell their position.
    fn speech() -> Vec<f32> {
        let second = RATE as usize;
        (0..12 * second)
            .map(|i| match i as f64 / second as f64 {
                t if (1.0..2.0).contains(&t) || (8.5..9.5).contains(&t) => {
                    ((i % 640) as f32 / 640.0) - 0.5
                }
                _ => 0.0,
            })
            .collect()
    }

    fn utterances(l: &mut Segmenter) -> Vec<Utterance> {
        std::iter::from_fn(|| l.take()).collect()
    }

    fn cut_in(pieces: &[usize]) -> Vec<Utterance> {
        let (speech, mut at) = (speech(), 0);
        let mut l = Segmenter::new();
        for n in pieces.iter().cycle() {
            let piece = &speech[at..(at + n).min(speech.len())];
            l.feed(at as Sample, piece);
            at += piece.len();
            if at == speech.len() {
                break;
            }
        }
        l.finish();
        utterances(&mut l)
    }

    #[test]
    fn an_utterance_carries_its_own_sound() {
        let speech = speech();
        let found = cut_in(&[1024]);
        assert_eq!(found.len(), 2);
        for u in &found {
            let place =
                usize::try_from(u.window.start).unwrap()..usize::try_from(u.window.end).unwrap();
            assert_eq!(u.sound, speech[place]);
        }
    }

    #[test]
    fn sound_fed_twice_counts_once() {
        let speech = speech();
        let mut l = Segmenter::new();
        for at in (0..speech.len()).step_by(8000) {
            l.feed(
                at.saturating_sub(4000) as Sample,
                &speech[at.saturating_sub(4000)..(at + 8000).min(speech.len())],
            );
        }
        l.finish();
        assert_eq!(utterances(&mut l), cut_in(&[4096]));
    }

    #[test]
    fn an_endless_hole_costs_no_memory() {
        let speech = speech();
        let mut l = Segmenter::new();
        l.feed(0, &speech[..30_000]);
        l.feed(1 << 60, &speech[..40_000]);
        l.finish();
        let found = utterances(&mut l);
        assert_eq!(found.len(), 2);
        assert!(found[1].window.start >= 1 << 60);
        assert!(l.sound.len() <= 40_000);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn it_does_not_matter_in_which_pieces_the_sound_comes(pieces in prop::collection::vec(1_usize..20_000, 1..20)) {
            prop_assert_eq!(cut_in(&pieces), cut_in(&[12 * RATE as usize]));
        }
    }
}
