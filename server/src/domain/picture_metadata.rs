//! What a picture says beside its pixels: where and when it was taken, by which camera, by whom. Taken out without encoding the pixels
//! anew. Pure.
//!
//! Kept is what the pixels need to be shown as they are: how the picture is turned (the one field of Exif that stays), and its colours.

use super::heif_metadata;

/// Whether [`without_metadata`] knows files of this kind.
pub fn without_metadata_of(content_type: &str) -> bool {
    matches!(
        content_type,
        "image/jpeg" | "image/png" | "image/webp" | "image/heic" | "image/avif"
    )
}

/// Copies a JPEG, PNG, WebP, HEIC or AVIF without what it says about its taking; none where it cannot be read to its end as what it is, and of
/// every other kind.
pub fn without_metadata(content_type: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    match content_type {
        "image/jpeg" => jpeg(bytes),
        "image/png" => png(bytes),
        "image/webp" => webp(bytes),
        "image/heic" | "image/avif" => heif_metadata::without(bytes),
        _ => None,
    }
}

fn two(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_be_bytes(two).into())
}

/// ITU-T T.81 §B.1.1: segments, and behind each start of a scan its bits. What stands behind the end is left out: cameras put further
/// pictures there, and films.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut clean = bytes.get(..2).filter(|it| *it == [0xff, 0xd8])?.to_vec();
    let (mut at, mut turned) = (2, None);
    let mut seen_frame = false;
    loop {
        (*bytes.get(at)? == 0xff).then_some(())?;
        // Any number of these may stand in front of a marker.
        while *bytes.get(at + 1)? == 0xff {
            at += 1;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            0xd9 => {
                clean.extend_from_slice(&[0xff, 0xd9]);
                return seen_frame.then_some(clean);
            }
            // Without a length.
            0x01 | 0xd0..=0xd7 => {
                clean.extend_from_slice(&[0xff, marker]);
                at += 2;
                continue;
            }
            0x00 | 0xd8 => return None,
            _ => {}
        }
        let length = two(bytes, at + 2)?;
        let segment = bytes.get(at..at + 2 + length)?;
        let data = segment.get(4..)?;
        at += segment.len();
        match marker {
            // APP1: Exif or XMP.
            0xe1 => {
                if turned.is_none() {
                    turned = data.strip_prefix(b"Exif\0\0").and_then(orientation);
                    clean.extend(turned.map(exif_segment).into_iter().flatten());
                }
            }
            // APP2 holds colours as well, which stay, and the index of further pictures.
            0xe2 if data.starts_with(b"ICC_PROFILE\0") => clean.extend_from_slice(segment),
            // JFIF, and how Adobe wrote colours.
            0xe0 if data.starts_with(b"JFIF\0") => clean.extend_from_slice(segment),
            0xee if data.starts_with(b"Adobe") => clean.extend_from_slice(segment),
            // Every other application's, and comments.
            0xe0..=0xef | 0xfe => {}
            // A scan: up to the next marker that is none of its own.
            0xda => {
                clean.extend_from_slice(segment);
                let begin = at;
                loop {
                    let next = bytes.get(at..)?.iter().position(|it| *it == 0xff)?;
                    at += next;
                    match *bytes.get(at + 1)? {
                        0x00 | 0xd0..=0xd7 => at += 2,
                        0xff => at += 1,
                        _ => break,
                    }
                }
                clean.extend_from_slice(bytes.get(begin..at)?);
            }
            0xc0..=0xcf => {
                seen_frame |= !matches!(marker, 0xc4 | 0xc8 | 0xcc);
                clean.extend_from_slice(segment);
            }
            _ => clean.extend_from_slice(segment),
        }
    }
}

