//! What a person may ask for.

use std::path::PathBuf;

/// Which screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenChoice {
    /// Wayland: the portal. X11: the whole screen. Neither: an error.
    Auto,
    /// `display`: a number from `aside sources`; without one the whole X screen.
    X11 { display: Option<usize> },
    /// The desktop asks the person which screen or window.
    Portal,
    /// A frame counter, a moving block and a flash every two seconds.
    Synthetic,
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
