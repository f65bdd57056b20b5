//! HEIC and AVIF without what they say beside their pixels: bytes of metadata become zeros where they stand, so that nothing in
//! the file moves (ISO/IEC 23008-12 and 14496-12). Pure.
//!
//! How such a picture is turned is a property of its own (`irot`, `imir`), which stays; readers do not ask its Exif for that.

use std::collections::HashSet;
use std::ops::Range;

/// A piece of a file with a length and a name.
struct Piece {
    kind: [u8; 4],
    /// Where its name stands.
    name: usize,
    data: Range<usize>,
}

/// A file has a few; one of millions of them is made to take memory and time.
const MAX_PIECES: usize = 10_000;

/// The pieces in a range, and where they end: the first that is none ends them.
fn pieces(bytes: &[u8], range: Range<usize>) -> (Vec<Piece>, usize) {
    let mut all = Vec::new();
    let mut at = range.start;
    while all.len() < MAX_PIECES
        && let Some(piece) = piece(bytes, at, range.end)
    {
        at = piece.data.end;
        all.push(piece);
    }
    (all, at)
}

/// ISO/IEC 14496-12 §4.2.
fn piece(bytes: &[u8], at: usize, end: usize) -> Option<Piece> {
    let kind = bytes.get(at + 4..at + 8)?.try_into().ok()?;
    let (head, size) = match number(bytes, at, 4)? {
        0 => (8, end.checked_sub(at)?),
        1 => (16, number(bytes, at + 8, 8)?),
        size => (8, size),
    };
    let ends = at.checked_add(size)?;
    (size >= head && ends <= end).then_some(Piece {
        kind,
        name: at + 4,
        data: at + head..ends,
    })
}

/// So many bytes as a number, the largest first; none at all are 0.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<usize> {
    let digits = bytes.get(at..at.checked_add(size)?)?;
    let sum = digits
        .iter()
        .fold(0_u64, |sum, it| sum << 8 | u64::from(*it));
    usize::try_from(sum).ok()
}

/// Reads one number after the other.
struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self, size: usize) -> Option<usize> {
        let read = number(self.bytes, self.at, size)?;
        self.at += size;
        Some(read)
    }
}

/// Copies a HEIC or AVIF without its metadata; none where it cannot be read as what it is.
pub(super) fn without(bytes: &[u8]) -> Option<Vec<u8>> {
    let (top, end) = pieces(bytes, 0..bytes.len());
    (top.first()?.kind == *b"ftyp").then_some(())?;
    // What stands behind is of the camera's maker, and no part of the picture.
    let mut clean = bytes.get(..end)?.to_vec();
    let meta = top.iter().find(|it| it.kind == *b"meta")?;
    let media: Vec<&Range<usize>> = top
        .iter()
        .filter(|it| it.kind == *b"mdat")
        .map(|it| &it.data)
        .collect();
    for it in &top {
        match &it.kind {
            b"ftyp" | b"meta" | b"mdat" => {}
            b"moov" => sequences(&mut clean, it),
            // Films of phones, and what else makers add.
            _ => free(&mut clean, it),
        }
    }
    let inner = meta.data.start.checked_add(4)?..meta.data.end;
    let (parts, parts_end) = pieces(bytes, inner.clone());
    (parts_end == inner.end).then_some(())?;
    for it in &parts {
        if matches!(
            &it.kind,
            b"uuid" | b"xml " | b"bxml" | b"udta" | b"free" | b"skip"
        ) {
            free(&mut clean, it);
        }
    }
    let part = |kind: &[u8; 4]| parts.iter().find(|it| it.kind == *kind);
    let telling = telling(bytes, part(b"iinf")?)?;
    let own = part(b"idat");
    let mut cleared = 0;
    for (item, range) in extents(bytes, part(b"iloc")?, own)? {
        // Cut off with what stands behind: then it is no picture any more.
        (range.end <= end).then_some(())?;
        if telling.contains(&item) {
            // Made to be cleared over and over, where they lie over one another.
            cleared += range.len();
            (cleared <= end).then_some(())?;
            let mut homes = media.iter().copied().chain(own.map(|it| &it.data));
            // Nothing else is overwritten, whatever the file says.
            let home = homes.any(|it| it.start <= range.start && range.end <= it.end);
            home.then_some(())?;
            clean.get_mut(range)?.fill(0);
        }
    }
    Some(clean)
}

