//! The take as a machine: `next(state, op) → (state, reaction)`. Pure, so that every order of
//! events can be tried.
//!
//! The upload runs beside the phases. It may give up (signed out, refused) while the
//! take goes on; only when everything is on disk does it decide how the take ends.

mod words;

use super::refusal::Refusal;

pub use words::{Cause, Ending, Phase};
pub(super) use words::{Effect, Line, Op, Parts, Reaction, op};

/// What becomes of the take when it is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Keep,
    Cancel,
    Restart,
}

/// The whole state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) line: Line,
    pub(super) cause: Option<Cause>,
    pub(super) muted: bool,
    has: Parts,
    then: Then,
    /// The take begins when it is asked for, not when the devices are open.
    waits: bool,
    /// A person asked to stop a second time.
    leaving: bool,
    /// A pause was asked for before the take began.
    start_paused: bool,
}

impl State {
    /// `waits`: the take begins when it is asked for.
    pub(super) const fn new(line: Line, has: Parts, waits: bool) -> Self {
        Self {
            phase: Phase::Opening,
            line,
            cause: None,
            muted: false,
            has,
            then: Then::Keep,
            waits,
            leaving: false,
            start_paused: false,
        }
    }

    /// The server takes no events, so nothing can be noted.
    pub(super) const fn without_events(&mut self) {
        self.has.events = false;
    }

    /// Other devices are open than were before.
    pub(super) const fn chosen(&mut self, has: Parts) {
        self.has = has;
        self.muted = self.muted && has.microphone;
    }

    /// The take begins when it is asked for.
    pub(super) const fn waits(self) -> bool {
        self.waits
    }

    /// What was chosen cannot be opened: nobody wants to record what was there before without looking at it.
    pub(super) const fn wait_again(&mut self) {
        self.waits = true;
    }

    /// A microphone that was muted stays so in the take that follows.
    #[must_use]
    pub(super) const fn again(self, line: Line) -> Self {
        Self {
            muted: self.muted,
            ..Self::new(line, self.has, false)
        }
    }

    /// The next state, and what to do on the way there.
    #[must_use]
    pub(super) fn next(mut self, op: Op) -> (Self, Reaction) {
        let reaction = match op {
            Op::Start | Op::Pause | Op::Resume | Op::TogglePause => self.steer(op),
            Op::Mute | Op::Unmute => self.mute(op == Op::Mute),
            Op::Face => self.face(),
            Op::Mark => self.mark(),
            Op::Draw => self.draw(),
            Op::Choose => self.choose(),
            Op::Preview => self.preview(),
            Op::Effects if self.ended() => Reaction::Refused(Refusal::AlreadyStopped),
            Op::Effects => Reaction::Do(Effect::Effects),
            Op::Stop => self.stop_requested(),
            Op::Restart => self.discard(Then::Restart, Cause::Restarted),
            Op::Cancel => self.discard(Then::Cancel, Cause::Cancelled),
            Op::ControlClosed => self.stop(Cause::ControlClosed),
            Op::DurationReached => self.stop(Cause::Duration),
            Op::TooLong => self.stop(Cause::TooLong),
            Op::CaptureEnded => self.stop(Cause::CaptureEnded),
            Op::WindowClosed => self.stop(Cause::WindowClosed),
            Op::DiskFailed { full: true } => self.stop(Cause::DiskFull),
            Op::DiskFailed { full: false } => self.stop(Cause::DiskFailed),
            Op::Opened => self.opened(),
            Op::CountdownOver => self.countdown_over(),
            Op::Sealed { parts } => self.sealed(parts),
            Op::UploadClosed(ending) => self.upload_closed(ending),
            Op::Uploaded => self.end_upload(Ending::Uploaded),
            Op::ServerTimedOut => self.end_upload(Ending::NoAnswer),
            Op::DeviceLost
            | Op::DeviceBack
            | Op::ScreenChanged
            | Op::NetworkAway
            | Op::NetworkBack => Reaction::Nothing,
        };
        (self, reaction)
    }

