//! What a person (or a program for them) may ask of a take.

use aside_protocol::layout::{Corner, Face, FaceSize, LayoutMoment};
use crossbeam_channel::Sender;

use super::chosen::{Choice, EffectsChange};
use super::drawing::DrawChange;
use super::refusal::Refusal;

/// Looks of a preview a second, at most.
pub const MAX_PER_SECOND: u32 = 10;

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin the take that was prepared.
    Start,
    /// Stop and finish. Asked again: leave the rest to the next start.
    Stop,
    Pause,
    /// Go on after a pause.
    Resume,
    /// Pause, or go on after a pause.
    TogglePause,
    /// Move the take to the trash of this computer and begin another one.
    Restart,
    /// End the take and leave nothing of it, here or on the server.
    Cancel,
    Mute,
    Unmute,
    /// Show the face otherwise from this moment on.
    Face(FaceChange),
    /// Set a mark at this moment; an empty title is one without a name.
    Mark {
        title: String,
    },
    /// Record something else; before the take begins.
    Choose(Box<Choice>),
    /// Show small pictures and levels, or no more.
    Preview(PreviewChange),
    /// Draw clicks and keys into the picture, or no more.
    Effects(EffectsChange),
    /// Draw with the pointer or with places that come with it, or take back what was drawn.
    Draw(DrawChange),
    /// How the take stands.
    Status,
    /// The program that steers closed its end of the pipe.
    ControlClosed,
}

impl Command {
    /// The word of the command in JSON and in messages.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::TogglePause => "toggle_pause",
            Self::Restart => "restart",
            Self::Cancel => "cancel",
            Self::Mute => "mute",
            Self::Unmute => "unmute",
            Self::Face(_) => "face",
            Self::Mark { .. } => "mark",
            Self::Choose(_) => "choose",
            Self::Preview(_) => "preview",
            Self::Effects(_) => "effects",
            Self::Draw(_) => "draw",
            Self::Status => "status",
            Self::ControlClosed => "control_closed",
        }
    }
}

/// What is to be shown otherwise; the rest stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PreviewChange {
    pub screen: Option<bool>,
    pub camera: Option<bool>,
    pub levels: Option<bool>,
    /// 1 to [`MAX_PER_SECOND`].
    pub per_second: Option<u32>,
}

/// What is to change about the face; the rest stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FaceChange {
    pub face: Option<Face>,
    pub corner: Option<Corner>,
    pub size: Option<FaceSize>,
}

impl FaceChange {
    /// The face as it is shown from `at_ms` on. Who names a corner or a size wants to see it there.
    pub fn of(self, before: LayoutMoment, at_ms: u64) -> LayoutMoment {
        let placed = self.corner.is_some() || self.size.is_some();
        let face = self.face.unwrap_or(match placed {
            true => Face::Corner,
            false => before.face,
        });
        LayoutMoment {
            at_ms,
            face,
            corner: self.corner.unwrap_or(before.corner),
            size: self.size.unwrap_or(before.size),
        }
    }
}

/// How a take stands right after a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// `None` while there is no take yet.
    pub id: Option<aside_protocol::id::RecordingId>,
    pub title: String,
    /// As in `health`: `opening`, `ready`, `countdown`, `recording`, `paused`, `stopping`, `uploading`, `over`.
    pub state: &'static str,
    pub muted: bool,
}

/// The answer to a command.
pub type Answer = Result<Standing, Refusal>;

/// A command, and who waits for its answer.
#[derive(Debug, Clone)]
pub struct Asked {
    pub command: Command,
    /// Has room for the answer.
    pub answer: Option<Sender<Answer>>,
}

impl Asked {
    /// Nobody waits for an answer.
    pub const fn unheard(command: Command) -> Self {
        Self {
            command,
            answer: None,
        }
    }

    pub(super) fn reply(&self, answer: Answer) {
        if let Some(waiting) = &self.answer {
            // Whoever asked may have gone.
            let _ = waiting.try_send(answer);
        }
    }
}
