//! Who is heard when: the microphone, or what the machine of the recorder played. Told by the recorder, which mixes both into one track. Pure.

use aside_protocol::timed_event::SoundSource;
use serde::Serialize;

use super::transcript::Word;

/// Of one recording; more are left out.
pub const MAX_TURNS: u64 = 20_000;
/// A turn is told where a fifth of a second was heard, and words begin earlier.
const BEFORE_MS: u64 = 200;

/// From here on this is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Turn {
    /// In milliseconds from the first picture.
    pub at_ms: u64,
    pub source: SoundSource,
}

/// What is heard when a word is said: at its middle. None before the first turn.
pub fn source_of(turns: &[Turn], word: &Word) -> Option<SoundSource> {
    let middle = word.start_ms.midpoint(word.end_ms) + BEFORE_MS;
    let next = turns.partition_point(|turn| turn.at_ms <= middle);
    turns.get(next.checked_sub(1)?).map(|turn| turn.source)
}

/// How it is called where people read it.
pub const fn label(source: SoundSource) -> &'static str {
    match source {
        SoundSource::Microphone => "Microphone",
        SoundSource::System => "System sound",
        SoundSource::Both => "Microphone and system sound",
    }
}

/// The same words, with a pause before each that another source says: a paragraph and a caption are of one.
pub fn parted(mut words: Vec<Word>, turns: &[Turn]) -> Vec<Word> {
    let mut before = None;
    for word in &mut words {
        let source = source_of(turns, word);
        word.gap |= source != before;
        before = source;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_said_by_who_is_heard_at_its_middle() {
        let word = |n: u64| Word {
            n,
            start_ms: n * 1000,
            end_ms: n * 1000 + 600,
            text: n.to_string(),
            gap: false,
            joined: false,
        };
        let turns = [
            Turn {
                at_ms: 1_100,
                source: SoundSource::Microphone,
            },
            Turn {
                at_ms: 3_400,
                source: SoundSource::System,
            },
        ];
        let all: Vec<Word> = (0..5).map(word).collect();
        let heard: Vec<_> = all.iter().map(|word| source_of(&turns, word)).collect();
        use SoundSource::{Microphone, System};
        let wanted = [
            None,
            Some(Microphone),
            Some(Microphone),
            Some(System),
            Some(System),
        ];
        assert_eq!(heard, wanted);
        let gaps: Vec<bool> = parted(all.clone(), &turns)
            .iter()
            .map(|it| it.gap)
            .collect();
        assert_eq!(gaps, [false, true, false, true, false]);
        assert_eq!(
            parted(all.clone(), &[]),
            all,
            "without turns nothing changes"
        );
        assert_eq!(source_of(&[], &word(1)), None);
    }
}