/// It says nothing any more, and is passed over (§8.1.2).
fn free(clean: &mut [u8], it: &Piece) {
    if let Some(name) = clean.get_mut(it.name..it.name + 4) {
        name.copy_from_slice(b"free");
    }
    if let Some(data) = clean.get_mut(it.data.clone()) {
        data.fill(0);
    }
}

/// Frees what sequences of pictures say of themselves, and when they were taken (§8.2.1 and §8.3.1).
fn sequences(clean: &mut [u8], it: &Piece) {
    let (parts, _) = pieces(clean, it.data.clone());
    for part in &parts {
        match (&it.kind, &part.kind) {
            (b"moov", b"trak") | (b"trak", b"mdia") => sequences(clean, part),
            (b"moov", b"mvhd") | (b"trak", b"tkhd") | (b"mdia", b"mdhd") => times(clean, part),
            (_, b"udta" | b"meta" | b"uuid") => free(clean, part),
            _ => {}
        }
    }
}

/// Clears when it was made and when it was changed: two numbers behind the version and the flags (§8.2.2.2).
fn times(clean: &mut [u8], it: &Piece) {
    let size = match clean.get(it.data.start) {
        Some(0) => 8,
        Some(1) => 16,
        _ => return,
    };
    let start = it.data.start + 4;
    let end = it.data.end.min(start + size);
    if let Some(times) = clean.get_mut(start..end) {
        times.fill(0);
    }
}

/// Numbers of the items that are no pictures: Exif, XMP, and what has an address or a type of its own (14496-12 §8.11.6).
fn telling(bytes: &[u8], of: &Piece) -> Option<HashSet<usize>> {
    let inside = bytes.get(..of.data.end)?;
    let version = number(inside, of.data.start, 1)?;
    let head = 4 + if version == 0 { 2 } else { 4 };
    let (entries, end) = pieces(bytes, of.data.start.checked_add(head)?..of.data.end);
    (end == of.data.end).then_some(())?;
    let mut found = HashSet::new();
    for entry in entries.iter().filter(|it| it.kind == *b"infe") {
        let at = entry.data.start;
        let size = match number(inside, at, 1)? {
            2 => 2,
            3 => 4,
            // It does not say what its item is.
            _ => return None,
        };
        let item = number(inside, at + 4, size)?;
        // Behind the number how it is protected.
        let kind = inside.get(at + 4 + size + 2..at + 4 + size + 6)?;
        if matches!(kind, b"Exif" | b"mime" | b"uri ") {
            found.insert(item);
        }
    }
    Some(found)
}

