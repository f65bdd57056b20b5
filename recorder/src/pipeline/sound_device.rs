//! One device of a track of sound: what it delivers, how loud it is, and what of it is missing.

use crossbeam_channel::Receiver;

use super::sound_losses::SoundLosses;
use crate::clock::Mono;
use crate::mix::Level;
use crate::source::OpenError;
use crate::source::sound::{Microphone, SoundEvent};

/// What a device is recorded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Can be muted; silence of it is told.
    Microphone,
    /// Nothing plays most of the time: its silence is nobody's fault.
    System,
}

pub(super) struct SoundDevice {
    pub role: Role,
    pub microphone: Box<dyn Microphone>,
    pub sound: Receiver<SoundEvent>,
    pub level: Level,
    pub losses: SoundLosses,
    /// It is silenced on purpose.
    pub muted: bool,
    /// When the last block was taken.
    pub heard: Mono,
    /// Since when the first block after an opening is waited for.
    pub opened: Option<Mono>,
}

impl SoundDevice {
    /// It delivers nothing, for this reason.
    pub(super) fn no_sound(&self, detail: &str) -> OpenError {
        OpenError::Microphone {
            name: self.microphone.name().to_owned(),
            detail: detail.to_owned(),
        }
    }
}
