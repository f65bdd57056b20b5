//! A microphone that plays what is known: the beep of every flash, or a file.

use std::f64::consts::TAU;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};

use super::{BEEP_FOR, BEEP_HZ, FLASH_EVERY, Wav};
use crate::clock::{Clock, Mono};
use crate::source::sound::{Layout, Microphone, SoundBlock, SoundEvent, SoundFormat};
use crate::source::{OpenError, Waker};

/// Blocks of 50 ms.
const BLOCKS_PER_SECOND: u64 = 20;
/// How long a full queue is waited for before the order to stop is looked at.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(100);
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
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

struct Control {
    waker: Waker,
    stopped: AtomicBool,
    deliver_now: AtomicBool,
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
        let control = Arc::new(Control {
            waker: Waker::new().map_err(internal)?,
            stopped: AtomicBool::new(false),
            deliver_now: AtomicBool::new(false),
        });
        let orders = Arc::clone(&control);
        let thread = std::thread::Builder::new()
            .name("aside-mic".to_owned())
            .spawn(move || play(&played, clock.as_ref(), begin, &out, &orders))
            .map_err(internal)?;
        Ok(Self {
            format,
            control,
            thread: Some(thread),
        })
    }
}

fn play(
    played: &Played,
    clock: &dyn Clock,
    begin: Mono,
    out: &Sender<SoundEvent>,
    control: &Control,
) {
    let rate = u64::from(played.format().rate);
    let time = |sample: u64| begin + Duration::from_nanos(sample * 1_000_000_000 / rate);
    let mut sent = 0;
    while !control.stopped.load(Ordering::SeqCst) {
        let now = clock.now();
        let mut count = rate.div_ceil(BLOCKS_PER_SECOND);
        if control.deliver_now.swap(false, Ordering::SeqCst) {
            let by_now = (now - begin).as_nanos() * u128::from(rate) / 1_000_000_000;
            count = count.min(u64::try_from(by_now).unwrap_or(0).saturating_sub(sent));
        }
        let ready = time(sent + count);
        if ready > now {
            control.waker.wait(None, Some(ready - now));
            continue;
        }
        if count == 0 {
            continue;
        }
        let mut event = SoundEvent::Block(SoundBlock {
            captured: time(sent),
            samples: played.samples(begin, sent, count),
        });
        // Waits while the queue is full: nothing of it is lost, and the order to stop is seen all the same.
        while let Err(SendTimeoutError::Timeout(back)) =
            out.send_timeout(event, STOP_CHECK_INTERVAL)
        {
            if control.stopped.load(Ordering::SeqCst) {
                return;
            }
            event = back;
        }
        sent += count;
    }
}

impl Microphone for SyntheticMicrophone {
    fn format(&self) -> SoundFormat {
        self.format
    }
    fn layout(&self) -> Layout {
        Layout::unnamed(self.format.channels)
    }
    fn name(&self) -> &str {
        "synthetic"
    }
    fn deliver_now(&self) {
        self.control.deliver_now.store(true, Ordering::SeqCst);
        self.control.waker.wake();
    }
}

impl Drop for SyntheticMicrophone {
    fn drop(&mut self) {
        self.control.stopped.store(true, Ordering::SeqCst);
        self.control.waker.wake();
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
