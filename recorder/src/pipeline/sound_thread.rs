//! The thread of a track of sound: takes what its devices deliver, encodes it, counts what is missing and tells of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use crossbeam_channel::{Receiver, Select, Sender, TryRecvError, never};

use super::audio::AudioTrack;
use super::meters::SoundMeters;
use super::sound_device::{Role, SoundDevice};
use super::sound_losses::Present;
use super::track::Order;
use super::types::{Alarm, EndReason, Output};
use crate::clock::{Clock, Mono};
use crate::encode::EncodeError;
use crate::mix::SILENT_AFTER;
use crate::source::OpenError;
use crate::source::sound::{Layout, SoundBlock, SoundEvent};

/// How often the thread checks whether the devices still deliver.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// How long a device may take to deliver its first block.
const FIRST_BLOCK_TIMEOUT: Duration = Duration::from_secs(6);
/// How long the first block of what the machine plays is waited for: an output that was idle may need seconds.
const FIRST_SYSTEM_BLOCK_TIMEOUT: Duration = Duration::from_millis(300);
/// How long an output that was just opened may say nothing without being told as lost: one that nobody listened to may have
/// rendered two seconds ahead, and its monitor gives only what follows.
const SYSTEM_PATIENCE: Duration = Duration::from_secs(3);
/// How long stop waits for the sound of its own instant.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(100);

pub(super) struct SoundThread {
    pub name: TrackName,
    pub track: AudioTrack,
    /// In the order of the track's lanes.
    pub devices: Vec<SoundDevice>,
    pub clock: Arc<dyn Clock>,
    pub meters: Arc<SoundMeters>,
    pub orders: Receiver<Order>,
    pub out: Sender<Output>,
    /// The encoder failed: what it made before is kept, nothing new is tried.
    pub failed: bool,
}

/// What the thread was woken by.
enum Woken {
    Order(Option<Order>),
    /// By this device; `None`: it closed.
    Sound(usize, Option<SoundEvent>),
    Timeout,
}

impl SoundThread {
    /// Waits for the first blocks of every device, so that a microphone that delivers nothing is an error before the take
    /// and not a silent one.
    pub(super) fn wait_for_blocks(&mut self, blocks: usize) -> Result<(), OpenError> {
        let begin = self.clock.now();
        for lane in 0..self.devices.len() {
            let system = self.devices[lane].role == Role::System;
            let until = match system {
                true => begin + FIRST_SYSTEM_BLOCK_TIMEOUT,
                false => begin + FIRST_BLOCK_TIMEOUT,
            };
            for _ in 0..blocks {
                let left = until - self.clock.now();
                match self.devices[lane].sound.recv_timeout(left) {
                    Ok(SoundEvent::Lost(detail)) if !system => {
                        return Err(self.devices[lane].no_sound(&detail));
                    }
                    Ok(event) => self.event(lane, event),
                    Err(_) if system => break,
                    Err(_) => return Err(self.devices[lane].no_sound("it gives no sound")),
                }
            }
        }
        Ok(())
    }

    /// Returns the devices, so that the caller can close them after everything is sent.
    pub(super) fn run(mut self) -> Vec<SoundDevice> {
        loop {
            match self.wait() {
                Woken::Sound(lane, Some(event)) => self.event(lane, event),
                Woken::Sound(lane, None) => {
                    self.devices[lane].sound = never();
                    self.device_lost(lane, "it closed".to_owned());
                }
                Woken::Order(Some(Order::Quality(_))) => {}
                Woken::Order(Some(Order::Pause(_))) => self.attempt(AudioTrack::pause),
                Woken::Order(Some(Order::Mute(at, muted))) => self.mute(at, muted),
                Woken::Order(order) => {
                    let at = match order {
                        Some(Order::Stop(at)) => at,
                        // A pipeline that was dropped without stop ends now.
                        _ => self.clock.now(),
                    };
                    self.drain_until(at);
                    self.finish(at);
                    self.send();
                    return self.devices;
                }
                Woken::Timeout => {}
            }
            self.check_devices();
            self.send();
        }
    }

