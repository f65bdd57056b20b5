//! The camera's thread: reads frames, paints those that are recorded, and opens the device again when it is gone.
//!
//! Nothing waits for it. Where the encoder is behind, the oldest picture of the queue makes room and is counted.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError};

use super::meters::PictureMeters;
use super::preview::PreviewPace;
use super::rate::Rate;
use super::screen_thread::{CaptureControl, Frame};
use super::types::Alarm;
use crate::clock::{Clock, Mono};
use crate::compose::{Picture, Size};
use crate::source::{Camera, CameraLost, OpenError};

/// Pictures between the camera and its encoder.
pub(super) const QUEUED: usize = 8;
/// A camera that is gone is looked for this often.
const RETRY: Duration = Duration::from_secs(1);
/// A camera that gives nothing for so long is gone, whatever its driver says.
const SILENCE: Duration = Duration::from_secs(2);
/// A take whose camera has not given anything for so long begins with a black picture.
const FIRST_PICTURE: Duration = Duration::from_secs(1);
/// A frame that is this much later than the quickest one is not painted: the machine is behind, and newer ones wait.
const STALE: Duration = Duration::from_millis(300);
/// Longest wait for a frame before other things are looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Opens the camera on the thread that reads it, again and again.
pub type OpenCamera = Box<dyn FnMut() -> Result<Box<dyn Camera>, OpenError> + Send>;

pub(super) struct CameraThread {
    pub open: OpenCamera,
    pub camera: Option<Box<dyn Camera>>,
    /// Of the recorded pictures; it never changes.
    pub size: Size,
    pub rate: Rate,
    pub clock: Arc<dyn Clock>,
    pub control: Arc<CaptureControl>,
    pub meters: Arc<PictureMeters>,
    pub out: Sender<Frame>,
    /// The other end of `out`, for taking the oldest picture back.
    pub queued: Receiver<Frame>,
}

/// What the loop carries from one turn to the next.
struct State {
    pictures: Vec<Arc<Picture>>,
    /// Alarms that found no room yet.
    unsaid: Vec<Alarm>,
    /// Since when the take has run without a picture of the camera; `None` once there was one.
    without: Option<Mono>,
    begun: bool,
    /// When the last frame came, or when the camera was opened.
    heard: Mono,
    /// From capture to arrival, of the quickest frame of this device.
    quickest: Duration,
    /// Since when the camera is gone, and when it is looked for again.
    gone: Option<(Mono, Mono)>,
    preview: PreviewPace,
}

impl CameraThread {
    /// Runs until it is stopped or nobody takes the pictures any more. Returns the camera, so that the caller can close it
    /// after everything is said.
    ///
    /// `refused`: why the camera was not opened, where the take has begun without it.
    pub(super) fn run(mut self, refused: Option<&OpenError>) -> Option<Box<dyn Camera>> {
        let now = self.clock.now();
        let mut state = State {
            pictures: Vec::new(),
            unsaid: Vec::new(),
            without: None,
            begun: false,
            heard: now,
            quickest: Duration::MAX,
            gone: None,
            preview: PreviewPace::default(),
        };
        if let Some(refused) = refused {
            self.lose(&mut state, &CameraLost(refused.to_string()));
        }
        loop {
            if self.control.is_stopped() {
                return self.camera;
            }
            if self.camera.is_none() {
                self.look_for(&mut state);
            }
            match self.step(&mut state) {
                Ok(true) => {}
                Ok(false) => return self.camera,
                Err(lost) => self.lose(&mut state, &lost),
            }
            if !self.say(&mut state) {
                return self.camera;
            }
        }
    }

    /// One frame, or a wait for one. `false`: nobody takes pictures any more.
    fn step(&mut self, state: &mut State) -> Result<bool, CameraLost> {
        let control = Arc::clone(&self.control);
        let Some(camera) = &mut self.camera else {
            let wait = state
                .gone
                .map_or(RETRY, |(_, retry)| retry - self.clock.now());
            control.waker().wait(None, Some(wait.min(POLL_INTERVAL)));
            return Ok(self.begin_without(state));
        };
        let frame = camera.next(control.waker(), POLL_INTERVAL)?;
        let now = self.clock.now();
        let Some(at) = frame else {
            if now - state.heard > SILENCE {
                let why = format!("nothing came for {} seconds", SILENCE.as_secs());
                return Err(CameraLost(why));
            }
            return Ok(self.begin_without(state));
        };
        state.heard = now;
        self.rate
            .set_divisor(self.meters.divisor.load(Ordering::Relaxed));
        state.quickest = state.quickest.min(now - at);
        if !control.is_running() {
            self.preview(state)?;
            return Ok(true);
        }
        if !self.rate.takes(at) {
            return Ok(true);
        }
        if now - at > state.quickest + STALE {
            self.meters.dropped.fetch_add(1, Ordering::Relaxed);
            return Ok(true);
        }
        let Some(mut picture) = state.free(self.size) else {
            // Every picture is queued or being encoded.
            self.meters.dropped.fetch_add(1, Ordering::Relaxed);
            return Ok(true);
        };
        // Free, so nobody else holds it.
        let painted = match Arc::get_mut(&mut picture) {
            Some(target) => camera.paint(target)?,
            None => false,
        };
        state.pictures.push(Arc::clone(&picture));
        if !painted {
            self.meters.dropped.fetch_add(1, Ordering::Relaxed);
            return Ok(true);
        }
        self.meters.captured.fetch_add(1, Ordering::Relaxed);
        let dark = picture.is_dark();
        self.meters.dark.store(dark, Ordering::Relaxed);
        state.begun = true;
        if let Some(slot) = self.meters.preview() {
            slot.offer(&picture);
        }
        Ok(self.send(state, Frame::Picture { at, picture }))
    }

