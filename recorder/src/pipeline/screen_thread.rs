//! The screen's thread: waits for change, keeps the pace, paints.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use crossbeam_channel::Sender;

use super::meters::PictureMeters;
use super::pace::Pace;
use super::preview::PreviewPace;
use super::types::{Alarm, EndReason};
use crate::clock::{Clock, Mono};
use crate::compose::{Canvas, Picture};
use crate::source::drawing::Board;
use crate::source::{Painted, Screen, ScreenEvent, ScreenLost, ShownEffects, Wake, Waker};

/// How often a screen that is not recorded is listened to.
const IDLE_INTERVAL: Duration = Duration::from_millis(250);

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
const STOPPED: u8 = 2;

/// Tells the thread of a screen or a camera what to do, and wakes it.
#[derive(Debug)]
pub(super) struct CaptureControl {
    state: AtomicU8,
    /// Rests that were asked for.
    rests: AtomicU32,
    effects: AtomicU8,
    /// What the speaker draws.
    board: Arc<Board>,
    waker: Waker,
}

const CLICKS: u8 = 1;
const KEYS: u8 = 2;

impl CaptureControl {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            state: AtomicU8::new(IDLE),
            rests: AtomicU32::new(0),
            effects: AtomicU8::new(0),
            board: Arc::default(),
            waker: Waker::new()?,
        })
    }
    pub(super) fn run(&self) {
        self.set(RUNNING);
    }
    pub(super) fn idle(&self) {
        self.rests.fetch_add(1, Ordering::SeqCst);
        self.set(IDLE);
    }
    pub(super) fn stop(&self) {
        self.set(STOPPED);
    }
    /// What is drawn into the pictures of a screen from now on.
    pub(super) fn show(&self, effects: ShownEffects) {
        let bits = u8::from(effects.clicks) * CLICKS + u8::from(effects.keys) * KEYS;
        self.effects.store(bits, Ordering::SeqCst);
        self.waker.wake();
    }
    fn effects(&self) -> ShownEffects {
        let bits = self.effects.load(Ordering::SeqCst);
        ShownEffects {
            clicks: bits & CLICKS != 0,
            keys: bits & KEYS != 0,
        }
    }
    fn set(&self, state: u8) {
        // Nothing comes after stop.
        let _ = self
            .state
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |s| {
                (s != STOPPED).then_some(state)
            });
        self.waker.wake();
    }
    fn get(&self) -> u8 {
        self.state.load(Ordering::SeqCst)
    }
    pub(super) fn is_running(&self) -> bool {
        self.get() == RUNNING
    }
    pub(super) fn is_stopped(&self) -> bool {
        self.get() == STOPPED
    }
    pub(super) fn board(&self) -> &Arc<Board> {
        &self.board
    }
    pub(super) fn waker(&self) -> &Waker {
        &self.waker
    }
}

/// What goes to the video track.
pub(super) enum Frame {
    Picture {
        at: Mono,
        picture: Arc<Picture>,
    },
    Alarm(Alarm),
    /// No more pictures will come.
    Ended(EndReason),
}

pub(super) struct ScreenThread {
    pub screen: Box<dyn Screen>,
    pub canvas: Canvas,
    pub pace: Pace,
    pub clock: Arc<dyn Clock>,
    pub control: Arc<CaptureControl>,
    pub meters: Arc<PictureMeters>,
    pub out: Sender<Frame>,
}

impl ScreenThread {
    /// Runs until it is stopped, the screen is gone or nobody takes the pictures any more. Returns the screen, so that
    /// the caller can close it after everything is said.
    pub(super) fn run(mut self) -> Box<dyn Screen> {
        let control = Arc::downgrade(&self.control);
        let board = self.control.board();
        board.tell_picture(move || {
            if let Some(control) = control.upgrade() {
                control.waker.wake();
            }
        });
        self.screen.draw(board);
        if let Err(lost) = self.record() {
            let reason = EndReason::ScreenLost(lost.to_string());
            let _ = self.out.send(Frame::Ended(reason));
        }
        self.screen
    }

    fn record(&mut self) -> Result<(), ScreenLost> {
        let control = Arc::clone(&self.control);
        // After a rest the whole screen is due, changed or not: it begins the take, or ends a pause.
        let (mut resting, mut changed) = (true, false);
        let mut rests = 0;
        let mut preview = PreviewPace::default();
        let mut effects = ShownEffects::default();
        loop {
            self.report_events(resting);
            self.show_effects(&mut effects)?;
            // A rest that was over before it was noticed ended the track's part all the same: it waits for a picture.
            let asked = control.rests.load(Ordering::SeqCst);
            resting |= std::mem::replace(&mut rests, asked) != asked;
            match control.get() {
                STOPPED => return Ok(()),
                IDLE if self.meters.preview().is_some() => {
                    resting = true;
                    self.meters.not_due();
                    self.preview(&mut preview)?;
                    continue;
                }
                IDLE => {
                    resting = true;
                    self.meters.not_due();
                    // What changes now is looked at when the rest is over; this only keeps the source's queue short. It
                    // comes back at once while it knows of a change, hence the nap.
                    if self.screen.wait(&control.waker, None)? == Wake::Changed
                        && control.get() == IDLE
                    {
                        control.waker.wait(None, Some(IDLE_INTERVAL));
                    }
                    continue;
                }
                _ => self.meters.offer_again(&self.canvas),
            }
            if !changed && !resting {
                changed = self.screen.wait(&control.waker, None)? == Wake::Changed;
                continue;
            }
            self.meters.due(self.clock.now());
            let wait = self.pace.wait(self.clock.now());
            if !wait.is_zero() {
                control.waker.wait(None, Some(wait));
                continue;
            }
            match self.take_picture(resting)? {
                Taken::Sent => {
                    (resting, changed) = (false, false);
                    self.meters.not_due();
                }
                Taken::Nothing => {
                    changed = false;
                    self.meters.not_due();
                }
                Taken::Dropped => {}
                Taken::NoReceiver => return Ok(()),
            }
        }
    }

