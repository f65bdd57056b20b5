//! Loudness of the microphone, and whether it has been silent for too long.

/// Below this a microphone is not heard (dBFS peak): under the noise of a quiet room.
const HEARD_DB: f32 = -60.0;
/// What is shown for digital silence.
const FLOOR_DB: f32 = -120.0;
/// Length of one reading in seconds.
const READING: f64 = 0.1;
/// What a converter gives that cannot give more.
const FULL_SCALE: f32 = 0.995;
/// One sample at full scale is loud, several in one reading are cut off.
const CLIPPED_SAMPLES: usize = 3;
/// Speech is cut off at its loudest only: it counts for so long, in seconds.
const CLIPPED_FOR: f64 = 1.0;
/// Silence of this length is worth an alarm, in seconds.
pub const SILENT_AFTER: u32 = 3;

/// A reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// RMS of the last reading, dBFS.
    pub rms_db: f32,
    /// Whether nothing was heard for [`SILENT_AFTER`] seconds.
    pub silent: bool,
    /// Whether `silent` has just changed.
    pub changed: bool,
    /// Within the last second it was louder than can be recorded.
    pub clipped: bool,
}

/// Reads loudness off the samples that pass.
#[derive(Debug, Clone)]
pub struct Level {
    frames_per_second: f64,
    channels: usize,
    squares: f64,
    peak: f32,
    frames: f64,
    quiet: f64,
    silent: bool,
    rms_db: f32,
    /// Samples of this reading at full scale.
    full: usize,
    /// Seconds for which it counts as clipped.
    clipped: f64,
}

impl Level {
    pub fn new(rate: u32, channels: u16) -> Self {
        Self {
            frames_per_second: f64::from(rate.max(1)),
            channels: usize::from(channels.max(1)),
            squares: 0.0,
            peak: 0.0,
            frames: 0.0,
            quiet: 0.0,
            silent: false,
            rms_db: FLOOR_DB,
            full: 0,
            clipped: 0.0,
        }
    }

    /// Forgets what was heard: the device is another one, or was away.
    pub fn reset(&mut self) {
        (self.squares, self.peak, self.frames, self.quiet) = (0.0, 0.0, 0.0, 0.0);
        self.silent = false;
    }

    /// Interleaved samples; a new reading about ten times a second.
    pub fn push(&mut self, samples: &[f32]) -> Option<Loudness> {
        for x in samples {
            self.squares += f64::from(*x) * f64::from(*x);
            self.peak = self.peak.max(x.abs());
            self.full += usize::from(x.abs() >= FULL_SCALE);
        }
        self.frames += (samples.len() / self.channels) as f64;
        if self.frames < READING * self.frames_per_second {
            return None;
        }
        let seconds = self.frames / self.frames_per_second;
        self.rms_db = db(super::narrow(
            (self.squares / (self.frames * self.channels as f64)).sqrt(),
        ));
        self.quiet = if db(self.peak) < HEARD_DB {
            self.quiet + seconds
        } else {
            0.0
        };
        let silent = self.quiet >= f64::from(SILENT_AFTER);
        let changed = silent != self.silent;
        self.clipped = match std::mem::take(&mut self.full) {
            full if full >= CLIPPED_SAMPLES => CLIPPED_FOR,
            _ => (self.clipped - seconds).max(0.0),
        };
        (self.silent, self.squares, self.peak, self.frames) = (silent, 0.0, 0.0, 0.0);
        Some(Loudness {
            rms_db: self.rms_db,
            silent,
            changed,
            clipped: self.clipped > 0.0,
        })
    }
}

fn db(amplitude: f32) -> f32 {
    (20.0 * amplitude.max(1e-9).log10()).max(FLOOR_DB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_seconds_of_nothing_are_silence_and_one_word_ends_it() {
        let mut level = Level::new(48_000, 1);
        let mut changes = Vec::new();
        for n in 0..40 {
            if let Some(l) = level.push(&[0.0001; 4800])
                && l.changed
            {
                changes.push((n, l.silent));
            }
        }
        assert_eq!(changes, [(29, true)]);
        let heard = level.push(&[0.1; 4800]).unwrap();
        assert!(heard.changed && !heard.silent);
        assert!((heard.rms_db + 20.0).abs() < 0.1);
    }

    #[test]
    fn sound_that_is_cut_off_counts_as_clipped_for_a_second() {
        let mut level = Level::new(48_000, 1);
        let mut clipped = |samples: &[f32]| level.push(samples).unwrap().clipped;
        assert!(!clipped(&[0.99; 4800]), "loud, and whole");
        let mut shouted = [0.5; 4800];
        shouted[100..110].fill(1.0);
        assert!(clipped(&shouted));
        let after = (0..20).filter(|_| clipped(&[0.5; 4800])).count();
        assert!((8..=10).contains(&after), "{after} readings");
    }
}