    /// Nothing is recorded: the frame that came is painted for a preview alone.
    fn preview(&mut self, state: &mut State) -> Result<(), CameraLost> {
        let now = self.clock.now();
        let (Some(slot), Some(camera)) = (self.meters.preview(), &mut self.camera) else {
            return Ok(());
        };
        if !state.preview.wait(now).is_zero() {
            return Ok(());
        }
        state.preview.taken(now, slot.interval());
        let Some(mut picture) = state.free(self.size) else {
            return Ok(());
        };
        let painted = match Arc::get_mut(&mut picture) {
            Some(target) => camera.paint(target)?,
            None => false,
        };
        if painted {
            slot.offer(&picture);
        }
        state.pictures.push(picture);
        Ok(())
    }

    /// A take goes on without its camera: with a black picture, if there was none yet. `false`: nobody takes pictures any more.
    fn begin_without(&self, state: &mut State) -> bool {
        if state.begun || !self.control.is_running() {
            return true;
        }
        let now = self.clock.now();
        let since = *state.without.get_or_insert(now);
        if now - since < FIRST_PICTURE {
            return true;
        }
        state.begun = true;
        let picture = Arc::new(Picture::black(self.size));
        self.send(state, Frame::Picture { at: now, picture })
    }

    /// Hands a picture on; where there is no room, the oldest makes way.
    fn send(&self, state: &mut State, frame: Frame) -> bool {
        let mut frame = frame;
        loop {
            frame = match self.out.try_send(frame) {
                Ok(()) => return true,
                Err(TrySendError::Disconnected(_)) => return false,
                Err(TrySendError::Full(frame)) => frame,
            };
            match self.queued.try_recv() {
                Ok(Frame::Alarm(alarm)) => state.unsaid.push(alarm),
                Ok(_) => {
                    self.meters.taken.fetch_add(1, Ordering::Relaxed);
                    self.meters.dropped.fetch_add(1, Ordering::Relaxed);
                }
                // Taken meanwhile.
                Err(_) => {}
            }
        }
    }

    fn lose(&mut self, state: &mut State, lost: &CameraLost) {
        let detail = match self.camera.take() {
            Some(camera) => format!("{}: {lost}", camera.name()),
            None => lost.to_string(),
        };
        let now = self.clock.now();
        state.gone = Some((now, now + RETRY));
        self.meters.lost(now);
        state.unsaid.push(Alarm::CameraLost { detail });
    }

    fn look_for(&mut self, state: &mut State) {
        let now = self.clock.now();
        let (since, retry) = *state.gone.get_or_insert((now, now));
        if now < retry {
            return;
        }
        match (self.open)() {
            Ok(camera) => {
                let now = self.clock.now();
                self.camera = Some(camera);
                self.rate.restart();
                (state.gone, state.heard) = (None, now);
                state.quickest = Duration::MAX;
                self.meters.back(now);
                let millis = u64::try_from((now - since).as_millis()).unwrap_or(u64::MAX);
                state.unsaid.push(Alarm::CameraBack { millis });
            }
            Err(error) => {
                tracing::debug!(%error, "the camera is still gone");
                state.gone = Some((since, self.clock.now() + RETRY));
            }
        }
    }

    /// Says what happened, when there is room. `false`: nobody listens any more.
    fn say(&self, state: &mut State) -> bool {
        while let Some(alarm) = state.unsaid.first() {
            match self.out.try_send(Frame::Alarm(alarm.clone())) {
                Ok(()) => drop(state.unsaid.remove(0)),
                Err(TrySendError::Full(_)) => return true,
                Err(TrySendError::Disconnected(_)) => return false,
            }
        }
        true
    }
}

/// Pictures of a camera at most: as many as can be queued, one that is painted, one that is encoded, one that is kept for
/// repeats, one for a preview.
const PICTURES: usize = QUEUED + 4;

impl State {
    /// A picture that nobody reads; taken out of the list.
    fn free(&mut self, size: Size) -> Option<Arc<Picture>> {
        let free = self
            .pictures
            .iter_mut()
            .position(|p| Arc::get_mut(p).is_some());
        match free {
            Some(n) => Some(self.pictures.swap_remove(n)),
            None if self.pictures.len() < PICTURES => Some(Arc::new(Picture::black(size))),
            None => None,
        }
    }
}
