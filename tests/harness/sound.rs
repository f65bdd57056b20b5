//! Sound as it is heard: decoded by FFmpeg, and the instants at which something begins to sound.

use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::program::output;

const RATE: usize = 48_000;
/// A hundredth of a second.
const WINDOW: usize = RATE / 100;
/// 50 ms: a whole number of periods of every tone that is a multiple of 20 Hz.
const PIECE: usize = RATE / 20;

/// Decoded sound on the recording's timeline.
#[derive(Debug, Clone)]
pub struct Sound {
    samples: Vec<f32>,
    /// Position of the first sample in milliseconds.
    start_ms: f64,
}

impl Sound {
    /// Decodes a file or an address, mono at 48 kHz.
    ///
    /// # Errors
    /// When FFmpeg cannot decode it.
    pub async fn decode(path: &Path) -> Result<Self> {
        Self::decode_with(path, &["-ac", "1"]).await
    }

    /// The same, of one channel only.
    ///
    /// # Errors
    /// When FFmpeg cannot decode it, or there is no such channel.
    pub async fn decode_channel(path: &Path, channel: usize) -> Result<Self> {
        let filter = format!("pan=mono|c0=c{channel}");
        Self::decode_with(path, &["-af", &filter]).await
    }

    async fn decode_with(path: &Path, fold: &[&str]) -> Result<Self> {
        let probe = Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-select_streams",
                "a:0",
                "-show_entries",
                "frame=pts_time",
                "-read_intervals",
                "%+#1",
                "-of",
                "csv=p=0",
            ])
            .arg(path)
            .output()
            .await?;
        let text = String::from_utf8(probe.stdout)?;
        let first = text
            .lines()
            .next()
            .and_then(|l| l.split(',').next())
            .context("no sound in it")?;
        let start_ms = first.trim().parse::<f64>()? * 1000.0;
        let raw = output(
            Command::new("ffmpeg")
                .args(["-v", "error", "-nostdin", "-i"])
                .arg(path)
                .args(["-map", "0:a:0"])
                .args(fold)
                .args(["-ar", "48000", "-f", "f32le", "-"]),
        )
        .await?;
        let samples = raw
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        Ok(Self { samples, start_ms })
    }

    pub fn duration_ms(&self) -> f64 {
        ms(self.samples.len())
    }

    /// Instants in milliseconds at which it becomes loud after at least 100 ms of quiet.
    pub fn onsets_ms(&self) -> Vec<f64> {
        let peak = self.samples.iter().fold(0.0_f32, |m, s| m.max(s.abs()));
        let threshold = peak * 0.25;
        let mut onsets = Vec::new();
        let mut last_loud: Option<usize> = None;
        if peak < 0.01 {
            return onsets;
        }
        for (i, s) in self.samples.iter().enumerate() {
            if s.abs() >= threshold {
                if last_loud.is_none_or(|last| i - last > RATE / 10) {
                    onsets.push(self.start_ms + ms(i));
                }
                last_loud = Some(i);
            }
        }
        onsets
    }

    /// The part between two positions, in seconds.
    #[must_use]
    pub fn between(&self, from: f64, to: f64) -> Self {
        let samples = self.samples[at(from, &self.samples)..at(to, &self.samples)].to_vec();
        Self {
            samples,
            start_ms: from * 1000.0,
        }
    }

    /// Where a steady tone is cut out: begin and length in milliseconds of every stretch of 10 ms or more that is less
    /// than half as loud as its loudest tenth.
    pub fn holes_ms(&self) -> Vec<(f64, f64)> {
        let peaks: Vec<f32> = self
            .samples
            .chunks_exact(RATE / 200)
            .map(|w| w.iter().fold(0.0, |m: f32, s| m.max(s.abs())))
            .collect();
        let mut sorted = peaks.clone();
        sorted.sort_by(f32::total_cmp);
        let usual = sorted
            .get(sorted.len() * 9 / 10)
            .copied()
            .unwrap_or_default();
        let mut holes: Vec<(usize, usize)> = Vec::new();
        for (n, _) in peaks.iter().enumerate().filter(|(_, p)| **p < usual / 2.0) {
            match holes.last_mut() {
                Some((begin, length)) if *begin + *length == n => *length += 1,
                _ => holes.push((n, 1)),
            }
        }
        holes
            .into_iter()
            .filter(|(_, length)| *length >= 2)
            .map(|(begin, length)| {
                (
                    self.start_ms + ms(begin * RATE / 200),
                    ms(length * RATE / 200),
                )
            })
            .collect()
    }

    /// Positions in milliseconds where a steady tone of `hz` jumps in its phase by more than half a radian: samples are
    /// missing or doubled there.
    pub fn jumps_ms(&self, hz: f64) -> Vec<f64> {
        self.steps(hz)
            .into_iter()
            .enumerate()
            .filter(|(_, step)| step.abs() > 0.5)
            .map(|(n, _)| self.start_ms + ms((n + 1) * WINDOW))
            .collect()
    }

    /// Pitch in Hz of a steady tone that is about `hz` high.
    pub fn pitch_hz(&self, hz: f64) -> f64 {
        let mut steps = self.steps(hz);
        steps.sort_by(f64::total_cmp);
        let usual = steps.get(steps.len() / 2).copied().unwrap_or_default();
        hz + usual * 100.0 / std::f64::consts::TAU
    }

    /// How far the phase moves against a tone of `hz` from each hundredth of a second to the next, in radians.
    fn steps(&self, hz: f64) -> Vec<f64> {
        let phases: Vec<f64> = self
            .samples
            .chunks_exact(WINDOW)
            .enumerate()
            .map(|(n, w)| {
                let (mut re, mut im) = (0.0, 0.0);
                for (i, s) in w.iter().enumerate() {
                    let turn = std::f64::consts::TAU * hz * ms(n * WINDOW + i) / 1000.0;
                    re += f64::from(*s) * turn.cos();
                    im -= f64::from(*s) * turn.sin();
                }
                im.atan2(re)
            })
            .collect();
        let half = std::f64::consts::PI;
        phases
            .windows(2)
            .map(|w| (w[1] - w[0] + half).rem_euclid(2.0 * half) - half)
            .collect()
    }

    /// Level of one tone in dBFS, whatever else sounds: the mean of pieces of 50 ms. Over the whole at once, a few milliseconds of
    /// missing sound would turn the phase and cancel a tone that sounds all the time.
    pub fn tone_db(&self, hz: f64) -> f64 {
        let pieces = self.samples.chunks(PIECE);
        let count = pieces.len().max(1) as f64;
        let level = pieces.map(|piece| tone_level(piece, hz)).sum::<f64>() / count;
        20.0 * level.max(1e-9).log10()
    }

    /// Loudness of everything in dBFS.
    pub fn rms_db(&self) -> f32 {
        20.0 * self.rms().max(1e-9).log10()
    }

    /// Loudness of everything, 0 to 1.
    pub fn rms(&self) -> f32 {
        let energy: f32 = self.samples.iter().map(|s| s * s).sum();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a count of samples, and only a loudness"
        )]
        let mean = energy / (self.samples.len().max(1) as f32);
        mean.sqrt()
    }
}

