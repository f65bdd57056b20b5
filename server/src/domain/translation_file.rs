//! The words of a recording in another language as files, which say that a machine made them where the format has room for that. Pure.

use std::fmt::Write as _;

use aside_protocol::time::clock;
use serde_json::json;

use super::captions::{srt, webvtt};
use super::transcript::Word;
use super::transcript_file::{TranscriptFormat, escaped, one_line, paragraphs, sentence};

/// The whole file.
pub fn translated(
    format: TranscriptFormat,
    title: &str,
    language: &str,
    model: &str,
    words: &[Word],
) -> String {
    // `-->` would end a note.
    let model = model
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("-->", "->");
    let note = format!("Translated by a machine ({model}).");
    match format {
        TranscriptFormat::Text => {
            let mut out = format!("{note}\n");
            for paragraph in paragraphs(words) {
                _ = write!(out, "\n{}\n", sentence(paragraph));
            }
            out
        }
        TranscriptFormat::SubRip => srt(words),
        TranscriptFormat::WebVtt => {
            let captions = webvtt(words);
            let cues = captions.strip_prefix("WEBVTT\n").unwrap_or(&captions);
            format!("WEBVTT\n\nNOTE {note}\n{cues}")
        }
        TranscriptFormat::Markdown => {
            let mut out = format!("# {}\n\n*{}*\n", one_line(title), escaped(&note));
            for paragraph in paragraphs(words) {
                let at = paragraph.first().map_or(0, |word| word.start_ms);
                let text = escaped(&sentence(paragraph));
                _ = write!(out, "\n**{}** {text}\n", clock(at));
            }
            out
        }
        TranscriptFormat::Json => {
            let whole = json!({
                "title": title,
                "language": language,
                "translated_by": model,
                "words": words,
            });
            format!("{whole:#}\n")
        }
    }
}
