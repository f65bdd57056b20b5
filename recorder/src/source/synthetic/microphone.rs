//! A microphone that plays what is known: the beep of every flash, or a file.

use std::f64::consts::TAU;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::{BEEP_FOR, BEEP_HZ, FLASH_EVERY, Wav};
use crate::clock::{Clock, Mono};
use crate::source::sound::{Microphone, SoundBlock, SoundEvent, SoundFormat};
use crate::source::{Bell, OpenError};

/// Blocks of 20 ms.
const BLOCKS_PER_SECOND: u64 = 50;
const BEEP_RATE: u32 = 48_000;
const BEEP_LEVEL: f64 = 0.5;

/// What is heard: a pure function of the sample number.
pub enum Played {
    /// At every flash of the synthetic screen.
    Beeps,
    /// From `start` on, once.
    File { wav: Wav, start: Arc<FileStart> },
}

/// When a file begins to speak: with the take, so that no word is lost to getting ready.
#[derive(Debug, Default)]
pub struct FileStart(AtomicU64);

impl FileStart {
    /// Speaks from `at` on; the first call counts.
    pub fn begin(&self, at: Mono) {
        let _ = self
            .0
            .compare_exchange(0, at.nanos().max(1), Ordering::SeqCst, Ordering::SeqCst);
    }

    fn get(&self) -> Option<Mono> {
        Some(self.0.load(Ordering::SeqCst))
            .filter(|n| *n > 0)
            .map(Mono::from_nanos)
    }
}

impl Played {
    pub fn format(&self) -> SoundFormat {
        match self {
            Self::Beeps => SoundFormat {
                rate: BEEP_RATE,
                channels: 1,
            },
            Self::File { wav, .. } => wav.format,
        }
    }

    /// Samples `first` to `first + count` after `begin`, interleaved.
    pub fn samples(&self, begin: Mono, first: u64, count: u64) -> Vec<f32> {
        match self {
            Self::Beeps => (first..first + count).map(beep).collect(),
            Self::File { wav, start } => {
                let rate = u128::from(wav.format.rate);
                let lead = start
                    .get()
                    .map(|s| (s - begin).as_nanos() * rate / 1_000_000_000);
                let Some(lead) = lead.and_then(|l| u64::try_from(l).ok()) else {
                    return silence(count, wav.format.channels);
                };
                let channels = u64::from(wav.format.channels);
                (first * channels..(first + count) * channels)
                    .map(|n| {
                        n.checked_sub(lead * channels)
                            .and_then(|n| usize::try_from(n).ok())
                    })
                    .map(|n| n.and_then(|n| wav.samples.get(n)).copied().unwrap_or(0.0))
                    .collect()
            }
        }
    }
}

fn silence(count: u64, channels: u16) -> Vec<f32> {
    vec![0.0; usize::try_from(count * u64::from(channels)).unwrap_or(0)]
}

fn beep(sample: u64) -> f32 {
    let (period, length) = (in_samples(FLASH_EVERY), in_samples(BEEP_FOR));
    let n = sample % period;
    if n >= length {
        return 0.0;
    }
    let level = BEEP_LEVEL * (TAU * BEEP_HZ * n as f64 / f64::from(BEEP_RATE)).sin();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounding is what is wanted"
    )]
    let level = level as f32;
    level
}

fn in_samples(span: Duration) -> u64 {
    let samples = span.as_nanos() * u128::from(BEEP_RATE) / 1_000_000_000;
    u64::try_from(samples).unwrap_or(u64::MAX)
}

/// Plays on a thread of its own, in real time by its clock.
pub struct SyntheticMicrophone {
    format: SoundFormat,
    stop: Arc<(AtomicBool, Bell)>,
    lost: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl SyntheticMicrophone {
    /// `begin`: the instant of sample 0; share it with the screen.
    pub fn open(
        played: Played,
        clock: Arc<dyn Clock>,
        begin: Mono,
        out: Sender<SoundEvent>,
    ) -> Result<Self, OpenError> {
        let internal = |e: std::io::Error| OpenError::Internal(e.to_string());
        let format = played.format();
        let stop = Arc::new((AtomicBool::new(false), Bell::new().map_err(internal)?));
        let lost = Arc::new(AtomicU64::new(0));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&lost));
        let thread = std::thread::Builder::new()
            .name("aside-mic".to_owned())
            .spawn(move || play(&played, clock.as_ref(), begin, &out, &stopped, &counted))
            .map_err(internal)?;
        Ok(Self {
            format,
            stop,
            lost,
            thread: Some(thread),
        })
    }
}

fn play(
    played: &Played,
    clock: &dyn Clock,
    begin: Mono,
    out: &Sender<SoundEvent>,
    stop: &(AtomicBool, Bell),
    lost: &AtomicU64,
) {
    let rate = u64::from(played.format().rate);
    let time = |sample: u64| begin + Duration::from_nanos(sample * 1_000_000_000 / rate);
    let mut sent = 0;
    while !stop.0.load(Ordering::SeqCst) {
        let count = rate.div_ceil(BLOCKS_PER_SECOND);
        let ready = time(sent + count);
        let now = clock.now();
        if ready > now {
            stop.1.wait(None, Some(ready - now));
            continue;
        }
        let samples = played.samples(begin, sent, count);
        let block = SoundBlock {
            captured: time(sent),
            arrived: now,
            samples,
        };
        if out.try_send(SoundEvent::Block(block)).is_err() {
            lost.fetch_add(count * 1000 / rate, Ordering::Relaxed);
        }
        sent += count;
    }
}

impl Microphone for SyntheticMicrophone {
    fn format(&self) -> SoundFormat {
        self.format
    }
    fn name(&self) -> &str {
        "synthetic"
    }
    fn lost_ms(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for SyntheticMicrophone {
    fn drop(&mut self) {
        self.stop.0.store(true, Ordering::SeqCst);
        self.stop.1.ring();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beep_begins_with_every_flash() {
        let heard = Played::Beeps.samples(Mono::default(), 96_000, 2000);
        assert!(heard[..960].iter().any(|x| *x > 0.4));
        assert!(heard[960..].iter().all(|x| *x == 0.0));
    }

    #[test]
    fn a_file_speaks_from_the_start_of_the_take_and_once() {
        let start = Arc::new(FileStart::default());
        let wav = Wav {
            format: SoundFormat {
                rate: 1000,
                channels: 2,
            },
            samples: vec![0.5; 20],
        };
        let played = Played::File {
            wav,
            start: Arc::clone(&start),
        };
        let begin = Mono::from_nanos(5_000_000_000);
        assert!(played.samples(begin, 0, 5).iter().all(|x| *x == 0.0));
        start.begin(begin + Duration::from_millis(3));
        start.begin(begin + Duration::from_millis(9));
        let heard = played.samples(begin, 0, 20);
        let loud: Vec<usize> = heard
            .iter()
            .enumerate()
            .filter(|(_, x)| **x > 0.0)
            .map(|(n, _)| n)
            .collect();
        assert_eq!(
            (loud.first(), loud.last(), loud.len()),
            (Some(&6), Some(&25), 20)
        );
    }
}