    fn wait(&self) -> Woken {
        let mut select = Select::new();
        select.recv(&self.orders);
        for device in &self.devices {
            select.recv(&device.sound);
        }
        let Ok(ready) = select.select_timeout(CHECK_INTERVAL) else {
            return Woken::Timeout;
        };
        match ready.index() {
            0 => Woken::Order(ready.recv(&self.orders).ok()),
            n => Woken::Sound(n - 1, ready.recv(&self.devices[n - 1].sound).ok()),
        }
    }

    /// Sound of the last moment is still on its way when stop is ordered.
    fn drain_until(&mut self, at: Mono) {
        for device in &self.devices {
            device.microphone.deliver_now();
        }
        let until = self.clock.now() + DRAIN_TIMEOUT;
        for lane in 0..self.devices.len() {
            loop {
                match self.devices[lane].sound.try_recv() {
                    Ok(event) => {
                        self.event(lane, event);
                        continue;
                    }
                    Err(TryRecvError::Disconnected) => break,
                    Err(TryRecvError::Empty) => {}
                }
                let left = until - self.clock.now();
                let away = self.devices[lane].losses.is_away();
                if self.track.covers(lane, at) || away || left.is_zero() {
                    break;
                }
                match self.devices[lane].sound.recv_timeout(left) {
                    Ok(event) => self.event(lane, event),
                    Err(_) => break,
                }
            }
        }
    }

    fn finish(&mut self, at: Mono) {
        let mut missing = Vec::new();
        self.attempt(|track| track.finish(at).map(|m| missing = m));
        for (lane, missing) in missing.into_iter().enumerate() {
            // The last blocks of a device that is there are late, not lost, up to what stop waits for them.
            if self.devices[lane].losses.is_away() || missing > DRAIN_TIMEOUT {
                self.count_lost(lane, missing);
            }
        }
        self.report_losses(true);
    }

    fn mute(&mut self, at: Mono, muted: bool) {
        for lane in 0..self.devices.len() {
            if self.devices[lane].role != Role::Microphone {
                continue;
            }
            self.track.mute(lane, at, muted);
            self.devices[lane].muted = muted;
            let meters = &self.meters.devices[lane];
            meters.muted.store(muted, Ordering::Relaxed);
            if muted {
                meters.set_level(None);
                meters.silent.store(false, Ordering::Relaxed);
            }
        }
    }

    fn event(&mut self, lane: usize, event: SoundEvent) {
        match event {
            SoundEvent::Block(block) => self.block(lane, &block),
            SoundEvent::Lost(detail) => self.device_lost(lane, detail),
            SoundEvent::Playing(playing) => {
                let meters = &self.meters.devices[lane];
                meters.playing.store(playing, Ordering::Relaxed);
            }
            SoundEvent::Reopened(layout) => self.reopened(lane, &layout),
        }
    }

    fn reopened(&mut self, lane: usize, layout: &Layout) {
        let now = self.clock.now();
        // Who plays into another output is told anew.
        let meters = &self.meters.devices[lane];
        meters.playing.store(false, Ordering::Relaxed);
        self.devices[lane].losses.switched(now);
        self.devices[lane].opened = Some(now);
        self.track.reopened(lane, layout);
    }

    fn block(&mut self, lane: usize, block: &SoundBlock) {
        let now = self.clock.now();
        self.devices[lane].losses.awake(now);
        self.devices[lane].heard = now;
        let mut placed = None;
        self.attempt(|track| track.block(lane, block, now).map(|p| placed = p));
        let waited_for = self.is_waited_for(lane, now);
        self.devices[lane].opened = None;
        if let Some(placed) = placed {
            if !waited_for {
                self.count_lost(lane, placed.hole);
            }
            if let Present::Back { away, silence } = self.devices[lane].losses.present(now) {
                self.meters.devices[lane]
                    .silent
                    .store(false, Ordering::Relaxed);
                let (millis, silence) = (millis(away), millis(silence));
                self.alarm(match self.devices[lane].role {
                    Role::Microphone => Alarm::MicrophoneBack { millis, silence },
                    Role::System => Alarm::SystemSoundBack { millis, silence },
                });
            }
            self.measure(lane, &placed.samples);
        }
        if let Some(end) = self.track.part_ends() {
            self.devices[lane].microphone.wanted_until(end);
        }
        let correction = self.track.correction_ppm(lane);
        self.meters.devices[lane].set_correction(correction);
        if let Some(offset) = self.track.offset_ms(lane) {
            let latency = self.devices[lane].microphone.latency();
            self.meters.devices[lane].set_offset(offset, latency);
        }
    }

