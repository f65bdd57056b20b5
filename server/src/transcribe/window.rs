//! Cuts sound into windows that are transcribed at once. Pure: levels in, places out.
//!
//! Every decision depends on the levels up to it alone, so the windows of a take are the same however its sound
//! arrived and however often the work was interrupted (decision 0014). Windows follow one another without a gap;
//! only silence longer than `PAUSE` is left out, but for some room on both sides. A take shorter than `LONGEST`
//! without such a pause is one window: its words are those of the whole sound transcribed in one go.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::voice::{Detector, FRAME, FRAME_MS};

const fn frames(ms: u64) -> usize {
    (ms / FRAME_MS) as usize
}

/// So many loud frames in a row are speech; fewer are a click.
const ATTACK: usize = frames(60);
/// A pause shorter than this belongs to the words around it.
const HANGOVER: usize = frames(200);
/// Silence of this length ends a window.
const PAUSE: usize = frames(4_000);
/// So much of such a silence is kept beside the speech.
const ROOM: usize = frames(1_000);
/// The longest window: a little under the thirty seconds that the model takes at once.
const LONGEST: usize = frames(28_000);
/// A window that reaches it is cut in the longest pause behind this, …
const CUT_FROM: usize = frames(12_000);
/// … or, where nobody pauses, at the quietest moment behind this,
const NOTCH_FROM: usize = frames(20_000);
/// before this,
const NOTCH_TO: usize = frames(27_600);
/// and this wide.
const NOTCH: usize = 5;
/// After a pause of this length what was said before it is worth a preview …
const PREVIEW_PAUSE: usize = frames(700);
/// … or after this one, if it was long enough.
const PREVIEW_SHORT_PAUSE: usize = frames(400);
const PREVIEW_LONG_ENOUGH: usize = frames(6_000);
/// Where nobody pauses, a preview is made all the same.
const PREVIEW_ANYWAY: usize = frames(10_000);

/// Samples from the beginning of the recording, at [`super::voice::RATE`].
pub type Sample = u64;

/// Speech without a pause: samples, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub start: Sample,
    pub end: Sample,
}

/// A stretch that is transcribed at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub start: Sample,
    pub end: Sample,
    /// The speech in it, in order, at least one run.
    pub runs: Vec<Run>,
}

/// Where to go on: everything before `position` has been decided for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Where the next window begins.
    pub position: Sample,
    /// As it was at `position`.
    pub detector: Detector,
}

/// A window that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    pub window: Window,
    /// Where it begins.
    pub begin: Cursor,
    /// Where to go on once its words are published.
    pub next: Cursor,
    /// It was as long as a window may be; the speaker did not pause.
    pub full: bool,
}

impl Closed {
    /// Ends the window at the first frame that begins at `at` or later; `levels` are those of its frames. Answers how many
    /// frames it keeps.
    pub fn end_at(&mut self, at: Sample, levels: impl Iterator<Item = i32>) -> usize {
        let kept = at
            .saturating_sub(self.window.start)
            .div_ceil(FRAME as Sample);
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        let mut detector = self.begin.detector.clone();
        let mut frames = 0;
        for level in levels.take(kept) {
            detector.is_loud(level);
            frames += 1;
        }
        let end = self.window.start + (frames * FRAME) as Sample;
        self.window.end = end;
        self.window.runs.retain(|run| run.start < end);
        for run in &mut self.window.runs {
            run.end = run.end.min(end);
        }
        self.next = Cursor {
            position: end,
            detector,
        };
        self.full = false;
        frames
    }
}

#[derive(Debug, Clone)]
struct Frame {
    level: i32,
    loud: bool,
    /// Before it saw this frame.
    detector: Detector,
}

/// Finds the windows. Feed it one level per frame, and take what is closed.
#[derive(Debug)]
pub struct Windows {
    /// Where the open window begins.
    start: Sample,
    /// All frames from `start` on.
    frames: VecDeque<Frame>,
    detector: Detector,
    /// Loud frames in a row, up to the last frame.
    loud_run: usize,
    /// The open window holds speech.
    spoken: bool,
    /// Index behind the last frame of speech.
    spoken_until: usize,
    /// Up to where a preview was asked for.
    previewed: Sample,
    closed: VecDeque<Closed>,
}

impl Windows {
    /// From the beginning of a recording.
    pub fn new() -> Self {
        Self::resume(Cursor {
            position: 0,
            detector: Detector::default(),
        })
    }

    /// Goes on as the one that wrote `cursor` would have.
    pub fn resume(cursor: Cursor) -> Self {
        Self {
            start: cursor.position,
            frames: VecDeque::new(),
            detector: cursor.detector,
            loud_run: 0,
            spoken: false,
            spoken_until: 0,
            previewed: cursor.position,
            closed: VecDeque::new(),
        }
    }

    /// Where the next frame begins.
    pub fn position(&self) -> Sample {
        self.at(self.frames.len())
    }

    /// Where to go on if everything that was closed has been published.
    pub fn cursor(&self) -> Cursor {
        self.cursor_at(0)
    }

    /// Samples before this will not be asked for any more.
    pub fn needed_from(&self) -> Sample {
        self.closed.front().map_or(self.start, |c| c.window.start)
    }

    /// The next frame.
    pub fn push(&mut self, level: i32) {
        let detector = self.detector.clone();
        let loud = self.detector.is_loud(level);
        self.append(Frame {
            level,
            loud,
            detector,
        });
    }

    /// The oldest window that is closed.
    pub fn take(&mut self) -> Option<Closed> {
        self.closed.pop_front()
    }

