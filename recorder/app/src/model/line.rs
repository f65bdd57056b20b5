//! The lines of the engine (docs/RECORDER.md), as far as the app shows them. What it does not know is passed over.

use aside_protocol::layout::{Corner, FaceSize};
use serde::Deserialize;

use super::drawing::Drawing;
use super::sources::Sources;

/// One line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Line {
    Hello {
        version: u32,
        #[serde(default)]
        commands: Vec<String>,
    },
    Link {
        url: String,
        id: String,
    },
    Copied,
    /// Who may watch, as the server says.
    Audience {
        audience: String,
        /// The server has answered.
        #[serde(default)]
        confirmed: bool,
    },
    Drawing(Drawing),
    Local {
        #[serde(default)]
        id: Option<String>,
        why: String,
    },
    Ready {
        #[serde(default)]
        tracks: Vec<String>,
    },
    ChoiceFailed {
        message: String,
    },
    Countdown {
        seconds_left: u64,
    },
    Started {
        #[serde(default)]
        tracks: Vec<String>,
    },
    Health(Health),
    Levels(Levels),
    Preview(Preview),
    Alarm {
        code: String,
        message: String,
    },
    Paused,
    Resumed,
    Muted,
    Unmuted,
    Marked {},
    Face {
        face: Face,
        #[serde(default)]
        corner: Corner,
        #[serde(default)]
        size: FaceSize,
    },
    Trouble {
        message: String,
    },
    LineBack,
    UploadClosed {
        message: String,
    },
    Stopping {
        why: String,
        message: Option<String>,
    },
    Stopped {
        duration_ms: i64,
        #[serde(default)]
        frames_captured: u64,
        #[serde(default)]
        report: Option<Report>,
    },
    Uploaded {
        url: String,
        duration_ms: i64,
    },
    Kept {
        #[serde(default)]
        id: Option<String>,
        why: String,
        message: String,
    },
    Cancelled {
        server: String,
    },
    Trashed {},
    Nothing,
    /// A take is played back.
    Playing {
        #[serde(default)]
        sound: bool,
    },
    Played,
    Error {
        message: String,
    },
    Accepted {
        #[serde(default)]
        command: String,
        sources: Option<Sources>,
    },
    Refused {
        #[serde(default)]
        command: String,
        reason: String,
        message: String,
    },
    #[serde(other)]
    Other,
}

/// How the take is doing; once a second.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Health {
    pub state: Phase,
    #[serde(default)]
    pub muted: bool,
    #[serde(default)]
    pub media_ms: u64,
    #[serde(default)]
    pub frames_captured: u64,
    #[serde(default)]
    pub frames_dropped: u64,
    pub mic_level_db: Option<f32>,
    #[serde(default)]
    pub mic_silent: bool,
    pub system_level_db: Option<f32>,
    #[serde(default)]
    pub behind_ms: i64,
    pub upload: Upload,
}

/// What is said of a take at its end, as far as a person is told.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Report {
    pub mic_timing: Option<Timing>,
}

/// How far the sound of a device is from the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Timing {
    pub most_offset_ms: f32,
}

/// How loud it is, some times a second; dBFS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct Levels {
    pub mic_level_db: Option<f32>,
    #[serde(default)]
    pub mic_silent: bool,
    #[serde(default)]
    pub mic_clipped: bool,
    pub system_level_db: Option<f32>,
}

/// A small picture of what is recorded lies in this file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Preview {
    pub source: PreviewOf,
    pub file: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreviewOf {
    Screen,
    Camera,
    /// A take that is played back.
    Take,
}

/// Where the engine is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    #[default]
    Opening,
    Ready,
    Countdown,
    Recording,
    Paused,
    Stopping,
    Uploading,
    Over,
}

impl Phase {
    /// There is a take, and it is not stopped.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Countdown | Self::Recording | Self::Paused)
    }
}

/// How far the server is behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upload {
    #[default]
    Off,
    InStep,
    Behind,
    Offline,
}

/// How the camera is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    #[default]
    Corner,
    Full,
    Hidden,
}

impl Face {
    /// As the engine calls it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Corner => "corner",
            Self::Full => "full",
            Self::Hidden => "hidden",
        }
    }

    /// What one press of a key makes of it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Corner => Self::Full,
            Self::Full => Self::Hidden,
            Self::Hidden => Self::Corner,
        }
    }
}

/// Reads a line; `None`: it is none of the engine's.
pub fn parse(line: &str) -> Option<Line> {
    serde_json::from_str(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_the_engine_writes_them() {
        let health = r#"{"event":"health","state":"recording","recording":true,"paused":false,"muted":false,"media_ms":1500,
            "frames_captured":45,"frames_encoded":45,"frames_dropped":0,"quality_step":0,"effort_step":0,"mic_level_db":-30.5,
            "mic_silent":false,"system_level_db":null,"sound_lost_ms":0,"camera":null,"parts":3,"size":9000,"received":2,
            "behind_ms":500,"upload":"in_step","at_ms":2000,"unix_us":1}"#;
        let Some(Line::Health(health)) = parse(health) else {
            panic!("health is not understood")
        };
        assert_eq!(
            (health.state, health.media_ms, health.upload),
            (Phase::Recording, 1500, Upload::InStep)
        );
        let preview = r#"{"event":"preview","source":"camera","file":"/run/7-camera.pam","width":320,"height":180,"sequence":7}"#;
        assert_eq!(
            parse(preview),
            Some(Line::Preview(Preview {
                source: PreviewOf::Camera,
                file: "/run/7-camera.pam".to_owned()
            }))
        );
        let marked = r#"{"event":"marked","media_ms":10,"title":"","at_ms":1,"unix_us":1}"#;
        assert_eq!(parse(marked), Some(Line::Marked {}));
        assert_eq!(parse(r#"{"event":"copied","at_ms":1}"#), Some(Line::Copied));
    }

    #[test]
    fn what_a_later_engine_tells_is_passed_over_and_garbage_is_no_line() {
        assert_eq!(parse(r#"{"event":"sparkles","n":1}"#), Some(Line::Other));
        assert_eq!(parse("Aside: hello"), None);
    }
}
