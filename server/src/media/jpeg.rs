//! A picture as JPEG.

use ffmpeg_next as ffmpeg;

use super::{MediaError, Picture, Result, ffmpeg as glue};

/// Quantiser of FFmpeg's MJPEG encoder, 1 (best) to 31.
const QUANTISER: i32 = 4;
/// Tried one after the other where the size is bounded: a quantiser, and which part of the width in quarters.
const TRIES: [(i32, u32); 7] = [
    (QUANTISER, 4),
    (7, 4),
    (11, 4),
    (17, 4),
    (17, 3),
    (17, 2),
    (26, 2),
];

/// As [`encode_jpeg`], as good and as large as fits into `max_bytes`; a picture that fits in no way is written in the last.
pub fn encode_jpeg_within(picture: &Picture, max_width: u32, max_bytes: usize) -> Result<Vec<u8>> {
    let mut jpeg = Vec::new();
    for (quantiser, quarters) in TRIES {
        let width = picture.width().min(max_width);
        jpeg = encode(picture, width * quarters / 4, quantiser)?;
        if jpeg.len() <= max_bytes {
            break;
        }
    }
    Ok(jpeg)
}

/// Shrinks the picture to at most `max_width` pixels in width and writes it as a baseline JPEG.
pub fn encode_jpeg(picture: &Picture, max_width: u32) -> Result<Vec<u8>> {
    encode(picture, max_width, QUANTISER)
}

fn encode(picture: &Picture, max_width: u32, quantiser: i32) -> Result<Vec<u8>> {
    let (width, height) = fit(picture.width(), picture.height(), max_width);
    encode_frame(glue::scale_for_jpeg(&picture.0, width, height)?, quantiser)
}

/// Of a frame in the format and the colours of JPEG.
pub(super) fn encode_frame(mut frame: ffmpeg::frame::Video, quantiser: i32) -> Result<Vec<u8>> {
    glue::quiet();
    let (width, height) = (frame.width(), frame.height());
    frame.set_kind(ffmpeg::picture::Type::I);
    frame.set_pts(Some(0));

    let codec =
        ffmpeg::encoder::find_by_name("mjpeg").ok_or(MediaError::NoCodec("mjpeg encoder"))?;
    let mut video = ffmpeg::codec::Context::new_with_codec(codec)
        .encoder()
        .video()?;
    video.set_width(width);
    video.set_height(height);
    video.set_format(ffmpeg::format::Pixel::YUVJ420P);
    video.set_color_range(ffmpeg::color::Range::JPEG);
    video.set_time_base((1, 25));
    // A fixed quantiser is otherwise a property of the frame, which this binding cannot set.
    video.set_flags(ffmpeg::codec::Flags::QSCALE);
    video.set_qmin(quantiser);
    video.set_qmax(quantiser);
    let mut encoder = video.open()?;
    encoder.send_frame(&frame)?;
    encoder.send_eof()?;
    let mut packet = ffmpeg::Packet::empty();
    encoder.receive_packet(&mut packet)?;
    packet
        .data()
        .map(<[u8]>::to_vec)
        .ok_or(MediaError::Unexpected("an empty picture"))
}

/// The same shape, at most `max_width` wide, both sides even and not 0.
pub(super) fn fit(width: u32, height: u32, max_width: u32) -> (u32, u32) {
    let (w, h) = (width.max(1), height.max(1));
    let to = w.min(max_width).max(2);
    let tall = u64::from(h) * u64::from(to) / u64::from(w);
    let even = |n: u32| (n & !1).max(2);
    (even(to), even(u32::try_from(tall).unwrap_or(max_width)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_keeps_its_shape_and_never_grows() {
        assert_eq!(fit(3840, 2160, 1280), (1280, 720));
        assert_eq!(fit(641, 481, 1280), (640, 480));
        assert_eq!(fit(8192, 16, 1280), (1280, 2));
        assert_eq!(fit(0, 0, 1280), (2, 2));
    }
}
