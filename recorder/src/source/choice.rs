//! What a person may ask for.

use std::path::PathBuf;

use aside_protocol::limits::MIN_SIDE;

use crate::compose::Size;

/// Side of the square that is recorded of a camera, in pixels: enough for the largest corner of a full-HD picture, and
/// for a face that fills its height.
const SQUARE: u32 = 720;

/// Which screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenChoice {
    /// Wayland: the portal. X11: the whole screen. Neither: an error.
    Auto,
    /// A part of the desktop at hand. Wayland has none to choose: an error.
    Part(ScreenPart),
    /// An X server's screen, or something on it, on Wayland as well.
    X11(ScreenPart),
    /// The desktop asks the person which screen or window, or restores what was chosen last time.
    Portal(PortalWish),
    /// The same through scap, which restores nothing (docs/decisions/0047).
    Scap,
    /// A frame counter, a moving block and a flash every two seconds.
    Synthetic,
}

/// What a Wayland desktop is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PortalWish {
    pub kind: PortalKind,
    /// 0: what was chosen last time may be restored. Any other number asks the person, each anew.
    pub ask: u32,
}

/// What may be chosen in a desktop's dialog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PortalKind {
    #[default]
    Any,
    Screen,
    Window,
}

/// What of an X screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenPart {
    Whole,
    /// Numbers from `aside sources`; several are one picture.
    Displays(Vec<usize>),
    Area(ScreenArea),
    /// The window's own picture, whatever lies over it.
    Window(WindowChoice),
}

/// In pixels of the desktop; it may hang over the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScreenArea {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

impl std::fmt::Display for ScreenArea {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            x,
            y,
            width,
            height,
        } = self;
        write!(f, "{x},{y},{width},{height}")
    }
}

/// Which window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowChoice {
    /// The one in front when the devices are opened.
    Active,
    /// An id from `aside sources`.
    Id(u32),
}

/// Which microphone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MicChoice {
    None,
    Default,
    /// An id from `aside sources`.
    Device(String),
    /// A beep at every flash of the synthetic screen.
    Synthetic,
    /// A WAV file spoken once, from the first picture on; then silence.
    File(PathBuf),
}

/// Which camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraChoice {
    Default,
    /// A node such as `/dev/video0`, a link to one, or a name from `aside sources`.
    Device(String),
    /// A frame counter that agrees with that of the synthetic screen.
    Synthetic,
    /// A graph of libavfilter in place of a device, such as `testsrc2=size=1280x720:rate=30`.
    Graph(String),
}

/// What is recorded of a camera's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraShape {
    /// The square in its middle: what a round mask shows.
    Square,
    /// All of it, up to 1280×720.
    Whole,
    /// All of it, up to 1920×1080: where the camera is the only picture.
    Large,
}

/// A camera and what is recorded of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraPlan {
    pub choice: CameraChoice,
    pub shape: CameraShape,
}

impl CameraShape {
    /// What the device is asked for.
    pub const fn device_size(self) -> Size {
        match self {
            Self::Square | Self::Whole => Size {
                width: 1280,
                height: 720,
            },
            Self::Large => Size {
                width: 1920,
                height: 1080,
            },
        }
    }

    /// The size of the recorded pictures of a device with frames of `frame`: never larger than those.
    pub fn picture(self, frame: Size) -> Size {
        let most = self.device_size();
        match self {
            Self::Square => {
                let side = frame.width.min(frame.height).clamp(MIN_SIDE, SQUARE);
                Size::even(side, side)
            }
            Self::Whole | Self::Large => {
                // The larger of both quotients, in 1/65536, decides.
                let over = |side: u32, most: u32| (u64::from(side) << 16).div_ceil(u64::from(most));
                let by = over(frame.width, most.width)
                    .max(over(frame.height, most.height))
                    .max(1 << 16);
                let side = |n: u32| u32::try_from((u64::from(n) << 16) / by).unwrap_or(MIN_SIDE);
                let (width, height) = (side(frame.width), side(frame.height));
                Size::even(width.max(MIN_SIDE), height.max(MIN_SIDE))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_picture_is_never_larger_than_the_cameras_and_keeps_its_shape() {
        let size = |shape: CameraShape, w, h| {
            let size = shape.picture(Size::even(w, h));
            (size.width, size.height)
        };
        assert_eq!(size(CameraShape::Square, 1280, 720), (SQUARE, SQUARE));
        assert_eq!(size(CameraShape::Square, 640, 480), (480, 480));
        assert_eq!(size(CameraShape::Whole, 1280, 720), (1280, 720));
        assert_eq!(size(CameraShape::Whole, 1920, 1080), (1280, 720));
        assert_eq!(size(CameraShape::Whole, 640, 480), (640, 480));
        assert_eq!(size(CameraShape::Large, 1280, 960), (1280, 960));
        assert_eq!(size(CameraShape::Large, 3840, 2160), (1920, 1080));
    }
}
