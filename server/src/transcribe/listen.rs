//! Samples in, windows with their sound out: keeps just as much sound as a window may still want. Pure.

use std::collections::VecDeque;

use super::voice::{FRAME, RATE, level};
use super::window::{Closed, Cursor, Sample, Window, Windows};

/// A hole shorter than this is filled with silence; a longer one ends the window.
const SHORT_HOLE: Sample = RATE as Sample;

/// A window and its sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    pub closed: Closed,
    /// Mono, 16 kHz; begins at `closed.window.start`.
    pub sound: Vec<f32>,
}

/// Cuts the sound of one recording.
#[derive(Debug)]
pub struct Segmenter {
    windows: Windows,
    /// What may still be wanted, from `base` on.
    sound: Vec<f32>,
    base: Sample,
    ready: VecDeque<Utterance>,
    /// Where the utterance begins that was taken last, if it may still be given back in part.
    taken: Option<Sample>,
    /// Nothing more comes.
    finished: bool,
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
            taken: None,
            finished: false,
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
            .map_or_else(|| self.windows.needed_from(), |u| u.closed.window.start)
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
        self.finished = true;
        self.windows.finish();
        self.collect();
    }

    /// The oldest utterance that is complete.
    pub fn take(&mut self) -> Option<Utterance> {
        let utterance = self.ready.pop_front();
        let full = utterance.iter().find(|u| u.closed.full);
        self.taken = full.map(|u| u.closed.window.start);
        utterance
    }

    /// Ends the utterance that was taken last at sample `at`: what lies behind begins the next window, as if the sound were
    /// fed from there again. Only one that is full can be; before more is fed or taken.
    pub fn give_back(&mut self, utterance: &mut Utterance, at: Sample) {
        if !utterance.closed.full || self.taken.take() != Some(utterance.closed.window.start) {
            return;
        }
        let frames = utterance.sound.chunks_exact(FRAME);
        let kept = utterance.closed.end_at(at, frames.map(level));
        utterance.sound.truncate(kept * FRAME);
        let next = utterance.closed.next.clone();
        let unneeded = self.index(next.position).unwrap_or(0);
        self.drop_first(unneeded);
        self.ready.clear();
        self.windows = Windows::resume(next);
        self.advance();
        if self.finished {
            self.windows.finish();
            self.collect();
        }
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
        // What was full may be given back in part.
        let full = self.ready.iter().find(|u| u.closed.full);
        let full = full.map(|u| u.closed.window.start);
        let needed = self.windows.needed_from();
        let needed = needed.min(self.taken.or(full).unwrap_or(needed));
        self.drop_first(self.index(needed).unwrap_or(0));
    }

    fn drop_first(&mut self, unneeded: usize) {
        let unneeded = unneeded.min(self.sound.len());
        self.sound.drain(..unneeded);
        self.base += unneeded as Sample;
    }

    /// Takes the sound of what was closed, before it is dropped.
    fn collect(&mut self) {
        while let Some(closed) = self.windows.take() {
            let sound = self.sound_of(&closed.window);
            self.ready.push_back(Utterance { closed, sound });
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
        // The sound that would have to be fed again is dropped.
        self.taken = None;
        for utterance in &mut self.ready {
            utterance.closed.full = false;
        }
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
            assert_eq!(u.sound, speech[place(u)]);
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
        assert!(found[1].closed.window.start >= 1 << 60);
        assert!(l.sound.len() <= 40_000);
    }

    fn place(u: &Utterance) -> std::ops::Range<usize> {
        let Window { start, end, .. } = u.closed.window;
        usize::try_from(start).unwrap()..usize::try_from(end).unwrap()
    }

    /// A minute and a half in which nobody pauses for long.
    fn monologue() -> Vec<f32> {
        let pause = |t: f64| t % 7.0 < 0.3 || (40.0..42.5).contains(&t);
        (0..90 * RATE as usize)
            .map(|i| match i as f64 / f64::from(RATE) {
                t if pause(t) => 0.0,
                _ => ((i % 640) as f32 / 640.0) - 0.5,
            })
            .collect()
    }

    /// Takes what is complete; of what is full the last third is given back.
    fn settle(l: &mut Segmenter, found: &mut Vec<Utterance>) {
        while let Some(mut u) = l.take() {
            let window = &u.closed.window;
            let at = window.end - (window.end - window.start) / 3;
            l.give_back(&mut u, at);
            found.push(u);
        }
    }

    fn settled_in(sound: &[f32], pieces: impl Iterator<Item = usize>) -> Vec<Utterance> {
        let (mut l, mut at, mut found) = (Segmenter::new(), 0, Vec::new());
        for n in pieces {
            let piece = &sound[at..(at + n).min(sound.len())];
            l.feed(at as Sample, piece);
            settle(&mut l, &mut found);
            at += piece.len();
            if at == sound.len() {
                break;
            }
        }
        l.finish();
        settle(&mut l, &mut found);
        found
    }

    #[test]
    fn what_is_given_back_begins_the_next_window() {
        let sound = monologue();
        let found = settled_in(&sound, std::iter::repeat(8000));
        assert!(found.len() > 4);
        for pair in found.windows(2) {
            let (first, second) = (&pair[0].closed, &pair[1].closed);
            assert!(!first.full);
            assert_eq!(first.next, second.begin, "{pair:?}");
        }
        for u in &found {
            assert_eq!(u.sound, sound[place(u)]);
            assert!(
                u.closed
                    .window
                    .runs
                    .iter()
                    .all(|r| r.end <= u.closed.window.end)
            );
        }
        assert_eq!(found.last().map(|u| place(u).end), Some(sound.len()));
    }

    #[test]
    fn who_goes_on_behind_what_was_given_back_finds_the_same_windows() {
        let sound = monologue();
        let whole = settled_in(&sound, std::iter::repeat(8000));
        for (n, last) in whole.iter().enumerate() {
            let mut l = Segmenter::resume(last.closed.next.clone());
            let from = usize::try_from(l.wants_from()).unwrap();
            let mut found = Vec::new();
            for at in (from..sound.len()).step_by(8000) {
                l.feed(at as Sample, &sound[at..(at + 8000).min(sound.len())]);
                settle(&mut l, &mut found);
            }
            l.finish();
            settle(&mut l, &mut found);
            assert_eq!(found, whole[n + 1..]);
        }
    }

    #[test]
    fn a_window_that_ended_with_a_pause_is_not_given_back() {
        let mut l = Segmenter::new();
        l.feed(0, &speech());
        let mut first = l.take().unwrap();
        let before = first.clone();
        l.give_back(&mut first, before.closed.window.start + 8000);
        assert_eq!(first, before);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_given_back_is_the_same_in_whatever_pieces_the_sound_comes(pieces in prop::collection::vec(1_usize..400_000, 1..20)) {
            let sound = monologue();
            let found = settled_in(&sound, pieces.into_iter().cycle());
            prop_assert_eq!(found, settled_in(&sound, std::iter::once(sound.len())));
        }

        #[test]
        fn it_does_not_matter_in_which_pieces_the_sound_comes(pieces in prop::collection::vec(1_usize..20_000, 1..20)) {
            prop_assert_eq!(cut_in(&pieces), cut_in(&[12 * RATE as usize]));
        }
    }
}