/// How a picture that begins with `head` is turned, where it says so and is: 2 to 8, a JPEG or PNG.
pub fn turned(head: &[u8]) -> Option<u8> {
    let jpeg = head.starts_with(b"\xff\xd8");
    let mut at = if jpeg { 2 } else { 8 };
    (jpeg || head.starts_with(b"\x89PNG\r\n\x1a\n")).then_some(())?;
    loop {
        if jpeg {
            let marker = (*head.get(at)? == 0xff).then_some(*head.get(at + 1)?)?;
            let length = two(head, at + 2)?;
            let data = head.get(at + 4..at + 2 + length)?;
            match marker {
                0xe1 if data.starts_with(b"Exif\0\0") => return orientation(data.get(6..)?),
                0xe0..=0xef | 0xfe | 0xdb => at += 2 + length,
                _ => return None,
            }
        } else {
            let length: [u8; 4] = head.get(at..at + 4)?.try_into().ok()?;
            let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
            let end = at.checked_add(length)?.checked_add(12)?;
            match head.get(at + 4..at + 8)? {
                b"eXIf" => return orientation(head.get(at + 8..at + 8 + length)?),
                b"IDAT" | b"IEND" => return None,
                _ => at = end,
            }
        }
    }
}

/// How a picture is turned, where it says so and is: 2 to 8 (Exif 2.32 §4.6.4, tag 0x0112), from what stands in a field of Exif.
fn orientation(tiff: &[u8]) -> Option<u8> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let two = |at: usize| {
        let two = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(two)
        } else {
            u16::from_be_bytes(two)
        })
    };
    let four: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let first = if little {
        u32::from_le_bytes(four)
    } else {
        u32::from_be_bytes(four)
    };
    let first = usize::try_from(first).ok()?;
    let fields = usize::from(two(first)?);
    let found = (0..fields).find_map(|n| {
        let at = first.checked_add(2 + n * 12)?;
        (two(at)? == 0x0112).then(|| two(at + 8))
    });
    let turned = u8::try_from(found??).ok()?;
    (2..=8).contains(&turned).then_some(turned)
}

/// The smallest Exif that says how a picture is turned.
fn exif(turned: u8) -> [u8; 26] {
    let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = turned;
    tiff
}

fn exif_segment(turned: u8) -> Vec<u8> {
    // Length: itself, the mark, the field.
    [b"\xff\xe1\0\x22Exif\0\0".as_slice(), &exif(turned)].concat()
}

/// PNG (third edition) §5.3 and §11: chunks. Of those beside the pixels only what tells how they are shown stays.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    const KEPT: [&[u8; 4]; 20] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
        b"cICP", b"mDCV", b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
    ];
    let mut clean = bytes.get(..8)?.to_vec();
    let mut at = 8;
    loop {
        let length: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        let end = at.checked_add(length)?.checked_add(12)?;
        let chunk = bytes.get(at..end)?;
        let name: &[u8; 4] = chunk.get(4..8)?.try_into().ok()?;
        at = end;
        if KEPT.contains(&name) {
            clean.extend_from_slice(chunk);
        } else if name == b"eXIf"
            && let Some(turned) = orientation(chunk.get(8..8 + length)?)
        {
            let mut named = b"eXIf".to_vec();
            named.extend_from_slice(&exif(turned));
            clean.extend_from_slice(&26_u32.to_be_bytes());
            let mut sum = flate2::Crc::new();
            sum.update(&named);
            named.extend_from_slice(&sum.sum().to_be_bytes());
            clean.extend_from_slice(&named);
        }
        if name == b"IEND" {
            return Some(clean);
        }
    }
}

