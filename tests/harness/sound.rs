//! Sound as it is heard: decoded by FFmpeg, and the instants at which something begins to sound.

use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::program::output;

const RATE: usize = 48_000;

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
                .args([
                    "-map", "0:a:0", "-ac", "1", "-ar", "48000", "-f", "f32le", "-",
                ]),
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

#[expect(
    clippy::cast_precision_loss,
    reason = "hours of samples fit a double exactly"
)]
fn ms(samples: usize) -> f64 {
    samples as f64 * 1000.0 / RATE as f64
}
