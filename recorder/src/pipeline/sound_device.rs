//! One device of a track of sound: what it delivers, how loud it is, and what of it is missing.

use crossbeam_channel::Receiver;

use super::sound_losses::SoundLosses;
use crate::clock::Mono;
use crate::mix::Level;
use crate::source::OpenError;
use crate::source::sound::{Microphone, SoundEvent};

pub(super) struct SoundDevice {
    pub microphone: Box<dyn Microphone>,
    pub sound: Receiver<SoundEvent>,
    pub level: Level,
    pub losses: SoundLosses,
    /// When the last block was taken.
    pub heard: Mono,
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
