//! The audio track's thread: takes what the microphone delivers, encodes it, counts what is missing and tells of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use crossbeam_channel::{Receiver, Sender, TryRecvError, never, select};

use super::meters::Meters;
use super::sound_losses::{Present, SoundLosses};
use super::{Alarm, AudioTrack, EndReason, Order, Output};
use crate::clock::{Clock, Mono};
use crate::encode::EncodeError;
use crate::mix::{Level, SILENT_AFTER};
use crate::source::OpenError;
use crate::source::sound::{Layout, Microphone, SoundBlock, SoundEvent};

/// The microphone's lane in the track.
const MICROPHONE: usize = 0;
/// How often the thread looks whether the device still speaks.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// How long a device may take to say the first thing.
const FIRST_BLOCK_TIMEOUT: Duration = Duration::from_secs(6);
/// How long stop waits for the sound of its own instant.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(100);

pub(super) struct SoundThread {
    pub track: AudioTrack,
    pub microphone: Box<dyn Microphone>,
    pub level: Level,
    pub clock: Arc<dyn Clock>,
    pub meters: Arc<Meters>,
    pub sound: Receiver<SoundEvent>,
    pub orders: Receiver<Order>,
    pub out: Sender<Output>,
    pub losses: SoundLosses,
    /// When the last block was taken.
    pub heard: Mono,
    /// The encoder failed: what it made before is kept, nothing new is tried.
    pub failed: bool,
}

impl SoundThread {
    /// Waits for the first blocks, so that a device that delivers nothing is an error before the take and not a
    /// silent one.
    pub(super) fn wait_for_blocks(&mut self, blocks: usize) -> Result<(), OpenError> {
        let until = self.clock.now() + FIRST_BLOCK_TIMEOUT;
        for _ in 0..blocks {
            match self.sound.recv_timeout(until - self.clock.now()) {
                Ok(SoundEvent::Lost(detail)) => return Err(self.no_sound(detail)),
                Ok(event) => self.event(event),
                Err(_) => return Err(self.no_sound("it gives no sound".to_owned())),
            }
        }
        Ok(())
    }

    fn no_sound(&self, detail: String) -> OpenError {
        OpenError::Microphone {
            name: self.microphone.name().to_owned(),
            detail,
        }
    }

    /// Returns the microphone, so that the caller can close it after everything is said.
    pub(super) fn run(mut self) -> Box<dyn Microphone> {
        loop {
            let sound = self.sound.clone();
            select! {
                recv(sound) -> event => match event {
                    Ok(event) => self.event(event),
                    Err(_) => {
                        self.sound = never();
                        self.device_lost("it closed".to_owned());
                    }
                },
                recv(self.orders) -> order => match order {
                    Ok(Order::Pause(_)) => self.attempt(AudioTrack::pause),
                    order => {
                        let at = match order { Ok(Order::Stop(at)) => at, _ => self.clock.now() };
                        self.drain_until(at);
                        self.finish(at);
                        self.send();
                        return self.microphone;
                    }
                },
                default(CHECK_INTERVAL) => {}
            }
            self.check_device();
            self.send();
        }
    }

    /// Sound of the last moment is still on its way when stop is said.
    fn drain_until(&mut self, at: Mono) {
        self.microphone.deliver_now();
        let until = self.clock.now() + DRAIN_TIMEOUT;
        loop {
            match self.sound.try_recv() {
                Ok(event) => self.event(event),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {
                    let left = until - self.clock.now();
                    if self.track.covers(at) || self.losses.is_away() || left.is_zero() {
                        return;
                    }
                    match self.sound.recv_timeout(left) {
                        Ok(event) => self.event(event),
                        Err(_) => return,
                    }
                }
            }
        }
    }

    fn finish(&mut self, at: Mono) {
        let mut missing = Duration::ZERO;
        self.attempt(|track| track.finish(at).map(|m| missing = m));
        // The last blocks of a device that is there are late, not lost, up to what stop waits for them.
        if self.losses.is_away() || missing > DRAIN_TIMEOUT {
            self.count_lost(missing);
        }
        self.report_losses(true);
    }

    fn event(&mut self, event: SoundEvent) {
        match event {
            SoundEvent::Block(block) => self.block(&block),
            SoundEvent::Lost(detail) => self.device_lost(detail),
            SoundEvent::Reopened(layout) => self.reopened(&layout),
        }
    }

    fn reopened(&mut self, layout: &Layout) {
        self.losses.switched(self.clock.now());
        self.track.reopened(MICROPHONE, layout);
    }

    fn block(&mut self, block: &SoundBlock) {
        let now = self.clock.now();
        self.losses.awake(now);
        self.heard = now;
        let mut heard = None;
        self.attempt(|track| track.block(MICROPHONE, block, now).map(|h| heard = h));
        if let Some(heard) = heard {
            self.count_lost(heard.hole);
            if let Present::Back { away, silence } = self.losses.present(now) {
                self.meters.silent.store(false, Ordering::Relaxed);
                self.alarm(Alarm::MicrophoneBack {
                    millis: millis(away),
                    silence: millis(silence),
                });
            }
            self.measure(&heard.samples);
        }
        self.meters
            .set_correction(self.track.correction_ppm(MICROPHONE));
    }

    fn measure(&mut self, samples: &[f32]) {
        let Some(loudness) = self.level.push(samples) else {
            return;
        };
        self.meters.set_level(Some(loudness.rms_db));
        self.meters.silent.store(loudness.silent, Ordering::Relaxed);
        match (loudness.changed, loudness.silent) {
            (true, true) => self.alarm(Alarm::MicrophoneSilent {
                seconds: SILENT_AFTER,
            }),
            (true, false) => self.alarm(Alarm::MicrophoneHeard),
            _ => {}
        }
    }

    /// Fills in for a device that says nothing, and tells of what is missing.
    fn check_device(&mut self) {
        let now = self.clock.now();
        let awake = self.losses.awake(now);
        let mut filled = Vec::new();
        // While something comes, however old it is, the device is not silent.
        if self.sound.is_empty() {
            let since = awake.max(self.heard);
            self.attempt(|track| track.tick(now, since).map(|f| filled = f));
        }
        for (_, silence) in filled {
            self.device_lost("it gives no sound".to_owned());
            self.count_lost(silence);
        }
        self.report_losses(false);
    }

    /// Tells of what is missing; `last`: even if that was done a moment ago.
    fn report_losses(&mut self, last: bool) {
        for alarm in self.losses.report(self.clock.now(), last) {
            self.alarm(alarm);
        }
    }

    /// So much silence stands where sound should be.
    fn count_lost(&mut self, silence: Duration) {
        self.losses.add(silence);
        self.meters
            .sound_lost_ms
            .store(millis(self.losses.total()), Ordering::Relaxed);
    }

    /// Once per loss; a device that comes back may be lost again.
    fn device_lost(&mut self, detail: String) {
        let now = self.clock.now();
        if self.losses.away(now) {
            self.meters.set_level(None);
            self.meters.silent.store(true, Ordering::Relaxed);
            self.level.reset();
            self.alarm(Alarm::MicrophoneLost { detail });
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
                track: TrackName::Audio,
                detail: e.to_string(),
            };
            let _ = self.out.send(Output::Ended(reason));
        }
    }

    fn send(&mut self) {
        for part in self.track.take() {
            self.meters.audio_parts.fetch_add(1, Ordering::Relaxed);
            let _ = self.out.send(Output::Part(part));
        }
    }
}

/// In milliseconds, however long.
fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