    /// Whether what was said since the last preview is worth one now. `waiting`: no sound comes for now.
    pub fn wants_preview(&self, waiting: bool) -> bool {
        if !self.spoken {
            return false;
        }
        let speech_end = self.at(self.spoken_until);
        let new = usize::try_from(speech_end.saturating_sub(self.previewed)).unwrap_or(usize::MAX)
            / FRAME;
        let quiet = self.frames.len() - self.spoken_until;
        new > 0
            && (waiting
                || quiet >= PREVIEW_PAUSE
                || (quiet >= PREVIEW_SHORT_PAUSE && new >= PREVIEW_LONG_ENOUGH)
                || new >= PREVIEW_ANYWAY)
    }

    /// The window as it would be if the sound ended here; none without speech.
    pub fn preview(&mut self) -> Option<Window> {
        if !self.spoken {
            return None;
        }
        let end = self.frames.len().min(self.spoken_until + ROOM);
        self.previewed = self.at(self.frames.len());
        Some(self.window(end))
    }

    /// Nothing comes behind this: closes what is open.
    pub fn finish(&mut self) {
        if self.spoken {
            self.close(self.frames.len(), false);
        }
    }

    /// The sound has a hole up to `position`, which is not before where it ended.
    pub fn jump(&mut self, position: Sample) {
        self.finish();
        self.start = position.max(self.position());
        self.previewed = self.previewed.max(self.start);
        self.frames.clear();
        self.reset();
    }

    fn append(&mut self, frame: Frame) {
        self.loud_run = if frame.loud { self.loud_run + 1 } else { 0 };
        self.frames.push_back(frame);
        if self.loud_run >= ATTACK || (self.spoken && self.loud_run > 0) {
            self.spoken = true;
            self.spoken_until = self.frames.len();
        }
        if !self.spoken {
            self.trim();
        } else if self.frames.len() - self.spoken_until >= PAUSE {
            self.close(self.spoken_until + ROOM, false);
        } else if self.frames.len() >= LONGEST {
            self.close(self.best_cut(), true);
        }
    }

    /// Silence before speech: all of it at the beginning of a take (up to a pause), some room later on.
    fn trim(&mut self) {
        let quiet = self.frames.len() - self.loud_run;
        let room = if self.start == 0 { PAUSE } else { ROOM };
        if quiet > room {
            let excess = quiet - if self.start == 0 { ROOM } else { room };
            self.frames.drain(..excess);
            self.start += (excess * FRAME) as Sample;
        }
    }

    /// Index of the frame at which a window that has become too long ends; never 0.
    fn best_cut(&self) -> usize {
        let mut best: Option<(usize, usize)> = None;
        let mut quiet = 0;
        for (i, frame) in self.frames.iter().enumerate() {
            if !frame.loud {
                quiet += 1;
                continue;
            }
            let middle = i - quiet / 2;
            if quiet >= HANGOVER
                && middle >= CUT_FROM
                && best.is_none_or(|(_, length)| quiet >= length)
            {
                best = Some((middle, quiet));
            }
            quiet = 0;
        }
        let middle = self.frames.len() - quiet / 2;
        if quiet >= HANGOVER && best.is_none_or(|(_, length)| quiet >= length) {
            best = Some((middle, quiet));
        }
        best.map_or_else(|| self.quietest_frame(), |(at, _)| at)
    }

    /// The middle of the quietest moment of the last seconds.
    fn quietest_frame(&self) -> usize {
        (NOTCH_FROM..NOTCH_TO.min(self.frames.len().saturating_sub(NOTCH)))
            .min_by_key(|i| {
                self.frames
                    .range(*i..*i + NOTCH)
                    .map(|f| i64::from(f.level))
                    .sum::<i64>()
            })
            .map_or(self.frames.len(), |i| i + NOTCH / 2)
    }

    /// Ends the open window at frame `end` and begins the next one there.
    fn close(&mut self, end: usize, full: bool) {
        let end = end.min(self.frames.len());
        let (window, begin, next) = (self.window(end), self.cursor_at(0), self.cursor_at(end));
        self.start = next.position;
        self.closed.push_back(Closed {
            window,
            begin,
            next,
            full,
        });
        // What lies behind the cut belongs to the next window; what was decided of its frames stays.
        let rest = self.frames.split_off(end);
        self.frames.clear();
        self.reset();
        for frame in rest {
            self.append(frame);
        }
    }

    fn reset(&mut self) {
        self.loud_run = 0;
        self.spoken = false;
        self.spoken_until = 0;
    }

    fn window(&self, end: usize) -> Window {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for i in (0..end).filter(|i| self.frames[*i].loud) {
            match runs.last_mut() {
                Some((_, until)) if i - *until < HANGOVER => *until = i + 1,
                _ => runs.push((i, i + 1)),
            }
        }
        // A click of its own is no speech, unless there is nothing else.
        let longest = runs.iter().map(|(a, b)| b - a).max().unwrap_or(0);
        runs.retain(|(a, b)| b - a >= ATTACK.min(longest));
        Window {
            start: self.start,
            end: self.at(end),
            runs: runs
                .into_iter()
                .map(|(a, b)| Run {
                    start: self.at(a),
                    end: self.at(b),
                })
                .collect(),
        }
    }

    fn cursor_at(&self, frame: usize) -> Cursor {
        Cursor {
            position: self.at(frame),
            detector: self
                .frames
                .get(frame)
                .map_or(&self.detector, |f| &f.detector)
                .clone(),
        }
    }

    fn at(&self, frame: usize) -> Sample {
        self.start + (frame * FRAME) as Sample
    }
}

impl Default for Windows {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
