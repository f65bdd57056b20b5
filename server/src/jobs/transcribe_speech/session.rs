//! Where a worker is in one take: decoder, listener, and what has to be written down to go on elsewhere.

use std::collections::VecDeque;

use aside_protocol::cmaf::read_init;
use serde::{Deserialize, Serialize};

use crate::domain::transcript::Word;
use crate::media::{MediaError, SpeechDecoder};
use crate::store::transcripts::{Listened, TranscriptRow};
use crate::transcribe::Hearing;
use crate::transcribe::listen::{Listener, Utterance};
use crate::transcribe::window::{self, Sample};
use crate::transcribe::words::{millis, place};

/// Two AAC frames of 48 kHz: a decoder that begins in the middle is wrong for one.
const RUN_UP: Sample = 2 * 1024 / 3 + 1;
/// A language is believed after so much speech; before that it may have been a cough.
const LANGUAGE_AFTER: usize = 3 * crate::transcribe::voice::RATE as usize;

/// So many parts in a row may be undecodable.
const MOST_DEAF: u32 = 20;

/// What is written down beside the number of the next part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Cursor {
    /// None at the very beginning.
    listen: Option<window::Cursor>,
    /// Spoken so far.
    language: Option<String>,
    /// End of the last published word.
    last_word_ms: u64,
}

#[derive(Debug)]
pub(crate) struct Session {
    decoder: SpeechDecoder,
    listener: Listener,
    /// The next part to decode.
    next_part: u32,
    /// Where the parts begin that a successor might have to begin with, oldest first.
    begins: VecDeque<(u32, Sample)>,
    cursor: Cursor,
    /// How many words are published.
    words: u64,
    /// What was written down last.
    written: Sample,
    /// Parts in a row of which nothing could be decoded.
    deaf: u32,
    /// Whether any could.
    heard: bool,
}

impl Session {
    /// Begins, or goes on where the row says.
    pub(crate) fn open(init: &[u8], row: &TranscriptRow) -> Result<Self, MediaError> {
        // A cursor of an older program is as good as none: then the words decide, see `publish`.
        let cursor: Cursor =
            serde_json::from_value(row.listened.cursor.clone()).unwrap_or_default();
        let listener = cursor
            .listen
            .clone()
            .map_or_else(Listener::new, Listener::resume);
        Ok(Self {
            decoder: SpeechDecoder::new(&read_init(init)?)?,
            written: listener.cursor().position,
            listener,
            next_part: row.listened.next_part,
            begins: VecDeque::new(),
            heard: row.listened.next_part > 0,
            deaf: 0,
            cursor,
            words: row.words,
        })
    }

    pub(crate) fn next_part(&self) -> u32 {
        self.next_part
    }

    /// Hears the next part. One that cannot be decoded is a hole; many in a row are an error.
    pub(crate) fn feed(&mut self, part: &[u8]) -> Result<(), MediaError> {
        match self.decoder.decode(part) {
            Ok((begin, blocks)) => {
                self.begins.push_back((self.next_part, begin));
                for block in blocks {
                    self.listener.hear(block.at, &block.samples);
                }
                (self.heard, self.deaf) = (true, 0);
            }
            Err(MediaError::Undecodable(_)) if self.deaf < MOST_DEAF => self.deaf += 1,
            Err(error) => return Err(error),
        }
        self.next_part += 1;
        // What lies further back than anybody could begin is forgotten.
        let from = self
            .listener
            .cursor()
            .position
            .min(self.listener.needed_from());
        while self
            .begins
            .get(1)
            .is_some_and(|(_, begin)| begin + RUN_UP <= from)
        {
            self.begins.pop_front();
        }
        Ok(())
    }

    /// Nothing comes behind what was fed. Sound of which nothing could be decoded is an error.
    pub(crate) fn finish(&mut self) -> Result<(), MediaError> {
        if self.deaf > 0 && !self.heard {
            return Err(MediaError::Unexpected("nothing that could be heard"));
        }
        for block in self.decoder.finish()? {
            self.listener.hear(block.at, &block.samples);
        }
        self.listener.finish();
        Ok(())
    }

    /// What is complete and has no words yet.
    pub(crate) fn take(&mut self) -> Option<Utterance> {
        self.listener.take()
    }

    pub(crate) fn language(&self) -> Option<&str> {
        self.cursor.language.as_deref()
    }

    /// The words of an utterance in the recording's time, what to write down with them, and how many were
    /// published before. Counts them as published.
    pub(crate) fn publish(
        &mut self,
        utterance: Utterance,
        hearing: Hearing,
    ) -> (u64, Vec<Word>, Listened) {
        let before = self.words;
        let words = place(
            hearing.words,
            &utterance.window,
            before,
            self.cursor.last_word_ms,
        );
        if let Some(last) = words.last() {
            self.cursor.last_word_ms = last.end_ms;
            if utterance.sound.len() >= LANGUAGE_AFTER && self.cursor.language.is_none() {
                self.cursor.language = hearing.language;
            }
        }
        self.words += words.len() as u64;
        (before, words, self.write_down(utterance.next))
    }

    /// What to write down when everything so far is published, and how many words that are; none if that is hardly
    /// more than was written down last. `always`: however little it is.
    pub(crate) fn checkpoint(&mut self, always: bool) -> Option<(u64, Listened)> {
        const WORTH_IT: Sample = 5 * crate::transcribe::voice::RATE as Sample;
        let here = self.listener.cursor().clone();
        (always || here.position >= self.written + WORTH_IT)
            .then(|| (self.words, self.write_down(here)))
    }

    fn write_down(&mut self, at: window::Cursor) -> Listened {
        self.written = at.position;
        let wanted = Listener::resume(at.clone()).wants_from();
        let next_part = self
            .begins
            .iter()
            .rev()
            .find(|(_, begin)| begin + RUN_UP <= wanted)
            .or(self.begins.front());
        let next_part = next_part.map_or(self.next_part, |(part, _)| *part);
        let done_ms = millis(at.position);
        self.cursor.listen = Some(at);
        // A struct of numbers and texts always has a JSON form.
        let cursor = serde_json::to_value(&self.cursor).unwrap_or_default();
        Listened {
            next_part,
            done_ms,
            cursor,
        }
    }
}
