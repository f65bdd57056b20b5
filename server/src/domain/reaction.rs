//! Reactions: one of six to a moment, any emoji to a comment. Pure.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use icu_properties::CodePointSetData;
use icu_properties::props::{Emoji, EmojiModifier, EmojiPresentation, RegionalIndicator};
use uuid::Uuid;

use super::author::Author;
use super::names::names;

/// Of an emoji.
pub const MAX_EMOJI_BYTES: usize = 64;
/// Of one comment, by everybody together.
pub const MAX_REACTIONS: usize = 500;
/// To the moments of one recording: a page loads them all.
pub const MAX_MOMENT_REACTIONS: u64 = 10_000;

/// To a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    pub emoji: String,
    pub by: Author,
    pub name: String,
}

/// What somebody says of a moment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MomentKind {
    Like,
    Love,
    Laugh,
    Wow,
    Clap,
    Question,
}

names!(MomentKind, "reaction", {
    Like: "like",
    Love: "love",
    Laugh: "laugh",
    Wow: "wow",
    Clap: "clap",
    Question: "question",
});

/// A row of `moment_reactions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MomentReaction {
    pub id: Uuid,
    pub recording: RecordingId,
    pub at_ms: u64,
    pub kind: MomentKind,
    pub by: Author,
    pub name: String,
    pub created_at: Timestamp,
}

/// Why a reaction is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReactionError {
    #[error("A reaction is one emoji.")]
    NoEmoji,
    #[error("This has {MAX_REACTIONS} reactions. That is the most.")]
    TooMany,
    #[error("This recording has {MAX_MOMENT_REACTIONS} reactions. That is the most.")]
    TooManyMoments,
}

impl ReactionError {
    /// Name of the field of the request.
    pub const fn field(self) -> &'static str {
        match self {
            Self::NoEmoji | Self::TooMany => "emoji",
            Self::TooManyMoments => "kind",
        }
    }
}

const ZWJ: char = '\u{200d}';
/// Asks for the coloured form of a character that is text by default.
const AS_EMOJI: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// One emoji as it is stored: a sequence by the grammar of UTS #51 §1.4.9 that is shown as a picture.
pub fn emoji(raw: &str) -> Result<&str, ReactionError> {
    let text = raw.trim();
    let fits = text.len() <= MAX_EMOJI_BYTES && !text.is_empty() && is_emoji(text);
    fits.then_some(text).ok_or(ReactionError::NoEmoji)
}

fn is_emoji(text: &str) -> bool {
    let flags = CodePointSetData::new::<RegionalIndicator>();
    let chars: Vec<char> = text.chars().collect();
    if let [first, second] = chars[..]
        && flags.contains(first)
    {
        return flags.contains(second);
    }
    let mut elements = text.split(ZWJ);
    // Within a sequence ♂ and ❤ are found without their selector too.
    let shown = text.contains(ZWJ) || is_shown(&chars);
    shown && elements.all(is_element)
}

/// Whether a single emoji is shown as a picture, not as text.
fn is_shown(chars: &[char]) -> bool {
    let pictures = CodePointSetData::new::<EmojiPresentation>();
    let modifiers = CodePointSetData::new::<EmojiModifier>();
    match chars {
        [_, next, ..] if *next == AS_EMOJI || modifiers.contains(*next) => true,
        [first, ..] => pictures.contains(*first),
        [] => false,
    }
}

/// What joiners stand between.
fn is_element(text: &str) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return false;
    };
    if matches!(first, '0'..='9' | '#' | '*') {
        return chars.eq([AS_EMOJI, KEYCAP]);
    }
    let is_flag = CodePointSetData::new::<RegionalIndicator>().contains(first);
    if is_flag || !CodePointSetData::new::<Emoji>().contains(first) {
        return false;
    }
    let modifiers = CodePointSetData::new::<EmojiModifier>();
    let rest = chars.as_str();
    let rest = rest
        .strip_prefix(|c| c == AS_EMOJI || modifiers.contains(c))
        .unwrap_or(rest);
    // The flag of a part of a country: its name in tags, and their end.
    rest.is_empty()
        || rest.strip_suffix('\u{e007f}').is_some_and(|name| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| ('\u{e0020}'..='\u{e007e}').contains(&c))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_taken_and_nothing_else() {
        for good in [
            "👍",
            "👍🏽",
            "❤️",
            "🇩🇪",
            "1️⃣",
            "#️⃣",
            "👩‍💻",
            "👨‍👩‍👧‍👦",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "🤷🏿‍♀️",
            "🏳️‍🌈",
            "👁️‍🗨️",
            " 🎉 ",
        ] {
            assert_eq!(emoji(good), Ok(good.trim()), "{good}");
        }
        let long = "👩‍".repeat(20) + "💻";
        for bad in [
            "",
            " ",
            "a",
            "1",
            "👍👍",
            "👍a",
            "🇩",
            "🇩🇪🇫🇷",
            "=1+1",
            "<b>",
            "\u{200d}",
            "👍\u{200d}",
            "\u{fe0f}",
            "é",
            "漢",
            "🏽👍",
            "\u{202e}👍",
            "👍\n👍",
            long.as_str(),
        ] {
            assert_eq!(emoji(bad), Err(ReactionError::NoEmoji), "{bad:?}");
        }
    }
}
