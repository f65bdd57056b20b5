//! Files of comments: what they may be called, and what they are by what is in them. Pure.
//!
//! Only pictures of four kinds are ever shown by a page; everything else, SVG and HTML too, is only saved.

use aside_protocol::id::AttachmentId;
use aside_protocol::text::line;

/// Most files of one comment.
pub const MAX_FILES: usize = 10;
/// Files of one recording that no comment names yet: more are refused until some are named, or forgotten.
pub const MAX_UNNAMED: u64 = 200;
/// Longest name, in characters.
pub const MAX_NAME: usize = 100;
/// So long a file waits for a comment that names it.
pub const UNNAMED_FOR: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
/// Larger pictures are files like others: a page would load all of it to show it small. In bytes.
const MAX_SHOWN: u64 = 10 * 1024 * 1024;
/// The same in pixels: a small file may unpack to gigabytes.
const MAX_PIXELS: u64 = 50_000_000;

/// A file of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub id: AttachmentId,
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// By what is in it.
    pub content_type: String,
    /// Of a picture that pages may show: width and height, in pixels.
    pub picture: Option<(u32, u32)>,
}

/// Why a file is refused, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    #[error("This file is all there is of the comment. Delete the comment instead.")]
    Last,
    #[error("This file is empty. Choose another one.")]
    Empty,
    #[error(
        "A comment has at most {MAX_FILES} files. Put the others into a reply, or into one archive."
    )]
    TooMany,
    #[error("A file of this comment is not on the server any more. Remove it, and add it again.")]
    Unknown,
    #[error(
        "Many files were sent here that no comment names. Send your comment first, or try again tomorrow."
    )]
    TooManyUnnamed,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    pub content_type: &'static str,
    /// Of a picture that pages may show: width and height, in pixels.
    pub picture: Option<(u32, u32)>,
}

/// What a file of `size` bytes is that begins with `head`, whatever it is called.
pub fn content(head: &[u8], size: u64) -> Content {
    let content_type = content_type(head);
    let sides = match content_type {
        "image/png" => png(head),
        "image/jpeg" => jpeg(head),
        "image/gif" => gif(head),
        "image/webp" => webp(head),
        _ => None,
    };
    let picture = sides.filter(|(width, height)| {
        let pixels = u64::from(*width) * u64::from(*height);
        size <= MAX_SHOWN && (1..=MAX_PIXELS).contains(&pixels)
    });
    Content {
        content_type,
        picture,
    }
}

/// By the first bytes (WHATWG MIME Sniffing §6, and the formats' own descriptions).
fn content_type(head: &[u8]) -> &'static str {
    const BEGINNINGS: &[(&[u8], &str)] = &[
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (b"\x1a\x45\xdf\xa3", "video/x-matroska"),
        (b"OggS\0", "application/ogg"),
        (b"fLaC", "audio/flac"),
        (b"ID3", "audio/mpeg"),
    ];
    let known = BEGINNINGS
        .iter()
        .find(|(begins, _)| head.starts_with(begins));
    if let Some((_, content_type)) = known {
        return content_type;
    }
    let at = |from: usize| head.get(from..from + 4).unwrap_or_default();
    match (at(0), at(4), at(8)) {
        (b"RIFF", _, b"WEBP") => "image/webp",
        (b"RIFF", _, b"WAVE") => "audio/wav",
        (_, b"ftyp", b"avif" | b"avis") => "image/avif",
        // ISO/IEC 23008-12 annex B, and what its file may begin with instead.
        (
            _,
            b"ftyp",
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1",
        ) => "image/heic",
        (_, b"ftyp", b"M4A ") => "audio/mp4",
        (_, b"ftyp", _) => "video/mp4",
        _ if is_text(head) => "text/plain",
        _ => "application/octet-stream",
    }
}

/// UTF-8 without control characters but those of lines, as far as it is seen: the last letter may be cut off.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let whole = head.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && text
            .chars()
            .all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}'))
}

/// Two bytes, the larger first.
fn big(head: &[u8], at: usize) -> Option<u32> {
    let bytes = head.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_be_bytes(bytes).into())
}

