//! Screens, cameras and microphones.
//!
//! A screen is asked, it does not push: `wait` until something changed, then `paint` only that. A source knows
//! nothing of pacing, heartbeats, pauses or encoders; it stamps what it gives with the instant of capture.

mod area;
pub mod camera;
mod choice;
mod desktop;
pub mod drawing;
mod error;
mod list;
pub mod microphone;
#[cfg(feature = "portal")]
mod pipewire;
#[cfg(feature = "portal")]
pub(crate) mod portal;
pub mod screen;
pub mod sound;
pub mod synthetic;
mod waker;

pub use area::{AreaSlot, RecordedArea};
pub use choice::{
    CameraChoice, CameraPlan, CameraShape, MicChoice, PortalKind, PortalWish, ScreenArea,
    ScreenChoice, ScreenPart, WindowChoice,
};
pub use desktop::{Click, DesktopEvent, DesktopWatcher};
pub use error::{CameraLost, OpenError, ScreenLost};
pub use list::{CameraInfo, MicrophoneInfo, OutputInfo, ScreenInfo, Sources, WindowInfo, sources};
pub use waker::{Waker, Woken};

pub use crate::compose::{Paint, Rect, Size, TILE, TileSet};

use std::sync::Arc;
use std::time::Duration;

use self::drawing::Board;
use crate::clock::Mono;
use crate::compose::Picture;

/// Why `wait` came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// Something on the screen changed since it was last painted.
    Changed,
    /// The waker was called or the time is up.
    Called,
}

/// What `paint` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Painted {
    /// The picture shows the screen at this instant.
    At(Mono),
    /// There was no room.
    NoRoom,
    /// Looked closer, and nothing had changed.
    Nothing,
}

/// What a speaker does that is drawn into the picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShownEffects {
    /// A ring around each click.
    pub clicks: bool,
    /// A line with keys that write nothing, and shortcuts.
    pub keys: bool,
}

/// What a screen has to say beside its pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenEvent {
    /// The screen is not as large as the picture: it is scaled to fit.
    Scaled { screen: Size, picture: Size },
    /// It is as large as the picture (again).
    Unscaled { picture: Size },
    /// The chosen display is not there any more.
    DisplayGone,
    /// The window is minimised, or too small to be seen: its last picture stays.
    WindowHidden,
    /// The window is seen again.
    WindowShown,
    /// The window was closed: no more pictures will come.
    WindowClosed,
    /// So many pictures came and were replaced by newer ones before they were taken.
    Replaced(u64),
}

/// A screen that is open. It stays on the thread that opened it.
pub trait Screen {
    /// Of its pictures; it never changes.
    fn size(&self) -> Size;
    /// Which part of a desktop is recorded now; `None` where that is not known.
    fn area(&self) -> Option<RecordedArea> {
        None
    }
    /// Draws these into its pictures from now on. `false`: it does not know of what a person does.
    fn show(&mut self, _effects: ShownEffects) -> Result<bool, ScreenLost> {
        Ok(false)
    }
    /// What the speaker draws from now on belongs into its pictures, where it is not on the screen anyway.
    fn draw(&mut self, _board: &Arc<Board>) {}
    /// What happened since the last call, once.
    fn next_event(&mut self) -> Option<ScreenEvent>;
    /// Returns at once if a change is known, else blocks until there is one, the waker is called or `until` has passed.
    fn wait(&mut self, waker: &Waker, until: Option<Mono>) -> Result<Wake, ScreenLost>;
    /// Gives everything that changed since the last time; with `whole`, everything.
    fn paint(&mut self, canvas: &mut dyn Paint, whole: bool) -> Result<Painted, ScreenLost>;
}

/// A camera that is open. It stays on the thread that opened it; dropping it closes the device.
pub trait Camera {
    /// What a person calls it.
    fn name(&self) -> &str;
    /// Of the frames that the device gives, in pixels.
    fn size(&self) -> Size;
    /// Waits for the next frame and says when it was captured; `None` if none came within `limit` or the waker was called.
    fn next(&mut self, waker: &Waker, limit: Duration) -> Result<Option<Mono>, CameraLost>;
    /// Paints the frame that `next` announced, scaled and cropped to cover `picture`. `false`: the frame is damaged.
    fn paint(&mut self, picture: &mut Picture) -> Result<bool, CameraLost>;
}
