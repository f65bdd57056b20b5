//! The audio track's thread: opens the microphone, encodes what it says, and notices when it falls silent.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use crossbeam_channel::{Receiver, Sender, TryRecvError, never, select};

use super::meters::Meters;
use super::{Alarm, AudioTrack, EndReason, Order, Output};
use crate::clock::{Clock, Mono};
use crate::encode::EncodeError;
use crate::mix::{Level, SILENT_AFTER};
use crate::source::OpenError;
use crate::source::sound::{Microphone, SoundBlock, SoundEvent};

/// How often the thread looks whether the device still speaks.
const LOOK: Duration = Duration::from_millis(500);
/// How long a device may take to say the first thing.
const FIRST_WORDS: Duration = Duration::from_secs(6);
/// Lost sound is told of at most so often.
const TELLS_AGAIN: Duration = Duration::from_secs(5);
/// How long stop waits for the sound of its own instant.
const LAST_WORDS: Duration = Duration::from_millis(60);

pub(super) struct SoundThread {
    pub track: AudioTrack,
    pub microphone: Box<dyn Microphone>,
    pub level: Level,
    pub clock: Arc<dyn Clock>,
    pub meters: Arc<Meters>,
    pub sound: Receiver<SoundEvent>,
    pub orders: Receiver<Order>,
    pub out: Sender<Output>,
    pub state: State,
}

/// What was already said about the device.
#[derive(Debug, Default)]
pub(super) struct State {
    failed: bool,
    lost: bool,
    sound_lost_ms: u64,
    told: Option<Mono>,
}

impl SoundThread {
    /// Waits for the first blocks, so that a device that delivers nothing is an error before the take and not a
    /// silent one.
    pub(super) fn hear(&mut self, blocks: usize) -> Result<(), OpenError> {
        let until = self.clock.now() + FIRST_WORDS;
        for _ in 0..blocks {
            match self.sound.recv_timeout(until - self.clock.now()) {
                Ok(SoundEvent::Block(block)) => self.block(&block),
                Ok(SoundEvent::Lost(detail)) => return Err(self.mute(detail)),
                Err(_) => return Err(self.mute("it gives no sound".to_owned())),
            }
        }
        Ok(())
    }

    fn mute(&self, detail: String) -> OpenError {
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
                        self.lose("it closed".to_owned());
                    }
                },
                recv(self.orders) -> order => match order {
                    Ok(Order::Pause(_)) => self.attempt(AudioTrack::pause),
                    order => {
                        let at = match order { Ok(Order::Stop(at)) => at, _ => self.clock.now() };
                        self.last_words(at);
                        self.attempt(|track| track.finish(at));
                        self.send();
                        return self.microphone;
                    }
                },
                default(LOOK) => {}
            }
            self.look();
            self.send();
        }
    }

    /// Sound of the last moment is still on its way when stop is said.
    fn last_words(&mut self, at: Mono) {
        let until = self.clock.now() + LAST_WORDS;
        loop {
            match self.sound.try_recv() {
                Ok(event) => self.event(event),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {
                    let left = until - self.clock.now();
                    if self.track.covers(at) || self.state.lost || left.is_zero() {
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

    fn event(&mut self, event: SoundEvent) {
        match event {
            SoundEvent::Block(block) => self.block(&block),
            SoundEvent::Lost(detail) => self.lose(detail),
        }
    }

    fn block(&mut self, block: &SoundBlock) {
        self.state.lost = false;
        if let Some(loudness) = self.level.push(&block.samples) {
            self.meters.set_level(loudness.rms_db);
            self.meters.silent.store(loudness.silent, Ordering::Relaxed);
            match (loudness.changed, loudness.silent) {
                (true, true) => self.alarm(Alarm::MicrophoneSilent {
                    seconds: SILENT_AFTER,
                }),
                (true, false) => self.alarm(Alarm::MicrophoneHeard),
                _ => {}
            }
        }
        self.attempt(|track| track.block(block).map(|_| ()));
        self.meters.set_correction(self.track.correction_ppm());
    }

    /// Fills in for a device that says nothing, and tells of sound that found no room.
    fn look(&mut self) {
        let now = self.clock.now();
        let mut filled = Duration::ZERO;
        self.attempt(|track| track.tick(now).map(|f| filled = f));
        if !filled.is_zero() {
            self.lose("it gives no sound".to_owned());
        }
        let lost = self.microphone.lost_ms();
        let quiet = self.state.told.is_none_or(|told| now - told > TELLS_AGAIN);
        if lost > self.state.sound_lost_ms && quiet {
            self.state.told = Some(now);
            self.alarm(Alarm::SoundLost {
                millis: lost - self.state.sound_lost_ms,
            });
            self.state.sound_lost_ms = lost;
            self.meters.sound_lost_ms.store(lost, Ordering::Relaxed);
        }
    }

    /// Once per loss; a device that comes back may be lost again.
    fn lose(&mut self, detail: String) {
        self.meters.silent.store(true, Ordering::Relaxed);
        if !std::mem::replace(&mut self.state.lost, true) {
            self.alarm(Alarm::MicrophoneLost { detail });
        }
    }

    fn alarm(&self, alarm: Alarm) {
        let _ = self.out.send(Output::Alarm(alarm));
    }

    fn attempt(&mut self, step: impl FnOnce(&mut AudioTrack) -> Result<(), EncodeError>) {
        if self.state.failed {
            return;
        }
        if let Err(e) = step(&mut self.track) {
            self.state.failed = true;
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
