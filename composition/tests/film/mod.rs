//! Tracks with counters in them, encoded as a recorder does, and reading them back from a file.

use std::io;
use std::path::Path;

use aside_composition::{Part, Parts, Track};
use aside_protocol::cmaf::{
    AudioConfig, Sample, VideoConfig, write_audio_init, write_part, write_video_init,
};
use aside_protocol::recording::Kind;
use bytes::Bytes;
use ffmpeg_next as ffmpeg;

/// Ticks of a picture at thirty a second.
pub(crate) const FRAME: u64 = 3_000;
pub(crate) const SCREEN: (u32, u32) = (320, 240);
/// Side of the camera's square picture: that of the large mask on this screen, so that nothing is scaled.
pub(crate) const CAMERA: u32 = 96;
pub(crate) const SCREEN_GREY: u8 = 200;
pub(crate) const CAMERA_GREY: u8 = 90;
/// Where the counter lies in the camera's picture.
pub(crate) const FACE_OFFSET: (usize, usize) = (12, 40);
const BLOCK: usize = 6;
const BITS: usize = 10;
const AAC_FRAME: u32 = 1024;

struct Few(std::vec::IntoIter<Part>);

impl Parts for Few {
    fn next(&mut self) -> io::Result<Option<Part>> {
        Ok(self.0.next())
    }
}

fn track(init: Vec<u8>, parts: Vec<Bytes>) -> Track {
    versions(vec![(init, parts)])
}

/// A track whose init changes.
fn versions(stretches: Vec<(Vec<u8>, Vec<Bytes>)>) -> Track {
    let (mut inits, mut all) = (Vec::new(), Vec::new());
    for ((bytes, parts), init) in stretches.into_iter().zip(1..) {
        inits.push((init, bytes.into()));
        all.extend(parts.into_iter().map(|bytes| Part { init, bytes }));
    }
    Track {
        inits,
        parts: Box::new(Few(all.into_iter())),
    }
}

/// A screen with a counter, thirty pictures a second.
pub(crate) fn screen(length_ms: u64) -> Track {
    encoded(SCREEN, SCREEN_GREY, (8, 8), 0, length_ms * 90 / FRAME, 0)
}

/// The same, from `at_ms` on by another encoder with pictures of another size.
pub(crate) fn screen_replaced(length_ms: u64, at_ms: u64, size: (u32, u32)) -> Track {
    let picture = |ms: u64| ms * 90 / FRAME;
    let (middle, end) = (picture(at_ms), picture(length_ms));
    let first = stretch(SCREEN, "ultrafast", SCREEN_GREY, (8, 8), (0, middle), 0, 0);
    let number = u32::try_from(first.1.len()).unwrap();
    let then = stretch(
        size,
        "superfast",
        SCREEN_GREY,
        (8, 8),
        (middle, end),
        0,
        number,
    );
    versions(vec![first, then])
}

/// A camera with a counter, half a picture behind the screen.
pub(crate) fn camera(length_ms: u64) -> Track {
    let pictures = length_ms * 90 / FRAME;
    encoded(
        (CAMERA, CAMERA),
        CAMERA_GREY,
        FACE_OFFSET,
        0,
        pictures,
        FRAME / 2,
    )
}

/// The same between two moments, in milliseconds.
pub(crate) fn camera_between(from: u64, to: u64) -> Track {
    let picture = |ms: u64| ms * 90 / FRAME;
    encoded(
        (CAMERA, CAMERA),
        CAMERA_GREY,
        FACE_OFFSET,
        picture(from),
        picture(to),
        0,
    )
}

/// Pictures `from` to `to`, each with its number in it, in parts of half a second.
fn encoded(
    size: (u32, u32),
    grey: u8,
    counter: (usize, usize),
    from: u64,
    to: u64,
    offset: u64,
) -> Track {
    let (init, parts) = stretch(size, "ultrafast", grey, counter, (from, to), offset, 0);
    track(init, parts)
}

