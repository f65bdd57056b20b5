//! whisper.cpp on the CPU.
//!
//! Each window gets a state of its own: a state keeps the random generator of the temperature fallback and the text
//! of the window before, so that the words of a window would depend on what was transcribed earlier.
//!
//! Facts about whisper-rs 0.16. Left to itself, whisper.cpp encodes thirty seconds again for whatever lies more than
//! a tenth of a second behind the last time of a window, also for silence: it is told that a window is one segment, and the
//! sentences are read from the times between the tokens. The first time in a window is capped at one second unless `max_initial_ts` says
//! otherwise. Token times are moved about by a guess from the loudness; the time the model itself had in mind at
//! a token (`tid`) is better. And a damaged file throws a C++ exception, which ends the process: the head of the
//! file is checked before.

use std::io::Read as _;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError,
    WhisperSegment, WhisperToken,
};

use super::voice::RATE;
use super::words::{Token, join};
use super::{Recognition, TranscribeError, Transcriber};

/// whisper.cpp finds nothing in less than a tenth of a second and guesses in less than one.
const SHORTEST: usize = RATE as usize * 11 / 10;
/// The first four bytes of a model file ("ggml", little-endian).
const MAGIC: u32 = 0x6767_6d6c;
/// No model is smaller.
const LEAST_BYTES: u64 = 4_000_000;
/// What the eleven numbers of the head may be: vocabulary, audio context, state, heads, layers, text context, state, heads,
/// layers, mel bands, format.
const SANE: [RangeInclusive<u32>; 11] = [
    10_000..=200_000,
    100..=10_000,
    64..=8_192,
    1..=256,
    1..=256,
    64..=10_000,
    64..=8_192,
    1..=256,
    1..=256,
    40..=256,
    0..=10_000,
];
/// A time the model had in mind with less certainty is not believed.
const CERTAIN: f32 = 0.1;
/// Nor is one it hardly thought of.
const CONSIDERED: f32 = 0.001;
/// Milliseconds between two of the model's times.
const STEP_MS: i64 = 20;
const SAMPLES_A_STEP: usize = RATE as usize / 50;
/// Steps (20 ms each) that the encoder looks at behind the end of the sound: the model wants to see that it is over.
const STEPS_BEHIND: i32 = 64;
/// Fewer than these and the model, which has learned on thirty seconds, hears other words more often (decision 61).
const STEPS_AT_LEAST: i32 = 768;
/// Candidates of a decoding that has to be repeated at a higher temperature; whisper.cpp's own default.
const BEST_OF: i32 = 5;

/// A model file, loaded when it is first needed.
pub struct Whisper {
    path: PathBuf,
    threads: usize,
    loaded: Option<Loaded>,
    /// Names and terms that may be spoken.
    terms: Option<String>,
}

struct Loaded {
    context: WhisperContext,
    end_of_text: i32,
    first_time: i32,
    multilingual: bool,
}

impl std::fmt::Debug for Whisper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whisper")
            .field("path", &self.path)
            .field("loaded", &self.loaded.is_some())
            .finish_non_exhaustive()
    }
}

impl Whisper {
    /// Looks whether `path` is a model file at all; it is loaded later. `threads` is how many it may use.
    pub fn new(path: &Path, threads: usize) -> Result<Self, TranscribeError> {
        let bad = |why: String| TranscribeError::Model(path.display().to_string(), why);
        let mut head = [0; 48];
        let mut file = std::fs::File::open(path).map_err(|e| bad(e.to_string()))?;
        let size = file.metadata().map_err(|e| bad(e.to_string()))?.len();
        file.read_exact(&mut head).map_err(|e| bad(e.to_string()))?;
        let mut numbers = head
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        if numbers.next() != Some(MAGIC) {
            return Err(bad("it is not in the ggml format of whisper.cpp".to_owned()));
        }
        if size < LEAST_BYTES || !numbers.zip(SANE).all(|(n, sane)| sane.contains(&n)) {
            return Err(bad("it is damaged, or not a speech model".to_owned()));
        }
        Ok(Self {
            path: path.to_owned(),
            threads: threads.max(1),
            loaded: None,
            terms: None,
        })
    }

    fn load(&self) -> Result<Loaded, TranscribeError> {
        // Without a hook whisper.cpp writes to the terminal; with one and no logging backend it is silent.
        whisper_rs::install_logging_hooks();
        let bad = |e: WhisperError| {
            TranscribeError::Model(self.path.display().to_string(), e.to_string())
        };
        let mut parameters = WhisperContextParameters::default();
        parameters.use_gpu(false);
        // Measured with this version of whisper.cpp: on a CPU a window takes a third longer with it.
        parameters.flash_attn(false);
        let context = WhisperContext::new_with_params(&self.path, parameters).map_err(bad)?;
        Ok(Loaded {
            end_of_text: context.token_eot(),
            first_time: context.token_beg(),
            multilingual: context.is_multilingual(),
            context,
        })
    }

    /// Loads the model and lets go of it again: whether it can be used is known before it is needed.
    pub fn check(&self) -> Result<(), TranscribeError> {
        let loaded = self.load()?;
        loaded
            .context
            .create_state()
            .map(|_| ())
            .map_err(|e| TranscribeError::Model(self.path.display().to_string(), e.to_string()))
    }
}

/// Tokens of a prompt: whisper reads half of its 448 tokens of text as what was said before.
const MAX_PROMPT: usize = 223;

impl Transcriber for Whisper {
    fn expect(&mut self, terms: Option<String>) {
        self.terms = terms;
    }

