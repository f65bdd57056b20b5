//! Cuts sound into windows of speech that end in silence, so that what was recognised in one can
//! never change again. Pure: levels in, places out.
//!
//! Surprise: whoever never pauses is cut by force, at the quietest moment of the last seconds; what
//! was heard after that moment is then heard once more, as the beginning of the next window.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::voice::{Detector, FRAME, FRAME_MS};

const fn frames(ms: u64) -> u64 {
    ms / FRAME_MS
}

/// A click is no voice: so much must be loud in a row.
const ATTACK: u64 = frames(60);
/// A pause shorter than this belongs to the words.
const HANGOVER: u64 = frames(200);
/// So much silence closes any window …
const SILENCE: u64 = frames(700);
/// … and so much one that is long enough to be worth its cost. Whisper takes the same time for a word as for half a minute.
const SHORT_SILENCE: u64 = frames(400);
const LONG_ENOUGH: u64 = frames(6_000);
/// The longest a window may be. Whisper hears thirty seconds at once.
const LONGEST: u64 = frames(28_000);
/// Where to look for the quietest moment of one that has to be cut by force: this far back from its end,
const SEARCH: u64 = frames(8_000);
/// but not in its very last moment, and this wide.
const SEARCH_MARGIN: u64 = frames(400);
const NOTCH: usize = 5;
/// So much is given along on both sides: consonants are quieter than what is found loud.
const LEAD: u64 = frames(200);
const TAIL: u64 = frames(300);

/// Samples from the beginning of the recording, at [`super::voice::RATE`].
pub type Sample = u64;

/// Uninterrupted speech: samples, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub start: Sample,
    pub end: Sample,
}

/// A stretch that is recognised at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// What to hear: a little more than the speech.
    pub start: Sample,
    pub end: Sample,
    /// The speech in it, in order, at least one run.
    pub runs: Vec<Run>,
}

/// Where to go on: everything before `position` has been decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Always at the border of a frame that was or will be looked at.
    pub position: Sample,
    /// Somebody is in the middle of a word there.
    pub speaking: bool,
    pub detector: Detector,
}

#[derive(Debug, Clone)]
struct Open {
    start: Sample,
    /// Levels of all frames from `start` on.
    levels: Vec<i32>,
    /// Speech that has ended, in order.
    runs: Vec<Run>,
    /// Where the speech that goes on began.
    voiced: Option<Sample>,
    /// End of the last loud frame.
    loud_until: Sample,
}

/// Finds the windows. Feed it one level per frame, and take what is closed.
#[derive(Debug)]
pub struct Windows {
    detector: Detector,
    position: Sample,
    /// Loud frames in a row while no window is open.
    attack: u64,
    open: Option<Open>,
    /// As of the last moment at which nothing was open.
    safe: Cursor,
    closed: VecDeque<(Window, Cursor)>,
}

impl Windows {
    pub fn new(position: Sample) -> Self {
        Self::resume(Cursor {
            position,
            speaking: false,
            detector: Detector::default(),
        })
    }

    /// Goes on as the one that wrote `cursor` would have.
    pub fn resume(cursor: Cursor) -> Self {
        let open = cursor.speaking.then(|| Open::at(cursor.position));
        Self {
            detector: cursor.detector.clone(),
            position: cursor.position,
            attack: 0,
            open,
            safe: cursor,
            closed: VecDeque::new(),
        }
    }

    /// Where the next frame begins.
    pub fn position(&self) -> Sample {
        self.position
    }

    /// Where to go on if everything that was closed has been published.
    pub fn cursor(&self) -> &Cursor {
        &self.safe
    }

    /// Samples before this will not be asked for any more.
    pub fn needed_from(&self) -> Sample {
        let open = self
            .safe
            .position
            .min(self.closed.front().map_or(Sample::MAX, |(w, _)| w.start));
        open.saturating_sub((LEAD + ATTACK) * FRAME as u64)
    }

    /// The next frame.
    pub fn push(&mut self, level: i32) {
        self.look(level);
        while let Some(levels) = self.cut_if_too_long() {
            for level in levels {
                self.look(level);
            }
        }
    }

    /// The oldest window that is closed, and where to go on once its words are published.
    pub fn take(&mut self) -> Option<(Window, Cursor)> {
        self.closed.pop_front()
    }

