//! Why a device cannot be recorded: what happened and what to do about it.

use aside_protocol::limits::MIN_SIDE;

use super::ScreenArea;
use crate::compose::Size;

/// A screen, camera or microphone that could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    #[error(
        "there is no screen to record: neither DISPLAY nor WAYLAND_DISPLAY is set. Run aside inside a desktop \
         session, or use `--screen synthetic` to try it without one"
    )]
    NoDesktop,
    #[error(
        "the X display {display} does not answer ({detail}). Check DISPLAY, or use `--screen portal` on Wayland"
    )]
    NoDisplay { display: String, detail: String },
    #[error(
        "the X server lacks the extension {name}, which screen recording needs. Use another X server, or `--screen portal`"
    )]
    NoExtension { name: &'static str },
    #[error(
        "display {wanted} is not there: this desktop has {count} ({list}). `aside sources` lists them"
    )]
    NoSuchDisplay {
        wanted: usize,
        count: usize,
        list: String,
    },
    #[error(
        "the screen's pixels are in a form aside cannot read ({0}). Set the X server to a depth of 24 bits"
    )]
    PixelFormat(String),
    #[error(
        "the screen is {width}×{height}, which is smaller than can be recorded ({MIN_SIDE} a side)"
    )]
    TooSmall { width: u32, height: u32 },
    #[error(
        "the area {area} lies outside of the desktop, which is {desktop}. Give the left and upper edge, width and height in \
         pixels: `--area X,Y,WIDTH,HEIGHT`"
    )]
    AreaOutside { area: ScreenArea, desktop: Size },
    #[error(
        "there is no window 0x{0:x} that can be recorded. `aside sources` lists the windows; `--window active` takes the one in \
         front"
    )]
    NoSuchWindow(u32),
    #[error(
        "no window is in front. Click into the one to be recorded, or name it: `--window ID` with an id from `aside sources`"
    )]
    NoActiveWindow,
    #[error(
        "the window \u{201c}{title}\u{201d} is minimised. Bring it back onto the desktop, then start again"
    )]
    WindowHidden { title: String },
    #[error(
        "on Wayland no program may choose a window, a display or an area by itself: the desktop asks. Start with `--screen portal`, \
         or with `--screen x11` for what runs under Xwayland"
    )]
    NotOnWayland,
    #[error("the screen could not be opened: {0}")]
    Screen(String),
    #[error(
        "this aside was built without the portal. Build it with `--features portal`, or record an X11 session with \
         `--screen x11`"
    )]
    NoPortalSupport,
    #[error(
        "you closed the dialog of the desktop without a choice. Start again, and choose a screen or a window there"
    )]
    PortalCancelled,
    #[error(
        "no desktop portal answers ({0}). On Wayland it is what asks which screen to record: install xdg-desktop-portal and the \
         portal of your desktop (`aside doctor` names it)"
    )]
    NoPortal(String),
    #[error(
        "the desktop gave a screen and no pictures of it ({0}). They come through PipeWire: see that `pipewire` and `wireplumber` \
         are running, then start again"
    )]
    NoPipeWire(String),
    #[error(
        "the desktop portal gave no screen: {0}. If you closed the dialog, start again and choose a screen; if there was none, \
         install xdg-desktop-portal and the portal of your desktop (`aside doctor` names it)"
    )]
    Portal(String),
    #[error(
        "there is no microphone. Plug one in, see `aside sources` for what is there, or record without sound: `--mic none`"
    )]
    NoMicrophone,
    #[error(
        "the sound server does not answer ({0}). Start PulseAudio or PipeWire, or record without sound: `--mic none`"
    )]
    SoundServer(String),
    #[error(
        "the microphone {wanted} is not there ({list}). `aside sources` lists them; `--mic none` records without sound"
    )]
    NoSuchMicrophone { wanted: String, list: String },
    #[error(
        "the microphone {name} cannot be opened ({detail}). Try another one (`aside sources`), or `--mic none`"
    )]
    Microphone { name: String, detail: String },
    #[error(
        "what this computer plays cannot be recorded ({0}). Start PulseAudio or PipeWire and choose an output, or record \
         without it: `--system-audio off`"
    )]
    SystemSound(String),
    #[error(
        "the sound file {path} cannot be played ({detail}). It must be a WAV file with PCM or float samples"
    )]
    SoundFile { path: String, detail: String },
    #[error(
        "there is no camera{notes}. Plug one in, see `aside sources` for what is there, or record without a camera: \
         `--camera none`"
    )]
    NoCamera {
        /// Each in parentheses, after a space.
        notes: String,
    },
    #[error(
        "the camera {wanted} is not there ({list}). `aside sources` lists them; `--camera none` records without one"
    )]
    NoSuchCamera { wanted: String, list: String },
    #[error(
        "the camera {name} is used by another program. Close that (a call, a browser tab), or record without a camera: \
         `--camera none`"
    )]
    CameraBusy { name: String },
    #[error(
        "the camera {name} may not be opened by this account. Add it to the group `video` (`sudo usermod -aG video $USER`, \
         then sign in again), or record without a camera: `--camera none`"
    )]
    CameraForbidden { name: String },
    #[error(
        "the camera {name} offers only {formats}, which aside does not read. Choose another one (`aside sources`), or record \
         without a camera: `--camera none`"
    )]
    CameraFormat { name: String, formats: String },
    #[error(
        "the camera {name} cannot be opened ({detail}). Choose another one (`aside sources`), or record without a camera: \
         `--camera none`"
    )]
    Camera { name: String, detail: String },
    #[error("the recorder could not start: {0}. Please report this")]
    Internal(String),
}

/// A screen that was open and is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScreenLost(pub String);

/// A camera that was open and is gone, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CameraLost(pub String);
