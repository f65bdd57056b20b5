//! What can be recorded here: `aside sources --json`.

use serde::Deserialize;

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Sources {
    #[serde(default)]
    pub screens: Vec<Screen>,
    #[serde(default)]
    pub windows: Vec<Window>,
    #[serde(default)]
    pub microphones: Vec<Microphone>,
    #[serde(default)]
    pub cameras: Vec<Camera>,
    /// Why something is missing.
    #[serde(default)]
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Screen {
    pub index: usize,
    pub name: String,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    pub x: i32,
    pub y: i32,
    #[serde(default)]
    pub primary: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Window {
    pub id: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub app: String,
    #[serde(default)]
    pub minimised: bool,
    /// Pixels of the desktop.
    #[serde(default)]
    pub x: i32,
    #[serde(default)]
    pub y: i32,
    #[serde(default)]
    pub width: u32,
    #[serde(default)]
    pub height: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Microphone {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub default: bool,
    /// It hears what this computer plays.
    #[serde(default)]
    pub monitor: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Camera {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub default: bool,
}
