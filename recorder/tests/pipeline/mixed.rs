//! Two devices on one clock: what comes off the mixer is looked at sample by sample, before the AAC encoder.

use std::f64::consts::TAU;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aside_protocol::cmaf::AudioConfig;
use aside_protocol::recording::TrackName;
use aside_protocol::timed_event::SoundSource;
use aside_recorder::clock::{Mono, Timeline};
use aside_recorder::encode::{self, AudioEncoder, EncodeError};
use aside_recorder::pipeline::AudioTrack;
use aside_recorder::source::sound::{Layout, SoundBlock, SoundFormat};
use bytes::Bytes;

use super::take::BEGIN;

const RATE: f64 = 48_000.0;
const LEVEL: f64 = 0.2;

/// Hands out what it is given to encode.
struct Tap {
    config: AudioConfig,
    out: Arc<Mutex<Vec<f32>>>,
}

impl AudioEncoder for Tap {
    fn config(&self) -> &AudioConfig {
        &self.config
    }
    fn encode(&mut self, samples: &[f32], out: &mut Vec<Bytes>) -> Result<(), EncodeError> {
        self.out.lock().unwrap().extend(samples);
        out.push(Bytes::from_static(&[0; 8]));
        Ok(())
    }
    fn flush(&mut self, _out: &mut Vec<Bytes>) -> Result<(), EncodeError> {
        Ok(())
    }
}

/// A device that hears a steady tone.
#[derive(Clone, Copy)]
struct Device {
    rate: u32,
    /// How much faster than it says, in parts per million.
    ppm: f64,
    hz: f64,
    /// Frames of its blocks.
    block: u64,
    /// How far its stamps are off, back and forth.
    jitter: Duration,
    given: u64,
}

impl Device {
    fn real_rate(&self) -> f64 {
        f64::from(self.rate) * (1.0 + self.ppm * 1e-6)
    }

    /// The next block, if it is complete `now`.
    fn next(&mut self, now: Duration) -> Option<SoundBlock> {
        let (first, rate) = (self.given, self.real_rate());
        if (first + self.block) as f64 / rate > now.as_secs_f64() {
            return None;
        }
        self.given += self.block;
        let tone = |n: u64| (LEVEL * (TAU * self.hz * n as f64 / rate).sin()) as f32;
        let stamp = BEGIN + Duration::from_secs_f64(first as f64 / rate);
        Some(SoundBlock {
            captured: match first / self.block % 3 {
                0 => stamp.before(self.jitter),
                1 => stamp,
                _ => stamp + self.jitter,
            },
            samples: (first..first + self.block).map(tone).collect(),
        })
    }
}

/// A track of devices with one channel each, cranked by hand.
struct Mixed {
    timeline: Arc<Timeline>,
    track: AudioTrack,
    devices: Vec<Device>,
    mixed: Arc<Mutex<Vec<f32>>>,
    now: Duration,
}

impl Mixed {
    fn new(devices: &[Device]) -> Self {
        let timeline = Arc::new(Timeline::default());
        let format = |d: &Device| {
            let format = SoundFormat {
                rate: d.rate,
                channels: 1,
            };
            (format, Layout::unnamed(1))
        };
        let formats: Vec<_> = devices.iter().map(format).collect();
        let mixed = Arc::new(Mutex::new(Vec::new()));
        let out = Arc::clone(&mixed);
        let config = encode::open_audio(1).unwrap().config().clone();
        let encoder = Box::new(Tap { config, out });
        Self {
            track: AudioTrack::new(TrackName::Audio, Arc::clone(&timeline), &formats, encoder),
            timeline,
            devices: devices.to_vec(),
            mixed,
            now: Duration::ZERO,
        }
    }

    fn at(&self) -> Mono {
        BEGIN + self.now
    }

    /// Time passes up to `until` seconds; of the devices only those that `present` names give sound.
    fn crank(&mut self, until: f64, present: impl Fn(usize) -> bool) {
        let until = Duration::from_secs_f64(until);
        while self.now < until {
            self.now = (self.now + Duration::from_millis(10)).min(until);
            let now = self.at();
            for (lane, device) in self.devices.iter_mut().enumerate() {
                while let Some(block) = device.next(self.now) {
                    if present(lane) {
                        self.track.block(lane, &block, now).unwrap().unwrap();
                    }
                }
            }
            self.track.tick(now, |_| BEGIN).unwrap();
            drop(self.track.take());
        }
    }

    /// Zero of the take is now.
    fn begin(&self) {
        self.timeline.begin(self.at());
    }