    /// Draws what is wanted now; says so where that is not possible.
    fn show_effects(&mut self, shown: &mut ShownEffects) -> Result<(), ScreenLost> {
        let wanted = self.control.effects();
        if wanted == std::mem::replace(shown, wanted) {
            return Ok(());
        }
        if !self.screen.show(wanted)? && wanted != ShownEffects::default() {
            let _ = self.out.try_send(Frame::Alarm(Alarm::NoEffects));
        }
        Ok(())
    }

    /// Hands on what the screen has to say.
    fn report_events(&mut self, resting: bool) {
        let area = self.screen.area();
        if area != self.meters.area.get() {
            self.meters.area.set(area);
        }
        while let Some(news) = self.screen.next_event() {
            let alarm = match news {
                ScreenEvent::Scaled { screen, picture } => Alarm::ScreenScaled { screen, picture },
                ScreenEvent::Unscaled { picture } => Alarm::ScreenUnscaled { picture },
                ScreenEvent::DisplayGone => Alarm::DisplayGone,
                ScreenEvent::WindowHidden => Alarm::WindowHidden,
                ScreenEvent::WindowShown => Alarm::WindowShown,
                ScreenEvent::WindowClosed => {
                    let _ = self.out.send(Frame::Ended(EndReason::WindowClosed));
                    continue;
                }
                // Nobody misses what comes while nothing is recorded.
                ScreenEvent::Replaced(_) if resting => continue,
                ScreenEvent::Replaced(pictures) => {
                    self.meters.dropped.fetch_add(pictures, Ordering::Relaxed);
                    continue;
                }
            };
            // Said seldom, and not waited for: where there is no room a picture is worth more.
            let _ = self.out.try_send(Frame::Alarm(alarm));
        }
    }

    fn take_picture(&mut self, whole: bool) -> Result<Taken, ScreenLost> {
        if self.out.is_full() {
            return Ok(self.dropped());
        }
        let at = match self.screen.paint(&mut self.canvas, whole)? {
            Painted::At(at) => at,
            Painted::NoRoom => return Ok(self.dropped()),
            Painted::Nothing => return Ok(Taken::Nothing),
        };
        self.pace_taken();
        self.meters.captured.fetch_add(1, Ordering::Relaxed);
        let Some(picture) = self.canvas.finish() else {
            return Ok(Taken::Nothing);
        };
        let black = picture.is_black();
        self.meters.black.store(black, Ordering::Relaxed);
        if let Some(slot) = self.meters.preview() {
            slot.offer(&picture);
        }
        // Not full a moment ago, and nobody else sends: this does not block.
        Ok(match self.out.send(Frame::Picture { at, picture }) {
            Ok(()) => Taken::Sent,
            Err(_) => Taken::NoReceiver,
        })
    }

    /// Nothing is recorded: a picture for the preview alone, or a wait for one.
    fn preview(&mut self, pace: &mut PreviewPace) -> Result<(), ScreenLost> {
        let (control, meters) = (Arc::clone(&self.control), Arc::clone(&self.meters));
        let Some(slot) = meters.preview() else {
            return Ok(());
        };
        let wait = pace.wait(self.clock.now());
        if !wait.is_zero() {
            control.waker.wait(None, Some(wait));
            return Ok(());
        }
        let first = slot.is_hungry();
        if !first && self.screen.wait(&control.waker, None)? != Wake::Changed {
            return Ok(());
        }
        pace.taken(self.clock.now(), slot.interval());
        match self.screen.paint(&mut self.canvas, first)? {
            Painted::At(_) => {
                if let Some(picture) = self.canvas.finish() {
                    slot.offer(&picture);
                }
            }
            Painted::NoRoom | Painted::Nothing => meters.offer_again(&self.canvas),
        }
        Ok(())
    }

    fn pace_taken(&mut self) {
        self.pace
            .set_divisor(self.meters.divisor.load(Ordering::Relaxed));
        self.pace.taken(self.clock.now());
    }

    fn dropped(&mut self) -> Taken {
        self.meters.dropped.fetch_add(1, Ordering::Relaxed);
        self.pace_taken();
        Taken::Dropped
    }
}

enum Taken {
    Sent,
    /// Nothing had changed after all.
    Nothing,
    /// The encoder is behind; the change is still due.
    Dropped,
    NoReceiver,
}
