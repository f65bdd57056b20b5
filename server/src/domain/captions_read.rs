//! Captions that somebody brings: WebVTT or SubRip, as words on the recording's time. Pure.
//!
//! Files of all kinds are called so: in UTF-8 or UTF-16, with a byte order mark or without, with tags and styles. What is between
//! the tags is text and nothing else; tags are left out.

use super::suggest::Language;
use super::transcript::Word;
use super::transcript_edit::{numbered, spread};

/// Most bytes of a file: captions of a whole day have fewer.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Most words.
pub const MAX_WORDS: usize = 200_000;
/// Bytes of a tag; what is longer is text.
const LONGEST_TAG: usize = 200;
/// A cue that begins so long after the one before begins a paragraph, in milliseconds.
const PAUSE_MS: u64 = 1000;
/// A paragraph of so many words ends with its sentence.
const LONG_PARAGRAPH: usize = 60;
/// Behind this nobody speaks: a day, in milliseconds.
const LATEST_MS: u64 = 24 * 3600 * 1000;

/// Why a file brings no captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaptionsError {
    #[error("This file has more than 8 MB, and captions never do. Nothing was changed.")]
    TooLarge,
    #[error(
        "This file is no text in UTF-8 or UTF-16. Save it as UTF-8 and try again; nothing was changed."
    )]
    NotText,
    #[error(
        "There are no captions in this file. It should be WebVTT (.vtt) or SubRip (.srt); nothing was changed."
    )]
    NoCaptions,
    #[error("This file has more than 200,000 words. Nothing was changed.")]
    TooManyWords,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// In order, numbered from 0.
    pub words: Vec<Word>,
    /// ISO 639-1, as the file says or as its words look.
    pub language: Option<String>,
}

/// Reads a whole file.
pub fn read(bytes: &[u8]) -> Result<Brought, CaptionsError> {
    if bytes.len() > MAX_BYTES {
        return Err(CaptionsError::TooLarge);
    }
    let text = text(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    let mut cues: Vec<Cue> = text.split("\n\n").flat_map(cues_of).collect();
    if cues.is_empty() {
        return Err(CaptionsError::NoCaptions);
    }
    cues.sort_by_key(|cue| cue.start_ms);
    let mut words: Vec<Word> = Vec::new();
    let (mut speaker, mut since_gap) = (None, 0);
    for cue in cues {
        let mut said = spread(&cue.text, cue.start_ms, cue.end_ms);
        let Some(first) = said.first_mut() else {
            continue;
        };
        let ended = |word: &Word| word.text.ends_with(['.', '?', '!', '。', '？', '！', '…']);
        first.gap = words.last().is_none_or(|last| {
            cue.start_ms >= last.end_ms + PAUSE_MS || (since_gap > LONG_PARAGRAPH && ended(last))
        }) || cue.speaker != speaker;
        // Words begin in order, also where cues overlap.
        let least = words.last().map_or(0, |last| last.start_ms);
        for word in &mut said {
            word.start_ms = word.start_ms.max(least);
            word.end_ms = word.end_ms.max(word.start_ms);
        }
        since_gap = if first_gap(&said) { 0 } else { since_gap } + said.len();
        speaker = cue.speaker;
        if words.len() + said.len() > MAX_WORDS {
            return Err(CaptionsError::TooManyWords);
        }
        words.append(&mut said);
    }
    if words.is_empty() {
        return Err(CaptionsError::NoCaptions);
    }
    let guessed = || Language::guess(words.iter().map(|word| word.text.as_str())).code();
    Ok(Brought {
        language: language(&text).or_else(|| guessed().map(str::to_owned)),
        words: numbered(&words, 0),
    })
}

fn first_gap(words: &[Word]) -> bool {
    words.first().is_some_and(|word| word.gap)
}

/// The text of a file in one of the three encodings.
fn text(bytes: &[u8]) -> Result<String, CaptionsError> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.map_err(|_| CaptionsError::NotText)
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes)?,
        // Without a mark: captions begin with a Latin letter, a digit or a line break.
        [first, 0, ..] if *first != 0 => wide(bytes, u16::from_le_bytes)?,
        [0, first, ..] if *first != 0 => wide(bytes, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => {
            let text = std::str::from_utf8(rest).map_err(|_| CaptionsError::NotText)?;
            text.to_owned()
        }
    };
    if text.contains('\0') {
        return Err(CaptionsError::NotText);
    }
    Ok(text)
}

