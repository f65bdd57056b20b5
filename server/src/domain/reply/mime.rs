//! An arrived mail: its head, and the text in its body (RFC 5322, RFC 2045, RFC 2046).
//!
//! Fields, transfer encodings and character sets are read by `mail-parser`, one part at a time. The parts are found here, so that what
//! is nested too deep or split too often is refused before it costs anything, and a mail within a mail is never opened.

use mail_parser::{HeaderName, HeaderValue, Message, MessageParser, MimeHeaders as _, PartType};

use super::html::text_of_html;
use super::quote::unflowed;
use crate::domain::account::Email;

/// Octets of a mail that is read.
pub const MAX_MAIL: usize = 25 * 1024 * 1024;
/// Parts within each other, and all of them.
const MAX_DEPTH: usize = 8;
const MAX_PARTS: usize = 100;
/// Octets of text in a mail that is looked at; a comment has room for far less.
const MAX_TEXT: usize = 1024 * 1024;
/// Octets of HTML that are read: the reader compares each attribute of a tag with all before it.
const MAX_HTML: usize = 128 * 1024;
/// A picture within the text that is smaller is taken for a part of a signature.
const SMALL_PICTURE: usize = 8 * 1024;

/// A mail that was made to keep us busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("parts too deep within each other, or too many")]
pub struct MimeBomb;

/// The fields of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    fields: Vec<(String, String)>,
    from: Vec<Email>,
    message_id: Option<String>,
    subject: Option<String>,
    is_report: bool,
}

impl Head {
    /// None where there are no fields.
    pub fn read(raw: &[u8]) -> Option<Self> {
        let message = MessageParser::new().parse_headers(raw)?;
        let fields = message
            .headers_raw()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let from = message
            .header_values(HeaderName::From)
            .filter_map(|it| match it {
                HeaderValue::Address(all) => Some(all),
                _ => None,
            });
        let from = from.flat_map(mail_parser::Address::iter);
        let from = from.filter_map(|it| it.address.as_deref()?.parse().ok());
        Some(Self {
            fields,
            from: from.take(10).collect(),
            message_id: message.message_id().map(str::to_owned),
            subject: message.subject().map(str::to_owned),
            is_report: message
                .content_type()
                .is_some_and(|it| it.ctype() == "multipart" && it.subtype() == Some("report")),
        })
    }

    /// The first field of this name, in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut named = self.fields.iter().filter(|(it, _)| it == name);
        named.next().map(|(_, value)| &**value)
    }

    pub fn fields<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        let named = self.fields.iter().filter(move |(it, _)| it == name);
        named.map(|(_, value)| &**value)
    }

    pub fn has_field_like(&self, begin: &str) -> bool {
        self.fields.iter().any(|(name, _)| name.starts_with(begin))
    }

    /// Who wrote it, as they say.
    pub fn from(&self) -> &[Email] {
        &self.from
    }

    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    pub const fn is_report(&self) -> bool {
        self.is_report
    }

    /// All fields that say to whom it came.
    pub fn recipients(&self) -> String {
        const NAMES: [&str; 7] = [
            "delivered-to",
            "x-original-to",
            "envelope-to",
            "x-envelope-to",
            "x-delivered-to",
            "to",
            "cc",
        ];
        let all: Vec<&str> = NAMES.iter().flat_map(|name| self.fields(name)).collect();
        all.join("\n")
    }
}

/// What a mail holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// Plain text; what is quoted in it begins with `>`.
    pub text: String,
    pub files: Vec<File>,
}

/// A file that came along.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// As the sender calls it; may be empty.
    pub name: String,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({:?}, {} bytes)", self.name, self.bytes.len())
    }
}

impl Body {
    pub fn read(raw: &[u8]) -> Result<Self, MimeBomb> {
        let mut reader = Reader::default();
        reader.part(raw, 0)?;
        let Reader {
            plain, html, files, ..
        } = reader;
        let text = if plain.trim().is_empty() {
            text_of_html(
                html.get(..html.floor_char_boundary(MAX_HTML))
                    .unwrap_or_default(),
            )
        } else {
            plain
        };
        Ok(Self { text, files })
    }
}

#[derive(Default)]
struct Reader {
    parts: usize,
    plain: String,
    html: String,
    files: Vec<File>,
}