/// The same as an init and parts, which are numbered from `first` on.
fn stretch(
    (width, height): (u32, u32),
    preset: &str,
    grey: u8,
    counter: (usize, usize),
    (from, to): (u64, u64),
    offset: u64,
    first: u32,
) -> (Vec<u8>, Vec<Bytes>) {
    let codec = ffmpeg::encoder::find_by_name("libx264").unwrap();
    let mut video = ffmpeg::codec::Context::new_with_codec(codec)
        .encoder()
        .video()
        .unwrap();
    video.set_width(width);
    video.set_height(height);
    video.set_format(ffmpeg::format::Pixel::YUV420P);
    video.set_time_base((1, 90_000));
    let mut options = ffmpeg::Dictionary::new();
    options.set("preset", preset);
    options.set("tune", "zerolatency");
    options.set("crf", "12");
    options.set("g", "15");
    let mut encoder = video.open_with(options).unwrap();

    let (mut samples, mut sets) = (Vec::new(), [Vec::new(), Vec::new()]);
    let mut take = |encoder: &mut ffmpeg::encoder::video::Encoder| {
        let mut packet = ffmpeg::Packet::empty();
        while encoder.receive_packet(&mut packet).is_ok() {
            let data = lengths(packet.data().unwrap(), &mut sets);
            samples.push(Sample {
                duration: u32::try_from(FRAME).unwrap(),
                sync: packet.is_key(),
                data: data.into(),
            });
        }
    };
    for n in from..to {
        let mut frame = ffmpeg::frame::Video::new(ffmpeg::format::Pixel::YUV420P, width, height);
        frame.data_mut(0).fill(grey);
        frame.data_mut(1).fill(128);
        frame.data_mut(2).fill(128);
        draw(&mut frame, counter, n);
        frame.set_pts(Some(i64::try_from(n * FRAME).unwrap()));
        encoder.send_frame(&frame).unwrap();
        take(&mut encoder);
    }
    encoder.send_eof().unwrap();
    take(&mut encoder);
    assert_eq!(samples.len() as u64, to - from, "no picture is held back");

    let [sps, pps] = sets;
    let mut avcc = vec![1, sps[1], sps[2], sps[3], 0xff, 0xe1];
    avcc.extend_from_slice(&u16::try_from(sps.len()).unwrap().to_be_bytes());
    avcc.extend_from_slice(&sps);
    avcc.push(1);
    avcc.extend_from_slice(&u16::try_from(pps.len()).unwrap().to_be_bytes());
    avcc.extend_from_slice(&pps);
    let init = write_video_init(&VideoConfig {
        width: u16::try_from(width).unwrap(),
        height: u16::try_from(height).unwrap(),
        timescale: 90_000,
        avcc,
    });
    let parts = samples.chunks(15).zip(0_u32..).map(|(chunk, n)| {
        let start = (from + u64::from(n) * 15) * FRAME + offset;
        write_part(first + n, start, Kind::Video, chunk).unwrap()
    });
    (init.unwrap(), parts.collect())
}

/// Annex B to lengths; SPS and PPS are put aside.
fn lengths(stream: &[u8], sets: &mut [Vec<u8>; 2]) -> Vec<u8> {
    let mut begins: Vec<usize> = stream
        .windows(3)
        .enumerate()
        .filter(|(_, w)| *w == [0, 0, 1])
        .map(|(i, _)| i + 3)
        .collect();
    begins.push(stream.len() + 3);
    let mut out = Vec::new();
    for pair in begins.windows(2) {
        let nal = &stream[pair[0]..pair[1] - 3];
        let nal = &nal[..nal.iter().rposition(|b| *b != 0).map_or(0, |i| i + 1)];
        match nal[0] & 0x1f {
            7 => sets[0] = nal.to_vec(),
            8 => sets[1] = nal.to_vec(),
            _ => {
                out.extend_from_slice(&u32::try_from(nal.len()).unwrap().to_be_bytes());
                out.extend_from_slice(nal);
            }
        }
    }
    out
}

/// White, black, then the bits, highest first.
fn draw(frame: &mut ffmpeg::frame::Video, (x, y): (usize, usize), n: u64) {
    let stride = frame.stride(0);
    let luma = frame.data_mut(0);
    let bits = (0..BITS).rev().map(|bit| n >> bit & 1 == 1);
    for (block, white) in [true, false].into_iter().chain(bits).enumerate() {
        for row in y..y + BLOCK {
            let begin = row * stride + x + block * BLOCK;
            luma[begin..begin + BLOCK].fill(if white { 235 } else { 16 });
        }
    }
}

