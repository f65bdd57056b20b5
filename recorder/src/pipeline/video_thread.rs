//! The video track's thread: encodes what comes, repeats what stands.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use crossbeam_channel::{Receiver, Sender, never, select};

use super::byte_budget::ByteBudget;
use super::effort::EffortRule;
use super::meters::PictureMeters;
use super::screen_thread::Frame;
use super::track::Order;
use super::types::{Alarm, EndReason, Output};
use super::video::{Replaced, VideoTrack};
use crate::clock::Clock;
use crate::encode::{Budget, EncodeError};

/// Nothing to do: an order or a picture will wake the thread.
const NOTHING_DUE: Duration = Duration::from_secs(3600);

pub(super) struct VideoThread {
    pub track: VideoTrack,
    pub clock: Arc<dyn Clock>,
    pub meters: Arc<PictureMeters>,
    pub frames: Receiver<Frame>,
    pub orders: Receiver<Order>,
    pub out: Sender<Output>,
    /// Of the parts in `out`; sound needs none, its parts are small.
    pub budget: Arc<ByteBudget>,
    pub effort: EffortRule,
    pub budget_now: Budget,
    /// How long the encoder worked since the effort was last decided on.
    pub busy: Duration,
    /// The encoder failed: what it made before is kept, nothing new is tried.
    pub failed: bool,
}

impl VideoThread {
    pub(super) fn run(mut self) {
        loop {
            let due = self
                .track
                .due(self.clock.now())
                .filter(|_| !self.failed)
                .unwrap_or(NOTHING_DUE);
            let frames = self.frames.clone();
            select! {
                recv(frames) -> frame => match frame {
                    Ok(frame) => self.frame(frame),
                    Err(_) => self.frames = never(),
                },
                recv(self.orders) -> order => match order {
                    Ok(Order::Quality(quality)) => {
                        self.meters.quality_step.store(quality.number(), Ordering::Relaxed);
                        self.set_budget(Budget { quality, ..self.budget_now });
                    }
                    Ok(Order::Pause(at)) => {
                        self.queued();
                        self.attempt(|track| track.pause(at));
                    }
                    order => {
                        // A pipeline that was dropped without stop ends now.
                        let at = match order { Ok(Order::Stop(at)) => at, _ => self.clock.now() };
                        self.queued();
                        self.attempt(|track| track.finish(at));
                        self.send();
                        return;
                    }
                },
                default(due) => {}
            }
            if self.frames.is_empty() {
                let now = self.clock.now();
                self.attempt(|track| track.tick(now));
            }
            self.keep_up();
            self.send();
        }
    }

    fn set_budget(&mut self, budget: Budget) {
        self.budget_now = budget;
        self.attempt(|track| track.set_budget(budget));
    }

    /// Spends less on each picture, or takes fewer, while pictures have to be dropped.
    fn keep_up(&mut self) {
        let now = self.clock.now();
        if !self.effort.is_due(now) {
            return;
        }
        let dropped = self.meters.dropped.load(Ordering::Relaxed);
        let busy = std::mem::take(&mut self.busy);
        let Some(step) = self.effort.decide(now, dropped, busy) else {
            return;
        };
        let number = self.effort.number();
        let worse = number > self.meters.effort_step.swap(number, Ordering::Relaxed);
        self.meters.divisor.store(step.divisor, Ordering::Relaxed);
        self.set_budget(Budget {
            effort: step.effort,
            ..self.budget_now
        });
        let divisor = step.divisor;
        let alarm = match (worse, number) {
            (true, _) => Alarm::EffortLowered { divisor },
            (false, 0) => Alarm::EffortRestored,
            (false, _) => return,
        };
        let _ = self.out.send(Output::Alarm(alarm));
    }

    /// Pictures that are on their way already belong before the order.
    fn queued(&mut self) {
        while let Ok(frame) = self.frames.try_recv() {
            self.frame(frame);
        }
    }

    fn frame(&mut self, frame: Frame) {
        match frame {
            Frame::Picture { at, picture } => {
                self.meters.taken.fetch_add(1, Ordering::Relaxed);
                self.attempt(|track| track.frame(at, picture));
            }
            Frame::Alarm(alarm) => {
                let _ = self.out.send(Output::Alarm(alarm));
            }
            Frame::Ended(reason) => {
                let _ = self.out.send(Output::Ended(reason));
            }
        }
    }

    fn attempt(&mut self, step: impl FnOnce(&mut VideoTrack) -> Result<(), EncodeError>) {
        if self.failed {
            return;
        }
        let begin = self.clock.now();
        let done = step(&mut self.track);
        self.busy += self.clock.now() - begin;
        if let Err(e) = done {
            self.failed = true;
            let (track, detail) = (self.track.name(), e.to_string());
            // A take whose screen and sound are whole goes on without its camera.
            let said = match track {
                TrackName::Camera => Output::Alarm(Alarm::CameraFailed { detail }),
                _ => Output::Ended(EndReason::EncoderFailed { track, detail }),
            };
            let _ = self.out.send(said);
        }
        for replaced in self.track.take_replaced() {
            let track = self.track.name();
            let Replaced { from, to, why } = replaced;
            let _ = self.out.send(Output::Alarm(Alarm::EncoderReplaced {
                track,
                from,
                to,
                why,
            }));
        }
        self.meters
            .encoded
            .store(self.track.encoded(), Ordering::Relaxed);
    }

    fn send(&mut self) {
        for mut part in self.track.take() {
            if let Some(init) = self.track.take_init(part.init) {
                let track = self.track.name();
                let _ = self.out.send(Output::Init { track, init });
            }
            part.reservation = self.budget.take(part.bytes.len());
            self.meters.parts.fetch_add(1, Ordering::Relaxed);
            // Without a listener there is nobody to tell; stop follows.
            let _ = self.out.send(Output::Part(part));
        }
    }
}