    const fn steer(&mut self, op: Op) -> Reaction {
        use Reaction::Refused;
        match (self.phase, op) {
            (Phase::Ready, Op::Start) => {
                self.phase = Phase::Preparing;
                Reaction::Nothing
            }
            // The devices are not open yet: the take does not wait any more when they are.
            (Phase::Opening, Op::Start) if self.waits => {
                self.waits = false;
                Reaction::Nothing
            }
            (Phase::Stopping | Phase::Uploading | Phase::Over(_), _) => {
                Refused(Refusal::AlreadyStopped)
            }
            // Nobody wants to wait for the rest of the countdown.
            (Phase::Preparing, Op::Start) => self.countdown_over(),
            (_, Op::Start) => Refused(Refusal::AlreadyStarted),

            (Phase::Recording, Op::Pause | Op::TogglePause) => {
                self.go(Phase::Paused, Effect::Pause)
            }
            (Phase::Paused, Op::Resume | Op::TogglePause) => {
                self.go(Phase::Recording, Effect::Resume)
            }
            (Phase::Paused, _) => Refused(Refusal::AlreadyPaused),
            (Phase::Recording, _) => Refused(Refusal::NotPaused),

            // Before the take: this is how it begins.
            (_, Op::Pause) if self.start_paused => Refused(Refusal::AlreadyPaused),
            (_, Op::Resume) if !self.start_paused => Refused(Refusal::NotPaused),
            _ => {
                self.start_paused = !self.start_paused;
                Reaction::Nothing
            }
        }
    }

    const fn mute(&mut self, muted: bool) -> Reaction {
        Reaction::Refused(match (self.ended(), self.has.microphone) {
            (true, _) => Refusal::AlreadyStopped,
            (_, false) => Refusal::NoMicrophone,
            _ if muted && self.muted => Refusal::AlreadyMuted,
            _ if !muted && !self.muted => Refusal::NotMuted,
            _ => {
                self.muted = muted;
                return Reaction::Do(Effect::Mute(muted));
            }
        })
    }

    const fn face(&self) -> Reaction {
        match (self.phase, self.has.camera) {
            (Phase::Opening | Phase::Ready, _) => Reaction::Refused(Refusal::NotStarted),
            _ if self.ended() => Reaction::Refused(Refusal::AlreadyStopped),
            (_, false) => Reaction::Refused(Refusal::NoCamera),
            _ if !self.has.events => Reaction::Refused(Refusal::NoEvents),
            _ => Reaction::Do(Effect::Face),
        }
    }

    const fn mark(&self) -> Reaction {
        match self.phase {
            Phase::Recording | Phase::Paused if self.has.events => Reaction::Do(Effect::Mark),
            Phase::Recording | Phase::Paused => Reaction::Refused(Refusal::NoEvents),
            Phase::Opening | Phase::Ready | Phase::Preparing => {
                Reaction::Refused(Refusal::NotStarted)
            }
            Phase::Stopping | Phase::Uploading | Phase::Over(_) => {
                Reaction::Refused(Refusal::AlreadyStopped)
            }
        }
    }

    const fn draw(&self) -> Reaction {
        match self.phase {
            Phase::Opening | Phase::Ready => Reaction::Refused(Refusal::NotStarted),
            _ if self.ended() => Reaction::Refused(Refusal::AlreadyStopped),
            _ => Reaction::Do(Effect::Draw),
        }
    }

    const fn choose(&mut self) -> Reaction {
        match self.phase {
            Phase::Opening if !self.waits => Reaction::Refused(Refusal::AlreadyStarted),
            Phase::Opening | Phase::Ready => self.go(Phase::Opening, Effect::Choose),
            Phase::Preparing | Phase::Recording | Phase::Paused => {
                Reaction::Refused(Refusal::AlreadyStarted)
            }
            Phase::Stopping | Phase::Uploading | Phase::Over(_) => {
                Reaction::Refused(Refusal::AlreadyStopped)
            }
        }
    }

    const fn preview(&self) -> Reaction {
        match (self.ended(), self.has.previews) {
            (true, _) => Reaction::Refused(Refusal::AlreadyStopped),
            (_, false) => Reaction::Refused(Refusal::NoPreview),
            _ => Reaction::Do(Effect::Preview),
        }
    }