/// Two bytes, the smaller first.
fn little(head: &[u8], at: usize) -> Option<u32> {
    let bytes = head.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_le_bytes(bytes).into())
}

fn four(head: &[u8], at: usize) -> Option<[u8; 4]> {
    head.get(at..at + 4)?.try_into().ok()
}

/// PNG (third edition) §11.2.1.
fn png(head: &[u8]) -> Option<(u32, u32)> {
    (four(head, 12)? == *b"IHDR").then_some(())?;
    let side = |at| four(head, at).map(u32::from_be_bytes);
    Some((side(16)?, side(20)?))
}

/// GIF89a §18.
fn gif(head: &[u8]) -> Option<(u32, u32)> {
    Some((little(head, 6)?, little(head, 8)?))
}

/// The frame header behind other segments (ITU-T T.81 §B.2.2).
fn jpeg(head: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        while *head.get(at)? == 0xff {
            at += 1;
        }
        let marker = *head.get(at)?;
        at += 1;
        match marker {
            0xc4 | 0xc8 | 0xcc => {}
            0xc0..=0xcf => return Some((big(head, at + 5)?, big(head, at + 3)?)),
            // Without a length.
            0x01 | 0xd0..=0xd7 => continue,
            // The picture has begun, or it is none.
            0xd8..=0xda => return None,
            _ => {}
        }
        at += usize::try_from(big(head, at)?).ok()?.max(2);
        (*head.get(at)? == 0xff).then_some(())?;
    }
}

