//! Blocks in, blocks out: sound of any rate becomes 48 kHz on the timeline's grid; loudness is read
//! off on the way. Pure.

mod fold;
mod level;
mod resample;

pub use fold::Fold;
pub use level::{Level, Loudness, SILENT_AFTER};
pub use resample::Resampler;

/// Channels that are recorded of a source with `channels`: mono stays mono, everything else becomes stereo.
pub fn recorded_channels(channels: u16) -> u16 {
    channels.clamp(1, 2)
}

/// The sum of several sources' samples, which have the same length; clipped where it is too loud.
pub fn sum(sources: &[&[f32]]) -> Vec<f32> {
    match sources {
        [] => Vec::new(),
        [one] => one.to_vec(),
        [first, others @ ..] => first
            .iter()
            .enumerate()
            .map(|(n, x)| {
                let more: f32 = others.iter().filter_map(|s| s.get(n)).sum();
                (x + more).clamp(-1.0, 1.0)
            })
            .collect(),
    }
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
        assert_eq!(sum(&[&[0.5, 0.75], &[0.25, 0.5]]), [0.75, 1.0]);
    }
}
