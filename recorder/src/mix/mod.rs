//! Blocks in, blocks out: sound of any rate becomes 48 kHz on the timeline's grid; loudness is read
//! off on the way. Pure.

mod level;
mod resample;

pub use level::{Level, Loudness, SILENT_AFTER};
pub use resample::Resampler;

/// Channels that are recorded of a source with `channels`: mono stays mono, everything else becomes stereo.
pub fn recorded_channels(channels: u16) -> u16 {
    channels.clamp(1, 2)
}

/// Folds interleaved samples of `from` channels into `to` (1 or 2). Of more than two channels the
/// first two are kept: they are the front pair in every common order.
pub fn fold(samples: &[f32], from: u16, to: u16) -> Vec<f32> {
    let (from, to) = (usize::from(from.max(1)), usize::from(to.max(1)));
    if from == to {
        return samples.to_vec();
    }
    let mut out = Vec::with_capacity(samples.len() / from * to);
    for frame in samples.chunks_exact(from) {
        if to == 1 {
            out.push(frame.iter().sum::<f32>() / frame.len() as f32);
        } else {
            out.extend((0..to).map(|c| frame[c.min(from - 1)]));
        }
    }
    out
}

/// To the precision of a sample.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is what is wanted"
)]
fn narrow(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stereo_folds_to_its_mean_and_mono_is_heard_on_both_sides() {
        assert_eq!(fold(&[1.0, 0.0, 0.5, 0.5], 2, 1), [0.5, 0.5]);
        assert_eq!(fold(&[0.25, -1.0], 1, 2), [0.25, 0.25, -1.0, -1.0]);
        assert_eq!(fold(&[0.1, 0.2, 0.9, 0.9], 4, 2), [0.1, 0.2]);
    }
}
