//! Microphones: which one, and how it is opened.

#[cfg(target_os = "linux")]
mod cookie;
mod device;

use std::sync::Arc;

use crossbeam_channel::Sender;

use super::sound::{Microphone, SoundEvent};
use super::synthetic::{FileStart, Played, SyntheticMicrophone, read_wav};
use super::{MicChoice, OpenError};
use crate::clock::{Clock, Mono};

pub use device::list;

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
        MicChoice::Default => return Ok(Box::new(device::Device::open(None, &clock, &out)?)),
        MicChoice::Device(id) => {
            return Ok(Box::new(device::Device::open(Some(id), &clock, &out)?));
        }
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