/// `Language: de` in the head of WebVTT files of the web's large sites.
fn language(text: &str) -> Option<String> {
    let head = text
        .split("\n\n")
        .next()
        .filter(|it| it.starts_with("WEBVTT"))?;
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("Language:"))?;
    primary_language(line)
}

/// The two letters of a tag such as `de-AT` (RFC 5646).
pub fn primary_language(tag: &str) -> Option<String> {
    let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
    let fits = primary.len() == 2 && primary.bytes().all(|b| b.is_ascii_lowercase());
    fits.then_some(primary)
}

#[derive(Debug, PartialEq, Eq)]
struct Cue {
    start_ms: u64,
    end_ms: u64,
    speaker: Option<String>,
    text: String,
}

/// The cues of a block of lines: one, but where a file leaves out the blank lines. Notes, styles and regions have no times.
fn cues_of(block: &str) -> Vec<Cue> {
    let lines: Vec<&str> = block.lines().collect();
    let times: Vec<(usize, (u64, u64))> = lines
        .iter()
        .enumerate()
        .filter_map(|(n, line)| Some((n, times(line)?)))
        .collect();
    let mut cues = Vec::new();
    for (k, (n, (start_ms, end_ms))) in times.iter().enumerate() {
        let until = match times.get(k + 1) {
            // The line before the next times is its number.
            Some((next, _)) => next.saturating_sub(1).max(n + 1),
            None => lines.len(),
        };
        let said = lines[n + 1..until].join(" ");
        cues.push(Cue {
            start_ms: *start_ms,
            end_ms: *end_ms,
            speaker: speaker(&said),
            text: plain(&said),
        });
    }
    cues
}

/// `00:01:02.500 --> 00:01:04.000 align:start`, with a comma for the point in SubRip.
fn times(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    let end = rest.split_whitespace().next()?;
    let (start, end) = (moment(start.trim())?, moment(end)?);
    (start <= LATEST_MS).then(|| (start, end.clamp(start, start + 60_000)))
}

