//! What models say, and the words made of it.

/// A piece of text as models say it: words begin with a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// May be half a character.
    pub text: Vec<u8>,
    /// Milliseconds from the beginning of the window; may be anything.
    pub start_ms: i64,
    pub end_ms: i64,
    /// Opens a sentence: where it ends is known, where it begins is a guess.
    pub opens: bool,
}

/// A word as recognised: milliseconds from the beginning of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenWord {
    pub text: String,
    pub start_ms: i64,
    pub end_ms: i64,
    /// Opens a sentence: where it ends is known, where it begins is a guess.
    pub opens: bool,
    /// Follows the word before it without a blank.
    pub joined: bool,
}
