//! Where a worker is in one take: decoder, windows, words shown, and what has to be written down to go on elsewhere.

use std::collections::VecDeque;

use aside_protocol::cmaf::{read_init, read_part};
use aside_protocol::recording::Kind;
use serde::{Deserialize, Serialize};

use crate::domain::transcript::{Correction, Stretch, Word, add_stretch};
use crate::media::{MediaError, SpeechDecoder};
use crate::store::transcripts::{Progress, TranscriptRow};
use crate::transcribe::Recognition;
use crate::transcribe::listen::{Segmenter, Utterance};
use crate::transcribe::voice::RATE;
use crate::transcribe::window::{self, Sample, Window};
use crate::transcribe::words::{millis, place};

/// A resampler that begins in the middle is wrong for less than this.
const RUN_UP: Sample = 64;
/// A language is believed after so much speech; before that it may have been a cough.
const LANGUAGE_AFTER: Sample = 3 * RATE as Sample;
/// Progress of so much sound without a word is worth writing down.
const CHECKPOINT_AFTER: Sample = 5 * RATE as Sample;

/// What is written down beside the number of the next part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Cursor {
    /// None at the very beginning.
    windows: Option<window::Cursor>,
    /// Spoken so far, once that is sure.
    language: Option<String>,
    /// End of the last settled word.
    last_word_ms: u64,
    /// Whether any part could be decoded.
    decoded: bool,
}

/// A change of what is published, to be written in one transaction.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    /// How many words were published before.
    pub(crate) published: u64,
    pub(crate) correction: Option<Correction>,
    pub(crate) progress: Progress,
}

#[derive(Debug)]
pub(crate) struct Session {
    decoder: SpeechDecoder,
    /// Version of the init that `decoder` was made of.
    init: u32,
    /// Ticks a second.
    timescale: u32,
    segmenter: Segmenter,
    /// The next part to decode.
    next_part: u32,
    /// The part before `next_part` only primes the decoder.
    priming: bool,
    /// Where the parts begin that a successor might have to begin with, oldest first.
    begins: VecDeque<(u32, Sample)>,
    cursor: Cursor,
    progress: Progress,
    /// The published words behind the settled ones.
    shown: Vec<Word>,
    /// What was written down last.
    written: Sample,
}

impl Session {
    /// From which number on the published words may still change.
    pub(crate) fn open_words_from(row: &TranscriptRow) -> u64 {
        let cursor = serde_json::from_value::<Cursor>(row.progress.cursor.clone());
        match cursor.ok().and_then(|c| c.windows) {
            Some(_) => row.progress.settled,
            None => 0,
        }
    }

    /// Begins, or goes on where the row says; `shown` are the words from [`Self::open_words_from`] on.
    pub(crate) fn open(
        init: (u32, &[u8]),
        row: &TranscriptRow,
        shown: Vec<Word>,
    ) -> Result<Self, MediaError> {
        let mut progress = row.progress.clone();
        let cursor: Cursor = serde_json::from_value(progress.cursor.clone()).unwrap_or_default();
        let segmenter = match cursor.windows.clone() {
            Some(windows) => Segmenter::resume(windows),
            // None yet, or an older program's: begins anew, and what is published is corrected.
            None => {
                progress.next_part = 0;
                progress.settled = 0;
                Segmenter::new()
            }
        };
        let (init, read) = (init.0, read_init(init.1)?);
        Ok(Self {
            decoder: SpeechDecoder::new(&read)?,
            init,
            timescale: read.timescale,
            written: segmenter.cursor().position,
            segmenter,
            next_part: progress.next_part,
            priming: progress.next_part > 0,
            begins: VecDeque::new(),
            cursor,
            progress,
            shown,
        })
    }

    pub(crate) fn next_part(&self) -> u32 {
        self.next_part
    }

    pub(crate) fn language(&self) -> Option<&str> {
        self.cursor.language.as_deref()
    }

    /// Version of the init that the next part is expected to be decoded with.
    pub(crate) fn init(&self) -> u32 {
        self.init
    }

    /// From the next part on another version of the init holds.
    pub(crate) fn decode_with(&mut self, version: u32, init: &[u8]) -> Result<(), MediaError> {
        self.decoder.change(&read_init(init)?)?;
        self.init = version;
        Ok(())
    }

    /// Takes the next part. One that cannot be decoded is noted as missing.
    pub(crate) fn feed(&mut self, part: &[u8]) -> Result<(), MediaError> {
        match self.decoder.decode(part) {
            // A decoder that begins in the middle is right from the second part on.
            Ok(_) if self.priming => {}
            Ok((begin, blocks)) => {
                self.begins.push_back((self.next_part, begin));
                for block in blocks {
                    self.segmenter.feed(block.at, &block.samples);
                }
                self.cursor.decoded = true;
            }
            Err(MediaError::Undecodable(_)) => {
                let info = read_part(part, Kind::Audio)?.info;
                let timescale = u64::from(self.timescale.max(1));
                let ms = |ticks: u64| ticks.saturating_mul(1000) / timescale;
                self.miss(Stretch {
                    start_ms: ms(info.start),
                    end_ms: ms(info.start + info.duration),
                });
            }
            Err(error) => return Err(error),
        }
        self.priming = false;
        self.next_part += 1;
        // What lies further back than anybody could begin is dropped.
        let from = self.segmenter.needed_from();
        while self
            .begins
            .get(1)
            .is_some_and(|(_, begin)| begin + RUN_UP <= from)
        {
            self.begins.pop_front();
        }
        Ok(())
    }