    fn finish(mut self) -> Vec<f32> {
        let at = self.at();
        self.track.finish(at).unwrap();
        std::mem::take(&mut self.mixed.lock().unwrap())
    }
}

/// Level of a tone, and how many milliseconds it comes too late, in a second of samples that begins `from` seconds after the
/// beginning. Whole numbers of Hz do not disturb each other.
fn tone(second: &[f32], from: f64, hz: f64) -> (f64, f64) {
    let (mut sin, mut cos) = (0.0, 0.0);
    for (n, x) in second.iter().enumerate() {
        let turn = TAU * hz * (from + n as f64 / RATE);
        sin += f64::from(*x) * turn.sin();
        cos += f64::from(*x) * turn.cos();
    }
    let level = sin.hypot(cos) * 2.0 / second.len() as f64;
    (level, -cos.atan2(sin) / TAU / hz * 1e3)
}

/// The largest bend of the wave: a tone of some Hz bends by millionths from sample to sample, a click by its own height.
fn sharpest(samples: &[f32]) -> f32 {
    let bend = |w: &[f32]| (w[2] - 2.0 * w[1] + w[0]).abs();
    samples.windows(3).map(bend).fold(0.0, f32::max)
}

const MIC: Device = Device {
    rate: 48_000,
    ppm: 100.0,
    hz: 31.0,
    block: 2400,
    jitter: Duration::from_millis(3),
    given: 0,
};

const SYSTEM: Device = Device {
    rate: 44_100,
    ppm: -100.0,
    hz: 43.0,
    block: 1103,
    ..MIC
};

#[test]
fn crystals_200_ppm_apart_are_both_in_time_after_ten_minutes_and_nothing_clicks() {
    let mut mixed = Mixed::new(&[MIC, SYSTEM]);
    mixed.crank(0.5, |_| true);
    mixed.begin();
    mixed.crank(600.5, |_| true);
    let samples = mixed.finish();
    assert!(samples.len() >= 600 * 48_000, "{}", samples.len());
    let bend = sharpest(&samples[4800..600 * 48_000 - 4800]);
    assert!(bend < 1e-4, "{bend}");
    let (mut worst, mut last) = ([0.0_f64; 2], [0.0_f64; 2]);
    // The tones' periods are 32 and 23 ms: an error of up to 11 ms either way cannot be mistaken.
    for (n, second) in samples[..600 * 48_000]
        .chunks_exact(48_000)
        .enumerate()
        .take(599)
        .skip(1)
    {
        let from = 0.5 + n as f64;
        for (lane, device) in [MIC, SYSTEM].iter().enumerate() {
            let (level, late) = tone(second, from, device.hz);
            assert!((level - LEVEL).abs() < 0.004, "{level} at {n} s");
            worst[lane] = worst[lane].max(late.abs());
            last[lane] = late;
        }
    }
    eprintln!("worst {worst:.2?} ms, after ten minutes {last:.2?} ms, sharpest bend {bend:e}");
    assert!(worst.iter().all(|ms| *ms < 10.0), "{worst:?} ms");
    assert!(last.iter().all(|ms| ms.abs() < 5.0), "{last:?} ms");
}

#[test]
fn a_muted_microphone_leaves_the_other_device_as_it_was_and_makes_no_click() {
    let mut mixed = Mixed::new(&[MIC, SYSTEM]);
    mixed.crank(0.5, |_| true);
    mixed.begin();
    mixed.crank(3.51, |_| true);
    let at = mixed.at();
    mixed.track.mute(0, at, true);
    mixed.crank(6.5, |_| true);
    let at = mixed.at();
    mixed.track.mute(0, at, false);
    mixed.crank(9.5, |_| true);
    let samples = mixed.finish();
    let level = |n: usize, hz: f64| {
        let second = &samples[n * 48_000..(n + 1) * 48_000];
        tone(second, 0.5 + n as f64, hz).0
    };
    for n in 1..8 {
        assert!((level(n, SYSTEM.hz) - LEVEL).abs() < 0.004, "{n}");
    }
    assert!(level(1, MIC.hz) > 0.19 && level(7, MIC.hz) > 0.19);
    assert!(level(4, MIC.hz) < 0.001, "{}", level(4, MIC.hz));
    // A fade of 8 ms bends by its slope, where it begins and ends.
    let bend = sharpest(&samples[4800..samples.len() - 4800]);
    assert!(bend < 2e-3, "{bend}");
}

