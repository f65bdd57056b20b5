//! What a person chose to record, and how the engine is told.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Everything that is chosen before a take. It is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    pub picture: Picture,
    pub camera: Device,
    pub microphone: Device,
    pub system_sound: bool,
    /// Takes noise out of the microphone.
    pub denoise: bool,
    /// Draws a ring around each click.
    pub show_clicks: bool,
    /// Draws the keys that are pressed.
    pub show_keys: bool,
    /// Seconds.
    pub countdown: u64,
    /// Who may watch.
    pub share: Share,
    /// A Wayland desktop asks for the screen although it knows the one of last time. For one take.
    #[serde(skip)]
    pub ask: bool,
}

/// Who may watch a new recording.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// As the person's settings on the server say.
    #[default]
    Default,
    Me,
    Members,
    Link,
}

impl Share {
    pub const ALL: [Self; 4] = [Self::Default, Self::Me, Self::Members, Self::Link];

    /// As the command line calls it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Me => "me",
            Self::Members => "members",
            Self::Link => "link",
        }
    }
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            picture: Picture::Desktop,
            camera: Device::Off,
            microphone: Device::Default,
            system_sound: false,
            denoise: true,
            show_clicks: false,
            show_keys: false,
            countdown: 3,
            share: Share::Default,
            ask: false,
        }
    }
}

/// What the picture is taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    /// Everything; on Wayland the desktop asks.
    #[default]
    Desktop,
    Display(usize),
    /// An id of the desktop, good as long as the window is there.
    Window(String),
    Area(Area),
    /// No screen: the camera alone.
    Camera,
}

/// A part of the desktop, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

impl Area {
    fn text(self) -> String {
        format!("{},{},{},{}", self.x, self.y, self.width, self.height)
    }
}

/// A camera or a microphone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    Off,
    #[default]
    Default,
    Named(String),
}

impl Device {
    /// As the command line calls it.
    pub fn text(&self) -> &str {
        match self {
            Self::Off => "none",
            Self::Default => "default",
            Self::Named(id) => id,
        }
    }
}

impl Choice {
    /// A window of an earlier desktop is not looked for, and may be a stranger's by now.
    #[must_use]
    pub fn remembered(mut self) -> Self {
        if matches!(self.picture, Picture::Window(_)) {
            self.picture = Picture::Desktop;
        }
        self
    }

    /// The camera, as the command line calls it. A take of the camera alone needs one.
    fn camera(&self) -> &str {
        match (&self.picture, &self.camera) {
            (Picture::Camera, Device::Off) => "default",
            (_, camera) => camera.text(),
        }
    }

    /// The flags of `aside record`.
    pub fn flags(&self) -> Vec<String> {
        let mut flags: Vec<String> = Vec::new();
        let mut flag = |name: &str, value: &str| flags.push(format!("--{name}={value}"));
        match &self.picture {
            Picture::Desktop | Picture::Camera => {}
            Picture::Display(index) => flag("display", &index.to_string()),
            Picture::Window(id) => flag("window", id),
            Picture::Area(area) => flag("area", &area.text()),
        }
        flag("camera", self.camera());
        flag("mic", self.microphone.text());
        flag("system-audio", if self.system_sound { "on" } else { "off" });
        flag("countdown", &self.countdown.to_string());
        if self.picture == Picture::Camera {
            flags.push("--camera-only".to_owned());
        }
        if self.denoise {
            flags.push("--denoise".to_owned());
        }
        if self.show_clicks {
            flags.push("--show-clicks".to_owned());
        }
        if self.show_keys {
            flags.push("--show-keys".to_owned());
        }
        if self.ask {
            flags.push("--ask".to_owned());
        }
        if self.share != Share::Default {
            flags.push(format!("--share={}", self.share.word()));
        }
        // People know themselves from mirrors; the recording is never mirrored.
        flags.push("--mirror".to_owned());
        flags
    }

    /// The command that tells a waiting engine.
    pub fn command(&self) -> Value {
        let mut command = json!({
            "command": "choose",
            "screen": "auto",
            "camera": self.camera(),
            "camera_only": self.picture == Picture::Camera,
            "mic": self.microphone.text(),
            "denoise": self.denoise,
            "mirror": true,
            "show_clicks": self.show_clicks,
            "show_keys": self.show_keys,
            "system_audio": self.system_sound,
            "countdown": self.countdown,
            "share": self.share.word(),
        });
        match &self.picture {
            Picture::Desktop | Picture::Camera => {}
            Picture::Display(index) => command["display"] = json!([index]),
            Picture::Window(id) => command["window"] = id.as_str().into(),
            Picture::Area(area) => command["area"] = area.text().into(),
        }
        command
    }

    /// Whether a camera is recorded.
    pub fn has_camera(&self) -> bool {
        self.picture == Picture::Camera || self.camera != Device::Off
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_taken_out_of_the_microphone_until_somebody_says_otherwise() {
        assert!(Choice::default().flags().contains(&"--denoise".to_owned()));
        assert_eq!(Choice::default().command()["denoise"], true);
        // Settings that do not say. Those that an earlier version saved say no, as those of somebody who switched it off do: they stay.
        let older: Choice = toml::from_str("countdown = 0").unwrap();
        assert!(older.denoise);
        let off: Choice = toml::from_str("denoise = false").unwrap();
        assert_eq!(off.command()["denoise"], false);
    }

    #[test]
    fn a_choice_is_told_alike_by_flags_and_by_command() {
        let choice = Choice {
            picture: Picture::Display(1),
            camera: Device::Named("/dev/video2".to_owned()),
            microphone: Device::Off,
            system_sound: true,
            denoise: true,
            show_clicks: true,
            show_keys: false,
            countdown: 0,
            share: Share::Me,
            ask: true,
        };
        assert_eq!(
            choice.flags(),
            [
                "--display=1",
                "--camera=/dev/video2",
                "--mic=none",
                "--system-audio=on",
                "--countdown=0",
                "--denoise",
                "--show-clicks",
                "--ask",
                "--share=me",
                "--mirror"
            ]
        );
        let command = choice.command();
        assert_eq!(command["display"], json!([1]));
        assert_eq!(command["share"], "me");
        assert_eq!(
            (
                &command["camera"],
                &command["mic"],
                &command["system_audio"]
            ),
            (&json!("/dev/video2"), &json!("none"), &json!(true))
        );
    }

    #[test]
    fn a_take_of_the_camera_alone_has_one_although_none_was_chosen() {
        let choice = Choice {
            picture: Picture::Camera,
            ..Choice::default()
        };
        assert!(choice.has_camera());
        assert!(choice.flags().contains(&"--camera=default".to_owned()));
        assert!(choice.flags().contains(&"--camera-only".to_owned()));
        assert_eq!(choice.command()["camera_only"], true);
    }

    #[test]
    fn a_window_is_forgotten_with_the_desktop_it_was_on() {
        let choice = Choice {
            picture: Picture::Window("0x1".to_owned()),
            ..Choice::default()
        };
        assert_eq!(choice.remembered().picture, Picture::Desktop);
    }
}
