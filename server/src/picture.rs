//! A picture that somebody sent, made small: decoded by code that is safe Rust, so that it can be done in the server, and encoded
//! anew, so that nothing but its pixels is kept.

use std::io::Cursor;

use png::{BitDepth, ColorType, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Most bytes that are taken.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;
/// Most pixels on each side.
pub const MAX_SIDE: usize = 4096;
/// Most pixels in all.
pub const MAX_PIXELS: usize = 25_000_000;
/// Pixels of a side of what is made.
pub const SIDE: usize = 160;

/// Why it is no picture for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("A picture is a PNG or a JPEG that can be read.")]
    NoPicture,
    #[error("A picture has at most {MAX_SIDE} pixels on each side.")]
    TooLarge,
}

/// Four bytes a pixel, row by row.
#[derive(Debug)]
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pub rgba: Vec<u8>,
}

/// The middle of a PNG or JPEG as a square PNG of [`SIDE`] pixels. Takes tens of milliseconds.
pub fn small(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
    write_png(&shrink(&pixels(bytes, MAX_SIDE)?))
}

/// The pixels of a PNG or JPEG with at most `most` on each side, and at most [`MAX_PIXELS`].
pub fn pixels(bytes: &[u8], most: usize) -> Result<Pixels, PictureError> {
    if bytes.starts_with(b"\x89PNG") {
        read_png(bytes, most)
    } else if bytes.starts_with(b"\xff\xd8") {
        read_jpeg(bytes, most)
    } else {
        Err(PictureError::NoPicture)
    }
}

fn read_png(bytes: &[u8], most: usize) -> Result<Pixels, PictureError> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    let info = decoder
        .read_header_info()
        .map_err(|_| PictureError::NoPicture)?;
    let (width, height) = sides(u64::from(info.width), u64::from(info.height), most)?;
    let mut reader = decoder.read_info().map_err(|_| PictureError::NoPicture)?;
    let size = reader.output_buffer_size().ok_or(PictureError::NoPicture)?;
    let mut buffer = vec![0; size];
    let frame = reader
        .next_frame(&mut buffer)
        .map_err(|_| PictureError::NoPicture)?;
    if frame.bit_depth != BitDepth::Eight {
        return Err(PictureError::NoPicture);
    }
    let of = |channels: usize, pixel: fn(&[u8]) -> [u8; 4]| -> Vec<u8> {
        buffer.chunks_exact(channels).flat_map(pixel).collect()
    };
    let rgba = match frame.color_type {
        ColorType::Grayscale => of(1, |p| [p[0], p[0], p[0], 255]),
        ColorType::GrayscaleAlpha => of(2, |p| [p[0], p[0], p[0], p[1]]),
        ColorType::Rgb => of(3, |p| [p[0], p[1], p[2], 255]),
        ColorType::Rgba => buffer,
        ColorType::Indexed => return Err(PictureError::NoPicture),
    };
    whole(width, height, rgba)
}

fn read_jpeg(bytes: &[u8], most: usize) -> Result<Pixels, PictureError> {
    let options = DecoderOptions::new_safe()
        .set_max_width(most)
        .set_max_height(most)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder
        .decode_headers()
        .map_err(|_| PictureError::NoPicture)?;
    let info = decoder.info().ok_or(PictureError::NoPicture)?;
    let (width, height) = sides(u64::from(info.width), u64::from(info.height), most)?;
    let rgb = decoder.decode().map_err(|_| PictureError::NoPicture)?;
    let rgba = rgb
        .chunks_exact(3)
        .flat_map(|p| [p[0], p[1], p[2], 255])
        .collect();
    whole(width, height, rgba)
}

/// The pixels of a picture of a comment, under the same bounds: a GIF's or WebP's first picture where it has several.
pub fn first_pixels(bytes: &[u8], most: usize) -> Result<Pixels, PictureError> {
    if bytes.starts_with(b"GIF8") {
        read_gif(bytes, most)
    } else if bytes.starts_with(b"RIFF") {
        read_webp(bytes, most)
    } else {
        pixels(bytes, most)
    }
}

fn read_gif(bytes: &[u8], most: usize) -> Result<Pixels, PictureError> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    // A frame beyond the screen would be unpacked beyond its bounds.
    options.check_frame_consistency(true);
    let decoder = options.read_info(Cursor::new(bytes));
    let mut decoder = decoder.map_err(|_| PictureError::NoPicture)?;
    let (width, height) = (decoder.width(), decoder.height());
    let (width, height) = sides(width.into(), height.into(), most)?;
    let frame = decoder.read_next_frame();
    let frame = frame.ok().flatten().ok_or(PictureError::NoPicture)?;
    let mut rgba = vec![0; width * height * 4];
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let row = usize::from(frame.width) * 4;
    if row > 0 {
        for (n, from) in frame.buffer.chunks_exact(row).enumerate() {
            let at = ((top + n) * width + left) * 4;
            let to = rgba.get_mut(at..at + row).ok_or(PictureError::NoPicture)?;
            to.copy_from_slice(from);
        }
    }
    whole(width, height, rgba)
}

