//! From devices to parts.
//!
//! A track of pictures has two threads, one of which reads the screen or the camera (waits for change, paces, paints) and one encodes and
//! repeats a still picture; a track of sound has one, for all of its devices. Devices are opened on the thread that reads
//! them. Queues are bounded, that of the pictures in bytes: pictures are dropped and counted when the encoder is behind; sound
//! is not. Only `stop` knows them all, and it never waits for a device.

mod audio;
mod byte_budget;
mod camera_open;
mod camera_thread;
mod effort;
mod error;
mod meters;
mod open;
mod opening;
mod pace;
mod preview;
mod rate;
mod running;
mod scene;
mod screen_thread;
mod sound_device;
mod sound_losses;
mod sound_thread;
mod thread;
mod track;
mod types;
mod video;
mod video_thread;
mod watch;

pub use audio::{AudioTrack, PlacedBlock};
pub use camera_thread::OpenCamera;
pub use error::{FailedTrack, StartError};
pub use opening::OpenScreen;
pub use preview::PreviewSlot;
pub use running::{LevelReader, Pipeline};
pub use scene::{Scene, SoundInput, TrackPlan, TrackSource};
pub use types::{
    Alarm, CameraHealth, EndReason, Health, Levels, LossCause, Output, SealedPart, SoundTiming,
    Summary,
};
pub use video::{Replaced, VideoTrack};

pub use crate::compose::{Ink, Size, Spot, Style, Thumbnail, Tool};
pub use crate::encode::{EncodeError, EncoderChoice, Encoders, NoSuchEncoder, QualityStep};
pub use crate::source::drawing::{Board, Drawing, NoOverlay, Overlay, since};
pub use crate::source::{
    CameraChoice, CameraPlan, CameraShape, Click, DesktopEvent, DesktopWatcher, MicChoice,
    OpenError, PortalKind, PortalWish, ScreenArea, ScreenChoice, ScreenPart, ShownEffects, Sources,
    WindowChoice, sources,
};