impl Reader {
    fn part(&mut self, raw: &[u8], depth: usize) -> Result<(), MimeBomb> {
        self.parts += 1;
        if depth > MAX_DEPTH || self.parts > MAX_PARTS {
            return Err(MimeBomb);
        }
        // A part without fields begins with an empty line.
        let Some(head) = MessageParser::new().parse_headers(raw) else {
            let begin = raw.iter().position(|b| *b == b'\n').map_or(0, |at| at + 1);
            let bytes = raw.get(begin..).unwrap_or_default();
            add(&mut self.plain, &String::from_utf8_lossy(bytes));
            return Ok(());
        };
        let kind = head.content_type();
        let top = kind.map_or("text", |it| it.ctype()).to_ascii_lowercase();
        let sub = kind.and_then(|it| it.subtype());
        let sub = sub.unwrap_or("plain").to_ascii_lowercase();
        if top == "multipart" {
            let boundary = kind.and_then(|it| it.attribute("boundary"));
            let Some(boundary) = boundary.filter(|it| !it.is_empty()) else {
                return Ok(());
            };
            for part in parts(raw, boundary) {
                self.part(part, depth + 1)?;
            }
            return Ok(());
        }
        let is_file = head
            .content_disposition()
            .is_some_and(mail_parser::ContentType::is_attachment);
        let name = head.attachment_name().unwrap_or_default().to_owned();
        if top == "message" {
            // As it is: it would be opened by whoever reads it.
            let bytes = raw.to_vec();
            self.files.push(File { name, bytes });
            return Ok(());
        }
        let flowed = kind.is_some_and(|it| {
            let format = it.attribute("format");
            format.is_some_and(|it| it.eq_ignore_ascii_case("flowed"))
        });
        let glued = kind.is_some_and(|it| {
            let delsp = it.attribute("delsp");
            delsp.is_some_and(|it| it.eq_ignore_ascii_case("yes"))
        });
        let is_shown = !is_file && top == "text" && (sub == "plain" || sub == "html");
        let within = head.content_id().is_some() && !is_file;
        // No part of it is opened: it has none.
        let Some(leaf) = MessageParser::new().parse(raw) else {
            return Ok(());
        };
        match content(leaf) {
            Some(Content::Text(text)) if is_shown && sub == "html" => add(&mut self.html, &text),
            Some(Content::Text(text)) if is_shown && flowed => {
                add(&mut self.plain, &unflowed(&text, glued));
            }
            Some(Content::Text(text)) if is_shown => add(&mut self.plain, &text),
            Some(content) => {
                let bytes = content.into_bytes();
                if !(within && bytes.len() < SMALL_PICTURE) {
                    self.files.push(File { name, bytes });
                }
            }
            None => {}
        }
        Ok(())
    }
}

enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

impl Content {
    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

fn content(leaf: Message<'_>) -> Option<Content> {
    match leaf.parts.into_iter().next()?.body {
        PartType::Text(text) | PartType::Html(text) => Some(Content::Text(text.into_owned())),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
            Some(Content::Bytes(bytes.into_owned()))
        }
        PartType::Message(_) | PartType::Multipart(_) => None,
    }
}

/// Adds text on a line of its own, as far as there is room.
fn add(to: &mut String, text: &str) {
    if !to.is_empty() && !to.ends_with('\n') {
        to.push('\n');
    }
    let room = MAX_TEXT.saturating_sub(to.len());
    let end = text.floor_char_boundary(room.min(text.len()));
    to.push_str(text.get(..end).unwrap_or_default());
}

/// The parts between lines of the boundary (RFC 2046 §5.1.1); the last one may lack its end.
fn parts<'r>(raw: &'r [u8], boundary: &str) -> Vec<&'r [u8]> {
    let mut found = Vec::new();
    let (mut begin, mut at) = (None, 0);
    for line in raw.split_inclusive(|b| *b == b'\n') {
        let rest = line.strip_prefix(b"--");
        let rest = rest.and_then(|it| it.strip_prefix(boundary.as_bytes()));
        if let Some(rest) = rest {
            let rest = rest.trim_ascii_end();
            let (is_end, is_line) = (rest == b"--", rest.is_empty());
            if is_end || is_line {
                found.extend(begin.and_then(|from: usize| raw.get(from..at)));
                begin = is_line.then_some(at + line.len());
                if is_end || found.len() > MAX_PARTS {
                    return found;
                }
            }
        }
        at += line.len();
    }
    found.extend(begin.and_then(|from| raw.get(from..)));
    found
}

#[cfg(test)]
#[path = "mime_tests.rs"]
mod tests;
