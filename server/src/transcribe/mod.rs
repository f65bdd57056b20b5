//! Speech to words with whisper, in worker processes only.
