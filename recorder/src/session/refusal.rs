//! Why a command is not carried out. The take goes on as it was.

use serde::Serialize;

/// One reason; its text is for people, its name in JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[error("nothing is recorded yet")]
    NotStarted,
    #[error("the take has already begun")]
    AlreadyStarted,
    #[error("the take is already paused")]
    AlreadyPaused,
    #[error("the take is not paused")]
    NotPaused,
    #[error("the recording has already stopped; delete it on its page if it should not be kept")]
    AlreadyStopped,
    #[error("the take has no microphone that can be muted")]
    NoMicrophone,
    #[error("the microphone is already muted")]
    AlreadyMuted,
    #[error("the microphone is not muted")]
    NotMuted,
    #[error("the take has no camera")]
    NoCamera,
    #[error("previews are for the program that started the recorder with --control stdio")]
    NoPreview,
    #[error(
        "this desktop lets no program show something over other windows, so drawing would not be seen by the one who draws; it works on X11, with a screen, an area or a window"
    )]
    NoOverlay,
    #[error("the server is older than this aside and takes neither marks nor places of the face")]
    NoEvents,
}
