//! Blocks in, blocks out: sound of any rate becomes 48 kHz on the timeline's grid; loudness is read
//! off on the way. Pure.

mod denoise;
mod fold;
mod level;
mod resample;
mod turns;

pub use denoise::Denoise;
pub use fold::Fold;
pub use level::{Level, Loudness, SILENT_AFTER};
pub use resample::Resampler;
pub use turns::{Turn, Turns};

/// Channels that are recorded of a source with `channels`: mono stays mono, everything else becomes stereo.
pub fn recorded_channels(channels: u16) -> u16 {
    channels.clamp(1, 2)
}

/// Up to this level a sum passes unchanged.
const KNEE: f32 = 0.8;

/// The sum of several sources' samples, which have the same length. What is too loud is bent, not cut: a cut is heard as
/// crackling.
pub fn sum(sources: &[&[f32]]) -> Vec<f32> {
    match sources {
        [] => Vec::new(),
        [one] => one.to_vec(),
        [first, others @ ..] => first
            .iter()
            .enumerate()
            .map(|(n, x)| {
                let more: f32 = others.iter().filter_map(|s| s.get(n)).sum();
                bent(x + more)
            })
            .collect(),
    }
}

/// Straight up to [`KNEE`], and from there on ever flatter towards full scale, without a corner.
fn bent(x: f32) -> f32 {
    let above = x.abs() - KNEE;
    if above <= 0.0 {
        return x;
    }
    let room = 1.0 - KNEE;
    x.signum() * (KNEE + room * (above / room).tanh())
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
    fn sources_are_added_and_one_alone_passes_unchanged() {
        assert_eq!(sum(&[&[0.5, 1.5]]), [0.5, 1.5]);
        assert_eq!(sum(&[&[0.5, 0.25], &[0.25, 0.5]]), [0.75, 0.75]);
    }

    #[test]
    fn two_loud_sources_stay_below_full_scale_and_keep_their_shape() {
        let ramp: Vec<f32> = (-200_i16..=200).map(|n| f32::from(n) / 200.0).collect();
        let out = sum(&[&ramp, &ramp]);
        assert!(out.iter().all(|x| x.abs() < 1.0));
        assert!(
            out.windows(2).all(|w| w[0] < w[1]),
            "never flat, so never cut"
        );
        let slopes: Vec<f32> = out.windows(2).map(|w| w[1] - w[0]).collect();
        assert!(
            slopes.windows(2).all(|w| (w[1] - w[0]).abs() < 0.001),
            "no corner"
        );
    }
}