/// RFC 9649 §2.3 to §2.7: RIFF with chunks, the first of which says which others there are.
fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    const EXIF: u8 = 0x08;
    const XMP: u8 = 0x04;
    let four = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(four)).ok()
    };
    let whole = four(4)?.checked_add(8)?;
    (bytes.get(..4)? == b"RIFF" && bytes.get(8..12)? == b"WEBP" && whole <= bytes.len())
        .then_some(())?;
    let mut clean = bytes.get(..12)?.to_vec();
    let (mut at, mut flags, mut pixels) = (12, None, false);
    while at < whole {
        let length = four(at + 4)?;
        // Chunks have an even number of bytes.
        let end = at.checked_add(8)?.checked_add(length)?;
        let end = end.checked_add(length % 2)?.min(whole);
        let chunk = bytes.get(at..end)?;
        (chunk.len() >= length + 8).then_some(())?;
        match chunk.get(..4)? {
            b"VP8X" => {
                flags = Some(clean.len() + 8);
                clean.extend_from_slice(chunk);
            }
            b"EXIF" => {
                let data = chunk.get(8..8 + length)?;
                let tiff = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
                if let Some(turned) = orientation(tiff) {
                    clean.extend_from_slice(b"EXIF\x1a\0\0\0");
                    clean.extend_from_slice(&exif(turned));
                    let flags = flags?;
                    *clean.get_mut(flags)? |= 0x80;
                }
            }
            b"VP8 " | b"VP8L" | b"ANMF" => {
                pixels = true;
                clean.extend_from_slice(chunk);
            }
            b"ALPH" | b"ANIM" | b"ICCP" => clean.extend_from_slice(chunk),
            // XMP, and what nobody knows.
            _ => {}
        }
        at = end;
    }
    if let Some(flags) = flags {
        let byte = clean.get_mut(flags)?;
        // The uppermost bit, which the format leaves free, was set where there is a field of Exif again.
        let turned = *byte & 0x80 != 0;
        *byte &= !(0x80 | EXIF | XMP);
        *byte |= if turned { EXIF } else { 0 };
    }
    let size = u32::try_from(clean.len() - 8).ok()?;
    clean.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
    pixels.then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &[u8] = b"GPS 52.5163 N 13.3777 E";

    /// Exif of a camera: how it is turned, then where it was taken.
    fn taken(little: bool, turned: u8) -> Vec<u8> {
        let two = |n: u16| {
            if little {
                n.to_le_bytes()
            } else {
                n.to_be_bytes()
            }
        };
        let four = |n: u32| {
            if little {
                n.to_le_bytes()
            } else {
                n.to_be_bytes()
            }
        };
        let mut tiff = if little { b"II*\0" } else { b"MM\0*" }.to_vec();
        tiff.extend(four(8));
        tiff.extend(two(2));
        for (tag, value) in [(0x010f, 7), (0x0112, turned)] {
            tiff.extend(two(tag));
            tiff.extend(two(3));
            tiff.extend(four(1));
            tiff.extend(two(value.into()));
            tiff.extend([0, 0]);
        }
        tiff.extend(four(0));
        tiff.extend(PLACE);
        tiff
    }

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker][..], &length, data].concat()
    }

    fn tells(bytes: &[u8]) -> bool {
        bytes.windows(4).any(|it| it == b"GPS ")
    }

    fn photograph(little: bool, turned: u8) -> (Vec<u8>, Vec<u8>) {
        let exif = [b"Exif\0\0".as_slice(), &taken(little, turned)].concat();
        let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), PLACE].concat();
        let profile = segment(0xe2, b"ICC_PROFILE\0\x01\x01colours");
        let frame = segment(0xc2, &[8, 0, 16, 0, 16, 1, 1, 0x11, 0]);
        // A scan with a stuffed byte and a restart, tables, and another scan.
        let scan = [
            segment(0xda, &[1, 1, 0, 0, 63, 0]),
            b"ab\xff\0c\xff\xd0d".to_vec(),
        ]
        .concat();
        let table = segment(0xc4, &[0; 17]);
        let pixels = [frame, scan.clone(), table, scan].concat();
        let beside = [
            segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"),
            segment(0xe1, &exif),
            segment(0xe1, &xmp),
            profile.clone(),
            segment(0xe2, &[b"MPF\0".as_slice(), PLACE].concat()),
            segment(0xed, PLACE),
            segment(0xfe, PLACE),
        ];
        let whole = [
            b"\xff\xd8".to_vec(),
            beside.concat(),
            pixels.clone(),
            b"\xff\xd9".to_vec(),
        ];
        // A film behind the end, as phones put it there.
        let whole = [whole.concat(), PLACE.to_vec()].concat();
        let turned = if turned > 1 {
            exif_segment(turned)
        } else {
            Vec::new()
        };
        let jfif = segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
        let expected = [
            b"\xff\xd8".to_vec(),
            jfif,
            turned,
            profile,
            pixels,
            b"\xff\xd9".to_vec(),
        ];
        (whole, expected.concat())
    }

    #[test]
    fn a_photograph_keeps_its_pixels_its_colours_and_how_it_is_turned_and_nothing_else() {
        for little in [true, false] {
            for turned in [1, 3, 6, 8] {
                let (whole, expected) = photograph(little, turned);
                assert!(tells(&whole));
                let clean = without_metadata("image/jpeg", &whole).unwrap();
                assert_eq!(clean, expected, "{little} {turned}");
                assert!(!tells(&clean));
                assert_eq!(without_metadata("image/jpeg", &clean).unwrap(), clean);
            }
        }
        let (whole, clean) = photograph(false, 6);
        assert_eq!([turned(&whole), turned(&clean)], [Some(6), Some(6)]);
    }

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut sum = flate2::Crc::new();
        sum.update(name);
        sum.update(data);
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], name, data, &sum.sum().to_be_bytes()].concat()
    }

    #[test]
    fn a_png_loses_its_texts_and_its_place() {
        let head = [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &[0; 13])].concat();
        let pixels = [chunk(b"IDAT", b"xyz"), chunk(b"IEND", b"")].concat();
        let beside = [
            chunk(b"tEXt", PLACE),
            chunk(b"iTXt", PLACE),
            chunk(b"tIME", &[0; 7]),
            chunk(b"vpAg", PLACE),
            chunk(b"eXIf", &taken(true, 6)),
        ];
        let whole = [
            head.clone(),
            beside.concat(),
            pixels.clone(),
            PLACE.to_vec(),
        ]
        .concat();
        let clean = without_metadata("image/png", &whole).unwrap();
        let expected = [head, chunk(b"eXIf", &exif(6)), pixels].concat();
        assert_eq!(clean, expected);
        assert_eq!([turned(&whole), turned(&clean)], [Some(6), Some(6)]);
    }

    #[test]
    fn a_webp_loses_its_place_and_says_so_in_its_head() {
        let part = |name: &[u8; 4], data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_le_bytes();
            let filled = vec![0; data.len() % 2];
            [name.as_slice(), &length, data, &filled].concat()
        };
        let file = |parts: &[Vec<u8>]| {
            let parts = parts.concat();
            let size = u32::try_from(parts.len() + 4).unwrap().to_le_bytes();
            [b"RIFF".as_slice(), &size, b"WEBP", &parts].concat()
        };
        let head = |flags: u8| part(b"VP8X", &[flags, 0, 0, 0, 9, 0, 0, 9, 0, 0]);
        let pixels = part(b"VP8 ", b"abc");
        for (turned, flags, kept) in [(1, 0x10, Vec::new()), (6, 0x18, part(b"EXIF", &exif(6)))] {
            let whole = file(&[
                head(0x1c),
                pixels.clone(),
                part(b"EXIF", &taken(false, turned)),
                part(b"XMP ", PLACE),
            ]);
            let clean = without_metadata("image/webp", &whole).unwrap();
            assert_eq!(clean, file(&[head(flags), pixels.clone(), kept]));
        }
        let simple = file(&[pixels]);
        assert_eq!(without_metadata("image/webp", &simple).unwrap(), simple);
    }

    #[test]
    fn what_is_cut_off_or_lies_about_its_lengths_is_not_taken_for_clean() {
        let (whole, _) = photograph(true, 6);
        let end = whole.len() - PLACE.len();
        for cut in 0..end {
            assert_eq!(without_metadata("image/jpeg", &whole[..cut]), None, "{cut}");
        }
        let png = [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &[0; 13])].concat();
        assert_eq!(without_metadata("image/png", &png), None);
        let mut long = png;
        long[8..12].fill(0xff);
        assert_eq!(without_metadata("image/png", &long), None);
        let riff = b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff";
        assert_eq!(without_metadata("image/webp", riff), None);
        for kind in ["image/gif", "image/heic", "video/mp4", "text/plain"] {
            assert_eq!(without_metadata(kind, &whole), None);
        }
        // Fields of Exif that point anywhere.
        for n in 0..=255 {
            let mut wild = taken(true, 6);
            wild[4..8].fill(n);
            orientation(&wild);
            orientation(&wild[..usize::from(n) % wild.len()]);
            turned(&whole[..usize::from(n) % end]);
        }
    }
}
