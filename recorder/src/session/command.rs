//! What a person (or a program for them) may ask of a running take.

/// One wish. Wishes that make no sense at the moment are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Stop and finish. Asked again: leave the rest to the next start.
    Stop,
    /// Pause, or go on after a pause.
    TogglePause,
}