    /// Nothing comes behind this: closes what is open.
    pub fn finish(&mut self) {
        if self.open.is_some() {
            self.close();
        }
        self.settle();
    }

    /// The sound has a hole up to `position`, which is not before where it ended.
    pub fn jump(&mut self, position: Sample) {
        self.finish();
        self.position = position.max(self.position);
        self.settle();
    }

    fn look(&mut self, level: i32) {
        let begin = self.position;
        self.position += FRAME as u64;
        let loud = self.detector.is_loud(level);
        let Some(open) = &mut self.open else {
            self.attack = if loud { self.attack + 1 } else { 0 };
            if self.attack >= ATTACK {
                let onset = self.position - ATTACK * FRAME as u64;
                self.attack = 0;
                self.open = Some(Open {
                    loud_until: self.position,
                    levels: vec![level; usize::try_from(ATTACK).unwrap_or(1)],
                    ..Open::at(onset)
                });
            } else if self.attack == 0 {
                self.settle();
            }
            return;
        };
        open.levels.push(level);
        if loud {
            open.voiced.get_or_insert(begin);
            open.loud_until = self.position;
            return;
        }
        let quiet = (self.position - open.loud_until) / FRAME as u64;
        if quiet >= HANGOVER
            && let Some(start) = open.voiced.take()
        {
            open.runs.push(Run {
                start,
                end: open.loud_until,
            });
        }
        let length = (open.loud_until - open.start) / FRAME as u64;
        if quiet >= SILENCE || (quiet >= SHORT_SILENCE && length >= LONG_ENOUGH) {
            self.close();
        }
    }

    fn settle(&mut self) {
        self.safe = Cursor {
            position: self.position,
            speaking: false,
            detector: self.detector.clone(),
        };
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let end = self.position.min(open.loud_until + TAIL * FRAME as u64);
        self.settle();
        self.emit(open, end);
    }

    fn emit(&mut self, mut open: Open, end: Sample) {
        if let Some(start) = open.voiced.take() {
            open.runs.push(Run {
                start,
                end: open.loud_until.clamp(start, end),
            });
        }
        if open.runs.is_empty() {
            return;
        }
        let start = open.start.saturating_sub(LEAD * FRAME as u64);
        let window = Window {
            start,
            end,
            runs: open.runs,
        };
        self.closed.push_back((window, self.safe.clone()));
    }

    /// Cuts an endless window; answers the levels that have to be looked at again.
    fn cut_if_too_long(&mut self) -> Option<Vec<i32>> {
        let open = self.open.as_mut()?;
        if (open.levels.len() as u64) < LONGEST {
            return None;
        }
        let at = open.quietest_frame();
        let tail = open.levels.split_off(at);
        let cut = open.start + (at * FRAME) as u64;
        open.loud_until = open.loud_until.min(cut);
        open.voiced = open.voiced.filter(|start| *start < cut);
        open.runs.retain(|run| run.start < cut);
        if let Some(last) = open.runs.last_mut() {
            last.end = last.end.min(cut);
        }
        let open = self.open.take()?;
        self.position = cut;
        self.safe = Cursor {
            position: cut,
            speaking: true,
            detector: self.detector.clone(),
        };
        self.emit(open, cut);
        self.open = Some(Open::at(cut));
        Some(tail)
    }
}

impl Open {
    fn at(start: Sample) -> Self {
        Self {
            start,
            levels: Vec::new(),
            runs: Vec::new(),
            voiced: Some(start),
            loud_until: start,
        }
    }

    /// Index of the frame in the middle of the quietest moment near the end; never 0.
    fn quietest_frame(&self) -> usize {
        let n = self.levels.len();
        let back = |frames: u64| n.saturating_sub(usize::try_from(frames).unwrap_or(n));
        let (from, to) = (back(SEARCH).max(1), back(SEARCH_MARGIN).max(NOTCH + 2));
        (from..to.saturating_sub(NOTCH))
            .min_by_key(|i| {
                self.levels[*i..*i + NOTCH]
                    .iter()
                    .map(|l| i64::from(*l))
                    .sum::<i64>()
            })
            .map_or(n / 2, |i| i + NOTCH / 2)
    }
}

#[cfg(test)]
mod tests;
