//! Decodes what a take left, with FFmpeg as any player would, and reads counter, flash and beep.

use std::io::Write as _;

use aside_recorder::source::synthetic::{BEEP_HZ, FLASH_SIDE, read_counter};
use ffmpeg_next as ffmpeg;

/// A decoded picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    /// Seconds.
    pub(crate) at: f64,
    pub(crate) counter: Option<u32>,
    pub(crate) flash: bool,
    /// Luma, without padding.
    pub(crate) luma: Vec<u8>,
    pub(crate) width: usize,
}

/// Decoded sound: 48 kHz, the first channel.
pub(crate) struct Heard {
    pub(crate) samples: Vec<f32>,
    pub(crate) channels: u16,
}

/// Every picture of a file, in order.
pub(crate) fn pictures(file: &[u8]) -> Vec<Seen> {
    let mut out = Vec::new();
    decode(file, ffmpeg::media::Type::Video, |context| {
        let mut decoder = context.decoder().video().unwrap();
        Box::new(move |packet, base| {
            match packet {
                Some(packet) => decoder.send_packet(packet).unwrap(),
                None => decoder.send_eof().unwrap(),
            }
            let mut frame = ffmpeg::frame::Video::empty();
            let mut seen = Vec::new();
            while decoder.receive_frame(&mut frame).is_ok() {
                seen.push(picture(&frame, base));
            }
            seen
        })
    })
    .into_iter()
    .for_each(|seen| out.extend(seen));
    out
}

fn picture(frame: &ffmpeg::frame::Video, base: f64) -> Seen {
    let (width, height, stride) = (
        frame.width() as usize,
        frame.height() as usize,
        frame.stride(0),
    );
    let data = frame.data(0);
    let middle = FLASH_SIDE as usize / 2;
    let flash = width > 2 * middle && data[middle * stride + width - middle] > 128;
    Seen {
        at: frame.pts().unwrap() as f64 * base,
        counter: read_counter(data, stride),
        flash,
        luma: (0..height)
            .flat_map(|y| data[y * stride..y * stride + width].to_vec())
            .collect(),
        width,
    }
}

/// All sound of a file. The first sample is at zero, or the test fails.
pub(crate) fn sound(file: &[u8]) -> Heard {
    let mut heard = Heard {
        samples: Vec::new(),
        channels: 0,
    };
    let blocks = decode(file, ffmpeg::media::Type::Audio, |context| {
        let mut decoder = context.decoder().audio().unwrap();
        Box::new(move |packet, base| {
            match packet {
                Some(packet) => decoder.send_packet(packet).unwrap(),
                None => decoder.send_eof().unwrap(),
            }
            let mut frame = ffmpeg::frame::Audio::empty();
            let mut blocks = Vec::new();
            while decoder.receive_frame(&mut frame).is_ok() {
                let at = frame.pts().unwrap() as f64 * base;
                blocks.push((
                    at,
                    frame.channels(),
                    frame.plane::<f32>(0)[..frame.samples()].to_vec(),
                ));
            }
            blocks
        })
    });
    for (at, channels, samples) in blocks.into_iter().flatten() {
        let place = heard.samples.len() as f64 / 48_000.0;
        assert!((at - place).abs() < 1e-4, "sound at {at} follows {place}");
        heard.channels = channels;
        heard.samples.extend(samples);
    }
    heard
}

type Step<T> = Box<dyn FnMut(Option<&ffmpeg::Packet>, f64) -> T>;

fn decode<T>(
    file: &[u8],
    kind: ffmpeg::media::Type,
    open: impl FnOnce(ffmpeg::codec::Context) -> Step<T>,
) -> Vec<T> {
    ffmpeg::init().unwrap();
    let mut on_disk = tempfile::Builder::new().suffix(".mp4").tempfile().unwrap();
    on_disk.write_all(file).unwrap();
    let mut input = ffmpeg::format::input(&on_disk.path()).unwrap();
    let stream = input.streams().best(kind).unwrap();
    let base =
        f64::from(stream.time_base().numerator()) / f64::from(stream.time_base().denominator());
    let index = stream.index();
    let mut step = open(ffmpeg::codec::Context::from_parameters(stream.parameters()).unwrap());
    let mut out = Vec::new();
    for item in input.packets() {
        let (stream, packet) = item;
        if stream.index() == index {
            out.push(step(Some(&packet), base));
        }
    }
    out.push(step(None, base));
    out
}

impl Heard {
    /// Seconds at which beeps begin: where the tone first exceeds half of its level in a sliding window.
    pub(crate) fn beeps(&self) -> Vec<f64> {
        let length = 960;
        let (mut re, mut im) = (vec![0.0_f64], vec![0.0_f64]);
        for (n, x) in self.samples.iter().enumerate() {
            let turn = std::f64::consts::TAU * BEEP_HZ * n as f64 / 48_000.0;
            re.push(re[n] + f64::from(*x) * turn.cos());
            im.push(im[n] + f64::from(*x) * turn.sin());
        }
        let level = |n: usize| (re[n + length] - re[n]).hypot(im[n + length] - im[n]) / 480.0;
        let levels: Vec<f64> = (0..self.samples.len().saturating_sub(length))
            .map(level)
            .collect();
        let mut beeps = Vec::new();
        let mut n = 0;
        while n < levels.len() {
            if levels[n] < 0.2 {
                n += 1;
                continue;
            }
            // The window fits the beep exactly where the level peaks.
            let end = (n + 2 * length).min(levels.len());
            let peak = (n..end)
                .max_by(|a, b| levels[*a].total_cmp(&levels[*b]))
                .unwrap();
            beeps.push(peak as f64 / 48_000.0);
            n = end;
        }
        beeps
    }
}

/// Seconds at which flashes begin.
pub(crate) fn flashes(pictures: &[Seen]) -> Vec<f64> {
    pictures
        .windows(2)
        .filter(|w| !w[0].flash && w[1].flash)
        .map(|w| w[1].at)
        .collect()
}