    fn measure(&mut self, lane: usize, samples: &[f32]) {
        if self.devices[lane].muted {
            // Silence that was asked for is not told of, nor does it take back what was told before.
            return;
        }
        let Some(loudness) = self.devices[lane].level.push(samples) else {
            return;
        };
        let meters = &self.meters.devices[lane];
        meters.set_level(Some(loudness.rms_db));
        meters.silent.store(loudness.silent, Ordering::Relaxed);
        if self.devices[lane].role == Role::System {
            return;
        }
        meters.clipped.store(loudness.clipped, Ordering::Relaxed);
        match (loudness.changed, loudness.silent) {
            (true, true) => self.alarm(Alarm::MicrophoneSilent {
                seconds: SILENT_AFTER,
            }),
            (true, false) => self.alarm(Alarm::MicrophoneHeard),
            _ => {}
        }
    }

    /// Fills in for devices that deliver nothing, and tells of what is missing.
    fn check_devices(&mut self) {
        let now = self.clock.now();
        let since: Vec<Mono> = self
            .devices
            .iter_mut()
            .map(|device| {
                let awake = device.losses.awake(now);
                // While something comes, however old it is, the device is not silent.
                match device.sound.is_empty() {
                    true => awake.max(device.heard),
                    false => now,
                }
            })
            .collect();
        let mut filled = Vec::new();
        self.attempt(|track| track.tick(now, |lane| since[lane]).map(|f| filled = f));
        for (lane, silence) in filled {
            if self.is_waited_for(lane, now) {
                continue;
            }
            self.device_lost(lane, "it gives no sound".to_owned());
            self.count_lost(lane, silence);
        }
        self.report_losses(false);
    }

    /// Whether it is an output that was opened a moment ago and has not been heard yet.
    fn is_waited_for(&self, lane: usize, now: Mono) -> bool {
        let device = &self.devices[lane];
        let fresh = device.opened.is_some_and(|at| now - at < SYSTEM_PATIENCE);
        fresh && device.role == Role::System && !device.losses.is_away()
    }

    /// Tells of what is missing; `last`: even if that was done a moment ago.
    fn report_losses(&mut self, last: bool) {
        let now = self.clock.now();
        for lane in 0..self.devices.len() {
            for alarm in self.devices[lane].losses.report(now, last) {
                self.alarm(alarm);
            }
        }
    }

    /// So much silence stands where sound should be.
    fn count_lost(&mut self, lane: usize, silence: Duration) {
        self.devices[lane].losses.add(silence);
        let total = self.devices.iter().map(|d| d.losses.total()).sum();
        self.meters.lost_ms.store(millis(total), Ordering::Relaxed);
        let holes = self.devices.iter().map(|d| d.losses.holes()).sum();
        self.meters.holes.store(holes, Ordering::Relaxed);
    }

    /// Once per loss; a device that comes back may be lost again.
    fn device_lost(&mut self, lane: usize, detail: String) {
        let now = self.clock.now();
        let device = &mut self.devices[lane];
        if device.losses.away(now) {
            device.level.reset();
            let meters = &self.meters.devices[lane];
            meters.set_level(None);
            meters.silent.store(true, Ordering::Relaxed);
            self.alarm(match self.devices[lane].role {
                Role::Microphone => Alarm::MicrophoneLost { detail },
                Role::System => Alarm::SystemSoundLost { detail },
            });
        }
    }

    fn alarm(&self, alarm: Alarm) {
        let _ = self.out.send(Output::Alarm(alarm));
    }

    fn attempt(&mut self, step: impl FnOnce(&mut AudioTrack) -> Result<(), EncodeError>) {
        if self.failed {
            return;
        }
        if let Err(e) = step(&mut self.track) {
            self.failed = true;
            let reason = EndReason::EncoderFailed {
                track: self.name,
                detail: e.to_string(),
            };
            let _ = self.out.send(Output::Ended(reason));
        }
    }

    fn send(&mut self) {
        for part in self.track.take() {
            self.meters.parts.fetch_add(1, Ordering::Relaxed);
            let _ = self.out.send(Output::Part(part));
        }
        for (at, source) in self.track.take_turns() {
            let _ = self.out.send(Output::Heard { at, source });
        }
    }
}

/// In milliseconds, however long.
fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
