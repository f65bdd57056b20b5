//! What a microphone delivers, whichever it is.

use std::time::Duration;

use crate::clock::Mono;

/// Rate and channel count of a source's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundFormat {
    /// Samples a second.
    pub rate: u32,
    pub channels: u16,
}

/// On which side of a stereo recording a channel is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
    /// The middle, or an input without a position.
    Both,
}

/// The side of every channel, in the order of the samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout(pub Vec<Side>);

impl Layout {
    /// For a source that does not say where its channels are: one is the middle, two are a stereo pair, and of more
    /// each is an input of its own.
    pub fn unnamed(channels: u16) -> Self {
        match channels {
            2 => Self(vec![Side::Left, Side::Right]),
            n => Self(vec![Side::Both; usize::from(n.max(1))]),
        }
    }

    pub fn channels(&self) -> usize {
        self.0.len()
    }
}

/// A run of samples.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundBlock {
    /// When the first sample was captured.
    pub captured: Mono,
    /// Interleaved, −1 to 1.
    pub samples: Vec<f32>,
}

/// What comes from a microphone.
#[derive(Debug, Clone, PartialEq)]
pub enum SoundEvent {
    Block(SoundBlock),
    /// The device is gone, for this reason. The source tries to open it again until it is dropped.
    Lost(String),
    /// Of what the machine plays: whether programs play into the output that is listened to.
    Playing(bool),
    /// The device, or the new default one, is open again. The rate stays as it was; the channels may not.
    Reopened(Layout),
}

/// A microphone that is open and delivers into a queue. Dropping it closes the device.
pub trait Microphone {
    /// Of the first opening; the rate never changes.
    fn format(&self) -> SoundFormat;
    /// Of the first opening; later ones come with [`SoundEvent::Reopened`].
    fn layout(&self) -> Layout;
    /// What a person calls it.
    fn name(&self) -> &str;
    /// How old sound is when it is delivered, as the sound server says; the stamps of blocks allow for it.
    fn latency(&self) -> Option<Duration> {
        None
    }
    /// Delivers at once what has been captured so far, instead of with the next block.
    fn deliver_now(&self) {}
    /// Sound captured up to `at` is waited for. A device that gathers sound delivers it as soon as it has come; what is asked for later
    /// takes the place of this.
    fn wanted_until(&self, _at: Mono) {}
}
