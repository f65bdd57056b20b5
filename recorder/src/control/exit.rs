//! Exit codes. Scripts rely on them: numbers keep their meaning, and are listed in
//! docs/RECORDER.md.

use std::process::ExitCode;

use crate::session::{Cause, Ending, KeptWhy, Outcome};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    Ok = 0,
    /// Something else went wrong; the message says what.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// No screen, no camera that was asked for, no microphone or no encoder; or it was lost in the middle of the take.
    NothingToCapture = 3,
    NotSignedIn = 4,
    /// The take is safe on this computer, and not (wholly) on the server.
    NotUploaded = 5,
    /// The disk is full; what was recorded before is safe.
    DiskFull = 6,
    /// There is no take to steer, or it does not do what it was asked at the moment.
    Refused = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// What a take means for a script. A full disk goes before everything else: somebody has to
    /// do something about it.
    pub fn of(outcome: &Outcome) -> Self {
        match (outcome.cause, outcome.ending) {
            (Some(Cause::DiskFull), _) => Self::DiskFull,
            (Some(Cause::DiskFailed), _) => Self::Failed,
            (Some(Cause::CaptureEnded), Ending::Uploaded | Ending::StaysHere | Ending::Nothing) => {
                Self::NothingToCapture
            }
            // Also when the window that was recorded was closed.
            (
                _,
                Ending::Uploaded
                | Ending::StaysHere
                | Ending::Nothing
                | Ending::NotBegun
                | Ending::Cancelled
                | Ending::Trashed { .. },
            ) => Self::Ok,
            (_, Ending::SignedOut) => Self::NotSignedIn,
            (_, Ending::Refused | Ending::Damaged | Ending::NoAnswer | Ending::Left) => {
                Self::NotUploaded
            }
        }
    }

    /// The same for an earlier take that stays on this computer.
    pub(super) const fn of_kept(why: KeptWhy) -> Self {
        match why {
            KeptWhy::SignedOut | KeptWhy::NoServer => Self::NotSignedIn,
            _ => Self::NotUploaded,
        }
    }
}