    /// The next part is lost: passes over it.
    pub(crate) fn skip(&mut self, missing: Stretch) {
        self.miss(missing);
        self.priming = false;
        self.next_part += 1;
    }

    fn miss(&mut self, stretch: Stretch) {
        add_stretch(&mut self.progress.missing, stretch);
    }

    /// Nothing comes behind what was fed. Sound of which nothing could be decoded is an error.
    pub(crate) fn finish(&mut self) -> Result<(), MediaError> {
        if !self.cursor.decoded && !self.progress.missing.is_empty() {
            return Err(MediaError::Unexpected(
                "nothing: no part of the sound could be decoded",
            ));
        }
        for block in self.decoder.finish()? {
            self.segmenter.feed(block.at, &block.samples);
        }
        self.segmenter.finish();
        Ok(())
    }

    /// What is complete and has no words yet.
    pub(crate) fn take(&mut self) -> Option<Utterance> {
        self.segmenter.take()
    }

    /// Leaves what lies behind sample `at` of what was taken to the next window.
    pub(crate) fn give_back(&mut self, utterance: &mut Utterance, at: Sample) {
        self.segmenter.give_back(utterance, at);
    }

    /// `waiting`: no sound comes for now.
    pub(crate) fn wants_preview(&self, waiting: bool) -> bool {
        self.segmenter.wants_preview(waiting)
    }

    /// The window that is still open, if there is speech in it.
    pub(crate) fn preview(&mut self) -> Option<(Window, Vec<f32>)> {
        self.segmenter.preview()
    }

    /// The words of a complete window: from now on they never change.
    pub(crate) fn settle(&mut self, utterance: &Utterance, recognition: Recognition) -> Update {
        let words = self.placed(&utterance.closed.window, recognition.words);
        if let Some(last) = words.last() {
            self.cursor.last_word_ms = last.end_ms;
            let runs = utterance.closed.window.runs.iter();
            let speech: Sample = runs.map(|r| r.end - r.start).sum();
            if speech >= LANGUAGE_AFTER && self.cursor.language.is_none() {
                self.cursor.language.clone_from(&recognition.language);
                self.progress.language.clone_from(&recognition.language);
            } else if self.progress.language.is_none() {
                self.progress.language = recognition.language;
            }
        }
        let settled = self.progress.settled + words.len() as u64;
        let update = self.publish(&words, millis(utterance.closed.window.end));
        self.progress.settled = settled;
        self.shown.clear();
        self.write_down(update, utterance.closed.next.clone())
    }

    /// The words of the open window so far: shown until the window is complete.
    pub(crate) fn show(&mut self, window: &Window, recognition: Recognition) -> Update {
        let words = self.placed(window, recognition.words);
        let mut update = self.publish(&words, millis(window.end));
        self.shown = words;
        update.progress = self.progress.clone();
        update
    }

    fn placed(
        &self,
        window: &Window,
        words: Vec<crate::transcribe::words::SpokenWord>,
    ) -> Vec<Word> {
        place(
            words,
            window,
            self.progress.settled,
            self.cursor.last_word_ms,
        )
    }

    fn publish(&mut self, words: &[Word], done_ms: u64) -> Update {
        let settled = self.progress.settled;
        self.progress.done_ms = self.progress.done_ms.max(done_ms);
        Update {
            published: settled + self.shown.len() as u64,
            correction: Correction::between(settled, &self.shown, words),
            progress: self.progress.clone(),
        }
    }

    /// What to write down when everything so far is published; none if that is hardly more than was written down last.
    pub(crate) fn checkpoint(&mut self) -> Option<Update> {
        let here = self.segmenter.cursor();
        if here.position < self.written + CHECKPOINT_AFTER {
            return None;
        }
        let shown = self.shown.clone();
        let update = self.publish(&shown, millis(here.position));
        Some(self.write_down(update, here))
    }

    /// What to write down at the end of the sound. `finished`: no more comes, and what is shown behind the last complete
    /// window is withdrawn.
    pub(crate) fn end(&mut self, finished: bool) -> Update {
        let here = self.segmenter.cursor();
        let kept = if finished {
            Vec::new()
        } else {
            self.shown.clone()
        };
        let update = self.publish(&kept, millis(self.segmenter.wants_from()));
        self.shown = kept;
        self.write_down(update, here)
    }

    fn write_down(&mut self, mut update: Update, at: window::Cursor) -> Update {
        self.written = at.position;
        // The part that holds the sample, and the part before it to prime the decoder.
        let first = self
            .begins
            .iter()
            .rev()
            .find(|(_, begin)| begin + RUN_UP <= at.position)
            .or(self.begins.front());
        if let Some((part, _)) = first {
            self.progress.next_part = part.saturating_sub(1);
        }
        self.cursor.windows = Some(at);
        // A struct of numbers and texts always has a JSON form.
        self.progress.cursor = serde_json::to_value(&self.cursor).unwrap_or_default();
        update.progress = self.progress.clone();
        update
    }
}