/// Where the bytes of each item stand (14496-12 §8.11.3).
fn extents(bytes: &[u8], of: &Piece, own: Option<&Piece>) -> Option<Vec<(usize, Range<usize>)>> {
    let bytes = bytes.get(..of.data.end)?;
    let mut read = Reader {
        bytes,
        at: of.data.start,
    };
    let version = read.next(1)?;
    (version <= 2).then_some(())?;
    read.next(3)?;
    let sizes = read.next(2)?;
    let nibble = |n: usize| sizes >> (n * 4) & 0xf;
    let (offset_size, length_size, base_size, index_size) =
        (nibble(3), nibble(2), nibble(1), nibble(0));
    let sizes = [offset_size, length_size, base_size, index_size];
    sizes.iter().all(|it| *it <= 8).then_some(())?;
    let wide = if version < 2 { 2 } else { 4 };
    let mut all = Vec::new();
    for _ in 0..read.next(wide)? {
        let item = read.next(wide)?;
        let method = if version == 0 { 0 } else { read.next(2)? & 0xf };
        let elsewhere = read.next(2)? != 0;
        let base = read.next(base_size)?;
        for _ in 0..read.next(2)? {
            if version > 0 {
                read.next(index_size)?;
            }
            let offset = read.next(offset_size)?.checked_add(base)?;
            let length = read.next(length_size)?;
            // All there is; an item within another one; another file.
            (length > 0 && !elsewhere).then_some(())?;
            let start = match method {
                0 => offset,
                1 => own?.data.start.checked_add(offset)?,
                // Made of other items: it has no bytes of its own.
                _ => continue,
            };
            (all.len() < MAX_PIECES).then_some(())?;
            all.push((item, start..start.checked_add(length)?));
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &[u8] = b"GPS 52.5163 N 13.3777 E";
    const PIXELS: &[u8] = b"pixels of the picture";

    fn boxed(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let size = u32::try_from(data.len() + 8).unwrap().to_be_bytes();
        [&size[..], kind, data].concat()
    }

    fn infe(version: u8, item: u16, kind: &[u8; 4]) -> Vec<u8> {
        let head = [version, 0, 0, 0];
        let number = if version == 3 {
            u32::from(item).to_be_bytes().to_vec()
        } else {
            item.to_be_bytes().to_vec()
        };
        boxed(
            b"infe",
            &[&head[..], &number, &[0, 0], kind, b"\0"].concat(),
        )
    }

    /// A file of a phone: pixels, Exif and XMP in `mdat` (or Exif in `idat`), a film and a maker's words behind.
    fn picture(version: u8, in_meta: bool) -> Vec<u8> {
        let ftyp = boxed(b"ftyp", b"heic\0\0\0\0mif1heic");
        let exif = [b"\0\0\0\x06Exif\0\0".as_slice(), PLACE].concat();
        let xmp = [b"<x:xmpmeta>".as_slice(), PLACE].concat();
        let iinf = [
            vec![0, 0, 0, 0, 0, 3],
            infe(2, 1, b"hvc1"),
            infe(2, 2, b"Exif"),
            infe(3, 3, b"mime"),
        ];
        let iloc = |media: usize| {
            let item = |number: u16, method: u16, at: usize, length: usize| {
                let four = |n: usize| u32::try_from(n).unwrap().to_be_bytes();
                let mut entry = match version {
                    2 => u32::from(number).to_be_bytes().to_vec(),
                    _ => number.to_be_bytes().to_vec(),
                };
                if version > 0 {
                    entry.extend(method.to_be_bytes());
                }
                entry.extend([0, 0]);
                entry.extend(1_u16.to_be_bytes());
                entry.extend(four(at));
                entry.extend(four(length));
                entry
            };
            let mut data = vec![version, 0, 0, 0, 0x44, 0];
            data.extend(match version {
                2 => 3_u32.to_be_bytes().to_vec(),
                _ => 3_u16.to_be_bytes().to_vec(),
            });
            data.extend(item(1, 0, media, PIXELS.len()));
            let behind = media + PIXELS.len();
            data.extend(if in_meta {
                item(2, 1, 0, exif.len())
            } else {
                item(2, 0, behind, exif.len())
            });
            data.extend(item(3, 0, behind + exif.len(), xmp.len()));
            boxed(b"iloc", &data)
        };
        let meta = |media: usize| {
            let parts = [
                vec![0; 4],
                boxed(b"hdlr", b"\0\0\0\0\0\0\0\0pict"),
                boxed(b"iinf", &iinf.concat()),
                iloc(media),
                boxed(b"iprp", b"irot"),
                boxed(b"idat", if in_meta { &exif } else { b"x" }),
                boxed(b"uuid", PLACE),
            ];
            boxed(b"meta", &parts.concat())
        };
        let media = ftyp.len() + meta(0).len() + 8;
        let mdat = boxed(b"mdat", &[PIXELS, &exif, &xmp].concat());
        [
            ftyp,
            meta(media),
            mdat,
            boxed(b"mpvd", PLACE),
            [b"SEFH".as_slice(), PLACE].concat(),
        ]
        .concat()
    }

    fn tells(bytes: &[u8]) -> usize {
        bytes.windows(4).filter(|it| it == b"GPS ").count()
    }

    #[test]
    fn a_phones_picture_keeps_its_pixels_and_loses_its_place() {
        for version in 0..=2 {
            for in_meta in [false, true] {
                if version == 0 && in_meta {
                    continue;
                }
                let whole = picture(version, in_meta);
                let clean = without(&whole).unwrap();
                assert!(tells(&whole) >= 5);
                // What nothing names stays: it is no item of the file.
                let left = usize::from(in_meta);
                assert_eq!(tells(&clean), left, "{version} {in_meta}");
                let at = |bytes: &[u8]| {
                    bytes
                        .windows(PIXELS.len())
                        .position(|it| it == PIXELS)
                        .unwrap()
                };
                assert_eq!(at(&clean), at(&whole));
                assert!(clean.windows(4).any(|it| it == b"irot"));
                assert_eq!(without(&clean).unwrap(), clean);
            }
        }
    }

    #[test]
    fn what_cannot_be_read_or_points_elsewhere_is_no_such_picture() {
        let whole = picture(1, false);
        let meta = whole.windows(4).position(|it| it == b"meta").unwrap();
        for cut in 0..whole.len() {
            // Never a panic, whatever is missing; and nothing without its index.
            let cleaned = without(&whole[..cut]);
            assert!(cut > meta || cleaned.is_none(), "{cut}");
        }
        for at in 0..whole.len() {
            for byte in [0, 0xff] {
                let mut bad = whole.clone();
                bad[at] = byte;
                let _ = without(&bad);
            }
        }
        // Exif that is said to stand in the index itself.
        let mut bad = whole.clone();
        let iloc = whole.windows(4).position(|it| it == b"iloc").unwrap();
        let second = iloc + 4 + 4 + 2 + 2 + 16 + 8;
        bad[second..second + 4].copy_from_slice(&u32::try_from(meta).unwrap().to_be_bytes());
        assert_eq!(without(&bad), None);
    }

    /// A file of one item, Exif, in these ranges of as many bytes as `size` says.
    fn in_extents(extents: &[(usize, usize)], size: usize) -> Vec<u8> {
        let four = |n: usize| u32::try_from(n).unwrap().to_be_bytes();
        let ftyp = boxed(b"ftyp", b"heic\0\0\0\0mif1heic");
        let iinf = [vec![0, 0, 0, 0, 0, 1], infe(2, 1, b"Exif")].concat();
        let meta = |media: usize| {
            let mut iloc = vec![0, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, 0];
            iloc.extend(u16::try_from(extents.len()).unwrap().to_be_bytes());
            for (at, length) in extents {
                iloc.extend(four(media + at));
                iloc.extend(four(*length));
            }
            let parts = [vec![0; 4], boxed(b"iinf", &iinf), boxed(b"iloc", &iloc)];
            boxed(b"meta", &parts.concat())
        };
        let media = ftyp.len() + meta(0).len() + 8;
        [ftyp, meta(media), boxed(b"mdat", &vec![1; size])].concat()
    }

    #[test]
    fn extents_that_lie_over_one_another_are_of_no_picture() {
        let clean = without(&in_extents(&[(0, 50_000), (50_000, 50_000)], 100_000)).unwrap();
        assert!(clean.ends_with(&[0; 100_000]));
        let twice = in_extents(&[(0, 100_000), (0, 100_000)], 100_000);
        assert_eq!(without(&twice), None);
        assert!(without(&in_extents(&[(0, 1); 9_000], 8)).is_some());
        assert_eq!(without(&in_extents(&[(0, 1); 20_000], 8)), None);
    }

    #[test]
    fn a_sequence_does_not_say_when_it_was_taken() {
        for (version, size) in [(0, 8), (1, 16)] {
            let head = |kind| {
                let head = [version, 0, 0, 0];
                boxed(kind, &[&head[..], &vec![b'T'; size], b"KEPT"].concat())
            };
            let mdia = boxed(b"mdia", &head(b"mdhd"));
            let trak = boxed(b"trak", &[head(b"tkhd"), mdia].concat());
            let moov = boxed(b"moov", &[head(b"mvhd"), trak].concat());
            let mut whole = picture(1, false);
            let behind = whole.windows(4).position(|it| it == b"SEFH").unwrap();
            whole.truncate(behind);
            whole.extend(moov);
            let clean = without(&whole).unwrap();
            let count = |it: &[u8], of: &[u8]| it.windows(4).filter(|it| *it == of).count();
            assert_eq!(count(&whole, b"TTTT"), 3 * (size - 3));
            assert_eq!([count(&clean, b"TTTT"), count(&clean, b"KEPT")], [0, 3]);
            assert_eq!(clean.len(), whole.len());
        }
    }
}