/// Index of a position in seconds, within the samples.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions of a test's recording"
)]
fn at(seconds: f64, samples: &[f32]) -> usize {
    ((seconds.max(0.0) * RATE as f64) as usize).min(samples.len())
}

/// A tone of half the full level, signed 16 bits, in the channels `on` of `channels`; the others are silent.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a sample at half of the full level"
)]
pub fn tone(hz: f64, seconds: u32, rate: u32, channels: usize, on: &[usize]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for n in 0..u64::from(seconds) * u64::from(rate) {
        let turn = std::f64::consts::TAU * hz * (n as f64) / f64::from(rate);
        let sample = ((turn.sin() * 16_384.0).round() as i16).to_le_bytes();
        for channel in 0..channels {
            bytes.extend(if on.contains(&channel) {
                sample
            } else {
                [0; 2]
            });
        }
    }
    bytes
}

/// Amplitude of one tone, 0 to 1.
fn tone_level(samples: &[f32], hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let turn = std::f64::consts::TAU * hz * ms(n) / 1000.0;
        re += f64::from(*sample) * turn.cos();
        im += f64::from(*sample) * turn.sin();
    }
    2.0 * re.hypot(im) / (samples.len().max(1) as f64)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "hours of samples fit a double exactly"
)]
fn ms(samples: usize) -> f64 {
    samples as f64 * 1000.0 / RATE as f64
}
