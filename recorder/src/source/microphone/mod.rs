//! Microphones, and what the machine itself plays: which device, and how it is opened.

mod cards;
mod choose;
#[cfg(target_os = "linux")]
mod pulse;

use std::sync::Arc;

use crossbeam_channel::Sender;

use super::sound::{Microphone, SoundEvent};
use super::synthetic::{FileStart, Played, SyntheticMicrophone, read_wav};
use super::{MicChoice, MicrophoneInfo, OpenError, OutputInfo};
use crate::clock::{Clock, Mono, SystemClock};
use choose::Wanted;

/// The microphones that can be opened: those of the sound server, or of the sound cards where there is none; and the
/// server's outputs.
pub fn list() -> Result<(Vec<MicrophoneInfo>, Vec<OutputInfo>), OpenError> {
    #[cfg(target_os = "linux")]
    if let Some(devices) = pulse::list(&SystemClock)? {
        return Ok((devices.microphones, devices.outputs));
    }
    Ok((cards::list()?, Vec::new()))
}

/// Opens the chosen microphone on the calling thread; it delivers into `out`. `begin`: zero of the synthetic one; `file`: when a
/// spoken file begins.
pub fn open(
    choice: &MicChoice,
    clock: Arc<dyn Clock>,
    begin: Mono,
    file: Arc<FileStart>,
    out: Sender<SoundEvent>,
) -> Result<Box<dyn Microphone>, OpenError> {
    let played = match choice {
        MicChoice::None => return Err(OpenError::NoMicrophone),
        MicChoice::Default => return open_device(&Wanted::DefaultMicrophone, &clock, &out),
        MicChoice::Device(id) => return open_device(&Wanted::Named(id.clone()), &clock, &out),
        MicChoice::Synthetic => Played::Beeps,
        MicChoice::File(path) => {
            let failed = |detail: String| OpenError::SoundFile {
                path: path.display().to_string(),
                detail,
            };
            let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
            let wav = read_wav(&bytes).map_err(|e| failed(e.to_owned()))?;
            Played::File { wav, start: file }
        }
    };
    Ok(Box::new(SyntheticMicrophone::open(
        played, clock, begin, out,
    )?))
}

/// Opens what the default output plays; it delivers into `out`, and follows when another output becomes the default.
pub fn open_system(
    clock: &Arc<dyn Clock>,
    out: &Sender<SoundEvent>,
) -> Result<Box<dyn Microphone>, OpenError> {
    #[cfg(target_os = "linux")]
    if let Some(monitor) = pulse::PulseMicrophone::open(Wanted::DefaultOutput, clock, out)? {
        return Ok(Box::new(monitor));
    }
    Err(OpenError::SystemSound(
        "there is no sound server".to_owned(),
    ))
}

fn open_device(
    wanted: &Wanted,
    clock: &Arc<dyn Clock>,
    out: &Sender<SoundEvent>,
) -> Result<Box<dyn Microphone>, OpenError> {
    #[cfg(target_os = "linux")]
    if let Some(microphone) = pulse::PulseMicrophone::open(wanted.clone(), clock, out)? {
        return Ok(Box::new(microphone));
    }
    let name = wanted.name();
    Ok(Box::new(cards::CardMicrophone::open(name, clock, out)?))
}