#[test]
fn it_is_told_whose_turn_it_is_where_that_stands_in_the_take() {
    let mut mixed = Mixed::new(&[MIC, SYSTEM]);
    mixed.track.follow_turns(0, 1);
    mixed.crank(0.5, |_| true);
    mixed.begin();
    let (mic, system) = (|lane| lane == 0, |lane| lane == 1);
    mixed.crank(4.5, mic);
    mixed.crank(8.5, system);
    mixed.crank(12.5, mic);
    mixed.crank(16.5, |_| true);
    let turns = mixed.track.take_turns();
    let sources: Vec<SoundSource> = turns.iter().map(|(_, source)| *source).collect();
    use SoundSource::{Both, Microphone, System};
    assert_eq!(sources, [Microphone, System, Microphone, Both], "{turns:?}");
    for ((at, _), wanted) in turns.iter().zip([0.0, 4.0, 8.0, 12.0]) {
        let off = (at.as_secs_f64() - wanted).abs();
        assert!(off <= 0.45, "{wanted}: {turns:?}");
    }
    assert_eq!(mixed.track.take_turns(), []);
}

#[test]
fn a_device_that_is_away_leaves_a_hole_as_long_as_it_was_and_the_other_goes_on() {
    let mut mixed = Mixed::new(&[MIC, SYSTEM]);
    mixed.crank(0.5, |_| true);
    mixed.begin();
    mixed.crank(3.5, |_| true);
    mixed.crank(7.5, |lane| lane == 0);
    mixed.crank(12.5, |_| true);
    let samples = mixed.finish();
    let second = |n: usize| &samples[n * 48_000..(n + 1) * 48_000];
    for n in 1..11 {
        let (level, late) = tone(second(n), 0.5 + n as f64, MIC.hz);
        assert!(
            (level - LEVEL).abs() < 0.004 && late.abs() < 10.0,
            "{n}: {level} {late}"
        );
        let (level, late) = tone(second(n), 0.5 + n as f64, SYSTEM.hz);
        match n {
            4..=5 => assert!(level < 0.01, "{n}: {level}"),
            1 | 8..=10 => {
                assert!(
                    (level - LEVEL).abs() < 0.004 && late.abs() < 10.0,
                    "{n}: {level} {late}"
                );
            }
            _ => {}
        }
    }
    // How much of it sounds, over the whole hole: four seconds are missing.
    let sounding: f64 = (2..9)
        .map(|n| tone(second(n), 0.5 + n as f64, SYSTEM.hz).0 / LEVEL)
        .sum();
    assert!((sounding - 3.0).abs() < 0.1, "{sounding} of seven seconds");
}

#[test]
fn a_part_leaves_with_the_sound_that_was_said_to_complete_it() {
    for denoise in [false, true] {
        a_part_leaves_with_its_sound(denoise);
    }
}

fn a_part_leaves_with_its_sound(denoise: bool) {
    let timeline = Arc::new(Timeline::default());
    let format = SoundFormat {
        rate: 48_000,
        channels: 1,
    };
    let devices = [(format, Layout::unnamed(1))];
    let encoder = encode::open_audio(1).unwrap();
    let mut track = AudioTrack::new(TrackName::Audio, Arc::clone(&timeline), &devices, encoder);
    if denoise {
        track.denoise(0);
    }
    assert_eq!(track.part_ends(), None, "nothing was recorded yet");
    timeline.begin(BEGIN);
    let mut given = 0_u64;
    let mut parts_with_sound_until = |track: &mut AudioTrack, until: Mono| {
        let captured = BEGIN + Duration::from_secs_f64(given as f64 / RATE);
        let count = (48_000 * (until - captured).as_nanos() + 500_000_000) / 1_000_000_000;
        let count = u64::try_from(count).unwrap();
        given += count;
        let samples = (0..count).map(|n| (n % 100) as f32 * 0.001).collect();
        let block = SoundBlock { captured, samples };
        track.block(0, &block, until).unwrap().unwrap();
        track.take().len()
    };
    let begin = BEGIN + Duration::from_millis(100);
    assert_eq!(parts_with_sound_until(&mut track, begin), 0);
    for _ in 0..5 {
        let end = track.part_ends().unwrap();
        // Of the frames by which the noise is known one may be full already.
        if !denoise {
            let before = end.before(Duration::from_millis(5));
            assert_eq!(parts_with_sound_until(&mut track, before), 0);
            assert_eq!(track.part_ends(), Some(end), "it does not move");
        }
        assert_eq!(parts_with_sound_until(&mut track, end), 1);
    }
}