/// RFC 9649 §2.5 to §2.7.
fn webp(head: &[u8]) -> Option<(u32, u32)> {
    let three = |at: usize| {
        let bytes = head.get(at..at + 3)?;
        Some(u32::from(bytes[0]) | u32::from(bytes[1]) << 8 | u32::from(bytes[2]) << 16)
    };
    match &four(head, 12)? {
        b"VP8X" => Some((three(24)? + 1, three(27)? + 1)),
        b"VP8L" => {
            let bits = four(head, 21).map(u32::from_le_bytes)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((little(head, 26)? & 0x3fff, little(head, 28)? & 0x3fff)),
        _ => None,
    }
}

/// A name as it is stored and saved under: the last piece of a path, on one line, without what cannot be seen or turns the
/// direction, without what file systems refuse. One of a picture ends as its content says.
pub fn clean_name(raw: &str, content_type: &str) -> String {
    let last = raw.rsplit(['/', '\\']).find(|it| !it.trim().is_empty());
    let taken = |c: char| match c {
        ':' | '*' | '?' | '"' | '<' | '>' | '|' => ' ',
        c => c,
    };
    let name: String = last.unwrap_or_default().chars().map(taken).collect();
    let name = line(&name);
    let name = name.trim_matches([' ', '.']);
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() <= 12 => (stem, Some(ending)),
        _ => (name, None),
    };
    let expected: &[&str] = match content_type {
        "image/png" => &["png"],
        "image/jpeg" => &["jpg", "jpeg"],
        "image/gif" => &["gif"],
        "image/webp" => &["webp"],
        _ => &[],
    };
    let fits = |ending: &str| expected.iter().any(|it| it.eq_ignore_ascii_case(ending));
    let ending = match (expected.first(), ending) {
        (Some(right), Some(ending)) if !fits(ending) => format!(".{ending}.{right}"),
        (Some(right), None) => format!(".{right}"),
        (_, Some(ending)) => format!(".{ending}"),
        (None, None) => String::new(),
    };
    let room = MAX_NAME - ending.chars().count();
    let stem: String = stem.chars().take(room).collect();
    let stem = stem.trim_end_matches([' ', '.']);
    let stem = if stem.is_empty() { "file" } else { stem };
    format!("{stem}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(head: &[u8]) -> (&'static str, Option<(u32, u32)>) {
        let content = content(head, head.len() as u64);
        (content.content_type, content.picture)
    }

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x40\0\0\0\xf0\x08\x06\0\0\0";

    #[test]
    fn a_file_is_what_is_in_it() {
        assert_eq!(looked(PNG), ("image/png", Some((320, 240))));
        assert_eq!(
            looked(b"GIF89a\x10\0\x20\0\0\0\0"),
            ("image/gif", Some((16, 32)))
        );
        // A thumbnail in front of the frame is passed over.
        let jpeg = b"\xff\xd8\xff\xe0\0\x06\xff\xc0\0\0\xff\xff\xc2\0\x0b\x08\0\x20\0\x40\x01";
        assert_eq!(looked(jpeg), ("image/jpeg", Some((64, 32))));
        let webp = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f\xc0\x07\0";
        assert_eq!(looked(webp), ("image/webp", Some((64, 32))));
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x3f\0\0\x1f\0\0";
        assert_eq!(looked(extended), ("image/webp", Some((64, 32))));
        for (head, content_type) in [
            (&b"%PDF-1.7"[..], "application/pdf"),
            (b"PK\x03\x04", "application/zip"),
            (b"\0\0\0\x20ftypisom", "video/mp4"),
            (b"\0\0\0\x20ftypheix", "image/heic"),
            (b"<svg xmlns='x' onload='alert(1)'/>", "text/plain"),
            (b"<!doctype html><script>1</script>", "text/plain"),
            ("Grüße 概".as_bytes(), "text/plain"),
            (&"Grüß".as_bytes()[..5], "text/plain"),
            (b"MZ\x90\0", "application/octet-stream"),
            (b"GI", "text/plain"),
            (b"", "application/octet-stream"),
        ] {
            assert_eq!(looked(head), (content_type, None), "{head:?}");
        }
    }

    #[test]
    fn a_picture_that_is_cut_off_too_large_or_lies_about_its_sides_is_only_saved() {
        for cut in 8..PNG.len().min(24) {
            assert_eq!(looked(&PNG[..cut]), ("image/png", None), "{cut}");
        }
        let mut huge = PNG.to_vec();
        huge[16..24].copy_from_slice(&[0xff; 8]);
        assert_eq!(looked(&huge), ("image/png", None));
        huge[16..24].copy_from_slice(&[0; 8]);
        assert_eq!(looked(&huge), ("image/png", None));
        assert_eq!(content(PNG, MAX_SHOWN + 1).picture, None);
        let endless = [b"\xff\xd8".as_slice(), &[0xff; 300]].concat();
        assert_eq!(looked(&endless), ("image/jpeg", None));
    }

    #[test]
    fn a_name_is_one_that_can_be_read_and_saved_everywhere() {
        let clean = |raw: &str| clean_name(raw, "text/plain");
        assert_eq!(clean("notes.txt"), "notes.txt");
        assert_eq!(clean("Überblick 概要.txt"), "Überblick 概要.txt");
        assert_eq!(clean("../../etc/passwd"), "passwd");
        assert_eq!(clean("C:\\Users\\mara\\plan.doc"), "plan.doc");
        // "exe.txt" backwards (U+202E), and what cannot be seen.
        assert_eq!(clean("photo\u{202e}gpj.exe"), "photogpj.exe");
        assert_eq!(clean("a\0b\u{7}\r\nc\u{200b}.txt"), "ab c.txt");
        assert_eq!(clean("what? \"now\".txt"), "what now.txt");
        for empty in ["", "/", "..", " . ", "\u{200b}", "a/\\"] {
            let named = clean(empty);
            assert!(named == "file" || named == "a", "{named:?}");
        }
        let long = clean(&format!("{}.tar", "x".repeat(10_000)));
        assert_eq!(long.chars().count(), MAX_NAME);
        assert!(long.ends_with("x.tar"));
        assert_eq!(clean(&"名".repeat(10_000)).chars().count(), MAX_NAME);
    }

    #[test]
    fn a_picture_is_saved_as_the_picture_it_is() {
        assert_eq!(clean_name("shot.PNG", "image/png"), "shot.PNG");
        assert_eq!(clean_name("photo.jpeg", "image/jpeg"), "photo.jpeg");
        assert_eq!(clean_name("page.html", "image/png"), "page.html.png");
        assert_eq!(clean_name("", "image/gif"), "file.gif");
    }
}
