//! What a take can be, what can happen to it, and what is to be done. Pure.

use crate::session::command::Command;
use crate::session::refusal::Refusal;

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
pub(in crate::session) enum Line {
    /// There is none.
    Off,
    Open,
    /// It stopped for good, and this is how the take will end.
    Closed(Ending),
}

/// Everything that can happen to a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Op {
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
    Draw,
    Choose,
    Preview,
    Effects,

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
pub(in crate::session) const fn op(command: &Command) -> Option<Op> {
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
        Command::Draw(_) => Op::Draw,
        Command::Choose(_) => Op::Choose,
        Command::Preview(_) => Op::Preview,
        Command::Effects(_) => Op::Effects,
        Command::ControlClosed => Op::ControlClosed,
        Command::Status => return None,
    })
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Effect {
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
    /// Draw what was asked for.
    Draw,
    /// Other devices are opened; report `Opened`.
    Choose,
    /// Show what was asked for.
    Preview,
    /// Draw what was asked for.
    Effects,
    /// Close the devices and report `Sealed`.
    Stop(Cause),
}

/// The answer of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Reaction {
    /// Taken in; there is nothing to do.
    Nothing,
    Do(Effect),
    Refused(Refusal),
}

/// What a take has; none of it changes while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::session) struct Parts {
    pub(in crate::session) microphone: bool,
    pub(in crate::session) camera: bool,
    pub(in crate::session) events: bool,
    /// Somebody can look at previews.
    pub(in crate::session) previews: bool,
}
