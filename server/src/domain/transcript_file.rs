//! The words of a recording as files for people and other programs. Pure.

use std::fmt::Write as _;

use aside_protocol::time::clock;
use serde_json::json;

use super::captions::{srt, webvtt};
use super::names::names;
use super::transcript::Word;

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

/// The whole file.
pub fn write(
    format: TranscriptFormat,
    title: &str,
    language: Option<&str>,
    words: &[Word],
) -> String {
    match format {
        TranscriptFormat::Text => {
            let paragraphs = paragraphs(words);
            let lines = paragraphs.into_iter().map(|it| sentence(it) + "\n");
            lines.collect::<Vec<_>>().join("\n")
        }
        TranscriptFormat::SubRip => srt(words),
        TranscriptFormat::WebVtt => webvtt(words),
        TranscriptFormat::Markdown => {
            let mut out = format!("# {}\n", one_line(title));
            for paragraph in paragraphs(words) {
                let at = paragraph.first().map_or(0, |word| word.start_ms);
                _ = write!(
                    out,
                    "\n**{}** {}\n",
                    clock(at),
                    escaped(&sentence(paragraph))
                );
            }
            out
        }
        TranscriptFormat::Json => {
            let whole = json!({ "title": title, "language": language, "words": words });
            format!("{whole:#}\n")
        }
    }
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
        let of = |format| write(format, "A\n# title", Some("en"), &words());
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
