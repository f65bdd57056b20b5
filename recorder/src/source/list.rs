//! What this machine can record, for `aside sources`.

use serde::Serialize;

use super::{camera, microphone, screen};

/// Everything that can be chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sources {
    pub screens: Vec<ScreenInfo>,
    /// Of an X11 desktop; those in front come first.
    pub windows: Vec<WindowInfo>,
    pub microphones: Vec<MicrophoneInfo>,
    pub cameras: Vec<CameraInfo>,
    /// Of the sound server: where sound is played, which `--system-audio on` records of the default one.
    pub outputs: Vec<OutputInfo>,
    /// Why something is missing, in words for people.
    pub notes: Vec<String>,
}

/// A display of an X11 desktop. On Wayland there is no list: the desktop asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScreenInfo {
    /// For `--display`.
    pub index: usize,
    pub name: String,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// Position of the upper left corner on the desktop.
    pub x: i32,
    pub y: i32,
    pub primary: bool,
}

/// A window of an X11 desktop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WindowInfo {
    /// For `--window`.
    pub id: String,
    pub title: String,
    /// The program, as it names itself.
    pub app: String,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// Position of its upper left corner on the desktop, without the frame around it.
    pub x: i32,
    pub y: i32,
    /// It cannot be recorded before it is on the desktop again.
    pub minimised: bool,
    /// In front.
    pub active: bool,
}

/// A microphone that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MicrophoneInfo {
    /// For `--mic`.
    pub id: String,
    pub name: String,
    pub default: bool,
    /// It plays back what the machine itself is heard saying.
    pub monitor: bool,
}

/// An output of the sound server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutputInfo {
    pub id: String,
    pub name: String,
    pub default: bool,
}

/// A camera that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CameraInfo {
    /// For `--camera`.
    pub id: String,
    pub name: String,
    pub default: bool,
}

/// Looks at the machine as it is now.
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    if screen::is_wayland() {
        sources.notes.push(
            "Wayland: the desktop asks which screen or window when the recording begins, or restores the choice of last time".to_owned(),
        );
    }
    match screen::x11::displays(None) {
        Ok(screens) => {
            sources.screens = screens;
            match screen::x11::windows(None) {
                Ok(windows) => sources.windows = windows,
                Err(e) => sources.notes.push(e.to_string()),
            }
        }
        Err(_) if screen::is_wayland() => {}
        Err(e) => sources.notes.push(e.to_string()),
    }
    match microphone::list() {
        Ok((microphones, outputs)) => {
            (sources.microphones, sources.outputs) = (microphones, outputs);
        }
        Err(e) => sources.notes.push(e.to_string()),
    }
    let (cameras, notes) = camera::list();
    sources.cameras = cameras;
    sources.notes.extend(notes);
    sources
}