    fn transcribe(
        &mut self,
        sound: &[f32],
        language: Option<&str>,
    ) -> Result<Recognition, TranscribeError> {
        let threads = i32::try_from(self.threads).unwrap_or(1);
        let loaded = match self.loaded.take() {
            Some(loaded) => loaded,
            None => self.load()?,
        };
        let language = if loaded.multilingual {
            language
        } else {
            Some("en")
        };
        // Terms that are no tokens, or too many, are no prompt.
        let terms = self.terms.as_ref().map(|terms| format!(" {terms}"));
        let prompt = terms.and_then(|it| loaded.context.tokenize(&it, MAX_PROMPT).ok());
        let prompt = prompt.unwrap_or_default();
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: BEST_OF });
        params.set_n_threads(threads);
        params.set_language(language);
        params.set_no_context(true);
        params.set_single_segment(true);
        if prompt.is_empty() {
            params.set_n_max_text_ctx(0);
        } else {
            params.set_n_max_text_ctx(i32::try_from(prompt.len()).unwrap_or(0));
            params.set_tokens(&prompt);
        }
        params.set_max_initial_ts(30.0);
        params.set_token_timestamps(true);
        params.set_suppress_blank(true);
        params.set_suppress_nst(true);
        params.set_print_special(false);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_timestamps(false);
        params.set_audio_ctx(encoded_steps(sound.len(), loaded.context.n_audio_ctx()));

        let mut padded = sound.to_vec();
        padded.resize(sound.len().max(SHORTEST), 0.0);
        let failed = |e: WhisperError| TranscribeError::Failed(e.to_string());
        let mut state = loaded.context.create_state().map_err(failed)?;
        state.full(params, &padded).map_err(failed)?;

        let length_ms = i64::try_from(sound.len() as u64 * 1000 / u64::from(RATE)).unwrap_or(0);
        let mut tokens = Vec::new();
        for segment in state.as_iter() {
            loaded
                .read(&segment, length_ms, &mut tokens)
                .map_err(failed)?;
        }
        let language = loaded
            .multilingual
            .then(|| whisper_rs::get_lang_str(state.full_lang_id_from_state()))
            .flatten();
        let language = language.map_or_else(
            || (!loaded.multilingual).then(|| "en".to_owned()),
            |l| Some(l.to_owned()),
        );
        drop(state);
        self.loaded = Some(loaded);
        Ok(Recognition {
            words: join(&tokens),
            language,
        })
    }
}

/// How much of its thirty seconds (`model` steps) the encoder computes for so many samples. Its time grows with it, and what lies
/// behind the sound is silence of our own making (`audio_ctx` of whisper.cpp; 0 there means all).
fn encoded_steps(samples: usize, model: i32) -> i32 {
    let sound = i32::try_from(samples / SAMPLES_A_STEP).unwrap_or(i32::MAX - STEPS_BEHIND);
    (sound + STEPS_BEHIND).max(STEPS_AT_LEAST).min(model)
}

impl Loaded {
    /// The tokens of a window and their times. `length_ms`: of its sound.
    fn read(
        &self,
        segment: &WhisperSegment<'_>,
        length_ms: i64,
        out: &mut Vec<Token>,
    ) -> Result<(), WhisperError> {
        let mut sentence = Vec::new();
        let mut begins = 0;
        for token in (0..segment.n_tokens()).filter_map(|i| segment.get_token(i)) {
            match token.token_id() {
                id if id < self.end_of_text => sentence.push(token),
                // A time ends the sentence before it; the time that follows begins the next one.
                id if id >= self.first_time => {
                    let time = i64::from(id - self.first_time) * STEP_MS;
                    if !sentence.is_empty() || out.is_empty() {
                        self.sentence(&sentence, begins, time, out)?;
                        sentence.clear();
                        begins = time;
                    }
                }
                _ => {}
            }
        }
        self.sentence(&sentence, begins, length_ms.max(begins), out)
    }

    /// The tokens of one sentence. Its beginning is the end of the sentence before.
    fn sentence(
        &self,
        tokens: &[WhisperToken<'_, '_>],
        begins: i64,
        ends: i64,
        out: &mut Vec<Token>,
    ) -> Result<(), WhisperError> {
        let first = out.len();
        for token in tokens {
            let data = token.token_data();
            let opens = out.len() == first;
            let in_mind = i64::from(data.tid - self.first_time) * STEP_MS;
            let earliest = out.last().filter(|_| !opens).map_or(begins, |t| t.start_ms);
            let believed = data.pt > CERTAIN
                && data.ptsum > CONSIDERED
                && (earliest..=ends).contains(&in_mind);
            let start_ms = match (opens, believed) {
                (true, _) => earliest,
                (false, true) => in_mind,
                (false, false) => (data.t0 * 10).clamp(earliest, ends.max(earliest)),
            };
            if !opens && let Some(before) = out.last_mut() {
                before.end_ms = start_ms;
            }
            out.push(Token {
                text: token.to_bytes()?.to_vec(),
                start_ms,
                end_ms: ends,
                opens,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{RATE, encoded_steps};

    const SECOND: usize = RATE as usize;

    #[test]
    fn the_encoder_computes_what_was_said_and_a_little_more_and_never_more_than_the_model_has() {
        assert_eq!(encoded_steps(20 * SECOND, 1500), 1064);
        assert_eq!(encoded_steps(28 * SECOND, 1500), 1464);
        assert_eq!(encoded_steps(30 * SECOND, 1500), 1500);
        assert_eq!(encoded_steps(usize::MAX, 1500), 1500);
    }

    #[test]
    fn of_a_short_sound_half_of_what_the_model_has_learned_on_is_computed() {
        assert_eq!(encoded_steps(SECOND, 1500), 768);
        assert_eq!(encoded_steps(0, 1500), 768);
        assert_eq!(encoded_steps(SECOND, 400), 400, "a model made for less");
    }
}
