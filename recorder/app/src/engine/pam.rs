//! Small pictures of the engine: PAM with four bytes a pixel.

/// A picture, row by row, red, green, blue, opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub rgba: Vec<u8>,
}

/// No preview is larger, a side.
const MAX_SIDE: usize = 1024;

/// Reads a whole file; `None`: it is none of these.
pub fn parse(bytes: &[u8]) -> Option<Picture> {
    const END: &[u8] = b"ENDHDR\n";
    let end = bytes.windows(END.len()).take(512).position(|w| w == END)?;
    let header = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = header.lines();
    if lines.next() != Some("P7") {
        return None;
    }
    let (mut width, mut height, mut depth) = (0, 0, 0);
    for line in lines {
        let (name, value) = line.split_once(' ')?;
        match name {
            "WIDTH" => width = value.parse().ok()?,
            "HEIGHT" => height = value.parse().ok()?,
            "DEPTH" => depth = value.parse().ok()?,
            _ => {}
        }
    }
    let fits = |side: usize| (1..=MAX_SIDE).contains(&side);
    let rgba = &bytes[end + END.len()..];
    (depth == 4 && fits(width) && fits(height) && rgba.len() == width * height * 4).then(|| {
        Picture {
            width,
            height,
            rgba: rgba.to_vec(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, pixels: usize) -> Vec<u8> {
        let mut file = header.as_bytes().to_vec();
        file.extend((0..pixels * 4).map(|n| u8::try_from(n % 251).unwrap()));
        file
    }

    const HEADER: &str = "P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n";

    #[test]
    fn a_picture_is_read_and_one_that_was_cut_off_is_none() {
        let picture = parse(&file(HEADER, 6)).unwrap();
        assert_eq!((picture.width, picture.height, picture.rgba[4]), (3, 2, 4));
        assert_eq!(parse(&file(HEADER, 5)), None);
        assert_eq!(parse(b"P7\nWIDTH"), None);
        assert_eq!(parse(b""), None);
        assert_eq!(parse(&file(&HEADER.replace("DEPTH 4", "DEPTH 3"), 6)), None);
        assert_eq!(
            parse(&file(&HEADER.replace("WIDTH 3", "WIDTH 99999999"), 6)),
            None
        );
    }
}
