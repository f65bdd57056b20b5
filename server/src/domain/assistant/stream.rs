//! Answers of an OpenAI-compatible endpoint (`POST …/chat/completions`): a stream of events, as HTML's server-sent events write them, or
//! one object where the endpoint does not stream.

use serde_json::Value;

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model had said all.
    Whole,
    /// No more tokens were left.
    Cut,
    /// The model, or who runs it, did not want to.
    Refused,
}

/// What an endpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Finish(Finish),
    /// It gave up in the middle.
    Failed(String),
}

/// A line of the stream that is longer is no line of an answer, in bytes.
const MAX_LINE: usize = 256 * 1024;

/// Reads a stream as its bytes come.
#[derive(Debug, Default)]
pub struct Stream {
    line: Vec<u8>,
    overlong: bool,
    pub finished: bool,
}

impl Stream {
    /// What is said by the lines that are whole now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut all = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                if self.line.len() < MAX_LINE {
                    self.line.push(*byte);
                } else {
                    self.overlong = true;
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            if !std::mem::take(&mut self.overlong) {
                all.extend(self.line_is(&line));
            }
        }
        all
    }

    /// Nothing more comes: the last line may lack its end.
    pub fn end(&mut self) -> Vec<Piece> {
        self.push(b"\n")
    }

    fn line_is(&mut self, line: &[u8]) -> Vec<Piece> {
        let Some(data) = line.strip_prefix(b"data:") else {
            return Vec::new();
        };
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            self.finished = true;
            return Vec::new();
        }
        let pieces = serde_json::from_slice(data).map_or_else(|_| Vec::new(), |it| pieces(&it));
        self.finished |= pieces.iter().any(|it| matches!(it, Piece::Finish(_)));
        pieces
    }
}

/// What an object says: a step of a stream (`delta`), or a whole answer (`message`).
pub fn pieces(object: &Value) -> Vec<Piece> {
    let mut all = Vec::new();
    if let Some(error) = object.get("error").filter(|it| !it.is_null()) {
        let why = error.get("message").unwrap_or(error);
        let why = why.as_str().map_or_else(|| why.to_string(), str::to_owned);
        all.push(Piece::Failed(why));
        return all;
    }
    let choice = &object["choices"][0];
    for said in [&choice["delta"], &choice["message"]] {
        if let Some(text) = said["content"].as_str().filter(|it| !it.is_empty()) {
            all.push(Piece::Text(text.to_owned()));
        }
        if said["refusal"].as_str().is_some_and(|it| !it.is_empty()) {
            all.push(Piece::Finish(Finish::Refused));
        }
    }
    match choice["finish_reason"].as_str() {
        Some("length") => all.push(Piece::Finish(Finish::Cut)),
        Some("content_filter") => all.push(Piece::Finish(Finish::Refused)),
        Some(_) => all.push(Piece::Finish(Finish::Whole)),
        None => {}
    }
    all
}
