//! JSON objects in a text that grows. Models are asked for one object a line and nothing else; many put fences, a list or a sentence
//! around them, and some think aloud before.

use serde_json::{Map, Value};

/// Bytes of an object; what is longer is none that was asked for.
const MAX_BYTES: usize = 8 * 1024;
/// Objects of one answer that are read.
const MAX_OBJECTS: usize = 500;

/// Finds objects as the text comes.
#[derive(Debug, Default)]
pub struct Objects {
    /// From the first brace that may begin an object on.
    held: String,
    /// How far `held` was looked through, and what was open there.
    seen: usize,
    depth: usize,
    quoted: bool,
    escaped: bool,
    /// Between `<think>` and `</think>`.
    thinking: bool,
    found: usize,
}

const THINK: &str = "<think>";
const THOUGHT: &str = "</think>";

impl Objects {
    /// The objects that are whole now.
    pub fn push(&mut self, text: &str) -> Vec<Map<String, Value>> {
        self.held.push_str(text);
        let mut all = Vec::new();
        while self.found < MAX_OBJECTS {
            if self.depth == 0 && !self.begin() {
                break;
            }
            match self.close() {
                Some(end) => {
                    let object: String = self.held.drain(..end).collect();
                    (self.seen, self.depth) = (0, 0);
                    if let Ok(Value::Object(object)) = serde_json::from_str(&object) {
                        self.found += 1;
                        all.push(object);
                    }
                }
                None if self.held.len() > MAX_BYTES => {
                    self.held.clear();
                    (self.seen, self.depth, self.quoted, self.escaped) = (0, 0, false, false);
                }
                None => break,
            }
        }
        if self.found >= MAX_OBJECTS {
            self.held.clear();
        }
        all
    }

    /// Drops what stands before the next object; whether there is one.
    fn begin(&mut self) -> bool {
        loop {
            if self.thinking {
                let Some(at) = self.held.find(THOUGHT) else {
                    let keep = self
                        .held
                        .floor_char_boundary(self.held.len().saturating_sub(THOUGHT.len()));
                    self.held.drain(..keep);
                    return false;
                };
                self.held.drain(..at + THOUGHT.len());
                self.thinking = false;
            }
            let brace = self.held.find('{');
            match self.held.find(THINK) {
                Some(at) if brace.is_none_or(|brace| at < brace) => {
                    self.held.drain(..at + THINK.len());
                    self.thinking = true;
                }
                _ => {
                    let keep = self
                        .held
                        .floor_char_boundary(self.held.len().saturating_sub(THINK.len()));
                    self.held.drain(..brace.unwrap_or(keep));
                    return brace.is_some();
                }
            }
        }
    }

    /// Where the object ends with which `held` begins.
    fn close(&mut self) -> Option<usize> {
        for (at, byte) in self.held.bytes().enumerate().skip(self.seen) {
            self.seen = at + 1;
            if self.quoted {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.quoted = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.quoted = true,
                b'{' => self.depth += 1,
                b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}
