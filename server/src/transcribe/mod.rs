//! Speech to words with whisper, in worker processes only.
//!
//! The way of a sample: `media::SpeechDecoder` → [`listen::Segmenter`] (where is speech, where are pauses)
//! → [`Transcriber`] (a window at a time) → [`words::place`] (the recording's time). All but the model is pure.

pub mod complete;
pub mod listen;
pub mod model;
pub mod processor;
pub mod voice;
pub mod whisper;
pub mod window;
pub mod words;

use words::SpokenWord;

/// Recognises the speech of one window at a time.
pub trait Transcriber: Send {
    /// `sound` is mono, 16 kHz, at most thirty seconds. `language` (ISO 639-1) is what was spoken before; none:
    /// find out. Blocks for as long as it takes.
    fn transcribe(
        &mut self,
        sound: &[f32],
        language: Option<&str>,
    ) -> Result<Recognition, TranscribeError>;

    /// Names and terms that may be spoken in what comes; none: nothing is known of that. A hint, and no more.
    fn expect(&mut self, _terms: Option<String>) {}
}

/// What a window holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognition {
    /// In order; times count from the beginning of the window.
    pub words: Vec<SpokenWord>,
    /// ISO 639-1.
    pub language: Option<String>,
}

/// Why there are no words.
#[derive(Debug, thiserror::Error)]
pub enum TranscribeError {
    /// Nothing can be recognised before somebody names another file.
    #[error("{0} cannot be used as a speech model: {1}")]
    Model(String, String),
    #[error("the speech model failed: {0}")]
    Failed(String),
}
