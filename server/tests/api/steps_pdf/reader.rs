//! A PDF as a stranger to the code reads it: objects by their numbers, texts by the maps that say which characters they are.

use std::collections::HashMap;
use std::io::Read as _;

pub(super) struct Pdf<'a>(pub(super) &'a [u8]);

/// The characters of a font by the numbers that stand in texts; none: a byte is a character of Latin-1.
type Characters = Option<HashMap<u16, char>>;

fn position(all: &[u8], wanted: &[u8]) -> Option<usize> {
    all.windows(wanted.len()).position(|it| it == wanted)
}

/// What stands between the first `begin` and the next `end`.
fn between<'b>(all: &'b [u8], begin: &str, end: &str) -> &'b [u8] {
    let at = position(all, begin.as_bytes()).unwrap_or_else(|| panic!("no {begin}"));
    let rest = &all[at + begin.len()..];
    &rest[..position(rest, end.as_bytes()).unwrap_or_else(|| panic!("no {end}"))]
}

fn inflated(object: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let packed = between(object, "\nstream\n", "\nendstream");
    flate2::read::ZlibDecoder::new(packed)
        .read_to_end(&mut out)
        .unwrap();
    out
}

impl Pdf<'_> {
    pub(super) fn count(&self, wanted: &str) -> usize {
        let windows = self.0.windows(wanted.len());
        windows.filter(|it| *it == wanted.as_bytes()).count()
    }

    /// The object that is named behind `key` in `place`.
    fn named(&self, place: &[u8], key: &str) -> &[u8] {
        let id = String::from_utf8(between(place, key, " 0 R").to_vec()).unwrap();
        between(self.0, &format!("\n{} 0 obj", id.trim()), "endobj")
    }

    fn fonts(&self) -> HashMap<String, Characters> {
        let fonts = String::from_utf8(between(self.0, "/Font<<", ">>").to_vec()).unwrap();
        let fonts = fonts.split('/').filter(|it| !it.is_empty());
        let read = |entry: &str| {
            let (name, _) = entry.split_once(' ').unwrap();
            let font = self.named(format!("/{entry}").as_bytes(), &format!("/{name} "));
            let has_map = position(font, b"/ToUnicode").is_some();
            let map = has_map.then(|| {
                let map = inflated(self.named(font, "/ToUnicode "));
                let map = String::from_utf8(map).unwrap();
                map.lines().filter_map(pair).collect()
            });
            (name.to_owned(), map)
        };
        fonts.map(read).collect()
    }

    /// What is shown, a line for each piece of text.
    pub(super) fn text(&self) -> String {
        let fonts = self.fonts();
        let mut out = String::new();
        let mut rest = self.0;
        while let Some(at) = position(rest, b"/Contents ") {
            // Of a page, not of a link.
            if rest[at + 10].is_ascii_digit() {
                let content = inflated(self.named(&rest[at..], "/Contents "));
                out.push_str(&shown(&content, &fonts));
            }
            rest = &rest[at + 10..];
        }
        out
    }
}

/// `<0001> <0041>`.
fn pair(line: &str) -> Option<(u16, char)> {
    let (number, c) = line.split_once("> <")?;
    let number = u16::from_str_radix(number.strip_prefix('<')?, 16).ok()?;
    let units = c.strip_suffix('>')?.as_bytes().chunks(4);
    let units = units.map(|it| u16::from_str_radix(str::from_utf8(it).ok()?, 16).ok());
    let units: Vec<u16> = units.collect::<Option<_>>()?;
    let c = char::decode_utf16(units).next()?.ok()?;
    Some((number, c))
}

fn shown(content: &[u8], fonts: &HashMap<String, Characters>) -> String {
    let (mut out, mut at) = (String::new(), 0);
    let mut font: &Characters = &None;
    while at < content.len() {
        let rest = &content[at + 1..];
        match content[at] {
            b'/' => {
                let is_end = |b: &u8| b.is_ascii_whitespace() || b"/<>[]()".contains(b);
                let length = rest.iter().position(is_end).unwrap_or(rest.len());
                let name = str::from_utf8(&rest[..length]).unwrap();
                font = fonts.get(name).unwrap_or(font);
                at += length;
            }
            b'<' if rest.first() == Some(&b'<') => at += 1,
            b'<' => {
                let hex = between(&content[at..], "<", ">");
                out.push_str(&characters(&hex::decode(hex).unwrap(), font));
                at += hex.len() + 1;
            }
            b'(' => {
                let (bytes, length) = literal(rest);
                out.push_str(&characters(&bytes, font));
                at += length;
            }
            b'E' if rest.first() == Some(&b'T') => out.push('\n'),
            _ => {}
        }
        at += 1;
    }
    out
}

fn characters(bytes: &[u8], font: &Characters) -> String {
    match font {
        Some(font) => bytes
            .chunks(2)
            .map(|it| font[&u16::from_be_bytes(it.try_into().unwrap())])
            .collect(),
        None => bytes.iter().copied().map(char::from).collect(),
    }
}

/// ISO 32000-1, 7.3.4.2; what stands behind the opening parenthesis, and how long it is.
fn literal(text: &[u8]) -> (Vec<u8>, usize) {
    let (mut out, mut at, mut depth) = (Vec::new(), 0, 1);
    loop {
        match text[at] {
            b'\\' => {
                at += 1;
                match text[at] {
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    digit if digit.is_ascii_digit() => {
                        let octal = str::from_utf8(&text[at..at + 3]).unwrap();
                        out.push(u8::from_str_radix(octal, 8).unwrap());
                        at += 2;
                    }
                    other => out.push(other),
                }
            }
            b')' if depth == 1 => return (out, at + 1),
            other => {
                depth += i32::from(other == b'(') - i32::from(other == b')');
                out.push(other);
            }
        }
        at += 1;
    }
}