fn read_webp(bytes: &[u8], most: usize) -> Result<Pixels, PictureError> {
    let decoder = image_webp::WebPDecoder::new(Cursor::new(bytes));
    let mut decoder = decoder.map_err(|_| PictureError::NoPicture)?;
    let (width, height) = decoder.dimensions();
    let (width, height) = sides(width.into(), height.into(), most)?;
    decoder.set_memory_limit(MAX_PIXELS * 4);
    let size = decoder
        .output_buffer_size()
        .ok_or(PictureError::NoPicture)?;
    let mut buffer = vec![0; size];
    let read = decoder.read_image(&mut buffer);
    read.map_err(|_| PictureError::NoPicture)?;
    if !decoder.has_alpha() {
        let opaque = |p: &[u8]| [p[0], p[1], p[2], 255];
        buffer = buffer.chunks_exact(3).flat_map(opaque).collect();
    }
    whole(width, height, buffer)
}

fn sides(width: u64, height: u64, most: usize) -> Result<(usize, usize), PictureError> {
    let side = |n: u64| usize::try_from(n).ok().filter(|n| *n <= most);
    match (side(width), side(height)) {
        (Some(width), Some(height)) if width * height > MAX_PIXELS => Err(PictureError::TooLarge),
        (Some(width), Some(height)) if width > 0 && height > 0 => Ok((width, height)),
        (Some(_), Some(_)) => Err(PictureError::NoPicture),
        _ => Err(PictureError::TooLarge),
    }
}

fn whole(width: usize, height: usize, rgba: Vec<u8>) -> Result<Pixels, PictureError> {
    if rgba.len() != width * height * 4 {
        return Err(PictureError::NoPicture);
    }
    Ok(Pixels {
        width,
        height,
        rgba,
    })
}

impl Pixels {
    /// As it is seen where it says that it is turned like this (Exif 2.32 §4.6.4, `Orientation`: 1 to 8).
    #[must_use]
    pub fn turned(self, how: u8) -> Self {
        if !(2..=8).contains(&how) {
            return self;
        }
        let (wide, tall) = (self.width, self.height);
        let (width, height) = if how >= 5 { (tall, wide) } else { (wide, tall) };
        let mut rgba = Vec::with_capacity(self.rgba.len());
        for y in 0..height {
            for x in 0..width {
                let (from_x, from_y) = match how {
                    2 => (wide - 1 - x, y),
                    3 => (wide - 1 - x, tall - 1 - y),
                    4 => (x, tall - 1 - y),
                    5 => (y, x),
                    6 => (y, tall - 1 - x),
                    7 => (wide - 1 - y, tall - 1 - x),
                    _ => (wide - 1 - y, x),
                };
                let at = (from_y * wide + from_x) * 4;
                rgba.extend_from_slice(&self.rgba[at..at + 4]);
            }
        }
        Self {
            width,
            height,
            rgba,
        }
    }
}

/// The middle square, each pixel the mean of those that it stands for.
fn shrink(from: &Pixels) -> Pixels {
    let square = from.width.min(from.height);
    let (left, top) = ((from.width - square) / 2, (from.height - square) / 2);
    let mut rgba = Vec::with_capacity(SIDE * SIDE * 4);
    // At least one pixel each, also where the picture is smaller than what is made of it.
    let span = |n: usize| {
        let begin = n * square / SIDE;
        begin..((n + 1) * square / SIDE).max(begin + 1)
    };
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (mut sum, mut weight, mut count) = ([0_u64; 3], 0_u64, 0_u64);
            for y in span(row) {
                for x in span(column) {
                    let at = ((top + y) * from.width + left + x) * 4;
                    let alpha = u64::from(from.rgba[at + 3]);
                    for (sum, part) in sum.iter_mut().zip(&from.rgba[at..at + 3]) {
                        *sum += u64::from(*part) * alpha;
                    }
                    weight += alpha;
                    count += 1;
                }
            }
            // Means of bytes are bytes.
            let byte = |n: u64| u8::try_from(n).unwrap_or(u8::MAX);
            for sum in sum {
                rgba.push(byte(sum.checked_div(weight).unwrap_or(0)));
            }
            rgba.push(byte(weight / count));
        }
    }
    Pixels {
        width: SIDE,
        height: SIDE,
        rgba,
    }
}

