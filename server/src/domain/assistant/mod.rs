//! A language model that the operator of the server named: what is sent to it, what its answers may be, and what is made of them. Pure.
//!
//! What is spoken is data. It stands in the message of the user alone, a sentence a line, and what comes back is read as a list of
//! texts, each with its moment: nothing that a talk says, and nothing that a model answers, is done.

pub mod answer;
pub mod due;
pub mod objects;
pub mod prompt;
pub mod run;
pub mod stream;
pub mod translation;
pub mod who;

use std::ops::Range;

use super::suggest::Sentence;

/// Which model answers, and where: shown to people before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssistantName {
    pub model: String,
    /// The host of its address, with the port where that is no usual one.
    pub host: String,
}

/// One question, as the endpoint is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is to be done; the same whatever was said.
    pub system: String,
    /// What was said.
    pub user: String,
    /// Most tokens of the answer.
    pub answer_tokens: u32,
}

/// About how many tokens a text is: three bytes each, which is more than most models need for any script.
pub const fn tokens(text: &str) -> usize {
    text.len().div_ceil(3)
}

/// Tokens of what a question says beside the lines of the talk.
const FRAME: usize = 700;
/// Tokens of an answer, where the model takes so many.
const ANSWER: usize = 1200;
/// The smallest window in which a question has room.
pub const MIN_CONTEXT: usize = 2048;
/// Tokens of one recording that are sent at most: about twenty hours of speech.
pub const MAX_TOKENS: usize = 400_000;

/// How a model's window is shared between the lines of a talk and the answer, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    pub lines: usize,
    pub answer: usize,
}

impl Room {
    /// For questions whose answer is short, whatever the length of the talk.
    pub fn to_sum_up(context: usize) -> Self {
        let answer = ANSWER.min(context / 3);
        Self {
            lines: context.saturating_sub(answer + FRAME).max(200),
            answer,
        }
    }

    /// For questions whose answer is about as long as the lines, and longer by what frames each of them.
    pub fn to_translate(context: usize) -> Self {
        let left = context.saturating_sub(FRAME);
        // Most models answer no more than some thousand tokens, whatever they read.
        let lines = (left / 3).clamp(200, 2_000);
        Self {
            lines,
            answer: (lines * 2).max(400),
        }
    }
}

/// Runs of lines that fit into the room, in order and without a gap; a line that is larger stands alone. Behind the most that is sent of
/// one recording there are none.
pub fn windows(spoken: &[Sentence], room: usize) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    let (mut held, mut sent) = (0, 0);
    for (n, sentence) in spoken.iter().enumerate() {
        // The number before it, and the line break.
        let size = tokens(&sentence.text) + 4;
        sent += size;
        if sent > MAX_TOKENS {
            break;
        }
        match all.last_mut() {
            Some(last) if held + size <= room => {
                last.end = n + 1;
                held += size;
            }
            _ => {
                all.push(n..n + 1);
                held = size;
            }
        }
    }
    all
}

/// Spoken text as a line of a question: without line breaks, and without what would look like the end of the talk.
fn line(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '<' | '>' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
