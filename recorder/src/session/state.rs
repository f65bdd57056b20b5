//! The take as a machine: `next(state, op) → (state, reaction)`. Pure, so that every order of
//! events can be tried.
//!
//! The upload runs beside the phases. It may give up (signed out, refused) while the
//! take goes on; only when everything is on disk does it decide how the take ends.

use super::command::Command;
use super::refusal::Refusal;

/// Where a take is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The devices are being opened; there is no take yet.
    Opening,
    /// The devices are open and their levels are shown; `start` begins the take.
    Ready,
    /// The link is out, the devices are open, nothing is recorded yet.
    Preparing,
    Recording,
    Paused,
    /// The devices are closing, the last parts come off the encoders.
    Stopping,
    /// Everything is on disk; the server lacks some of it.
    Uploading,
    Over(Ending),
}

impl Phase {
    /// As programs read it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Ready => "ready",
            Self::Preparing => "countdown",
            Self::Recording => "recording",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Uploading => "uploading",
            Self::Over(_) => "over",
        }
    }
}

/// How a take ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every part is on the server, proved by its receipt.
    Uploaded,
    /// It stays on this computer, as was asked for or because there is no server.
    StaysHere,
    /// It stays here until somebody signs in.
    SignedOut,
    /// It stays here: the server does not take it.
    Refused,
    /// It stays here: some of it can neither be read here nor is it on the server.
    Damaged,
    /// It stays here: the server did not answer for too long.
    NoAnswer,
    /// It stays here: a person did not want to wait.
    Left,
    /// Stopped before the first part; nothing is left of it anywhere.
    Nothing,
    /// A person cancelled it: it is deleted here and on the server.
    Cancelled,
    /// A person began anew: it lies in the trash of this computer and is deleted on the server. `again`: another take
    /// follows at once.
    Trashed { again: bool },
    /// Stopped before there was a take.
    NotBegun,
}

/// Why recording stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A person, or the program that steers.
    Asked,
    /// The program that steers closed its end of the control pipe.
    ControlClosed,
    /// The wished length is reached.
    Duration,
    /// The screen or an encoder is gone.
    CaptureEnded,
    /// The window that was recorded was closed: the take ends as it should.
    WindowClosed,
    /// As many parts as a server takes.
    TooLong,
    DiskFull,
    /// The disk failed in another way.
    DiskFailed,
    Cancelled,
    Restarted,
}

/// How the upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// There is none.
    Off,
    Open,
    /// It stopped for good, and this is how the take will end.
    Closed(Ending),
}

/// Everything that can happen to a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    // Asked for; refused where it makes no sense.
    Start,
    Stop,
    Pause,
    Resume,
    TogglePause,
    Restart,
    Cancel,
    Mute,
    Unmute,
    Face,
    Mark,
    Choose,
    Preview,

    /// The program that steers is gone.
    ControlClosed,
    /// The devices are open.
    Opened,
    CountdownOver,
    DurationReached,
    CaptureEnded,
    WindowClosed,
    /// A track has nearly as many parts as a server takes.
    TooLong,
    DiskFailed {
        full: bool,
    },
    /// The devices are closed and every part is on disk.
    Sealed {
        parts: usize,
    },
    /// The server has proved that it holds everything.
    Uploaded,
    /// The upload stopped for good.
    UploadClosed(Ending),
    /// Nobody answered for longer than anybody wants to wait.
    ServerTimedOut,

    // The take goes on: alarms tell of these.
    /// A microphone or camera was unplugged, or its server went away.
    DeviceLost,
    DeviceBack,
    /// The screen or window has another size.
    ScreenChanged,
    NetworkAway,
    NetworkBack,
}

/// What a command is to the machine; `None`: it only asks.
pub(super) const fn op(command: &Command) -> Option<Op> {
    Some(match command {
        Command::Start => Op::Start,
        Command::Stop => Op::Stop,
        Command::Pause => Op::Pause,
        Command::Resume => Op::Resume,
        Command::TogglePause => Op::TogglePause,
        Command::Restart => Op::Restart,
        Command::Cancel => Op::Cancel,
        Command::Mute => Op::Mute,
        Command::Unmute => Op::Unmute,
        Command::Face(_) => Op::Face,
        Command::Mark { .. } => Op::Mark,
        Command::Choose(_) => Op::Choose,
        Command::Preview(_) => Op::Preview,
        Command::ControlClosed => Op::ControlClosed,
        Command::Status => return None,
    })
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Start,
    /// The take begins with a pause; nothing is recorded before the first `Resume`.
    StartPaused,
    Pause,
    Resume,
    Mute(bool),
    /// The face gets the place that was asked for.
    Face,
    /// A mark is set at this moment.
    Mark,
    /// Other devices are opened; report `Opened`.
    Choose,
    /// Show what was asked for.
    Preview,
    /// Close the devices and report `Sealed`.
    Stop(Cause),
}

/// The answer of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Taken in; there is nothing to do.
    Nothing,
    Do(Effect),
    Refused(Refusal),
}

/// What a take has; none of it changes while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Parts {
    pub(super) microphone: bool,
    pub(super) camera: bool,
    pub(super) events: bool,
    /// Somebody can look at previews.
    pub(super) previews: bool,
}

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
            Op::Choose => self.choose(),
            Op::Preview => self.preview(),
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