fn write_png(pixels: &Pixels) -> Result<Vec<u8>, PictureError> {
    let side = u32::try_from(SIDE).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&pixels.rgba)?;
        writer.finish()
    });
    written.map_err(|_| PictureError::NoPicture)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG whose left half is red and whose right half is blue.
    fn picture(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder
            .add_text_chunk("Comment".to_owned(), "where it was taken".to_owned())
            .unwrap();
        let row = (0..width).flat_map(|x| {
            if x < width / 2 {
                [255, 0, 0]
            } else {
                [0, 0, 255]
            }
        });
        let data: Vec<u8> = (0..height).flat_map(|_| row.clone()).collect();
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&data)
            .unwrap();
        bytes
    }

    #[test]
    fn a_picture_becomes_a_small_square_of_its_middle_and_keeps_only_its_pixels() {
        for (width, height) in [(400, 200), (200, 900), (7, 3), (1, 1)] {
            let small = small(&picture(width, height)).unwrap();
            let read = read_png(&small, MAX_SIDE).unwrap();
            assert_eq!((read.width, read.height), (SIDE, SIDE));
            assert!(!String::from_utf8_lossy(&small).contains("where it was taken"));
            if width > 1 {
                assert_eq!(read.rgba[..4], [255, 0, 0, 255], "{width}x{height}");
            }
            assert_eq!(read.rgba[SIDE * 4 - 4..SIDE * 4], [0, 0, 255, 255]);
        }
    }

    #[test]
    fn a_picture_is_turned_as_it_says() {
        // Two columns, three rows, numbered from the upper left.
        let numbers = |it: Pixels| {
            let first: Vec<u8> = it.rgba.chunks(4).map(|it| it[0]).collect();
            (it.width, first)
        };
        for (how, expected) in [
            (1, (2, [0, 1, 2, 3, 4, 5])),
            (2, (2, [1, 0, 3, 2, 5, 4])),
            (3, (2, [5, 4, 3, 2, 1, 0])),
            (4, (2, [4, 5, 2, 3, 0, 1])),
            (5, (3, [0, 2, 4, 1, 3, 5])),
            (6, (3, [4, 2, 0, 5, 3, 1])),
            (7, (3, [5, 3, 1, 4, 2, 0])),
            (8, (3, [1, 3, 5, 0, 2, 4])),
        ] {
            let rgba = (0..6).flat_map(|n| [n, 0, 0, 255]).collect();
            let it = Pixels {
                width: 2,
                height: 3,
                rgba,
            };
            let (width, first) = numbers(it.turned(how));
            assert_eq!((width, &first[..]), (expected.0, &expected.1[..]), "{how}");
        }
    }

    #[test]
    fn a_moving_picture_is_its_first_one() {
        let red = [[255, 0, 0, 255]; 12].concat();
        let mut moving = Vec::new();
        let mut encoder = gif::Encoder::new(&mut moving, 6, 5, &[]).unwrap();
        for (left, color) in [(2, [200, 0, 0]), (0, [0, 0, 200])] {
            let palette = [color, [0; 3]].concat();
            let mut frame =
                gif::Frame::from_palette_pixels(4, 3, vec![0; 12], palette.as_slice(), None);
            (frame.left, frame.top) = (left, 2);
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        let read = first_pixels(&moving, MAX_SIDE).unwrap();
        assert_eq!((read.width, read.height), (6, 5));
        let at = |x: usize, y: usize| read.rgba[(y * 6 + x) * 4..][..4].to_vec();
        assert_eq!([at(2, 2), at(5, 4)], [[200, 0, 0, 255], [200, 0, 0, 255]]);
        assert_eq!([at(0, 0)[3], at(1, 2)[3]], [0, 0], "nothing is there");
        let mut webp = Vec::new();
        let encoder = image_webp::WebPEncoder::new(&mut webp);
        encoder
            .encode(&red, 4, 3, image_webp::ColorType::Rgba8)
            .unwrap();
        let read = first_pixels(&webp, MAX_SIDE).unwrap();
        assert_eq!((read.width, read.height, &read.rgba), (4, 3, &red));
        for bytes in [moving, webp] {
            for cut in 0..bytes.len() {
                // It is no picture, or the part that is there; never a panic.
                let _ = first_pixels(&bytes[..cut], MAX_SIDE);
            }
            assert_eq!(first_pixels(&bytes, 3).unwrap_err(), PictureError::TooLarge);
            // A person's picture stays one of two kinds.
            assert_eq!(small(&bytes).unwrap_err(), PictureError::NoPicture);
        }
    }

    #[test]
    fn what_is_no_picture_is_refused_however_it_begins() {
        let mut cut = picture(300, 300);
        cut.truncate(cut.len() / 2);
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
        let noise: Vec<u8> = (0..9000_u32)
            .map(|n| n.wrapping_mul(37).to_be_bytes()[3])
            .collect();
        let after = |head: &[u8]| [head, &noise[..]].concat();
        for bad in [
            Vec::new(),
            svg,
            b"GIF89a".to_vec(),
            cut,
            after(b"\x89PNG\r\n\x1a\n"),
            after(b"\xff\xd8\xff\xe0"),
        ] {
            assert_eq!(small(&bad), Err(PictureError::NoPicture));
        }
    }

    #[test]
    fn a_picture_that_would_unpack_to_gigabytes_is_refused_by_its_head() {
        let mut bomb = picture(2, 2);
        // Width and height of the head, which is checked before anything is unpacked; its checksum comes after.
        bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let mut crc = flate2::Crc::new();
        crc.update(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        assert_eq!(small(&bomb), Err(PictureError::TooLarge));
    }
}
