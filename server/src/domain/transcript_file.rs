//! The words of a recording as files for people and other programs. Pure.

use std::fmt::Write as _;

use aside_protocol::time::clock;
use aside_protocol::timed_event::SoundSource;
use serde_json::json;

use super::captions::{srt, webvtt_of};
use super::names::names;
use super::transcript::Word;
use super::turns::{Turn, label, parted, source_of};

/// As what they are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TranscriptFormat {
    Text,
    SubRip,
    WebVtt,
    Markdown,
    Json,
}

names!(TranscriptFormat, "format", {
    Text: "txt",
    SubRip: "srt",
    WebVtt: "vtt",
    Markdown: "md",
    Json: "json",
});

impl TranscriptFormat {
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::SubRip => "application/x-subrip; charset=utf-8",
            Self::WebVtt => "text/vtt; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// A paragraph without a pause is broken after so many words.
const LONG_PARAGRAPH: usize = 80;

/// Words between two pauses, as pages show them.
pub fn paragraphs(words: &[Word]) -> Vec<&[Word]> {
    words
        .chunk_by(|_, next| !next.gap)
        .flat_map(|paragraph| paragraph.chunks(LONG_PARAGRAPH))
        .collect()
}

/// The words as they are read.
pub fn sentence(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() && !word.joined {
            text.push(' ');
        }
        text.push_str(word.text.trim());
    }
    text
}

/// Text that is no Markdown: what would begin an element is escaped.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A title on one line.
pub fn one_line(title: &str) -> String {
    escaped(&title.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The whole file. Where it is known who is heard when (`turns`), each turn is a paragraph that says so.
pub fn write(
    format: TranscriptFormat,
    title: &str,
    language: Option<&str>,
    words: &[Word],
    turns: &[Turn],
) -> String {
    let parted = parted(words.to_vec(), turns);
    match format {
        TranscriptFormat::Text => {
            let mut before = None;
            let paragraphs = paragraphs(&parted).into_iter();
            let lines = paragraphs.map(|it| {
                let by = speaker(turns, it, &mut before).map_or_else(String::new, |it| it + ": ");
                format!("{by}{}\n", sentence(it))
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        TranscriptFormat::SubRip => srt(&parted),
        TranscriptFormat::WebVtt => webvtt_of(&parted, turns),
        TranscriptFormat::Markdown => {
            let mut out = format!("# {}\n", one_line(title));
            let mut before = None;
            for paragraph in paragraphs(&parted) {
                let at = paragraph.first().map_or(0, |word| word.start_ms);
                let by = speaker(turns, paragraph, &mut before);
                let by = by.map_or_else(String::new, |it| format!("*{it}:* "));
                _ = write!(
                    out,
                    "\n**{}** {by}{}\n",
                    clock(at),
                    escaped(&sentence(paragraph))
                );
            }
            out
        }
        TranscriptFormat::Json => {
            let mut whole = json!({ "title": title, "language": language, "words": words });
            if !turns.is_empty() {
                whole["turns"] = json!(turns);
            }
            format!("{whole:#}\n")
        }
    }
}

/// Who is heard in a paragraph, where that is another one than in the paragraph before.
pub fn speaker(
    turns: &[Turn],
    paragraph: &[Word],
    before: &mut Option<SoundSource>,
) -> Option<String> {
    let source = paragraph.first().and_then(|word| source_of(turns, word));
    let is_new = source != *before;
    *before = source;
    source.filter(|_| is_new).map(|it| label(it).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Vec<Word> {
        let word = |n: u64, text: &str, gap, joined| Word {
            n,
            start_ms: n * 61_000,
            end_ms: n * 61_000 + 900,
            text: text.to_owned(),
            gap,
            joined,
        };
        vec![
            word(0, "Use", true, false),
            word(1, "<b>", false, false),
            word(2, "録画", true, false),
            word(3, "の", false, true),
        ]
    }

    #[test]
    fn the_words_are_handed_out_in_five_ways() {
        let of = |format| write(format, "A\n# title", Some("en"), &words(), &[]);
        assert_eq!(of(TranscriptFormat::Text), "Use <b>\n\n録画の\n");
        assert_eq!(
            of(TranscriptFormat::Markdown),
            "# A \\# title\n\n**0:00** Use \\<b\\>\n\n**2:02** 録画の\n"
        );
        assert!(
            of(TranscriptFormat::SubRip)
                .starts_with("1\n00:00:00,000 --> 00:00:00,900\nUse\n\n2\n")
        );
        assert!(of(TranscriptFormat::WebVtt).starts_with("WEBVTT\n\n00:00:00.000 --> "));
        let json: serde_json::Value = serde_json::from_str(&of(TranscriptFormat::Json)).unwrap();
        assert_eq!(
            (&json["language"], &json["words"][3]["joined"]),
            (&json!("en"), &json!(true))
        );
        for format in ["txt", "srt", "vtt", "md", "json"] {
            assert_eq!(format.parse::<TranscriptFormat>().unwrap().as_str(), format);
        }
    }
}