fn moment(text: &str) -> Option<u64> {
    let (clock, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let pieces: Vec<&str> = clock.split(':').collect();
    if !(2..=3).contains(&pieces.len()) || !pieces.iter().all(|it| digits(it) && it.len() <= 4) {
        return None;
    }
    if !digits(fraction) {
        return None;
    }
    let mut seconds = 0_u64;
    for piece in pieces {
        seconds = seconds * 60 + piece.parse::<u64>().ok()?;
    }
    let mut ms = 0;
    for digit in fraction.bytes().chain(*b"000").take(3) {
        ms = ms * 10 + u64::from(digit - b'0');
    }
    Some(seconds * 1000 + ms)
}

/// Who speaks, by `<v Name>`.
fn speaker(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<v")?;
    let (name, _) = rest.strip_prefix([' ', '.'])?.split_once('>')?;
    Some(name.trim().to_owned())
}

/// The text without tags, and with the characters that references stand for.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{']) {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let close = if tag.starts_with('<') { '>' } else { '}' };
        // `{\an8}` of SubRip is a tag, other braces are text; so is `<` where no letter follows, as in `a < b`.
        let second = tag.chars().nth(1);
        let is_tag = match (close, second) {
            ('>', Some(c)) => c.is_alphanumeric() || matches!(c, '/' | '!' | '?'),
            ('}', c) => c == Some('\\'),
            _ => false,
        };
        // A tag that never ends must not be looked for to the end of the text each time.
        let near = &tag[..tag.floor_char_boundary(LONGEST_TAG)];
        let end = if is_tag { near.find(close) } else { None };
        match end {
            Some(end) => rest = &tag[end + 1..],
            None => {
                out.push_str(&tag[..1]);
                rest = &tag[1..];
            }
        }
    }
    out.push_str(rest);
    for (reference, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&lrm;", ""),
        ("&rlm;", ""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        out = out.replace(reference, character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const VTT: &str = "WEBVTT\nLanguage: de-AT\n\nSTYLE\n::cue { color: red }\n\nNOTE nobody --\nreads this\n\nintro\n00:01.000 --> 00:03.000 align:start position:0%\n<v Mara>Hallo <b>Welt</b> &amp; alle\n\n01:00:05.500 --> 01:00:06.500\n<v Jo>Und\nweiter.\n";

    fn line(words: &[Word]) -> String {
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        texts.join(" ")
    }

    #[test]
    fn webvtt_is_words_on_the_recordings_time() {
        let brought = read(VTT.as_bytes()).unwrap();
        assert_eq!(line(&brought.words), "Hallo Welt & alle Und weiter.");
        assert_eq!(brought.language.as_deref(), Some("de"));
        let (first, last) = (&brought.words[0], &brought.words[5]);
        assert_eq!((first.n, first.start_ms, first.gap), (0, 1000, true));
        assert_eq!(
            (brought.words[3].end_ms, brought.words[4].start_ms),
            (3000, 3_605_500)
        );
        assert_eq!((last.n, last.end_ms), (5, 3_606_500));
        assert_eq!(
            brought.words.iter().map(|w| w.gap).collect::<Vec<_>>(),
            [true, false, false, false, true, false]
        );
    }

    #[test]
    fn subrip_is_read_in_every_encoding_with_a_mark_or_without() {
        let srt = "1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}Größe <i>zählt</i>\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\n録画\r\n";
        let little: Vec<u8> = srt.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = srt.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        for bytes in [
            srt.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", srt.as_bytes()),
            marked(b"\xff\xfe", &little),
            marked(b"\xfe\xff", &big),
            little,
            big,
            srt.replace("\r\n", "\r").into_bytes(),
        ] {
            let words = read(&bytes).unwrap().words;
            assert_eq!(line(&words), "Größe zählt 録 画", "{:?}", &bytes[..8]);
            assert!(words[3].joined);
        }
    }

    #[test]
    fn script_in_captions_is_text_or_left_out() {
        let vtt = "WEBVTT\n\n00:00.000 --> 00:01.000\n<script>alert(1)</script> if a < b { x } &lt;img&gt; <unclosed\n";
        assert_eq!(
            line(&read(vtt.as_bytes()).unwrap().words),
            "alert(1) if a < b { x } <img> <unclosed"
        );
    }

    /// If each `<` were followed to the end of the text, this would take hours.
    #[test]
    fn tags_that_never_end_are_read_once() {
        for tag in ["< ", "<a ", "{x", "{\\a ", "<ä"] {
            let text = tag.repeat(4_000_000 / tag.len());
            assert!(plain(&text) == text, "{tag}");
        }
        let long = format!("<v {}>a", "ä".repeat(50));
        assert_eq!(plain(&long), "a");
    }

    #[test]
    fn nonsense_is_an_error_that_says_what_it_is() {
        for (bytes, error) in [
            (&b""[..], CaptionsError::NoCaptions),
            (b"WEBVTT\n", CaptionsError::NoCaptions),
            (
                b"just a letter\n\nwith two paragraphs",
                CaptionsError::NoCaptions,
            ),
            (b"1\nx --> y\nwords\n", CaptionsError::NoCaptions),
            (
                b"00:00:99999999999999999.000 --> 1:00.0\nx",
                CaptionsError::NoCaptions,
            ),
            (b"\xff\xd8\xff\xe0\x10JFIF", CaptionsError::NotText),
            (b"abc\0def", CaptionsError::NotText),
            (b"\xff\xfe\x00\xd8x", CaptionsError::NotText),
        ] {
            assert_eq!(read(bytes), Err(error), "{bytes:?}");
        }
        assert_eq!(
            read(&vec![b'a'; MAX_BYTES + 1]),
            Err(CaptionsError::TooLarge)
        );
    }

    #[test]
    fn what_this_program_writes_is_read_back() {
        let words = read(VTT.as_bytes()).unwrap().words;
        for file in [
            crate::domain::captions::webvtt(&words),
            crate::domain::captions::srt(&words),
        ] {
            assert_eq!(line(&read(file.as_bytes()).unwrap().words), line(&words));
        }
    }
}