    const fn opened(&mut self) -> Reaction {
        if matches!(self.phase, Phase::Opening) {
            self.phase = if self.waits {
                Phase::Ready
            } else {
                Phase::Preparing
            };
        }
        Reaction::Nothing
    }

    const fn countdown_over(&mut self) -> Reaction {
        match self.phase {
            Phase::Preparing if self.start_paused => self.go(Phase::Paused, Effect::StartPaused),
            Phase::Preparing => self.go(Phase::Recording, Effect::Start),
            _ => Reaction::Nothing,
        }
    }

    const fn sealed(&mut self, parts: usize) -> Reaction {
        if !matches!(self.phase, Phase::Stopping) {
            return Reaction::Nothing;
        }
        let again = !self.leaving;
        match (self.then, self.line) {
            (Then::Restart, _) => self.over(Ending::Trashed { again }),
            (Then::Cancel, _) => self.over(Ending::Cancelled),
            (Then::Keep, _) if parts == 0 => self.over(Ending::Nothing),
            (Then::Keep, Line::Off) => self.over(Ending::StaysHere),
            (Then::Keep, Line::Closed(ending)) => self.over(ending),
            (Then::Keep, Line::Open) if self.leaving => self.over(Ending::Left),
            (Then::Keep, Line::Open) => {
                self.phase = Phase::Uploading;
                Reaction::Nothing
            }
        }
    }

    const fn upload_closed(&mut self, ending: Ending) -> Reaction {
        if matches!(self.phase, Phase::Over(_)) {
            return Reaction::Nothing;
        }
        self.line = Line::Closed(ending);
        self.end_upload(ending)
    }

    const fn end_upload(&mut self, ending: Ending) -> Reaction {
        match self.phase {
            Phase::Uploading => self.over(ending),
            _ => Reaction::Nothing,
        }
    }

    const fn ended(&self) -> bool {
        matches!(
            self.phase,
            Phase::Stopping | Phase::Uploading | Phase::Over(_)
        )
    }

    const fn go(&mut self, phase: Phase, effect: Effect) -> Reaction {
        self.phase = phase;
        Reaction::Do(effect)
    }

    const fn over(&mut self, ending: Ending) -> Reaction {
        self.phase = Phase::Over(ending);
        Reaction::Nothing
    }

    const fn stop(&mut self, cause: Cause) -> Reaction {
        match self.phase {
            Phase::Opening | Phase::Ready => self.over(Ending::NotBegun),
            Phase::Preparing | Phase::Recording | Phase::Paused => {
                self.cause = Some(cause);
                self.go(Phase::Stopping, Effect::Stop(cause))
            }
            Phase::Stopping | Phase::Uploading | Phase::Over(_) => Reaction::Nothing,
        }
    }

    const fn stop_requested(&mut self) -> Reaction {
        match self.phase {
            // Even a device that does not close must not keep a person who asks three times. What is to become of the
            // take is done at the next start.
            Phase::Stopping if self.leaving => self.over(match self.then {
                Then::Keep => Ending::Left,
                Then::Cancel => Ending::Cancelled,
                Then::Restart => Ending::Trashed { again: false },
            }),
            Phase::Stopping => {
                self.leaving = true;
                Reaction::Nothing
            }
            Phase::Uploading => self.over(Ending::Left),
            Phase::Over(_) => Reaction::Refused(Refusal::AlreadyStopped),
            _ => self.stop(Cause::Asked),
        }
    }

    /// Ends a take that is not to be kept as it is.
    const fn discard(&mut self, then: Then, cause: Cause) -> Reaction {
        match (self.phase, then) {
            (Phase::Opening | Phase::Ready, Then::Cancel) => self.stop(cause),
            (Phase::Opening | Phase::Ready, _) => Reaction::Refused(Refusal::NotStarted),
            (Phase::Preparing | Phase::Recording | Phase::Paused, _) => {
                self.then = then;
                self.stop(cause)
            }
            // A server that has given its receipt keeps the recording: it is deleted on its page.
            (Phase::Stopping | Phase::Uploading | Phase::Over(_), _) => {
                Reaction::Refused(Refusal::AlreadyStopped)
            }
        }
    }
}

#[cfg(test)]
mod tests;
