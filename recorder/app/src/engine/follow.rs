//! Lines of an engine become news.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};

use super::{Heard, Tell, pam};
use crate::model::EngineId;
use crate::model::line::{self, Line};
use crate::model::news::News;

/// Reads to the end. Pictures are read here as well, beside the thread of the window.
pub(super) fn lines(id: EngineId, from: impl Read, tell: &Tell) {
    // Two lines may name one file, and the second finds what the first one showed.
    for text in BufReader::new(from).lines() {
        let Ok(text) = text else { return };
        match line::parse(&text) {
            Some(Line::Preview(preview)) => {
                let read = fs::read(&preview.file).ok();
                if let Some(picture) = read.as_deref().and_then(pam::parse) {
                    tell(Heard::Picture(id, preview.source, picture));
                }
            }
            Some(line) => tell(Heard::News(News::Line { id, line })),
            None => {}
        }
    }
}
