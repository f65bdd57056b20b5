//! What a microphone gives, whichever it is.

use crate::clock::Mono;

/// How a source's samples come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundFormat {
    /// Samples a second.
    pub rate: u32,
    pub channels: u16,
}

/// A run of samples.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundBlock {
    /// When the first sample was captured, as the device says.
    pub captured: Mono,
    /// When the block was handed over.
    pub arrived: Mono,
    /// Interleaved, −1 to 1.
    pub samples: Vec<f32>,
}

/// What comes from a microphone.
#[derive(Debug, Clone, PartialEq)]
pub enum SoundEvent {
    Block(SoundBlock),
    /// The device is gone; nothing more will come.
    Lost(String),
}

/// A microphone that is open and delivers into a queue. Dropping it closes the device.
pub trait Microphone {
    fn format(&self) -> SoundFormat;
    /// What a person calls it.
    fn name(&self) -> &str;
    /// Milliseconds of sound that found no room in the queue, since it was opened.
    fn lost_ms(&self) -> u64;
}