/// Sound whose frames are told apart; what a decoder says to them does not matter, for none sees them.
pub(crate) fn sound_frames(length_ms: u64) -> Vec<Vec<u8>> {
    let count = length_ms * 48 / u64::from(AAC_FRAME);
    let frame = |n: u64| vec![0x21, u8::try_from(n % 251).unwrap(), 7, 7];
    (0..count).map(frame).collect()
}

pub(crate) fn audio(length_ms: u64) -> Track {
    let frames = sound_frames(length_ms);
    let init = write_audio_init(&AudioConfig {
        sample_rate: 48_000,
        channels: 2,
        asc: vec![0x11, 0x90],
    });
    let parts = frames.chunks(20).zip(0_u32..).map(|(chunk, number)| {
        let samples: Vec<Sample> = chunk
            .iter()
            .map(|data| Sample {
                duration: AAC_FRAME,
                sync: true,
                data: data.clone().into(),
            })
            .collect();
        let start = u64::from(number) * 20 * u64::from(AAC_FRAME);
        write_part(number, start, Kind::Audio, &samples).unwrap()
    });
    track(init.unwrap(), parts.collect())
}

/// A decoded picture and when it is seen, in ticks of 90 kHz.
pub(crate) struct Seen {
    pub(crate) ticks: u64,
    pub(crate) picture: Luma,
}

pub(crate) struct Luma {
    bytes: Vec<u8>,
    stride: usize,
}

impl Luma {
    pub(crate) fn luma(&self, x: usize, y: usize) -> u8 {
        self.bytes[y * self.stride + x]
    }

    /// The counter whose upper left corner is here; none where there is none.
    pub(crate) fn counter(&self, x: usize, y: usize) -> Option<u32> {
        let block = |n: usize| self.luma(x + n * BLOCK + BLOCK / 2, y + BLOCK / 2);
        (block(0) > 190 && block(1) < 60)
            .then(|| (0..BITS).fold(0, |sum, n| sum << 1 | u32::from(block(n + 2) > 126)))
    }
}

/// Every picture of a file, in order.
pub(crate) fn pictures(file: &Path) -> Vec<Seen> {
    let mut input = ffmpeg::format::input(file).unwrap();
    let stream = input.streams().best(ffmpeg::media::Type::Video).unwrap();
    let (index, base) = (stream.index(), stream.time_base());
    let context = ffmpeg::codec::Context::from_parameters(stream.parameters()).unwrap();
    let mut decoder = context.decoder().video().unwrap();
    let mut seen = Vec::new();
    let mut take = |decoder: &mut ffmpeg::decoder::Video| {
        let mut frame = ffmpeg::frame::Video::empty();
        while decoder.receive_frame(&mut frame).is_ok() {
            let pts = u64::try_from(frame.pts().unwrap()).unwrap();
            let ticks = |n: i32| u64::try_from(n).unwrap();
            let (n, d) = (ticks(base.numerator()), ticks(base.denominator()));
            seen.push(Seen {
                ticks: pts * n * 90_000 / d,
                picture: Luma {
                    bytes: frame.data(0).to_vec(),
                    stride: frame.stride(0),
                },
            });
        }
    };
    for (stream, packet) in input.packets() {
        if stream.index() == index {
            decoder.send_packet(&packet).unwrap();
            take(&mut decoder);
        }
    }
    decoder.send_eof().unwrap();
    take(&mut decoder);
    seen
}

/// The bytes of every frame of sound, which follow each other without a hole from zero on.
pub(crate) fn frames(file: &Path) -> Vec<Vec<u8>> {
    let mut input = ffmpeg::format::input(file).unwrap();
    let stream = input.streams().best(ffmpeg::media::Type::Audio).unwrap();
    let index = stream.index();
    let mut frames = Vec::new();
    for (stream, packet) in input.packets() {
        if stream.index() == index {
            let due = frames.len() as i64 * i64::from(AAC_FRAME);
            assert_eq!(packet.pts(), Some(due));
            frames.push(packet.data().unwrap().to_vec());
        }
    }
    frames
}

/// The kinds of the boxes of a file, in order.
pub(crate) fn boxes(mut bytes: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    while let Some((head, _)) = bytes.split_first_chunk::<8>() {
        let size = u32::from_be_bytes(head[..4].try_into().unwrap()) as usize;
        kinds.push(String::from_utf8_lossy(&head[4..]).into_owned());
        bytes = &bytes[size.max(8)..];
    }
    kinds
}
