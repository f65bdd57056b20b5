//! Whether an encoder makes what it is given: a clip whose pictures are known goes in, and what a decoder makes of the result is
//! compared with them. Drivers that open and then make grey, green or shifted pictures, or none, are found out here and not in a
//! take.

use std::sync::Arc;
use std::time::Duration;

use ffmpeg_next as ffmpeg;

use super::{Candidate, Content, EncodeError, Encoded, VideoEncoder, VideoFormat, parameter_sets};
use crate::compose::{Canvas, Paint as _, Picture, Size};

/// Longest that the whole clip may take, once the encoder is open: at thirty a second its pictures come in 267 ms.
const BUDGET: Duration = Duration::from_millis(150);
/// Its height is no multiple of sixteen: what is wrong about the edge is seen.
pub(super) const CLIP: VideoFormat = VideoFormat {
    width: 640,
    height: 360,
    fps: 30,
    content: Content::Screen,
};
const PICTURES: u64 = 8;
/// One in the middle is asked for.
const IDR_EVERY: u64 = 4;
const TICKS: u64 = 3_000;
/// How far a plane may be off in the mean, of 255: a CRF of 24 is off by less than two.
const FAR: u64 = 8;

/// Why an encoder is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestError {
    #[error("{0}")]
    Encoder(#[from] EncodeError),
    #[error("it took {} ms for the test clip; {} ms are allowed", .0.as_millis(), BUDGET.as_millis())]
    Slow(Duration),
    #[error("of {PICTURES} pictures it gave {0} back")]
    Missing(usize),
    #[error("it made no IDR where one was asked for, or a picture at another time")]
    Structure,
    #[error("what it makes cannot be decoded")]
    Undecodable,
    #[error("picture {picture} has another {plane} than it was given")]
    Different { picture: usize, plane: &'static str },
}

/// Three fields of colour that darken downwards, and a white bar that moves.
pub(super) fn clip() -> Option<Vec<Arc<Picture>>> {
    let size = Size::even(CLIP.width, CLIP.height);
    let (width, height) = (CLIP.width as usize, CLIP.height as usize);
    let mut canvas = Canvas::new(size);
    let mut pictures = Vec::new();
    for n in 0..usize::try_from(PICTURES).ok()? {
        let mut bytes = Vec::with_capacity(width * height * 4);
        for y in 0..height {
            let light = u8::try_from(240 - y * 180 / height).ok()?;
            for x in 0..width {
                let bar = n * 60..n * 60 + 40;
                let mut bgra = [30_u8, 30, 30, 255];
                match x * 3 / width {
                    _ if bar.contains(&x) => bgra = [235, 235, 235, 255],
                    field => bgra[field] = light,
                }
                bytes.extend(bgra);
            }
        }
        canvas.begin(&[size.rect()]).then_some(())?;
        canvas.patch(size.rect(), &bytes, width * 4);
        pictures.push(canvas.finish()?);
    }
    Some(pictures)
}

/// Tests an encoder; `elapsed` tells time. Answers how long the clip took.
pub(super) fn test(
    candidate: &Candidate,
    elapsed: &dyn Fn() -> Duration,
) -> Result<Duration, TestError> {
    let pictures = clip().ok_or(TestError::Missing(0))?;
    let mut encoder = (candidate.open)(CLIP)?;
    let begin = elapsed();
    let made = encode(&mut *encoder, &pictures)?;
    let took = elapsed().saturating_sub(begin);
    if made.len() != pictures.len() {
        return Err(TestError::Missing(made.len()));
    }
    let placed = made.iter().zip(0..).all(|(encoded, n)| {
        encoded.pts == n * TICKS && (encoded.idr || !n.is_multiple_of(IDR_EVERY))
    });
    if !placed {
        return Err(TestError::Structure);
    }
    let decoded = decode(&encoder.config().avcc, &made).ok_or(TestError::Undecodable)?;
    if decoded.len() != pictures.len() {
        return Err(TestError::Undecodable);
    }
    for (picture, (seen, given)) in decoded.iter().zip(&pictures).enumerate() {
        compare(seen, given).map_err(|plane| TestError::Different { picture, plane })?;
    }
    match took > BUDGET {
        true => Err(TestError::Slow(took)),
        false => Ok(took),
    }
}

fn encode(
    encoder: &mut dyn VideoEncoder,
    pictures: &[Arc<Picture>],
) -> Result<Vec<Encoded>, EncodeError> {
    let mut made = Vec::new();
    for (picture, n) in pictures.iter().zip(0_u64..) {
        encoder.encode(picture, n * TICKS, n.is_multiple_of(IDR_EVERY), &mut made)?;
    }
    encoder.flush(&mut made)?;
    Ok(made)
}

/// By FFmpeg's own decoder.
fn decode(avcc: &[u8], made: &[Encoded]) -> Option<Vec<ffmpeg::frame::Video>> {
    let codec = ffmpeg::decoder::find_by_name("h264")?;
    let mut context = ffmpeg::codec::Context::new_with_codec(codec);
    context.set_threading(ffmpeg::codec::threading::Config {
        count: 1,
        ..Default::default()
    });
    let mut decoder = context.decoder().open_as(codec).ok()?;
    let mut pictures = Vec::new();
    let mut receive = |decoder: &mut ffmpeg::decoder::Opened| {
        let mut picture = ffmpeg::frame::Video::empty();
        while decoder.receive_frame(&mut picture).is_ok() {
            pictures.push(std::mem::replace(
                &mut picture,
                ffmpeg::frame::Video::empty(),
            ));
        }
    };
    for encoded in made {
        let mut bytes = Vec::new();
        if encoded.idr {
            start_codes(&parameter_sets(avcc), &mut bytes)?;
        }
        start_codes(&encoded.data, &mut bytes)?;
        decoder.send_packet(&ffmpeg::Packet::copy(&bytes)).ok()?;
        receive(&mut decoder);
    }
    decoder.send_eof().ok()?;
    receive(&mut decoder);
    Some(pictures)
}

/// Lengths become start codes.
fn start_codes(mut sample: &[u8], out: &mut Vec<u8>) -> Option<()> {
    while let Some((length, rest)) = sample.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        out.extend([0, 0, 0, 1]);
        out.extend(rest.get(..length)?);
        sample = rest.get(length..)?;
    }
    Some(())
}

/// The plane in which a decoded picture is another one.
fn compare(seen: &ffmpeg::frame::Video, given: &Picture) -> Result<(), &'static str> {
    let (width, height) = (CLIP.width as usize, CLIP.height as usize);
    if (seen.width(), seen.height()) != (CLIP.width, CLIP.height)
        || !matches!(
            seen.format(),
            ffmpeg::format::Pixel::YUV420P | ffmpeg::format::Pixel::YUVJ420P
        )
    {
        return Err("size or format");
    }
    let planes = [
        ("brightness", given.y(), given.y_stride(), width, height),
        (
            "blue",
            given.u(),
            given.chroma_stride(),
            width / 2,
            height / 2,
        ),
        (
            "red",
            given.v(),
            given.chroma_stride(),
            width / 2,
            height / 2,
        ),
    ];
    for (n, (name, given, stride, width, height)) in planes.into_iter().enumerate() {
        let rows = seen.data(n).chunks(seen.stride(n));
        let mut off = 0_u64;
        for (seen, given) in rows.zip(given.chunks(stride)).take(height) {
            let both = seen.iter().zip(given).take(width);
            off += both.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        }
        if off > FAR * (width * height) as u64 {
            return Err(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
